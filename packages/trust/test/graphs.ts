/** Small graphs, drawn at random, and a FlowGraph of each. */

import fc from 'fast-check'
import { FlowGraph } from '../src/scoring/flow-graph.ts'
import { DEFAULT_MODEL, type Model } from '../src/scoring/model.ts'
import type { Found, Rating, Sample } from './oracle.ts'

export const NODES = 8
export const STEP = 30_000
/** As much as one issuer can say. */
export const GOOD: number = DEFAULT_MODEL.cap

/** A word of evidence: as good as can be, and of now, unless told otherwise. */
export const rate = (source: number, subject: number, evidence: number = GOOD, since: number = STEP): Rating => ({
  source,
  subject,
  evidence,
  since,
})

export const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)

/** A word of evidence, mostly good, from now back to many half-lives ago. */
export const rating: fc.Arbitrary<Rating> = fc
  .record({
    source: fc.nat(NODES - 1),
    subject: fc.nat(NODES - 2),
    evidence: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 3_000_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: -3_000_000, max: 0 }) },
    ),
    since: fc.oneof(fc.constant(STEP), fc.integer({ min: STEP - 700, max: STEP + 2 })),
  })
  .map((drawn) => ({ ...drawn, subject: drawn.subject + (drawn.subject >= drawn.source ? 1 : 0) }))

/** At most one for each pair. */
export const ratings = (maxLength = 40): fc.Arbitrary<Rating[]> =>
  fc.uniqueArray(rating, { maxLength, selector: ({ source, subject }) => source * NODES + subject })

export const sample: fc.Arbitrary<Sample> = fc.record({
  nodes: fc.constant(NODES),
  roots: fc.uniqueArray(fc.nat(NODES - 1), { minLength: 1, maxLength: 2 }),
  silent: fc.uniqueArray(fc.nat(NODES - 1), { maxLength: 2 }),
  ratings: ratings(),
  step: fc.oneof(fc.constant(STEP), fc.integer({ min: STEP - 300, max: STEP + 3000 })),
})

/** Models under which bounds are reached by small graphs too. */
export const model: fc.Arbitrary<Model> = fc.record({
  ...Object.fromEntries(Object.entries(DEFAULT_MODEL).map(([name, value]) => [name, fc.constant(value)])),
  breadth: fc.constantFrom(1000, 2000, 10_000),
  budget: fc.constantFrom(1_000_000, 4_000_000, 30_000_000),
  relay: fc.constantFrom(250, 500),
  hesitancy: fc.constantFrom(1, 200_000, 1_000_000),
}) as unknown as fc.Arbitrary<Model>

export function graphOf(model: Model, { nodes, roots, silent, ratings, step }: Sample): FlowGraph {
  const graph = new FlowGraph(model)
  for (let node = 0; node < nodes; node++) graph.addNode()
  for (const root of roots) graph.setRoot(root, true)
  for (const node of silent) graph.setSilent(node, true)
  for (const { source, subject, evidence, since } of ratings) graph.setEdge(source, subject, evidence, since)
  graph.moveTo(step)
  graph.settle()
  return graph
}

export function found(graph: FlowGraph, nodes = NODES): Found[] {
  return Array.from({ length: nodes }, (_, node) => ({
    ...{ credit: graph.creditOf(node), backing: graph.backingOf(node) },
    ...graph.evidenceOf(node),
  }))
}
