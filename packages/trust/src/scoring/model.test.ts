import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, DAY_MS, NOW } from '../../test/cast.ts'
import type { Attestation } from '../attestation.ts'
import { DEFAULT_MODEL, evidenceOf, opinionOf, parseModel } from './model.ts'
import type { Opinion } from './tiers.ts'

/** Of an attestation, what the model looks at. */
type Word = Pick<Attestation, 'value' | 'weight' | 'evidenceAt' | 'iat' | 'exp'>

const word = (value: number, weight = 2000, evidenceAt = NOW): Word => ({
  ...{ value, weight, evidenceAt },
  ...{ iat: NOW, exp: NOW + 365 * DAY_MS },
})
const opinion = (words: Word[], now = NOW): Opinion =>
  opinionOf(evidenceOf(words as Attestation[], now, DEFAULT_MODEL), DEFAULT_MODEL)

const words = fc.array(
  fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 3000 }), fc.nat(1000))
    .map(([value, weight, days]) => word(value, weight, NOW - days * DAY_MS)),
  { maxLength: 12 },
)
const runs = { numRuns: 2000 }

describe('parseModel', () => {
  it.each([
    { ...DEFAULT_MODEL, halfLifeMs: 0 },
    { ...DEFAULT_MODEL, cap: 2 ** 22 },
    { ...DEFAULT_MODEL, prior: 0 },
    { ...DEFAULT_MODEL, baseline: Number.NaN },
    { ...DEFAULT_MODEL, severity: 0.5 },
    { ...DEFAULT_MODEL, beta: 1 },
    null,
  ])('refuses %j', async (input) => {
    expect(await codeOf(() => parseModel(input))).toBe('model.malformed')
  })

  it('accepts what the mesh starts from', () => {
    expect(parseModel(DEFAULT_MODEL)).toEqual(DEFAULT_MODEL)
  })
})

describe('the score', () => {
  it('T13 is 300 with confidence 0 where nobody has said anything', () => {
    expect(opinion([])).toEqual({ score: 300, confidence: 0 })
  })

  it('is 730 with confidence 0.615 where one root has vouched at 0.8 with weight 2', () => {
    expect(opinion([word(800)])).toEqual({ score: 730, confidence: 615 })
  })

  it('T9 takes no notice of what is dated in the future or has expired', () => {
    const late: Word = { ...word(1000), iat: NOW + 60_001 }
    const over: Word = { ...word(1000), exp: NOW }
    expect(opinion([late, over])).toEqual({ score: 300, confidence: 0 })
    expect(opinion([{ ...word(1000), iat: NOW + 60_000 }]).score).toBeGreaterThan(300)
    expect(opinion([{ ...word(1000), exp: NOW + 1 }]).score).toBeGreaterThan(300)
  })

  it('T9 takes no notice of anything at a time that is no number', () => {
    expect(opinion([word(1000)], Number.NaN)).toEqual({ score: 300, confidence: 0 })
  })

  it('T8 does not rise by a renewal that brings no new evidence', () => {
    const old = word(800, 2000, NOW - 200 * DAY_MS)
    const renewed: Word = { ...old, iat: NOW + 100 * DAY_MS, exp: NOW + 400 * DAY_MS }
    expect(opinion([renewed], NOW + 100 * DAY_MS)).toEqual(opinion([old], NOW + 100 * DAY_MS))
  })

  it('is a whole number from 0 to 1000, and so is the confidence', () => {
    fc.assert(
      fc.property(words, fc.nat(2000), (said, days) => {
        for (const part of Object.values(opinion(said, NOW + days * DAY_MS))) {
          expect(Number.isInteger(part) && part >= 0 && part <= 1000).toBe(true)
        }
      }),
      runs,
    )
  })

  it('T14 does not depend on the order', () => {
    const shuffled = words.chain((said) =>
      fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length })),
    )
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(opinion(other)).toEqual(opinion(one))
      }),
      runs,
    )
  })

  it('never falls by more positive evidence, nor rises by more negative', () => {
    fc.assert(
      fc.property(
        words,
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 3000 }),
        (said, value, weight) => {
          expect(opinion([...said, word(value, weight)]).score).toBeGreaterThanOrEqual(opinion(said).score)
          expect(opinion([...said, word(-value, weight)]).score).toBeLessThanOrEqual(opinion(said).score)
        },
      ),
      runs,
    )
  })

  it('never falls where a word gets better, nor rises where it gets worse', () => {
    const value = fc.integer({ min: -1000, max: 1000 })
    fc.assert(
      fc.property(words, value, value, fc.integer({ min: 1, max: 3000 }), (said, a, b, weight) => {
        const [worse, better] = [Math.min(a, b), Math.max(a, b)]
        const scoreWith = (v: number): number => opinion([...said, word(v, weight)]).score
        expect(scoreWith(better)).toBeGreaterThanOrEqual(scoreWith(worse))
      }),
      runs,
    )
  })

  it('rests on a confidence that only falls while time passes without new evidence', () => {
    fc.assert(
      fc.property(words, fc.nat(2000), fc.nat(2000), (said, soon, later) => {
        const before = opinion(said, NOW + soon * DAY_MS)
        expect(opinion(said, NOW + (soon + later) * DAY_MS).confidence).toBeLessThanOrEqual(before.confidence)
      }),
      runs,
    )
  })

  it('caps what one issuer can say', () => {
    const model = { ...DEFAULT_MODEL, cap: 1_000_000 }
    expect(evidenceOf([word(1000, 3000)] as Attestation[], NOW, model)).toEqual({ positive: 1_000_000, negative: 0 })
    expect(evidenceOf([word(-1000, 3000)] as Attestation[], NOW, model)).toEqual({ positive: 0, negative: 1_000_000 })
  })
})
