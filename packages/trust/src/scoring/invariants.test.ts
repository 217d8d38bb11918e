import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { graphOf, STEP } from '../../test/graphs.ts'
import type { Rating, Sample } from '../../test/oracle.ts'
import type { FlowGraph } from './flow-graph.ts'
import { CREDIT_ONE, DEFAULT_MODEL, type Evidence, opinionOf } from './model.ts'
import { TIERS, tierOf } from './tiers.ts'

const runs = { numRuns: 1000 }
const GOOD = 3_000_000
const rate = (source: number, subject: number, evidence = GOOD, since = STEP): Rating => ({
  source,
  subject,
  evidence,
  since,
})
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)
const opinion = (evidence: Evidence) => opinionOf(evidence, DEFAULT_MODEL)
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

  it('T6 without any that is new, no rater who has overspent counts for more by waiting', () => {
    const [root, rater, subject] = [0, 1, 2]
    fc.assert(
      fc.property(fc.nat(150), word, since, fc.nat(3000), fc.nat(3000), (others, evidence, at, a, b) => {
        // Of now at both times: so the rater's credit is held fixed.
        const vouched = (now: number): [number, number, number, number] => [root, rater, GOOD, now]
        const [sooner, later] = [STEP + Math.min(a, b), STEP + Math.max(a, b)]
        const ratings = [
          rate(...vouched(sooner)),
          rate(rater, subject, evidence, at),
          ...range(3, others).map((sub) => rate(rater, sub, GOOD, at)),
        ]
        const graph = graphOf(DEFAULT_MODEL, { nodes: 3 + others, roots: [root], silent: [], ratings, step: sooner })
        const before = graph.opinionOf(subject).score
        const credit = graph.creditOf(rater)
        graph.moveTo(later)
        graph.setEdge(...vouched(later))
        graph.settle()
        expect(graph.creditOf(rater)).toBe(credit)
        expect(Math.abs(graph.opinionOf(subject).score - 300)).toBeLessThanOrEqual(Math.abs(before - 300) + 1)
      }),
      runs,
    )
  })

  it('T2 gives a newcomer nothing that counts, so that starting anew is never worth more than the baseline', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, since), { maxLength: 5 }), (words) => {
        const ratings = words.map(([word, at], by) => rate(by, 5, word, at))
        const graph = graphOf(DEFAULT_MODEL, { nodes: 7, roots: range(0, 5), silent: [], ratings, step: STEP })
        expect(graph.opinionOf(6)).toEqual({ score: 300, confidence: 0 })
        expect(tierOf(graph.opinionOf(6))).toBe('probation')
        expect(graph.opinionOf(6).score - graph.opinionOf(5).score).toBeLessThanOrEqual(300)
      }),
      runs,
    )
  })
})

describe('Sybils', () => {
  /** Root, honest and leader; from here on Sybils. */
  const [ROOT, HONEST, LEADER, FIRST] = [0, 1, 2, 3] as const
  const shapes: Record<string, (crowd: readonly number[]) => Rating[]> = {
    star: (crowd) => crowd.flatMap((one) => [rate(LEADER, one), rate(one, LEADER)]),
    chain: (crowd) => crowd.map((one, i) => rate(crowd[i - 1] ?? LEADER, one)),
    tree: (crowd) => crowd.map((one, i) => rate(i < 3 ? LEADER : (crowd[Math.floor(i / 3) - 1] as number), one)),
    ring: (crowd) => crowd.flatMap((one, i) => [rate(LEADER, one), rate(one, crowd[i + 1] ?? LEADER)]),
    clique: (crowd) =>
      crowd
        .slice(0, 60)
        .flatMap((one) => [
          rate(LEADER, one),
          rate(one, LEADER),
          ...crowd.slice(0, 60).flatMap((other) => (other === one ? [] : [rate(one, other)])),
        ]),
  }
  const meshWith = (ratings: readonly Rating[], crowd: readonly number[], word: number | null): FlowGraph => {
    const own = [rate(ROOT, HONEST, 1_600_000), ...(word === null ? [] : [rate(ROOT, LEADER, word)])]
    const all = [...new Map([...ratings, ...own].map((r) => [`${r.source} ${r.subject}`, r])).values()]
    return graphOf(DEFAULT_MODEL, { nodes: FIRST + crowd.length, roots: [ROOT], silent: [], ratings: all, step: STEP })
  }
  const { relay, budget, cap, prior, baseline } = DEFAULT_MODEL
  /** What it takes to stand at 400. */
  const lifting = (prior * (400 - baseline)) / (1000 - 400)

  const bounded = (shape: string, count: number, word: number): void => {
    const crowd = range(FIRST, count)
    const slander = crowd.map((one) => rate(one, HONEST, -GOOD))
    const graph = meshWith([...(shapes[shape]?.(crowd) ?? []), ...slander], crowd, word)
    const leader = graph.creditOf(LEADER)
    const credit = crowd.reduce((sum, one) => sum + graph.creditOf(one), 0)
    expect(credit * (1000 - relay)).toBeLessThanOrEqual(leader * relay)
    const lifted = crowd.filter((one) => graph.opinionOf(one).score >= 400).length
    expect(lifted * lifting).toBeLessThanOrEqual(((leader + credit) * (budget + cap)) / CREDIT_ONE)
  }

  it('T1 share no more credit than β/(1 − β) of their leader’s, and no more of them than a budget pays for are lifted', () => {
    const shape = fc.constantFrom(...Object.keys(shapes))
    const count = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(1, 10) }, { weight: 1, arbitrary: fc.constant(100) })
    fc.assert(fc.property(shape, count, fc.integer({ min: 1, max: GOOD }), bounded), runs)
  })

  it.each(Object.keys(shapes))('T1 do so in thousands as well: %s', (shape) => {
    for (const count of [1000, 10_000]) for (const word of [300_000, GOOD]) bounded(shape, count, word)
  })

  it('T1 T4 T5 change nothing at all without somebody to lead them in', () => {
    const alone = meshWith([], [], null).opinionOf(HONEST)
    for (const [shape, ratingsOf] of Object.entries(shapes)) {
      const crowd = range(FIRST, 10_000)
      const graph = meshWith([...ratingsOf(crowd), ...crowd.map((one) => rate(one, HONEST, -GOOD))], crowd, null)
      expect([shape, graph.opinionOf(HONEST)]).toEqual([shape, alone])
      for (const one of [LEADER, ...crowd]) expect(graph.opinionOf(one)).toEqual({ score: 300, confidence: 0 })
    }
  })
})
