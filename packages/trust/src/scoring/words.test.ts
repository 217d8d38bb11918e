import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS, NOW } from '../../test/cast.ts'
import type { Attestation } from '../statements/attestation.ts'
import { Decay, STEPS, stepOf } from './decay.ts'
import { DEFAULT_MODEL } from './model.ts'
import { testimonyOf, type Word } from './words.ts'

const runs = { numRuns: 1000 }
const YEAR_MS = 365 * DAY_MS
const decay = new Decay(STEPS)

/** What whoever can set a clock may write: nothing is older than it says, nor lives longer than a year. */
const dates = fc
  .record({ iat: fc.integer({ min: -800, max: 400 }), age: fc.nat(900), life: fc.integer({ min: 1, max: 365 }) })
  .map(({ iat, age, life }) => {
    const at = NOW + iat * DAY_MS
    return { iat: at, evidenceAt: at - age * DAY_MS, exp: at + life * DAY_MS }
  })
const saying = (value: number, weight: number, times: object): Attestation =>
  ({ value, weight, ...times }) as unknown as Attestation
const value = fc.oneof(fc.constantFrom(-1000, 1000), fc.integer({ min: -1000, max: 1000 }))
const weight = fc.oneof(fc.constant(3000), fc.integer({ min: 1, max: 3000 }))

/** What counts of some words, at a time: micro-units. */
const leftOf = (words: readonly Word[], now: number): number => {
  const testimony = testimonyOf(words, now, DEFAULT_MODEL)
  return testimony ? decay.left(testimony.evidence, stepOf(now, DEFAULT_MODEL.halfLifeMs) - testimony.since) : 0
}

describe('testimonyOf', () => {
  it('T9 makes of no word more, by whatever its issuer dates it, than of one that is said now', () => {
    fc.assert(
      fc.property(dates, value, weight, fc.nat(800), (times, value, weight, days) => {
        const now = NOW + days * DAY_MS
        const plain = saying(value, weight, { iat: now, evidenceAt: now, exp: now + YEAR_MS })
        const [dated, said] = [leftOf([[0, saying(value, weight, times)]], now), leftOf([[0, plain]], now)]
        expect(Math.abs(dated)).toBeLessThanOrEqual(Math.abs(said))
        if (times.iat > now + 60_000 || times.exp <= now) expect(dated).toBe(0)
      }),
      runs,
    )
  })

  it('T8 makes no more of a word that is renewed without new evidence, in its first year and in the second', () => {
    fc.assert(
      fc.property(dates, value, weight, fc.nat(365), fc.nat(800), (times, value, weight, later, days) => {
        const iat = times.iat + later * DAY_MS
        const renewed = saying(value, weight, { ...times, iat, exp: iat + YEAR_MS })
        const lasting = saying(value, weight, { ...times, exp: times.exp + 10 * YEAR_MS })
        const now = NOW + days * DAY_MS
        const [after, before] = [leftOf([[0, renewed]], now), leftOf([[0, lasting]], now)]
        expect(Math.abs(after)).toBeLessThanOrEqual(Math.abs(before))
      }),
      runs,
    )
  })

  it('says no more than the cap, nothing by what has ended, and the same until it says that it changes', () => {
    const word = fc.tuple(fc.nat(2), value, weight, dates)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), fc.nat(500), fc.nat(400), (drawn, days, wait) => {
        const words = drawn.map(([above, value, weight, times]): Word => [above, saying(value, weight, times)])
        const now = NOW + days * DAY_MS
        const testimony = testimonyOf(words, now, DEFAULT_MODEL)
        expect(Math.abs(testimony?.evidence ?? 0)).toBeLessThanOrEqual(DEFAULT_MODEL.cap)
        const going = words.filter(([, { exp }]) => now < exp)
        expect(testimonyOf(going, now, DEFAULT_MODEL)).toEqual(testimony)
        const later = Math.min(now + wait * DAY_MS, (testimony?.until ?? Number.POSITIVE_INFINITY) - 1)
        expect(testimonyOf(words, later, DEFAULT_MODEL)).toEqual(testimony)
      }),
      runs,
    )
  })
})
