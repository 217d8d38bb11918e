import { describe, expect, it } from 'vitest'
import { Dice } from './dice.ts'
import type { History, Method } from './method.ts'
import { comparePredictions } from './prediction.ts'
import type { Ratings } from './ratings.ts'

const dice = new Dice(5)
/** Four thousand ratings of twenty agents, of whom the odd ones deserve blame. */
const ratings: Ratings = {
  ratings: Array.from({ length: 4000 }, (_, at) => {
    const [rater, subject] = dice.draw(2, [...Array(20).keys()]) as [number, number]
    return { rater, subject, value: subject % 2 === 1 ? -1 : 1, at }
  }),
  agents: 20,
}
const oracle: Method = ({ agents }) => new Float64Array(agents).map((_, agent) => -(agent % 2))
const blind: Method = ({ agents }) => new Float64Array(agents)

describe(comparePredictions, () => {
  it('never shows a method what it has to predict', () => {
    const seen: History[] = []
    const spy: Method = (history) => {
      seen.push(history)
      return blind(history)
    }
    comparePredictions(ratings, [spy], new Dice(1))
    expect(seen.map((history) => history.ratings.length)).toEqual([2800, 3300, 3800])
    expect(seen.map(({ now }) => now)).toEqual([2799, 3299, 3799])
  })

  it('gives 1 to who knows, a half to who does not, and the difference between them', () => {
    const { ratings: predicted, compared } = comparePredictions(ratings, [oracle, blind], new Dice(1))
    expect(predicted).toBe(1200)
    expect(compared.map(({ prediction }) => prediction.auc)).toEqual([1, 0.5])
    expect(compared.map(({ difference }) => difference)).toEqual([
      { auc: 0, lo: 0, hi: 0 },
      { auc: 0.5, lo: 0.5, hi: 0.5 },
    ])
  })
})
