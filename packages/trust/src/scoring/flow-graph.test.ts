import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { found, GOOD, graphOf, model, NODES, range, rate, rating, ratings, STEP, sample } from '../../test/graphs.ts'
import { oracle, type Sample } from '../../test/oracle.ts'
import type { FlowGraph } from './flow-graph.ts'
import { CREDIT_ONE, DEFAULT_MODEL } from './model.ts'
import { Valuation } from './valuation.ts'

const runs = { numRuns: 1000 }
const node = fc.nat(NODES - 1)
const opinions = (graph: FlowGraph) => Array.from({ length: NODES }, (_, node) => graph.opinionOf(node))

describe('FlowGraph', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('T15 finds what the definition says, to the last unit', () => {
    fc.assert(
      fc.property(model, sample, (model, sample) => {
        expect(found(graphOf(model, sample))).toEqual(oracle(model, sample))
      }),
      runs,
    )
  })

  it('T14 takes no notice of the order of edges', () => {
    const shuffled = ratings().chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(model, sample, shuffled, (model, sample, [one, other]) => {
        const graph = graphOf(model, { ...sample, ratings: other })
        expect(found(graph)).toEqual(found(graphOf(model, { ...sample, ratings: one })))
      }),
      runs,
    )
  })

  it('T14 takes no notice of how nodes are numbered', () => {
    const renumbered = fc.shuffledSubarray([...Array(NODES).keys()], { minLength: NODES })
    fc.assert(
      fc.property(model, sample, renumbered, (model, sample, to) => {
        const as = (node: number): number => to[node] as number
        const other = graphOf(model, {
          ...sample,
          roots: sample.roots.map(as),
          silent: sample.silent.map(as),
          ratings: sample.ratings.map((r) => ({ ...r, source: as(r.source), subject: as(r.subject) })),
        })
        const found1 = found(graphOf(model, sample))
        expect(found(other)).toEqual(to.map((_, node) => found1[to.indexOf(node)]))
      }),
      runs,
    )
  })

  it('T12 T14 follows changes to the very numbers of computing everything anew, and tells whose opinion has changed', () => {
    type Change = (graph: FlowGraph) => void
    const change: fc.Arbitrary<Change> = fc.oneof(
      {
        weight: 6,
        arbitrary: rating.map(
          (r): Change =>
            (graph) =>
              graph.setEdge(r.source, r.subject, r.evidence, r.since),
        ),
      },
      {
        weight: 2,
        arbitrary: rating.map(
          (r): Change =>
            (graph) =>
              graph.removeEdge(r.source, r.subject),
        ),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(node, fc.boolean()).map(
          ([n, is]): Change =>
            (graph) =>
              graph.setSilent(n, is),
        ),
      },
      {
        weight: 1,
        arbitrary: fc.nat(20).map(
          (steps): Change =>
            (graph) =>
              graph.moveTo(STEP + steps),
        ),
      },
      { weight: 1, arbitrary: fc.constant((graph: FlowGraph) => graph.addNode()) },
    )
    fc.assert(
      fc.property(
        model,
        sample,
        fc.array(change, { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        (model, sample, changes, at) => {
          const graph = graphOf(model, sample)
          for (const [i, change] of changes.entries()) {
            const before = opinions(graph)
            change(graph)
            if (i % at > 0) continue
            const changed = graph.settle().filter((node) => node < NODES)
            const after = opinions(graph)
            const followed = found(graph)
            expect(graph.recompute()).toEqual([])
            expect(found(graph)).toEqual(followed)
            const differs = before.flatMap((opinion, n) =>
              opinion.score !== after[n]?.score || opinion.confidence !== after[n]?.confidence ? [n] : [],
            )
            if (at === 1) expect(changed.toSorted((a, b) => a - b)).toEqual(differs)
          }
        },
      ),
      runs,
    )
  })

  it('T12 passes credit on for D rounds and no further, round a circle too', () => {
    const { rounds } = DEFAULT_MODEL
    const path = [0, 1, 2, 3, 4, 5, 6, 7, 1]
    const ratings = path
      .slice(1)
      .map((subject, i) => ({ source: path[i] as number, subject, evidence: 3_000_000, since: STEP }))
    const model = { ...DEFAULT_MODEL, breadth: 1000, relay: 900, hesitancy: 1 }
    const graph = graphOf(model, { nodes: NODES, roots: [0], silent: [], ratings, step: STEP })
    expect(found(graph).map(({ credit }) => credit > 0)).toEqual([...Array(NODES).keys()].map((n) => n <= rounds))
  })

  it('T12 computes everything anew rather than follow thousands of changes, to the same numbers', () => {
    // Of one rater who has overspent: each change would move all that it says.
    const all = [rate(0, 1), ...range(2, 3999).map((subject) => rate(1, subject))]
    const sample: Sample = { nodes: 4001, roots: [0], silent: [], ratings: [], step: STEP }
    const graph = graphOf(DEFAULT_MODEL, sample)
    const followed = vi.spyOn(Valuation.prototype, 'change')
    for (const { source, subject, evidence, since } of all) graph.setEdge(source, subject, evidence, since)
    graph.settle()
    expect(followed).toHaveBeenCalledTimes(1000)
    expect(found(graph, 4001)).toEqual(found(graphOf(DEFAULT_MODEL, { ...sample, ratings: all }), 4001))
    graph.removeEdge(1, 2)
    expect(followed).toHaveBeenCalledTimes(1001)
  })

  it('T12 T14 follows a rater whose limit is moved by another that passes on no credit', () => {
    // 2 speaks for 3, and 3, whom 1 speaks against, for 4.
    const model = { ...DEFAULT_MODEL, relay: 0 }
    const ratings = [rate(0, 2), rate(0, 3), rate(1, 3, -800_000), rate(2, 3), rate(3, 4), rate(1, 2, -100_000)]
    const graph = graphOf(model, { nodes: NODES, roots: [0, 1], silent: [], ratings, step: STEP })
    const before = found(graph)
    graph.setEdge(1, 2, -GOOD, STEP)
    graph.settle()
    const followed = found(graph)
    expect(followed[4]).not.toEqual(before[4])
    graph.recompute()
    expect(found(graph)).toEqual(followed)
  })

  it('T4 T5 gives the words of whoever no root leads to no weight, for or against', () => {
    fc.assert(
      fc.property(model, ratings(), (model, ratings) => {
        const graph = graphOf(model, { nodes: NODES, roots: [], silent: [], ratings, step: STEP })
        for (const found1 of found(graph)) expect(found1).toEqual({ credit: 0, backing: 0, positive: 0, negative: 0 })
      }),
      runs,
    )
  })

  it('gives the silent no score and no weight', () => {
    fc.assert(
      fc.property(model, sample, (model, sample) => {
        const graph = graphOf(model, sample)
        const without = sample.ratings.filter(({ source }) => !sample.silent.includes(source))
        expect(found(graph)).toEqual(found(graphOf(model, { ...sample, ratings: without })))
        for (const node of sample.silent) {
          expect(graph.creditOf(node)).toBe(0)
          expect(graph.opinionOf(node).score).toBe(0)
        }
      }),
      runs,
    )
  })

  it('gives a root full credit and score, whatever is said of it', () => {
    fc.assert(
      fc.property(model, sample, (model, sample) => {
        const graph = graphOf(model, { ...sample, silent: [] })
        for (const root of sample.roots) {
          expect(graph.creditOf(root)).toBe(CREDIT_ONE)
          expect(graph.opinionOf(root)).toEqual({ score: 1000, confidence: 1000 })
        }
      }),
      runs,
    )
  })

  it('T13 holds nothing but the baseline of whoever nothing is said of', () => {
    fc.assert(
      fc.property(model, sample, (model, sample) => {
        const graph = graphOf(model, { ...sample, roots: [], silent: [] })
        expect(opinions(graph)).toEqual(Array(NODES).fill({ score: 300, confidence: 0 }))
      }),
      runs,
    )
  })

  it('is bounded and whole', () => {
    fc.assert(
      fc.property(model, sample, (model, sample) => {
        const graph = graphOf(model, sample)
        for (const part of opinions(graph).flatMap(Object.values)) {
          expect(Number.isInteger(part) && part >= 0 && part <= 1000).toBe(true)
        }
      }),
      runs,
    )
  })

  it('T1 passes on no more than β of its credit from any node, over all rounds', () => {
    fc.assert(
      fc.property(model, sample, (model, sample) => {
        const { relay } = model
        const graph = graphOf(model, sample)
        const rest = [...Array(NODES).keys()].filter((node) => !sample.roots.includes(node))
        // Without what speaks against anybody, as what others say for them may outweigh it.
        const praise = sample.ratings.filter(({ source, evidence }) => sample.roots.includes(source) && evidence > 0)
        const fromRoots = graphOf(model, { ...sample, ratings: praise })
        const total = (of: FlowGraph): number => rest.reduce((sum, node) => sum + of.creditOf(node), 0)
        // Each takes at most what roots give it, and all together β of what they have themselves.
        expect(total(graph) * (1000 - relay)).toBeLessThanOrEqual(total(fromRoots) * 1000 + rest.length * 1000)
      }),
      runs,
    )
  })
})
