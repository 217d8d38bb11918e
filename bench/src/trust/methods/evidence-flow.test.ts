import { describe, expect, it } from 'vitest'
import type { History } from '../method.ts'
import { earnedEvidenceFlow, evidenceFlow } from './evidence-flow.ts'

/** Anchor 1 praises 3 and has been blamed by anchor 0; anchor 2 has been praised by 0; nobody speaks of 4. */
const history: History = {
  ratings: [
    { rater: 1, subject: 3, value: 0.1, at: 0 },
    { rater: 0, subject: 1, value: -0.1, at: 0 },
    { rater: 0, subject: 2, value: 1, at: 0 },
  ],
  ...{ agents: 5, anchors: [0, 1, 2], now: 0 },
}

describe(evidenceFlow, () => {
  it('takes each rating for one unit of evidence, whatever its size, and an anchor for a root', () => {
    expect([...evidenceFlow(history)]).toEqual([1000, 1000, 1000, 650, 300])
  })
})

describe(earnedEvidenceFlow, () => {
  it('gives an anchor what the other anchors say of it, and the rest what they have anyway', () => {
    const [silentOn, blamed, praised, ...rest] = earnedEvidenceFlow(history)
    expect([silentOn, blamed, praised]).toEqual([300, Math.floor(300 / 16), 650])
    expect(rest).toEqual([650, 300])
  })
})
