import { describe, expect, it } from 'vitest'
import { Ranking } from './ranking.ts'

const ranking = (good: number[], bad: number[]): Ranking =>
  new Ranking([...good.map((score) => ({ score, isGood: true })), ...bad.map((score) => ({ score, isGood: false }))])

describe('auc', () => {
  it('is no number where nothing is to be told apart', () => {
    expect(ranking([1, 2], []).auc()).toBeNaN()
    expect(ranking([], [1]).auc()).toBeNaN()
  })

  it('is the share of pairs in order, ties counting half', () => {
    expect(ranking([2, 3], [1, 2]).auc()).toBe(3.5 / 4)
    expect(ranking([1, 1], [1]).auc()).toBe(0.5)
    expect(ranking([1], [2]).auc()).toBe(0)
  })

  it('counts an outcome as often as it weighs', () => {
    expect(ranking([2, 0], [1]).auc([3, 1, 5])).toBe(3 / 4)
    expect(ranking([2, 0], [1]).auc([1, 0, 1])).toBe(1)
  })
})

describe('averagePrecisionOfBad', () => {
  it('is no number where none is bad', () => {
    expect(ranking([1], []).averagePrecisionOfBad()).toBeNaN()
  })

  it('is the mean, over the bad from below, of the share of bad so far', () => {
    expect(ranking([2, 4], [1, 3]).averagePrecisionOfBad()).toBeCloseTo((1 / 1 + 2 / 3) / 2, 12)
  })

  it('takes a tie as a whole, in whatever order it comes', () => {
    expect(ranking([2, 3], [1, 2]).averagePrecisionOfBad()).toBeCloseTo((1 / 1 + 2 / 3) / 2, 12)
    expect(ranking([1], [1]).averagePrecisionOfBad()).toBe(1 / 2)
  })
})
