import { describe, expect, it } from 'vitest'
import { attackOn } from './attack.ts'
import { Dice } from './dice.ts'
import { type History, historyOf } from './method.ts'
import type { Rating } from './ratings.ts'

const DAY_MS = 24 * 3_600_000

/** Twelve agents who all rate each other well, but for 11, whom 0 blames; 12 has been rated by nobody. */
const history: History = historyOf(
  Array.from({ length: 12 }, (_, rater) => rater).flatMap((rater) =>
    Array.from({ length: 12 }, (_, subject) => subject)
      .filter((subject) => subject !== rater)
      .map(
        (subject): Rating => ({ rater, subject, value: rater === 0 && subject === 11 ? -1 : 0.1, at: 900 * DAY_MS }),
      ),
  ),
  13,
  [0, 1],
)

describe(attackOn, () => {
  const { attacked, alone, leader, sybils, victims } = attackOn(history, 4, new Dice(1))
  const isSybil = (agent: number): boolean => sybils.includes(agent)
  const added = attacked.ratings.filter(({ rater, subject }) => isSybil(rater) || isSybil(subject))

  it('leaves alone whoever was blamed, and whoever has hardly been rated', () => {
    expect([...victims].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('lets a hundred Sybils praise each other and blame each victim', () => {
    const bySybils = added.filter(({ rater }) => isSybil(rater))
    expect(bySybils.filter(({ value }) => value === 1)).toHaveLength(100 * 99)
    expect(bySybils.filter(({ value }) => value === -1)).toHaveLength(100 * victims.length)
  })

  it('fools so many of the honest into rating the leader, and no anchor', () => {
    const lies = added.filter(({ rater }) => !isSybil(rater))
    expect(lies.map(({ subject, value }) => [subject, value])).toEqual(Array(4).fill([leader, 0.3]))
    expect(new Set(lies.map(({ rater }) => rater)).size).toBe(4)
    expect(lies.some(({ rater }) => rater < 2 || rater > 10)).toBe(false)
  })

  it('takes no longer than thirty days', () => {
    const times = added.map(({ at }) => at)
    expect(Math.max(...times)).toBeLessThanOrEqual(history.now)
    expect(Math.min(...times)).toBeGreaterThan(history.now - 30 * DAY_MS)
  })

  it('leaves the newcomer alone with the same ratings', () => {
    const lies = added.filter(({ rater }) => !isSybil(rater))
    expect(alone.ratings.filter(({ subject }) => subject === leader)).toEqual(lies)
    expect(alone.ratings).toHaveLength(history.ratings.length + 4)
  })
})
