import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HostileWorld } from '../../test/hostile-world.ts'

const RUNS = 1_000
const MOST_STEPS = 16

describe('a node that does what it likes to what it carries', () => {
  it('H1 H3 H4 H5 H10 H16 M1 M2 M3 M4 M13 can keep packets back, and do nothing else', async () => {
    const counts: { [what: string]: number } = {}
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 4, max: MOST_STEPS }), async (seed, steps) => {
        const world = new HostileWorld(seed)
        await world.play(steps)
        for (const [what, count] of Object.entries(world.counts)) counts[what] = (counts[what] ?? 0) + count
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
    for (const what of [
      'handed',
      'restarts',
      'one-way: ok',
      'request: ok',
      'stream: ok',
      'request: message.interrupted',
    ]) {
      expect(counts, what).toHaveProperty(
        [what],
        expect.toSatisfy((count: number) => count > RUNS / 20),
      )
    }
  }, 600_000)
})
