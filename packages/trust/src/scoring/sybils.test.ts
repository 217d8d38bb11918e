import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { found, GOOD, graphOf, range, rate, STEP } from '../../test/graphs.ts'
import type { Rating } from '../../test/oracle.ts'
import type { FlowGraph } from './flow-graph.ts'
import { CREDIT_ONE, DEFAULT_MODEL } from './model.ts'

/** The root, ten honest agents whom it knows, and from there on Sybils. */
const [ROOT, HONEST, FIRST] = [0, range(1, 10), 11] as const

/** Whom Sybils rate among themselves; the first of them leads. */
const SHAPES: Record<string, (crowd: readonly number[]) => Rating[]> = {
  star: ([leader = FIRST, ...rest]) => rest.flatMap((one) => [rate(leader, one), rate(one, leader)]),
  chain: (crowd) => crowd.slice(1).map((one, i) => rate(crowd[i] as number, one)),
  tree: (crowd) => crowd.slice(1).map((one, i) => rate(crowd[Math.floor(i / 3)] as number, one)),
  ring: (crowd) => (crowd.length < 2 ? [] : crowd.map((one, i) => rate(one, crowd[(i + 1) % crowd.length] as number))),
  clique: (crowd) => crowd.flatMap((one) => crowd.filter((other) => other !== one).map((other) => rate(one, other))),
  /** Each rates a hundred others, of thousands too. */
  thicket: (crowd) =>
    crowd.flatMap((one, i) =>
      range(i + 1, Math.min(crowd.length - 1, 100)).map((at) => rate(one, crowd[at % crowd.length] as number)),
    ),
}

/** An edge from the honest part into the crowd: by whom, the root or an agent, with how much evidence. */
type Attack = readonly [by: number, evidence: number]

interface Crowded {
  readonly graph: FlowGraph
  readonly crowd: readonly number[]
}

/** A mesh with a crowd that praises itself and speaks against all who are honest, and into which some have been led. */
function crowded(shape: string, size: number, attacks: readonly Attack[]): Crowded {
  const crowd = range(FIRST, size)
  const led = attacks.map(([by, evidence], i) => rate(by, crowd[i % size] as number, evidence))
  const ratings = [
    ...HONEST.map((one) => rate(ROOT, one, 1_600_000)),
    ...led.filter(({ source, subject }, i) => led.findIndex((r) => r.source === source && r.subject === subject) === i),
    ...(SHAPES[shape]?.(crowd) ?? []),
    ...crowd.map((one, i) => rate(one, HONEST[i % HONEST.length] as number, -GOOD)),
  ]
  return {
    graph: graphOf(DEFAULT_MODEL, { nodes: FIRST + size, roots: [ROOT], silent: [], ratings, step: STEP }),
    crowd,
  }
}

const { relay, breadth, hesitancy, budget, cap, prior, baseline } = DEFAULT_MODEL
/** The evidence that it takes to stand at 400. */
const LIFTING = (prior * (400 - baseline)) / (1000 - 400)

/** What the attacks bring in decides what the crowd has; neither its size nor its shape does. */
function expectBounded({ graph, crowd }: Crowded, attacks: readonly Attack[]): void {
  let [income, praise] = [0, 0]
  for (const [by, evidence] of attacks) {
    const credit = graph.creditOf(by)
    const referral = evidence / (evidence + hesitancy)
    income += by === ROOT ? credit * referral : (credit * referral * relay) / breadth
    praise += credit * evidence
  }
  const credit = crowd.reduce((sum, one) => sum + graph.creditOf(one), 0)
  expect(credit * (1000 - relay)).toBeLessThanOrEqual(income * 1000)
  const lifted = crowd.filter((one) => graph.opinionOf(one).score >= 400).length
  expect(lifted * LIFTING * CREDIT_ONE).toBeLessThanOrEqual(credit * (budget + cap) + praise)
}

const byAgents = (count: number): Attack[] => HONEST.slice(0, count).map((by) => [by, GOOD])

describe('Sybils', () => {
  it('T1 have no more credit than the edges that lead to them bring in, over 1 − β, and lift no more than that pays for', () => {
    const shape = fc.constantFrom(...Object.keys(SHAPES))
    const size = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 20 }) }, fc.integer({ min: 21, max: 120 }))
    const attack = fc.tuple(fc.constantFrom(ROOT, ...HONEST), fc.integer({ min: 1, max: GOOD }))
    fc.assert(
      fc.property(shape, size, fc.array(attack, { maxLength: 10 }), (shape, size, attacks) => {
        expectBounded(crowded(shape, size, attacks), attacks)
      }),
      { numRuns: 1000 },
    )
  })

  it('T3 T5 speak for whoever has led them in no louder than the credit that it has given them', () => {
    const shape = fc.constantFrom(...Object.keys(SHAPES))
    const drawn = fc.record({
      shape,
      size: fc.integer({ min: 2, max: 30 }),
      evidence: fc.integer({ min: 1, max: GOOD }),
    })
    fc.assert(
      fc.property(drawn, ({ shape, size, evidence }) => {
        const { graph, crowd } = crowded(shape, size, [[ROOT, evidence]])
        const [leader = FIRST, ...rest] = crowd
        const credit = rest.reduce((sum, one) => sum + graph.creditOf(one), 0)
        expect(credit * (1000 - relay)).toBeLessThanOrEqual(graph.creditOf(leader) * relay)
        const gained = graph.evidenceOf(leader).positive - evidence
        expect(gained * CREDIT_ONE).toBeLessThanOrEqual(credit * cap)
      }),
      { numRuns: 1000 },
    )
  })

  it.each(Object.keys(SHAPES))(
    'T1 T5 have no more in thousands: %s, with 0, 1 and 10 edges that lead to it',
    (shape) => {
      for (const size of shape === 'clique' ? [500] : [2000, 10_000].slice(0, shape === 'thicket' ? 1 : 2)) {
        for (const attacks of [[], [[ROOT, GOOD] as const], byAgents(1), byAgents(10)]) {
          expectBounded(crowded(shape, size, attacks), attacks)
        }
      }
    },
  )

  it.each(Object.keys(SHAPES))('T1 T4 T5 change nothing at all where no edge leads to them: %s', (shape) => {
    const alone = found(crowded(shape, 1, []).graph, FIRST)
    for (const size of [1, 10, shape === 'clique' ? 300 : 10_000]) {
      const { graph, crowd } = crowded(shape, size, [])
      expect(found(graph, FIRST)).toEqual(alone)
      for (const one of crowd) expect(graph.opinionOf(one)).toEqual({ score: 300, confidence: 0 })
    }
  })
})
