import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Decay, MAX_DECAYING, STEPS, stepOf } from './decay.ts'

const HALF_LIFE = 180 * 24 * 3_600_000
const decay = new Decay(STEPS)

const micro = fc.nat(MAX_DECAYING)
const age = fc.nat(30 * STEPS)
const runs = { numRuns: 5000 }

describe('stepOf', () => {
  it('takes time that is no number for the first step', () => {
    expect([Number.NaN, Number.NEGATIVE_INFINITY].map((time) => stepOf(time, HALF_LIFE))).toEqual([0, -Infinity])
  })

  it('keeps within 32 bits', () => {
    expect(stepOf(Number.MAX_SAFE_INTEGER, 3_600_000)).toBe(2 ** 31 - 1)
  })

  it('divides a half-life into 256', () => {
    const step = HALF_LIFE / 256
    expect([0, step - 1, step, HALF_LIFE].map((time) => stepOf(time, HALF_LIFE))).toEqual([0, 0, 1, 256])
  })
})

describe('Decay', () => {
  it('counts evidence from the future as fresh, never as more', () => {
    expect(decay.left(1_000_000, -STEPS)).toBe(1_000_000)
  })

  it('halves with each half-life, until nothing is left for ever', () => {
    const halves = [0, 1, 2, 21, 22, 32, 33, 64, 1e6].map((n) => decay.left(MAX_DECAYING, n * STEPS))
    expect(halves).toEqual([MAX_DECAYING, 2_097_151, 1_048_575, 1, 0, 0, 0, 0, 0])
  })

  it('T15 gives these very integers', () => {
    expect([1, 64, 128, 192, 255].map((steps) => decay.left(3_000_000, steps))).toEqual([
      2_991_888, 2_522_689, 2_121_320, 1_783_810, 1_504_066,
    ])
  })

  it('is the formula, to the micro-unit below', () => {
    fc.assert(
      fc.property(micro, age, fc.constantFrom(STEPS, 2 * STEPS), (amount, steps, halving) => {
        const exact = amount * 2 ** (-steps / halving)
        expect(Math.abs(new Decay(halving).left(amount, steps) - (exact - 0.5))).toBeLessThan(0.51)
      }),
      { numRuns: 1000 },
    )
  })

  it('treats what speaks against somebody as what speaks for them', () => {
    fc.assert(
      fc.property(micro, age, (amount, steps) => {
        expect(decay.left(-amount, steps) + decay.left(amount, steps)).toBe(0)
      }),
      runs,
    )
  })

  it('never rises with age, nor falls with more evidence', () => {
    fc.assert(
      fc.property(micro, micro, age, age, (a, b, s, t) => {
        const amounts = [Math.min(a, b), Math.max(a, b)] as const
        const ages = [Math.min(s, t), Math.max(s, t)] as const
        expect(decay.left(a, ages[1])).toBeLessThanOrEqual(decay.left(a, ages[0]))
        expect(decay.left(amounts[0], s)).toBeLessThanOrEqual(decay.left(amounts[1], s))
      }),
      runs,
    )
  })
})
