import { describe, expect, it } from 'vitest'
import { told } from './summary.ts'

const estimate = { mean: 0.03217, lo: 0.0111, hi: 0.07449, min: 0, max: 1, runs: 5 }

describe(told, () => {
  it('has shares in per cent, and all else in its unit, by three digits', () => {
    expect(told(estimate, 'share')).toBe('3.22 % (95 %: 1.11 to 7.45)')
    expect(told({ ...estimate, mean: 1_234_567, lo: -1_234.5, hi: 2e6 }, 'ms')).toBe(
      '1,230,000 ms (95 %: \u22121,230 to 2,000,000)',
    )
    expect(told({ ...estimate, mean: 1234.56, lo: 1, hi: 12.345 }, 'points')).toBe('1,230 points (95 %: 1 to 12.3)')
  })

  it('says where one run gives no interval', () => {
    const none = { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY }
    expect(told({ ...estimate, ...none, mean: 5 }, 'agents')).toBe('5 agents (one run: no interval)')
  })
})
