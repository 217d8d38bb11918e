import type { Did, Identity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { issueManifest, type Manifest, type NewManifest, parseManifest } from '@trustmesh/trust'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { config, someone } from '../../test/lent.ts'
import type { Description } from './description.ts'
import type { MeshEvent } from './events.ts'
import { MemoryNotes, type Notes } from './notes.ts'
import { Pins, type PinsOptions } from './pins.ts'

const NOW = 1_767_225_600_000
const component = (name: string) => ({ name, version: '1', sha256: new Uint8Array(32).fill(name.length) })
const nice: NewManifest = {
  ...{ name: 'bob', version: '1', capabilities: ['/tool/a', '/tool/b'], model: 'm' },
  bom: [component('x'), component('yy')],
}
const evil: NewManifest = { ...nice, capabilities: ['/tool/a', '/shell'] }
const [bob, carol] = [someone(), someone()]

/** The manifest that somebody shows, said at a time. */
async function said(by: Identity, manifest: NewManifest, at = 0): Promise<Manifest> {
  const clock = { now: () => NOW + at, monotonic: () => 0 }
  const issuance = { net: config.net, random: systemRandom, clock }
  return parseManifest(await issueManifest(by, { ...manifest, previousSeq: 0 }, issuance))
}

let notes: Notes
let events: MeshEvent[]
let pins: Pins

const open = (options: Partial<PinsOptions> = {}): Pins =>
  new Pins({ notes, isKnown: () => true, happened: (event) => events.push(event), ...options })
const typesOf = (): string[] => events.map(({ type }) => type)

beforeEach(() => {
  notes = new MemoryNotes()
  events = []
  pins = open()
})

describe('Pins', () => {
  it.each<[string, Partial<NewManifest>]>([
    ['other capabilities', { capabilities: ['/tool/a'] }],
    ['more capabilities', { capabilities: ['/tool/a', '/tool/b', '/tool/c'] }],
    ['another model', { model: 'n' }],
    ['another version', { version: '2' }],
    ['another bill of materials', { bom: [component('x')] }],
    ['a component with another hash', { bom: [component('x'), { ...component('yy'), sha256: new Uint8Array(32) }] }],
  ])('I14 quarantines whoever comes to describe itself with %s', async (_, change) => {
    pins.see(bob.did, await said(bob, nice))
    pins.see(carol.did, await said(carol, nice))
    expect(pins.isDrifted(bob.did)).toBe(false)
    pins.see(bob.did, await said(bob, { ...nice, ...change }, 1))
    expect(pins.isDrifted(bob.did)).toBe(true)
    expect(pins.isDrifted(carol.did)).toBe(false)
  })

  it('I14 says so, with what it was and what it is', async () => {
    pins.see(bob.did, await said(bob, nice))
    pins.see(bob.did, await said(bob, evil, 1))
    const before = pins.of(carol.did)
    expect(before).toBeNull()
    expect(events).toEqual([
      {
        type: 'agent.first-seen',
        did: bob.did,
        manifest: expect.objectContaining({ capabilities: nice.capabilities }),
      },
      {
        type: 'manifest.drift',
        did: bob.did,
        before: expect.objectContaining({ capabilities: nice.capabilities }),
        after: expect.objectContaining({ capabilities: evil.capabilities, name: 'bob', isConfusable: false }),
      },
    ])
    expect(JSON.parse(JSON.stringify(events))).toEqual(events)
  })

  it('I14 keeps it in quarantine until that is approved, even if it takes it all back', async () => {
    pins.see(bob.did, await said(bob, nice))
    pins.see(bob.did, await said(bob, evil, 1))
    pins.see(bob.did, await said(bob, nice, 2))
    pins.see(bob.did, await said(bob, nice, 3))
    expect(pins.isDrifted(bob.did)).toBe(true)
    expect(pins.approve(bob.did)).toBe(true)
    expect(pins.isDrifted(bob.did)).toBe(false)
    pins.see(bob.did, await said(bob, evil, 4))
    expect(pins.isDrifted(bob.did)).toBe(true)
    expect(typesOf()).toEqual(['agent.first-seen', 'manifest.drift', 'manifest.drift', 'manifest.drift'])
  })

  it('I14 approves of nothing that nobody has looked at', async () => {
    pins.see(bob.did, await said(bob, nice))
    pins.see(bob.did, await said(bob, { ...nice, version: '2' }, 1))
    const [, event] = events as [MeshEvent, MeshEvent & { after: Description | null }]
    pins.see(bob.did, await said(bob, evil, 2))
    expect(pins.approve(bob.did, event.after)).toBe(false)
    expect(pins.isDrifted(bob.did)).toBe(true)
    expect(pins.approve(bob.did, pins.of(bob.did))).toBe(true)
    expect(pins.isDrifted(bob.did)).toBe(false)
    expect(pins.approve(carol.did)).toBe(false)
  })

  it('I14 quarantines whoever describes itself no more', async () => {
    pins.see(bob.did, await said(bob, nice))
    pins.see(bob.did, null)
    expect(pins.isDrifted(bob.did)).toBe(true)
    expect(events.at(-1)).toMatchObject({ type: 'manifest.drift', after: null })
    pins.see(bob.did, await said(bob, nice))
    expect(pins.isDrifted(bob.did)).toBe(true)
    pins.approve(bob.did)
    pins.see(bob.did, await said(bob, evil, 1))
    expect(pins.isDrifted(bob.did)).toBe(true)
  })

  it('I14 does not go by what a peer said before the latest that it has shown', async () => {
    pins.see(bob.did, await said(bob, nice))
    pins.see(bob.did, await said(bob, nice, 5))
    pins.see(bob.did, await said(bob, evil, 3))
    expect(pins.isDrifted(bob.did)).toBe(false)
    pins.see(bob.did, await said(bob, evil, 5))
    expect(pins.isDrifted(bob.did)).toBe(true)
    pins.approve(bob.did)
    pins.see(bob.did, await said(bob, nice, 4))
    expect([pins.isDrifted(bob.did), pins.of(bob.did)?.capabilities]).toEqual([false, evil.capabilities])
  })

  it('I10 takes another name, another order or the same once more for no change', async () => {
    pins.see(bob.did, await said(bob, nice))
    const { capabilities = [], bom = [] } = nice
    const same = { ...nice, name: 'Admin ', capabilities: [...capabilities, ...capabilities].reverse() }
    pins.see(bob.did, await said(bob, { ...same, bom: [...bom, ...bom].reverse() }, 1))
    expect(pins.isDrifted(bob.did)).toBe(false)
    expect(typesOf()).toEqual(['agent.first-seen'])
    expect(pins.of(bob.did)).toMatchObject({ name: 'Admin ', isConfusable: true })
  })

  it('I15 sees a Did for the first time once, and learns what it is when it says so', async () => {
    pins.see(bob.did, null)
    pins.see(bob.did, null)
    expect(events).toEqual([{ type: 'agent.first-seen', did: bob.did }])
    pins.see(bob.did, await said(bob, nice))
    expect([pins.isDrifted(bob.did), pins.of(bob.did)?.model]).toEqual([false, 'm'])
    pins.see(bob.did, await said(bob, evil, 1))
    expect(pins.isDrifted(bob.did)).toBe(true)
  })

  it('I14 remembers all of it from run to run', async () => {
    pins.see(bob.did, await said(bob, nice))
    pins.see(bob.did, await said(bob, evil, 1))
    pins.see(carol.did, await said(carol, nice))
    const again = open()
    expect(again.isDrifted(bob.did)).toBe(true)
    again.see(carol.did, await said(carol, evil, 1))
    expect(again.isDrifted(carol.did)).toBe(true)
    again.approve(bob.did)
    expect(open().isDrifted(bob.did)).toBe(false)
  })

  it('passes over notes that are none of its own, or damaged', () => {
    notes.set('pin nobody', { manifest: null, seq: 0, isDrifted: true })
    notes.set(`pin ${bob.did}`, { manifest: { name: 'bob' }, seq: 0, isDrifted: 'no' })
    notes.set(`manifest ${bob.did}`, 'text')
    expect(open().isDrifted(bob.did)).toBe(false)
  })
})

describe('Pins, of which there are too many', () => {
  it('I14, I15 forget nobody who has drifted before anybody who has not, and no stranger later than others', async () => {
    const strangers = new Set<Did>()
    const people = Array.from({ length: 12 }, someone)
    const shown = await Promise.all(
      people.map(async (by) => [await said(by, nice), await said(by, evil, 1), await said(by, nice, 2)] as const),
    )
    const steps = fc.array(
      fc.record({ who: fc.nat(11), what: fc.constantFrom(...([null, 0, 1, 2, 'approve'] as const)) }),
      {
        maxLength: 60,
      },
    )
    const known = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(steps, known, (steps, known) => {
        strangers.clear()
        for (const [i, { did }] of people.entries()) if (!known[i]) strangers.add(did)
        notes = new MemoryNotes()
        const bounded = open({ capacity: 4, isKnown: (did) => !strangers.has(did) })
        const rankOf = (did: Did): number => 2 * Number(bounded.isDrifted(did)) + Number(!strangers.has(did))
        const held = (): Did[] => Array.from(notes.entries(), ([key]) => key.slice(4) as Did)
        for (const { who, what } of steps) {
          const { did } = people[who] as Identity
          const before = new Map(held().map((each) => [each, rankOf(each)]))
          if (what === 'approve') bounded.approve(did)
          else bounded.see(did, what === null ? null : (shown[who]?.[what] ?? null))
          const after = held()
          expect(after.length).toBeLessThanOrEqual(4)
          const gone = [...before.keys()].filter((each) => !after.includes(each))
          const others = [...before.keys()].filter((each) => after.includes(each) && each !== did)
          for (const each of gone) {
            const least = Math.min(...others.map((other) => before.get(other) ?? 0), Number.POSITIVE_INFINITY)
            expect(before.get(each)).toBeLessThanOrEqual(least)
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('I15 has a bound, whoever comes, and forgets whoever was seen longest ago', async () => {
    const bounded = open({ capacity: 3, isKnown: () => false })
    const [a, b, c, d] = [someone(), someone(), someone(), someone()].map(({ did }) => did) as [Did, Did, Did, Did]
    for (const did of [a, b, c, a, d]) bounded.see(did, null)
    expect(Array.from(notes.entries(), ([key]) => key.slice(4)).sort()).toEqual([a, c, d].sort())
  })

  it('I15 looks through all of them for one in many of a crowd, and has a bound all the time', () => {
    let looks = 0
    const isKnown = (): boolean => ++looks > 0
    const bounded = open({ capacity: 64, isKnown })
    const crowd = Array.from({ length: 256 }, () => someone().did)
    for (const did of crowd) {
      bounded.see(did, null)
      expect([...notes.entries()].length).toBeLessThanOrEqual(64)
    }
    // Two are forgotten at once, and the others looked at.
    expect(looks).toBeLessThanOrEqual((crowd.length / 2) * 64)
    expect(Array.from(notes.entries(), ([key]) => key.slice(4))).toEqual(crowd.slice(-64))
  })
})
