import { type Did, generateIdentity, keyOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { FrameOf } from '@trustmesh/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { ManualTime } from '../../test/manual-time.ts'
import { MemoryLocal } from '../../test/memory-local.ts'
import { RecordedLink } from '../../test/recorded-link.ts'
import { Carrier } from './carrier.ts'
import { Links } from './links.ts'

const [self, bob, carol, alice, dave] = Array.from({ length: 5 }, () => generateIdentity(systemRandom).did) as [
  Did,
  Did,
  Did,
  Did,
  Did,
]

let time: ManualTime
let local: MemoryLocal
let links: Links
let carrier: Carrier
let toBob: RecordedLink
/** Who is behind whom, and the first step to everybody. */
let behind: [Did, Did][]
let steps: Map<Did, Did>

beforeEach(() => {
  time = new ManualTime()
  local = new MemoryLocal(self)
  local.agents.add(dave)
  links = new Links(self)
  behind = []
  steps = new Map()
  carrier = new Carrier({
    ...{ local, links, clock: time.clock, timers: time },
    stepTo: (member) => steps.get(member),
    isBehind: (origin, via) => behind.some(([far, near]) => far === origin && near === via),
  })
  toBob = linkTo(bob)
})

function linkTo(did: Did): RecordedLink {
  const link = new RecordedLink(did)
  links.add(link.link)
  carrier.greet(link.link)
  steps.set(did, did)
  return link
}

/** A message of alice, who is at `origin`. */
function carried(origin: Did, dest = self): FrameOf<'carry'> {
  const ends = { origin: keyOf(origin), dest: keyOf(dest), from: keyOf(alice), to: keyOf(dave) }
  return { type: 'carry', ...ends, hops: 0, id: systemRandom(16), body: new Uint8Array() }
}

const codes = (link: RecordedLink) => link.take('carried').map(({ code }) => code)

describe(Carrier, () => {
  it('H16 takes nothing in the name of a node that whoever hands it on cannot have it from, here or on its way', () => {
    const toDest = linkTo(generateIdentity(systemRandom).did)
    for (const dest of [self, toDest.did]) carrier.relay(carried(carol, dest), toBob.link)
    expect(codes(toBob)).toEqual(['message.forged-sender', 'message.forged-sender'])
    expect(local.delivered).toEqual([])
    expect(toDest.take('carry')).toEqual([])
  })

  it('takes it from whom it may come by', () => {
    behind.push([carol, bob])
    carrier.relay(carried(carol), toBob.link)
    expect(codes(toBob)).toEqual([undefined])
    expect(local.delivered).toHaveLength(1)
  })

  it('H16 takes it from nobody else once the node has had a link here for a second', async () => {
    behind.push([carol, bob])
    const toCarol = linkTo(carol)
    await time.advance(1_000)
    carrier.relay(carried(carol), toBob.link)
    await time.advance(1)
    carrier.relay(carried(carol), toBob.link)
    expect(codes(toCarol)).toEqual([undefined, 'message.forged-sender'])
  })

  it('RE-63 keeps a way while it is in use, for a while, and takes the shorter one when nothing is left to overtake', async () => {
    const message = () => ({ id: systemRandom(16), from: alice, to: alice, body: new Uint8Array() }) as const
    steps.set(carol, bob)
    void carrier.carry(message(), carol)
    const toCarol = linkTo(carol)
    for (let ms = 0; ms <= 400; ms += 100) {
      void carrier.carry(message(), carol)
      await time.advance(100)
    }
    expect(toBob.take('carry')).toHaveLength(6)
    for (let ms = 0; ms < 300; ms += 100) {
      expect(await carrier.carry(message(), carol)).toBe('message.recipient-busy')
      await time.advance(100)
    }
    void carrier.carry(message(), carol)
    expect([toBob, toCarol].map((link) => link.take('carry').length)).toEqual([0, 1])
    carrier.stop()
  })
})
