import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Measured } from '../run-record.ts'
import { estimateOf, roundedNumber } from './estimate.ts'

describe(estimateOf, () => {
  it('is of nothing where no run had the measure', () => {
    expect(estimateOf([])).toBeNull()
    expect(estimateOf([[0, 0]])).toBeNull()
  })

  it('has no interval of a mean of one run, rather than one of no width', () => {
    expect(estimateOf([7])).toMatchObject({
      mean: 7,
      lo: Number.NEGATIVE_INFINITY,
      hi: Number.POSITIVE_INFINITY,
      runs: 1,
    })
  })

  it('has the interval of a mean by Student', () => {
    // 4 ± 2.776 · √2.5 / √5
    expect(estimateOf([2, 3, 4, 5, 6])).toEqual({ mean: 4, lo: 2.03676, hi: 5.96324, min: 2, max: 6, runs: 5 })
  })

  it('pools shares, and of one run has the interval of Wilson', () => {
    expect(estimateOf([[81, 263]])).toEqual({
      ...{ mean: 0.307985, lo: 0.255289, hi: 0.36621, min: 0.307985, max: 0.307985 },
      ...{ runs: 1, count: 81, of: 263 },
    })
  })

  it('is no surer of a share than its runs are of each other', () => {
    const alike = estimateOf(Array.from({ length: 10 }, (): Measured => [50, 100]))
    const apart = estimateOf(Array.from({ length: 10 }, (_, n): Measured => (n % 2 ? [100, 100] : [0, 100])))
    expect(alike).toMatchObject({ mean: 0.5, lo: 0.46907, hi: 0.53093 })
    // t of 9 degrees of freedom · √(10/9 · 10 · 50²) / 1000 = 0.377
    expect(apart).toMatchObject({ mean: 0.5, lo: 0.122974, hi: 0.877026, min: 0, max: 1 })
  })

  it('leaves out runs in which there was nothing to count', () => {
    expect(
      estimateOf([
        [1, 2],
        [0, 0],
        [1, 2],
      ]),
    ).toMatchObject({ runs: 2, count: 2, of: 4 })
  })

  it('holds the mean within its interval, and a share within 0 and 1', () => {
    const run = fc.tuple(fc.nat(50), fc.nat(50)).map(([a, b]): Measured => [a, a + b])
    fc.assert(
      fc.property(fc.array(run, { minLength: 1 }), (runs) => {
        const estimate = estimateOf(runs)
        if (!estimate) return
        const { mean, lo, hi } = estimate
        expect(0 <= lo && lo <= mean && mean <= hi && hi <= 1).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe(roundedNumber, () => {
  it('keeps six significant digits, the larger of two that are as near', () => {
    expect([0, 1, 2 / 3, 1_234_567.8, 0.000_012_345_678, -2 / 3, 1_000_000.5].map(roundedNumber)).toEqual([
      ...[0, 1, 0.666667, 1_234_570, 0.000_012_345_7, -0.666667, 1_000_000],
    ])
  })

  it('changes nothing that was rounded', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => roundedNumber(roundedNumber(value)) === roundedNumber(value)),
    )
  })
})
