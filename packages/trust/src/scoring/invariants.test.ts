import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GOOD, graphOf, range, rate, STEP } from '../../test/graphs.ts'
import type { Sample } from '../../test/oracle.ts'
import { STEPS } from './decay.ts'
import { CREDIT_ONE, DEFAULT_MODEL, type Evidence, limitOf, opinionOf } from './model.ts'
import { type Opinion, reaches, TIERS, type Tier, tierOf } from './tiers.ts'

const runs = { numRuns: 1000 }
const opinion = (evidence: Evidence) => opinionOf(evidence, DEFAULT_MODEL)
/** Whether the tier can be required. */
const isGuarded = (tier: Tier): boolean => tier !== 'untrusted' && tier !== 'probation'
const rank = (evidence: Evidence): number => TIERS.indexOf(tierOf(opinion(evidence)))

describe('the opinion', () => {
  const amount = fc.oneof(fc.nat(100), fc.nat(50_000_000))
  const evidence = fc.record({ positive: amount, negative: amount })

  it('is 300 with confidence 0 where there is no evidence', () => {
    expect(opinion({ positive: 0, negative: 0 })).toEqual({ score: 300, confidence: 0 })
  })

  it('is 730 with confidence 615 by one full word of value 0.8 and weight 2', () => {
    expect(opinion({ positive: 1_600_000, negative: 0 })).toEqual({ score: 730, confidence: 615 })
  })

  it('never falls by more that speaks for somebody, in score, confidence or tier', () => {
    fc.assert(
      fc.property(evidence, amount, (evidence, more) => {
        const better = { ...evidence, positive: evidence.positive + more }
        expect(opinion(better).score).toBeGreaterThanOrEqual(opinion(evidence).score)
        expect(opinion(better).confidence).toBeGreaterThanOrEqual(opinion(evidence).confidence)
        expect(rank(better)).toBeGreaterThanOrEqual(rank(evidence))
      }),
      { numRuns: 5000 },
    )
  })

  it('never rises by more that speaks against somebody, in score, confidence or tier', () => {
    fc.assert(
      fc.property(evidence, amount, (evidence, more) => {
        const worse = { ...evidence, negative: evidence.negative + more }
        expect(opinion(worse).score).toBeLessThanOrEqual(opinion(evidence).score)
        expect(opinion(worse).confidence).toBeLessThanOrEqual(opinion(evidence).confidence)
        expect(rank(worse)).toBeLessThanOrEqual(rank(evidence))
      }),
      { numRuns: 5000 },
    )
  })

  it('T6 falls faster than it rises: of whoever stands at 500, a bad word takes more than a good one gave', () => {
    fc.assert(
      fc.property(evidence, fc.integer({ min: 1, max: GOOD }), ({ positive, negative }, word) => {
        const before = opinion({ positive, negative }).score
        fc.pre(before >= 500)
        const gained = opinion({ positive: positive + word, negative }).score - before
        // One, for each of them is rounded.
        expect(before - opinion({ positive, negative: negative + word }).score).toBeGreaterThanOrEqual(gained - 1)
        const repaid = { positive: positive + 3 * word, negative: negative + word }
        expect(opinion(repaid).score).toBeLessThanOrEqual(before)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('limitOf', () => {
  it('T2 leaves whoever has one word for it the baseline above the speaker, and no more, by whatever model', () => {
    const evidence = fc.record({ positive: fc.nat(50_000_000), negative: fc.nat(5_000_000) })
    const parameters = fc.record({
      cap: fc.integer({ min: 1, max: 4_000_000 }),
      prior: fc.oneof(fc.integer({ min: 1, max: 4_000_000 }), fc.integer({ min: 1, max: 1_000_000_000 })),
      baseline: fc.nat(1000),
    })
    fc.assert(
      fc.property(evidence, parameters, (evidence, drawn) => {
        const model = { ...DEFAULT_MODEL, ...drawn }
        const scoreBy = (weight: number): number =>
          (1000 * weight * model.cap + CREDIT_ONE * model.baseline * model.prior) /
          (weight * model.cap + CREDIT_ONE * model.prior)
        const limit = limitOf(evidence, model)
        const bound = opinionOf(evidence, model).score + model.baseline
        expect(scoreBy(limit)).toBeLessThanOrEqual(bound + 1e-9)
        if (limit < CREDIT_ONE) expect(scoreBy(limit + 1)).toBeGreaterThan(bound)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('more evidence, with the others’ credit fixed', () => {
  /** Two roots, four raters whom only they rate, and a subject: what one of them says of it moves no credit of theirs. */
  const SUBJECT = 6
  const word = fc.integer({ min: -GOOD, max: GOOD })
  const since = fc.integer({ min: STEP - 600, max: STEP })
  const drawn = fc.record({
    credit: fc.array(fc.tuple(fc.nat(GOOD), since), { minLength: 8, maxLength: 8 }),
    words: fc.array(fc.tuple(word, since), { minLength: 6, maxLength: 6 }),
    /** Words about others, that use up the raters' budgets. */
    busy: fc.array(fc.nat(12), { minLength: 6, maxLength: 6 }),
    rater: fc.nat(5),
    one: word,
    /** Another word, or the next one. */
    change: fc.oneof(word, fc.integer({ min: 1, max: 3000 })),
  })

  it('never lowers the subject if it is better, nor raises it if it is worse', () => {
    fc.assert(
      fc.property(drawn, ({ credit, words, busy, rater, one, change }) => {
        const other = Math.max(-GOOD, Math.min(one + change, GOOD))
        const scoreWith = (evidence: number): number => {
          const ratings = [
            ...credit.map(([word, at], i) => rate(i % 2, 2 + (i >> 1), word, at)),
            ...busy.flatMap((count, by) => range(7, count).map((sub) => rate(by, sub))),
            ...words.map(([word, at], by) => rate(by, SUBJECT, by === rater ? evidence : word, at)),
          ]
          const sample: Sample = { nodes: 20, roots: [0, 1], silent: [], ratings, step: STEP }
          return graphOf({ ...DEFAULT_MODEL, budget: 5_000_000 }, sample).opinionOf(SUBJECT).score
        }
        expect(scoreWith(Math.max(one, other))).toBeGreaterThanOrEqual(scoreWith(Math.min(one, other)))
      }),
      runs,
    )
  })

  it('without any that is new, confidence only falls and the score only moves towards 300, to the thousandth', () => {
    const age = fc.nat(6000)
    fc.assert(
      fc.property(fc.array(fc.tuple(word, since), { minLength: 1, maxLength: 5 }), age, age, (words, a, b) => {
        const roots = range(0, words.length)
        const ratings = words.map(([word, at], by) => rate(by, 5, word, at))
        const graph = graphOf(DEFAULT_MODEL, { nodes: 6, roots, silent: [], ratings, step: STEP + Math.min(a, b) })
        const before = graph.opinionOf(5)
        graph.moveTo(STEP + Math.max(a, b))
        graph.settle()
        const after = graph.opinionOf(5)
        expect(after.confidence).toBeLessThanOrEqual(before.confidence)
        if (before.score > 300) expect(after.score).toBeLessThanOrEqual(before.score)
        if (before.score < 300) expect(after.score).toBeGreaterThanOrEqual(before.score - 1)
        expect(Math.abs(after.score - 300)).toBeLessThanOrEqual(Math.abs(before.score - 300) + 1)
      }),
      runs,
    )
  })

  it('T6 T12 without any that is new, no rater who has overspent counts for more by waiting, and nobody is lifted', () => {
    const SUBJECT = 9
    const rater = fc.record({ others: fc.nat(150), evidence: word, at: since })
    fc.assert(
      fc.property(fc.array(rater, { minLength: 1, maxLength: 3 }), fc.nat(3000), fc.nat(3000), (raters, a, b) => {
        // Of now at both times: so the raters' credit is held fixed.
        const vouched = (now: number) => raters.map((_, i) => rate(0, i + 1, GOOD, now))
        const [sooner, later] = [STEP + Math.min(a, b), STEP + Math.max(a, b)]
        const words = raters.flatMap(({ others, evidence, at }, i) => [
          rate(i + 1, SUBJECT, evidence, at),
          ...range(SUBJECT + 1, others).map((sub) => rate(i + 1, sub, GOOD, at)),
        ])
        const ratings = [...vouched(sooner), ...words]
        const graph = graphOf(DEFAULT_MODEL, { nodes: 160, roots: [0], silent: [], ratings, step: sooner })
        const credit = () => raters.map((_, i) => graph.creditOf(i + 1))
        const [before, credited] = [graph.opinionOf(SUBJECT), credit()]
        graph.moveTo(later)
        for (const { source, subject, evidence, since } of vouched(later)) {
          graph.setEdge(source, subject, evidence, since)
        }
        graph.settle()
        const after = graph.opinionOf(SUBJECT)
        expect(credit()).toEqual(credited)
        expect(Math.abs(after.score - 300)).toBeLessThanOrEqual(Math.abs(before.score - 300) + 1)
        const reached = (opinion: Opinion) => TIERS.filter((tier) => reaches(opinion, tier) && isGuarded(tier))
        expect(reached(before)).toEqual(expect.arrayContaining(reached(after)))
      }),
      runs,
    )
  })

  it('T6 whoever builds up, betrays and builds up again betrays for a tenth of its good acts, and once a half-life more', () => {
    const act = fc.record({ wait: fc.nat(20), betrays: fc.boolean() })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        // Each before another root, of whom none knows what the others saw.
        const [SUBJECT, roots] = [acts.length, range(0, acts.length)]
        const graph = graphOf(DEFAULT_MODEL, { nodes: SUBJECT + 1, roots, silent: [], ratings: [], step: STEP })
        let [step, good, betrayals] = [STEP, 0, 0]
        for (const [witness, { wait, betrays }] of acts.entries()) {
          step += wait
          graph.moveTo(step)
          graph.settle()
          const isBetrayed = betrays && reaches(graph.opinionOf(SUBJECT), 'known')
          graph.setEdge(witness, SUBJECT, isBetrayed ? -GOOD : GOOD, step)
          if (isBetrayed) betrayals++
          else good++
        }
        expect(betrayals).toBeLessThanOrEqual(1 + good / 10 + (step - STEP) / STEPS)
      }),
      runs,
    )
  })
})
