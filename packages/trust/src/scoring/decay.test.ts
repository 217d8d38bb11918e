import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decayed, MAX_DECAYING } from './decay.ts'

const HALF_LIFE = 180 * 24 * 3_600_000
const STEP = HALF_LIFE / 256

const micro = fc.nat(MAX_DECAYING)
const age = fc.oneof(
  fc.nat(40 * HALF_LIFE),
  fc.nat(512).map((step) => step * STEP),
)
const runs = { numRuns: 5000 }

describe('decayed', () => {
  it('makes nothing of an age that is no number', () => {
    expect(decayed(1_000_000, Number.NaN, HALF_LIFE)).toBe(0)
    expect(decayed(1_000_000, Number.POSITIVE_INFINITY, HALF_LIFE)).toBe(0)
  })

  it('counts evidence from the future as fresh, never as more', () => {
    expect(decayed(1_000_000, -HALF_LIFE, HALF_LIFE)).toBe(1_000_000)
  })

  it('halves with each half-life, until nothing is left for ever', () => {
    const halves = [0, 1, 2, 21, 22, 32, 33, 64, 1e6].map((n) => decayed(MAX_DECAYING, n * HALF_LIFE, HALF_LIFE))
    expect(halves).toEqual([MAX_DECAYING, 2_097_151, 1_048_575, 1, 0, 0, 0, 0, 0])
  })

  it('T15 gives these very integers', () => {
    const at = [1, 64, 128, 192, 255].map((step) => decayed(3_000_000, step * STEP, HALF_LIFE))
    expect(at).toEqual([2_991_888, 2_522_689, 2_121_320, 1_783_810, 1_504_066])
  })

  it('is the formula, in whole steps of age, to the micro-unit below', () => {
    fc.assert(
      fc.property(micro, age, (amount, ms) => {
        const exact = amount * 2 ** -(Math.floor(ms / STEP) / 256)
        expect(Math.abs(decayed(amount, ms, HALF_LIFE) - (exact - 0.5))).toBeLessThan(0.51)
      }),
      runs,
    )
  })

  it('never rises with age, nor falls with more evidence', () => {
    fc.assert(
      fc.property(micro, micro, age, age, (a, b, s, t) => {
        const amounts = [Math.min(a, b), Math.max(a, b)] as const
        const ages = [Math.min(s, t), Math.max(s, t)] as const
        expect(decayed(a, ages[1], HALF_LIFE)).toBeLessThanOrEqual(decayed(a, ages[0], HALF_LIFE))
        expect(decayed(amounts[0], s, HALF_LIFE)).toBeLessThanOrEqual(decayed(amounts[1], s, HALF_LIFE))
      }),
      runs,
    )
  })
})
