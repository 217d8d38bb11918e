import { describe, expect, it } from 'vitest'
import { Dice } from './dice.ts'
import type { Method } from './method.ts'
import { eigenTrust } from './methods/eigentrust.ts'
import { mean } from './methods/mean.ts'
import type { Ratings } from './ratings.ts'
import { resist } from './resistance.ts'

const dice = new Dice(5)
/** Two thousand kind words among forty agents. */
const ratings: Ratings = {
  ratings: Array.from({ length: 2000 }, (_, at) => {
    const [rater, subject] = dice.draw(2, [...Array(40).keys()]) as [number, number]
    return { rater, subject, value: 0.5, at }
  }),
  agents: 40,
}

describe(resist, () => {
  it('finds that a mean is crushed by whoever shouts loudest', () => {
    for (const { auc, victimsBefore, victimsAfter } of resist(ratings, mean, 1)) {
      expect(auc).toBe(0)
      expect(victimsAfter).toBeLessThan(victimsBefore)
    }
  })

  it('finds that what starts at anchors is not, as long as nobody is fooled', () => {
    const [unfooled] = resist(ratings, eigenTrust, 1)
    expect(unfooled).toMatchObject({ m: 0, auc: 1, sybils: 0, leader: 0, leaderAlone: 0, leaderGain: 0 })
  })

  it('tells what the crowd brought its leader', () => {
    const praised: Method = ({ ratings, agents }) => {
      const counts = new Float64Array(agents)
      for (const { subject } of ratings) counts[subject] = (counts[subject] as number) + 1
      return counts
    }
    expect(
      resist(ratings, praised, 1).map(({ leader, leaderAlone, leaderGain }) => [leader, leaderAlone, leaderGain]),
    ).toEqual([
      [99, 0, 99],
      [100, 1, 99],
      [109, 10, 99],
    ])
  })
})
