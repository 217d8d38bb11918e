import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wilsonInterval } from './wilson.ts'

describe(wilsonInterval, () => {
  it.each([
    // R. G. Newcombe, Statist. Med. 17 (1998), 857–872, table I, method 3.
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i of %i is as published', (count, of, lo, hi) => {
    expect(wilsonInterval(count, of).map((end) => Number(end.toFixed(4)))).toEqual([lo, hi])
  })

  it('holds the share, lies within 0 and 1, and is the same for all others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat(), (of, any) => {
        const count = any % (of + 1)
        const [lo, hi] = wilsonInterval(count, of)
        const [otherLo, otherHi] = wilsonInterval(of - count, of)
        expect(0 <= lo && lo <= count / of && count / of <= hi && hi <= 1).toBe(true)
        expect([1 - otherHi, 1 - otherLo].map((end) => end.toFixed(9))).toEqual([lo, hi].map((end) => end.toFixed(9)))
      }),
      { numRuns: 1_000 },
    )
  })

  it('is of none where there is nothing', () => {
    expect(() => wilsonInterval(0, 0)).toThrow(RangeError)
    expect(() => wilsonInterval(3, 2)).toThrow(RangeError)
  })
})
