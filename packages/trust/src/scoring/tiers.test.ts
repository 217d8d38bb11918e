import { describe, expect, it } from 'vitest'
import { reaches, TIERS, tierOf } from './tiers.ts'

describe('tierOf', () => {
  it.each([
    [0, 1000, 'untrusted'],
    [199, 1000, 'untrusted'],
    [200, 0, 'probation'],
    [300, 0, 'probation'],
    [399, 1000, 'probation'],
    [400, 0, 'known'],
    [599, 1000, 'known'],
    [600, 499, 'known'],
    [600, 500, 'trusted'],
    [1000, 699, 'trusted'],
    [799, 1000, 'trusted'],
    [800, 700, 'vouched'],
    [1000, 1000, 'vouched'],
  ])('makes of score %i and confidence %i: %s', (score, confidence, tier) => {
    expect(tierOf({ score, confidence })).toBe(tier)
  })
})

describe('reaches', () => {
  it('S12 reaches nothing with what is not a number', () => {
    for (const tier of TIERS) {
      expect(reaches({ score: Number.NaN, confidence: 1000 }, tier)).toBe(false)
      expect(reaches({ score: 1000, confidence: Number.NaN }, tier)).toBe(false)
      expect(reaches({} as never, tier)).toBe(false)
    }
  })
})
