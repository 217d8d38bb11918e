import { type Did, keyOf } from '@trustmesh/identity'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import * as cast from '../../test/cast.ts'
import { alice, bob, carol, mallory, NOW, net, olga, otto, policy, present, revoke } from '../../test/cast.ts'
import { covers } from '../chain/capability.ts'
import { Offers } from './offers.ts'
import { StatementSet } from './statement-set.ts'

const dids = [alice, bob, carol, mallory, olga, otto].map(({ did }) => did)
const capability = fc.constantFrom('/a', '/a/b', '/a/b/c', '/ab', '/b', '/b/a')
const offer = fc.record({ did: fc.constantFrom(...dids), capabilities: fc.array(capability, { maxLength: 4 }) })

describe(Offers, () => {
  it('finds whoever offers a capability or one that covers it, in order, from any place on', () => {
    const after = fc.option(fc.constantFrom(...dids), { nil: undefined })
    fc.assert(
      fc.property(
        fc.array(offer),
        fc.array(fc.nat(9)),
        capability,
        fc.nat(6),
        after,
        (said, gone, can, most, after) => {
          const offers = new Offers()
          for (const { did, capabilities } of said) offers.add(did, capabilities)
          const taken = new Set(gone)
          for (const i of taken) if (said[i]) offers.remove(said[i].did, said[i].capabilities)
          const standing = said.filter((_, i) => !taken.has(i))
          const expected = standing.filter(({ capabilities }) => capabilities.some((granted) => covers(granted, can)))
          const behind = [...new Set(expected.map(({ did }) => did))].filter((did) => !after || did > after)
          expect(offers.of(can, most, after)).toEqual(behind.sort().slice(0, most))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('goes in the order of keys', () => {
    const offers = new Offers()
    for (const did of dids) offers.add(did, ['/a'])
    const keys = offers.of('/a', 10).map((did) => Buffer.from(keyOf(did)).toString('hex'))
    expect(keys).toEqual(keys.toSorted())
  })
})

describe('StatementSet.offering', () => {
  let set: StatementSet
  const offering = (can: string): Did[] => set.offering(can, 10)

  beforeAll(() => {
    set = new StatementSet({ net, policy })
  })

  it('names whoever offers it, and for good or ill whoever once did, while that is held', async () => {
    set.add(await present(alice, { capabilities: ['/tool'] }))
    set.add(await present(bob, { capabilities: ['/tool/search'] }))
    set.add(await present(carol, { capabilities: ['/mail'] }))
    expect(offering('/tool/search')).toEqual([alice.did, bob.did].sort())
    expect(offering('/tool')).toEqual([alice.did])
    expect(offering('/toolbox')).toEqual([])
    set.add(await present(bob, { capabilities: [], previousSeq: 0 }))
    expect(offering('/tool/search')).toContain(bob.did)
    expect(set.manifestOf(bob.did)?.capabilities).toEqual([])
  })

  it('forgets with a manifest what it offered', async () => {
    set.add(await present(carol, { capabilities: ['/tool'], previousSeq: 0 }))
    set.add(await present(carol, { capabilities: ['/mail'], previousSeq: NOW }, NOW + 1))
    expect(offering('/tool')).not.toContain(carol.did)
    expect(offering('/mail')).toEqual([carol.did])
    set.add(await revoke(carol, { did: carol.did }))
    expect(set.manifestOf(carol.did)).toBeNull()
  })

  it('K8 keeps nothing of whoever may leave nothing here', async () => {
    const admission = { root: alice.did, maxSponsored: 1 }
    set = new StatementSet({ net: cast.net, policy, admission })
    set.add(await present(bob, { capabilities: ['/tool'] }))
    expect(offering('/tool')).toEqual([])
    set.add(await present(olga, { capabilities: ['/tool'] }))
    expect(offering('/tool')).toEqual([olga.did])
  })
})
