import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GOOD, graphOf, range, rate, rating, STEP } from '../../test/graphs.ts'
import type { Rating } from '../../test/oracle.ts'
import { CREDIT_ONE, DEFAULT_MODEL } from './model.ts'

const runs = { numRuns: 1000 }
const { baseline, cap, relay } = DEFAULT_MODEL
/** Roots, agents, whoever sheds a name, and the new names: one to go on under, and others to help it. */
const [ROOTS, AGENTS, OLD, NEW, HELPERS] = [range(0, 3), range(3, 4), 7, 8, range(9, 8)] as const
const KNOWN = [...ROOTS, ...AGENTS, OLD]

const said = (by: readonly number[], of: readonly number[]): fc.Arbitrary<Rating[]> => {
  const word = fc.record({ source: fc.constantFrom(...by), subject: fc.constantFrom(...of), rating })
  return fc
    .uniqueArray(word, { maxLength: 40, selector: ({ source, subject }) => `${source} ${subject}` })
    .map((words) =>
      words
        .filter(({ source, subject }) => source !== subject)
        .map(({ source, subject, rating }) => ({ ...rating, source, subject })),
    )
}
/** What is said of whoever is known, not least by roots, of the old name. */
const known = fc.tuple(
  said(KNOWN, KNOWN),
  fc.array(fc.tuple(fc.constantFrom(...ROOTS), fc.integer({ min: -GOOD, max: GOOD })), { maxLength: 3 }),
)
const graph = (...words: readonly Rating[]) => {
  // The last of a pair holds.
  const ratings = [...new Map(words.map((word) => [`${word.source} ${word.subject}`, word])).values()]
  return graphOf(DEFAULT_MODEL, { nodes: 17, roots: ROOTS, silent: [], ratings, step: STEP })
}
const ofOld = (words: readonly (readonly [by: number, evidence: number])[]): Rating[] =>
  words.map(([by, evidence]) => rate(by, OLD, evidence))

describe('whoever sheds a bad name', () => {
  it('T2 carries a new one no higher than the baseline above the old one, whatever both of them say', () => {
    const word = fc.oneof(fc.constant(GOOD), fc.integer({ min: 1, max: GOOD }))
    fc.assert(
      fc.property(known, word, said([NEW], KNOWN), ([known, judged], word, returned) => {
        const after = graph(...known, ...ofOld(judged), ...returned, rate(OLD, NEW, word))
        expect(after.opinionOf(NEW).score).toBeLessThanOrEqual(after.opinionOf(OLD).score + baseline)
      }),
      runs,
    )
  })

  it('T2 carries it, with other new names to help, by no more than its own word over 1 − β', () => {
    const own = [OLD, NEW, ...HELPERS]
    // Of six on, all that may be passed on is.
    const helped = fc.nat(8).map((count) => {
      const helpers = HELPERS.slice(0, count)
      return [...helpers.map((one) => rate(OLD, one)), ...[OLD, ...helpers].map((one) => rate(one, NEW))]
    })
    fc.assert(
      fc.property(
        known,
        helped,
        said(own, own),
        said(own.slice(1), KNOWN),
        ([known, judged], helped, more, returned) => {
          const after = graph(...known, ...ofOld(judged), ...helped, ...more, ...returned)
          const { positive } = after.evidenceOf(NEW)
          expect(positive * CREDIT_ONE * (1000 - relay)).toBeLessThanOrEqual(after.backingOf(OLD) * cap * 1000)
        },
      ),
      runs,
    )
  })

  it('T2 is heard as far as its own score where it speaks for others, and against them as far as it is believed', () => {
    const words = [rate(0, OLD), rate(1, OLD, -840_000), rate(OLD, NEW)]
    const before = graph(...words)
    expect(before.opinionOf(OLD).score).toBe(198)
    expect(before.opinionOf(NEW).score).toBe(495)
    expect([before.backingOf(OLD), before.creditOf(OLD)]).toEqual([33, 180])
  })
})
