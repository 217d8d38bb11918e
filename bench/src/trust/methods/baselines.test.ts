import { describe, expect, it } from 'vitest'
import type { History, Method } from '../method.ts'
import { beta } from './beta.ts'
import { eigenTrust, strongest } from './eigentrust.ts'
import { fairnessGoodness } from './fairness-goodness.ts'
import { mean } from './mean.ts'
import { pageRank } from './page-rank.ts'

const DAY_MS = 24 * 3_600_000
const NOW = 1000 * DAY_MS

type Said = readonly [rater: number, subject: number, value: number, daysAgo?: number]

const history = (agents: number, ...said: Said[]): History => ({
  ratings: said.map(([rater, subject, value, daysAgo = 0]) => ({ rater, subject, value, at: NOW - daysAgo * DAY_MS })),
  ...{ agents, anchors: [0], now: NOW },
})
const scores = (method: Method, ...given: Parameters<typeof history>): number[] => [...method(history(...given))]

describe(mean, () => {
  it('is of what an agent received, and of all where that is nothing', () => {
    expect(scores(mean, 3, [0, 1, 1], [2, 1, -0.5], [1, 2, 0.4])).toEqual([expect.closeTo(0.3, 12), 0.25, 0.4])
  })
})

describe(beta, () => {
  it('is a half for whoever has no ratings, and moves by the evidence that is left', () => {
    const [nobody, fresh, old, blamed] = scores(beta, 4, [0, 1, 1], [0, 2, 1, 30], [0, 3, -1])
    expect([nobody, fresh, old, blamed]).toEqual([1 / 2, 2 / 3, expect.closeTo(1.5 / 2.5, 12), 1 / 3])
  })
})

describe(fairnessGoodness, () => {
  it('settles where goodness is what fair raters say, and fairness how well they agree', () => {
    // g = (½ + f)/2 and f = 1 − (1 − g)/2 meet at g = ⅔.
    expect(scores(fairnessGoodness, 2, [0, 1, 0.1])).toEqual([0.5, expect.closeTo(2 / 3, 6)])
  })

  it('hears less of a rater who contradicts everybody', () => {
    const agreed: Said[] = [3, 4, 5].flatMap((subject) => [0, 1].map((rater): Said => [rater, subject, 1]))
    const contradicted = agreed.map(([, subject]): Said => [2, subject, -1])
    const goodness = scores(fairnessGoodness, 8, ...agreed, ...contradicted, [2, 6, 1], [0, 7, 1])
    expect(goodness[6]).toBeLessThan(goodness[7] as number)
  })
})

describe(eigenTrust, () => {
  it('is how often one comes by who starts at the anchors, and starts again where there is no way on', () => {
    // a = 0.85 b + 0.15 and b = 0.85 a.
    const [a, b, unreached] = scores(eigenTrust, 3, [0, 1, 1], [2, 1, 1])
    expect(a).toBeCloseTo(0.15 / (1 - 0.85 ** 2), 6)
    expect(b).toBeCloseTo((0.15 * 0.85) / (1 - 0.85 ** 2), 6)
    expect(unreached).toBe(0)
  })

  it('passes on by the size of a rating, and nothing by a negative one', () => {
    const [, more, less, none] = scores(eigenTrust, 4, [0, 1, 1], [0, 2, 0.5], [0, 3, -1]) as [
      number,
      number,
      number,
      number,
    ]
    expect(more / less).toBeCloseTo(2, 9)
    expect(none).toBe(0)
  })
})

describe(strongest, () => {
  it('finds whom most lead to, wherever one starts; equals by number', () => {
    expect(strongest(4, history(5, [0, 2, 1], [1, 2, 1], [3, 2, 1], [2, 3, 1]))).toEqual([2, 3, 0, 1])
  })
})

describe(pageRank, () => {
  it('passes on to all alike whom a rater rates positively', () => {
    const [, one, other, none] = scores(pageRank, 4, [0, 1, 1], [0, 2, 0.5], [0, 3, -1])
    expect(one).toBe(other)
    expect(none).toBe(0)
  })
})
