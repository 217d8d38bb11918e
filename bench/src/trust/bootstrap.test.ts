import { describe, expect, it } from 'vitest'
import { intervalOf, resampledAucs } from './bootstrap.ts'
import { Dice } from './dice.ts'
import { Ranking } from './ranking.ts'

/** Two raters, each of a good and a bad one; the first pair is in order, the second is not. */
const outcomes = [
  { score: 4, isGood: true },
  { score: 3, isGood: false },
  { score: 1, isGood: true },
  { score: 2, isGood: false },
]
const raters = [7, 7, 9, 9]
const ranking = new Ranking(outcomes)
const resample = (seed: number): number[][] =>
  resampledAucs([ranking, ranking], raters, { resamples: 200, dice: new Dice(seed) })

describe('resampledAucs', () => {
  it('draws all that a rater said, or nothing of it', () => {
    expect(new Set(resample(1)[0])).toEqual(new Set([0, 0.5, 1]))
  })

  it('lets every ranking see the same resamples', () => {
    const [one, other] = resample(1)
    expect(one).toEqual(other)
  })

  it('is repeated by its seed and by no other', () => {
    expect(resample(1)).toEqual(resample(1))
    expect(resample(1)).not.toEqual(resample(2))
  })
})

describe('intervalOf', () => {
  it('leaves out 2.5 % at either end, and what is no number', () => {
    const values = Array.from({ length: 201 }, (_, number) => 200 - number)
    expect(intervalOf([Number.NaN, ...values])).toEqual({ lo: 5, hi: 195 })
  })
})
