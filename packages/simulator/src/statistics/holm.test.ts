import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holmAdjusted } from './holm.ts'

describe(holmAdjusted, () => {
  it('multiplies the least by all, the next by one fewer, and never goes back', () => {
    expect(holmAdjusted([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02])
    expect(holmAdjusted([0.6, 0.7])).toEqual([1, 1])
    expect(holmAdjusted([])).toEqual([])
  })

  it('lies between the value alone and Bonferroni, in the same order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (values) => {
        const adjusted = holmAdjusted(values)
        for (const [n, p] of values.entries()) {
          const own = adjusted[n] as number
          expect(own >= p && own <= Math.min(1, p * values.length)).toBe(true)
          for (const [other, q] of values.entries())
            if (p < q) expect(own).toBeLessThanOrEqual(adjusted[other] as number)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
