import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_MODEL, type Evidence, opinionOf } from './model.ts'
import { remedyFor } from './remedy.ts'
import { reaches } from './tiers.ts'

const tier = fc.constantFrom('known', 'trusted', 'vouched')
const evidence = fc.record({ positive: fc.nat(30_000_000), negative: fc.nat(30_000_000) })
const ofNobody = opinionOf({ positive: 0, negative: 0 }, DEFAULT_MODEL)

describe('remedyFor', () => {
  it.each([
    ['known', 85, 2000],
    ['trusted', 500, 2000],
    ['vouched', 837, 3000],
  ] as const)('makes a newcomer %s by the least value of one root: %i, weight %i', (wanted, value, weight) => {
    expect(remedyFor(ofNobody, wanted, DEFAULT_MODEL)).toEqual({ who: 'any-root', value, weight })
  })

  it('asks the roots that speak against a Did where no other outweighs them', () => {
    const opinion = opinionOf({ positive: 0, negative: 3_000_000 }, DEFAULT_MODEL)
    expect(remedyFor(opinion, 'trusted', DEFAULT_MODEL)).toEqual({
      who: 'every-opposing-root',
      value: 500,
      weight: 2000,
    })
  })

  it('asks them too where the confidence leaves room for any evidence against', () => {
    for (const confidence of [999, 1000]) {
      expect(remedyFor({ score: 0, confidence }, 'known', DEFAULT_MODEL)).toMatchObject({ who: 'every-opposing-root' })
    }
  })

  it('knows none where one word is too light', () => {
    expect(remedyFor(ofNobody, 'known', { ...DEFAULT_MODEL, cap: 1 })).toBeNull()
  })

  it('is enough whatever the evidence was, even if the root that attests takes back all that spoke for the Did', () => {
    const lift = fc.record({ evidence, tier, kept: fc.double({ min: 0, max: 1, noNaN: true }) })
    fc.assert(
      fc.property(lift, ({ evidence: { positive, negative }, tier, kept }) => {
        const remedy = remedyFor(opinionOf({ positive, negative }, DEFAULT_MODEL), tier, DEFAULT_MODEL)
        if (!remedy) throw new Error('there is always one under this model')
        const { who, value, weight } = remedy
        const after: Evidence = {
          positive: Math.floor(positive * kept) + value * weight,
          negative: who === 'any-root' ? negative : 0,
        }
        expect(reaches(opinionOf(after, DEFAULT_MODEL), tier)).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })

  it('is the least for a Did of which nothing is known', () => {
    fc.assert(
      fc.property(tier, (wanted) => {
        const { value = 0, weight = 0 } = remedyFor(ofNobody, wanted, DEFAULT_MODEL) ?? {}
        // Four less, because an opinion is rounded: evidence too slight to show may weigh against the Did.
        const less = opinionOf({ positive: (value - 4) * weight, negative: 0 }, DEFAULT_MODEL)
        expect(reaches(less, wanted)).toBe(false)
      }),
    )
  })
})
