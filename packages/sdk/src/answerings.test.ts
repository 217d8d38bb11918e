import { type Did, identityFromSeed } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { held } from '../test/let-go.ts'
import type { Answering } from './answering.ts'
import { Answerings } from './answerings.ts'

const dids = [1, 2, 3].map((n) => identityFromSeed(new Uint8Array(32).fill(n)).did)
const answering = (from: Did) => ({ from }) as Answering

describe(Answerings, () => {
  it('M6 holds nothing of whoever has nothing, whatever has come and gone', async () => {
    const answerings = new Answerings()
    const gone = [...dids, ...dids].map((from) => {
      const each = answering(from)
      answerings.add(each)
      answerings.remove(each)
      return new WeakRef(each)
    })
    expect(await held(gone)).toBe(0)
    expect(dids.map((did) => answerings.of(did))).toEqual([[], [], []])
  })

  it('knows what has been added and not been removed', () => {
    const steps = fc.array(fc.record({ who: fc.nat(2), which: fc.nat(10), isAdded: fc.boolean() }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (steps) => {
        const answerings = new Answerings()
        const expected = dids.map(() => new Set<Answering>())
        for (const { who, which, isAdded } of steps) {
          const of = expected[who]!
          const each = isAdded ? answering(dids[who]!) : [...of][which % (of.size || 1)]
          if (!each) continue
          answerings[isAdded ? 'add' : 'remove'](each)
          of[isAdded ? 'add' : 'delete'](each)
          expect(dids.map((did) => new Set(answerings.of(did)))).toEqual(expected)
          expect(dids.map((did) => answerings.of(did).length)).toEqual(expected.map(({ size }) => size))
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
