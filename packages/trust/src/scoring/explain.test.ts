import type { Did } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { graphOf, model, NODES, STEP, sample } from '../../test/graphs.ts'
import type { Rating } from '../../test/oracle.ts'
import { explanationOf } from './explain.ts'
import { CREDIT_ONE, DEFAULT_MODEL } from './model.ts'

const didOf = (node: number): Did => `did:${node}` as unknown as Did
const nodeOf = (did: Did): number => Number(did.slice(4))
const GOOD = 3_000_000

describe('explanationOf', () => {
  it('adds up to the evidence, to the micro-unit, whoever it names', () => {
    fc.assert(
      fc.property(model, sample, fc.nat(NODES - 1), (model, sample, node) => {
        const graph = graphOf(model, sample)
        const { positive, negative, contributions, rest } = explanationOf(graph, node, didOf)
        expect({ positive, negative }).toEqual(graph.evidenceOf(node))
        const named = (sign: 1 | -1) => contributions.reduce((sum, { share }) => sum + Math.max(sign * share, 0), 0)
        expect({ positive: named(1) + rest.positive, negative: named(-1) + rest.negative }).toEqual({
          positive,
          negative,
        })
      }),
      { numRuns: 1000 },
    )
  })

  it('leads to each rater from a root, from rater to rated, along credit that there is, and never in a circle', () => {
    fc.assert(
      fc.property(model, sample, fc.nat(NODES - 1), (model, sample, node) => {
        const graph = graphOf(model, sample)
        for (const { rater, path } of explanationOf(graph, node, didOf).contributions) {
          const nodes = path.map(nodeOf)
          expect(graph.isRoot(nodes[0] as number)).toBe(true)
          expect(path.at(-1)).toBe(rater)
          expect(new Set(path).size).toBe(path.length)
          for (const [i, to] of nodes.entries()) {
            const from = nodes[i - 1]
            if (from === undefined) continue
            expect(graph.creditOf(from)).toBeGreaterThan(0)
            const words = sample.ratings.filter(({ source, subject }) => source === from && subject === to)
            expect(words.map(({ evidence }) => evidence > 0)).toEqual([true])
          }
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('names the largest first, of equal ones by Did, and sums up whoever it does not name', () => {
    const ratings: Rating[] = []
    for (let root = 1; root <= 20; root++) {
      ratings.push({ source: root, subject: 0, evidence: root === 7 ? GOOD : -(GOOD - 1), since: STEP })
    }
    const roots = ratings.map(({ source }) => source)
    const graph = graphOf(DEFAULT_MODEL, { nodes: 21, roots, silent: [], ratings, step: STEP })
    const { contributions, rest } = explanationOf(graph, 0, didOf)
    const dids = roots
      .filter((root) => root !== 7)
      .map(didOf)
      .sort()
    expect(contributions.map(({ rater }) => rater)).toEqual([didOf(7), ...dids.slice(0, 15)])
    expect(rest).toEqual({ raters: 4, positive: 0, negative: 4 * (GOOD - 1) })
  })

  it('tells what the words of a rater count: for somebody, by its own score; against, by its voice', () => {
    // Known by one root, blamed by another.
    const ratings = (
      [
        [0, 2, GOOD],
        [1, 2, -840_000],
        [2, 3, GOOD],
        [2, 4, -GOOD],
      ] as const
    ).map(([source, subject, evidence]): Rating => ({ source, subject, evidence, since: STEP }))
    const graph = graphOf(DEFAULT_MODEL, { nodes: 5, roots: [0, 1], silent: [], ratings, step: STEP })
    const credits = [3, 4].map((node) => explanationOf(graph, node, didOf).contributions[0]?.credit)
    expect(credits).toEqual([33, 180].map((weight) => Math.floor((1000 * weight) / CREDIT_ONE)))
  })

  it('takes the path that brought the rater most of its credit', () => {
    const rate = (source: number, subject: number, evidence: number): Rating => ({
      source,
      subject,
      evidence,
      since: STEP,
    })
    // 0 is the root; 3 is known by 1 and better by 2, and speaks for 4.
    const ratings = [rate(0, 1, GOOD), rate(0, 2, GOOD), rate(1, 3, GOOD / 3), rate(2, 3, GOOD), rate(3, 4, GOOD)]
    const graph = graphOf(DEFAULT_MODEL, { nodes: 5, roots: [0], silent: [], ratings, step: STEP })
    const [only] = explanationOf(graph, 4, didOf).contributions
    expect(only?.path).toEqual([0, 2, 3].map(didOf))
  })

  it('leaves out of a path the circles in which credit goes', () => {
    const rate = (source: number, subject: number, evidence: number): Rating => ({
      source,
      subject,
      evidence,
      since: STEP,
    })
    const [root, known, rater, friend, subject] = [0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 11, 12, 13] as const
    // Many bring the rater a little credit each; a friend more than any of them, which it has of the rater.
    const ratings = [
      ...known.flatMap((one) => [rate(root, one, GOOD), rate(one, rater, GOOD / 60)]),
      ...[rate(rater, friend, GOOD), rate(friend, rater, GOOD), rate(rater, subject, GOOD)],
    ]
    const model = { ...DEFAULT_MODEL, relay: 900, breadth: 1000 }
    const graph = graphOf(model, { nodes: 14, roots: [root], silent: [], ratings, step: STEP })
    const [only] = explanationOf(graph, subject, didOf).contributions
    expect(only?.path).toEqual([root, known[0], rater].map(didOf))
  })
})
