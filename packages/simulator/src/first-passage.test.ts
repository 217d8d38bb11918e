import { SeededRandom } from '@trustmesh/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstPassage, reachedBy } from './first-passage.ts'
import { type Graph, regularGraph } from './regular-graph.ts'

const LINE: Graph = [[1], [0, 2], [1, 3], [2]]

describe('first passage', () => {
  it('reaches nobody who is not linked', () => {
    expect(firstPassage([[1], [0], []], 0, () => 1)).toEqual([0, 1, Number.POSITIVE_INFINITY])
  })

  it('takes one delay after the other along a line, in both directions from where it begins', () => {
    expect(firstPassage(LINE, 1, () => 7)).toEqual([7, 0, 7, 14])
  })

  it('goes round by the quicker way', () => {
    // From 0 to 1 and to 2, then on from whoever has it first.
    const delays = [100, 1, 5][Symbol.iterator]()
    expect(
      firstPassage(
        [
          [1, 2],
          [0, 2],
          [0, 1],
        ],
        0,
        () => delays.next().value ?? 1_000,
      ),
    ).toEqual([0, 6, 1])
  })

  it('takes no time where links take none', () => {
    expect(firstPassage(LINE, 0, () => 0)).toEqual([0, 0, 0, 0])
  })

  it('is the length of the shortest way where all links take as long', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 2, max: 6 }), fc.nat(), (nodes, links, seed) => {
        const graph = regularGraph(nodes, links, String(seed))
        const steps = firstPassage(graph, 0, () => 1)
        return graph.every((others, node) =>
          node === 0 ? steps[0] === 0 : steps[node] === 1 + Math.min(...others.map((other) => steps[other] as number)),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it('reaches the first of ten after a tenth of the mean of exponential delays', () => {
    const random = new SeededRandom('a')
    const star: Graph = [Array.from({ length: 10 }, (_, n) => n + 1), ...Array.from({ length: 10 }, () => [0])]
    const exponential = (): number => Math.round(-1_000 * Math.log(1 - random.integer(0, 999_999) / 1_000_000))
    const firsts = Array.from({ length: 4_000 }, () => Math.min(...firstPassage(star, 0, exponential).slice(1)))
    const mean = firsts.reduce((sum, first) => sum + first, 0) / firsts.length
    expect(mean).toBeGreaterThan(95)
    expect(mean).toBeLessThan(105)
  })

  it('counts a share of the nodes up to whole ones', () => {
    expect(reachedBy([3, 1, 2, 4], 50)).toBe(2)
    expect(reachedBy([3, 1, 2, 4], 51)).toBe(3)
    expect(reachedBy([3, 1, 2, 4], 100)).toBe(4)
  })
})
