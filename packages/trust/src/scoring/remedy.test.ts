import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_MODEL, opinionOf } from './model.ts'
import { remedyFor } from './remedy.ts'
import { reaches } from './tiers.ts'

describe('remedyFor', () => {
  it('knows none where one word is too light', () => {
    expect(remedyFor('known', { ...DEFAULT_MODEL, cap: 1 })).toBeNull()
  })

  it('asks for more than goes unnoticed, where the baseline is a tier already', () => {
    const { value, weight } = remedyFor('known', { ...DEFAULT_MODEL, baseline: 400, prior: 1_000_000_000 }) ?? {}
    expect({ value, weight }).toEqual({ value: 501, weight: 2000 })
  })

  it.each([
    ['known', 84, 2000],
    ['trusted', 500, 2000],
    ['vouched', 834, 3000],
  ] as const)('makes a newcomer %s by the least value of one root: %i, weight %i', (tier, value, weight) => {
    expect(remedyFor(tier, DEFAULT_MODEL)).toEqual({ value, weight })
  })

  it('is enough, and one less is not, by whatever model', () => {
    const parameters = fc.record({
      cap: fc.integer({ min: 1, max: 4_000_000 }),
      prior: fc.oneof(fc.integer({ min: 1, max: 4_000_000 }), fc.integer({ min: 1, max: 1_000_000_000 })),
      baseline: fc.nat(1000),
    })
    fc.assert(
      fc.property(parameters, fc.constantFrom('known', 'trusted', 'vouched'), (drawn, tier) => {
        const model = { ...DEFAULT_MODEL, ...drawn }
        const isLifted = (value: number, weight: number): boolean => {
          const positive = Math.min(value * weight, model.cap)
          const opinion = opinionOf({ positive, negative: 0 }, model)
          return opinion.confidence > 0 && reaches(opinion, tier)
        }
        const remedy = remedyFor(tier, model)
        expect(remedy !== null).toBe(isLifted(1000, 3000))
        if (!remedy) return
        const { value, weight } = remedy
        expect([isLifted(value, weight), isLifted(value - 1, weight)]).toEqual([true, false])
        expect(weight).toBe(isLifted(1000, 2000) ? 2000 : 3000)
      }),
      { numRuns: 2000 },
    )
  })
})
