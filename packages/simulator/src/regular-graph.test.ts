import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstPassage } from './first-passage.ts'
import { regularGraph } from './regular-graph.ts'

const sizes = [fc.integer({ min: 2, max: 80 }), fc.integer({ min: 3, max: 8 }), fc.nat()] as const

describe('a regular graph', () => {
  it('links nobody with itself, nobody twice, and nobody one-sidedly', () => {
    fc.assert(
      fc.property(...sizes, (nodes, links, seed) =>
        regularGraph(nodes, links, String(seed)).every(
          (others, node) =>
            !others.includes(node) &&
            new Set(others).size === others.length &&
            others.every((other) => regularGraph(nodes, links, String(seed))[other]?.includes(node)),
        ),
      ),
      { numRuns: 100 },
    )
  })

  it('gives nobody more links than that, and nearly all as many', () => {
    fc.assert(
      fc.property(...sizes, (nodes, links, seed) => {
        const degrees = regularGraph(nodes, links, String(seed)).map((others) => others.length)
        const asMany = Math.min(links, nodes - 1)
        const missing = degrees.reduce((sum, degree) => sum + asMany - degree, 0)
        return degrees.every((degree) => degree <= asMany) && missing <= 2 * links
      }),
      { numRuns: 1_000 },
    )
  })

  it('is in one piece', () => {
    for (let seed = 0; seed < 200; seed++) {
      const graph = regularGraph(30, 8, String(seed))
      expect(Math.max(...firstPassage(graph, 0, () => 1))).toBeLessThan(6)
    }
  })

  it('is the same for a seed, and another for another', () => {
    expect(regularGraph(20, 4, 'a')).toEqual(regularGraph(20, 4, 'a'))
    expect(regularGraph(20, 4, 'a')).not.toEqual(regularGraph(20, 4, 'b'))
  })

  it('links all with all where there are no more', () => {
    expect(regularGraph(5, 8, 'small').map((others) => others.length)).toEqual([4, 4, 4, 4, 4])
  })
})
