import { generateIdentity, type Identity, openStatement } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { issueHead, type NewHead, parseHead } from '@trustmesh/trust'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ManualTime } from '../../test/manual-time.ts'
import { MemoryLocal, note } from '../../test/memory-local.ts'
import { RecordedLink } from '../../test/recorded-link.ts'
import { Heads } from './heads.ts'
import { Links } from './links.ts'

const net = new Uint8Array(32)
const [self, bob, carol, dave] = Array.from({ length: 4 }, () => generateIdentity(systemRandom)) as [
  Identity,
  Identity,
  Identity,
  Identity,
]
const NOTHING = new Uint8Array(32)

let time: ManualTime
let local: MemoryLocal
let links: Links
let heads: Heads
let faults: number
let toBob: RecordedLink

beforeEach(() => {
  time = new ManualTime()
  local = new MemoryLocal(self.did)
  links = new Links(self.did)
  faults = 0
  toBob = new RecordedLink(bob.did)
  links.add(toBob.link)
  heads = new Heads({
    ...{ identity: self, net, clock: time.clock, random: systemRandom, timers: time, local, links },
    fault: () => faults++,
    moved: () => {},
  })
})

/** A member's head as it is on the wire. */
async function headOf(by: Identity, said: Partial<NewHead> = {}, ofNet = net, clock = time.clock): Promise<Uint8Array> {
  const head: NewHead = { count: 0, set: NOTHING, revoked: NOTHING, links: [], state: 'serving', ...said }
  return (await issueHead(by, head, { net: ofNet, clock, random: systemRandom })).bytes
}

/** A clock that is so much ahead. */
const ahead = (ms: number) => ({ now: () => time.clock.now() + ms, monotonic: () => 0 })

const viewOf = ({ did }: Identity) => heads.views().find((view) => view.did === did)

describe(Heads, () => {
  it('F2 takes a forged head, or one of another mesh, for a fault, and holds nothing of it', async () => {
    const forged = await headOf(carol)
    forged[forged.length - 1] = (forged.at(-1) as number) ^ 1
    for (const bytes of [forged, await headOf(carol, {}, new Uint8Array(32).fill(1)), new Uint8Array(8)]) {
      heads.receive(bytes, toBob.link)
    }
    expect(faults).toBe(3)
    expect(viewOf(carol)).toBeUndefined()
  })

  it('F1 takes none of who is no member, until it has turned out to be one', async () => {
    local.strangers.add(carol.did)
    heads.receive(await headOf(carol), toBob.link)
    expect(viewOf(carol)).toBeUndefined()
    local.strangers.clear()
    heads.retry()
    expect(viewOf(carol)?.head).toMatchObject({ iss: carol.did })
  })

  it('F9 hands each head on once, to all but whoever sent it and those linked with that one', async () => {
    const toCarol = new RecordedLink(carol.did)
    const toDave = new RecordedLink(dave.did)
    links.add(toCarol.link)
    links.add(toDave.link)
    heads.receive(await headOf(bob, { links: [carol.did, dave.did] }), toBob.link)
    heads.receive(await headOf(carol, { links: [bob.did] }), toCarol.link)
    for (const link of [toBob, toCarol]) link.take('head')
    const ofDave = await headOf(dave)
    toDave.take('head')
    for (let n = 0; n < 3; n++) heads.receive(ofDave, toBob.link)
    expect([toBob, toCarol].map((link) => link.take('head').length)).toEqual([0, 0])
    expect(toDave.take('head').map(({ bytes }) => bytes)).toEqual([ofDave])
  })

  it('R2 does not go back to an older one', async () => {
    const [older, newer] = [
      await headOf(bob, { count: 1 }),
      await headOf(bob, { count: 2, previousSeq: time.clock.now() }),
    ]
    for (const bytes of [newer, older]) heads.receive(bytes, toBob.link)
    expect(viewOf(bob)?.head?.count).toBe(2)
  })

  it('F3 tells the operator of a member that says two things at once, and counts on neither', async () => {
    for (const count of [1, 2]) heads.receive(await headOf(bob, { count }), toBob.link)
    expect(local.alarms).toEqual([['member.forked', bob.did]])
    expect(viewOf(bob)?.ageMs).toBeNull()
    await time.advance(1)
    heads.receive(await headOf(bob), toBob.link)
    expect(viewOf(bob)?.ageMs).toBeNull()
  })

  it('R2 takes a head that was held back for as old as it is', async () => {
    const heldBack = [await headOf(bob), await headOf(carol)]
    await time.advance(60_000)
    for (const bytes of heldBack) heads.receive(bytes, toBob.link)
    expect([bob, carol].map((each) => viewOf(each)?.ageMs)).toEqual([60_000, 60_000])
    heads.receive(await headOf(bob), toBob.link)
    expect(viewOf(bob)?.ageMs).toBe(0)
  })

  it('O3 does not lose what it knows where its own clock is set forward', async () => {
    heads.receive(await headOf(bob), toBob.link)
    await time.advance(1_000)
    const next = await headOf(bob)
    vi.spyOn(time.clock, 'now').mockReturnValue(time.clock.now() + 3_600_000)
    heads.receive(next, toBob.link)
    expect(viewOf(bob)?.ageMs).toBe(1_000)
  })

  it.each([
    [
      'O3 neither keeps nor passes on one that is dated more than a minute ahead, which could be held back unseen',
      60_001,
      null,
    ],
    ['takes one that is dated less ahead for said when it came', 60_000, 0],
  ])('%s', async (_, aheadMs, ageMs) => {
    const toDave = new RecordedLink(dave.did)
    links.add(toDave.link)
    heads.receive(await headOf(bob, {}, net, ahead(aheadMs)), toBob.link)
    expect(viewOf(bob)?.ageMs).toBe(ageMs)
    expect(viewOf(bob)?.head === null).toBe(ageMs === null)
    expect(toDave.take('head')).toHaveLength(ageMs === null ? 0 : 1)
  })

  it('O3 takes what a member says as soon as both clocks are right again', async () => {
    const right = vi.spyOn(time.clock, 'now').mockReturnValue(time.clock.now() + 3_600_000)
    heads.receive(await headOf(bob, { count: 1 }), toBob.link)
    expect(viewOf(bob)?.head?.count).toBe(1)
    right.mockRestore()
    heads.receive(await headOf(bob, { count: 2 }), toBob.link)
    expect(viewOf(bob)?.head?.count).toBe(2)
  })

  it('O3 dates its own by its clock as soon as that is right again, whatever it has said before', async () => {
    heads.receive(await headOf(self, {}, net, ahead(3_600_000)), toBob.link)
    const wrong = vi.spyOn(time.clock, 'now').mockReturnValue(time.clock.now() + 3_600_000)
    heads.start()
    await time.advance(0)
    wrong.mockRestore()
    await time.advance(5_000)
    const said = toBob.take('head').map(({ bytes }) => parseHead(openStatement(bytes)).iat - time.clock.now())
    expect(said[0]).toBeGreaterThan(3_500_000)
    expect(said.at(-1)).toBeLessThanOrEqual(0)
    heads.stop()
  })

  it('F3 takes the same head for no fork, though it has long forgotten that it came', async () => {
    const last = await headOf(carol)
    heads.receive(last, toBob.link)
    for (let n = 0; n < 8_200; n++) heads.receive(new Uint8Array([n & 255, n >> 8]), toBob.link)
    heads.receive(last, toBob.link)
    expect(local.alarms).toEqual([])
    expect(viewOf(carol)?.ageMs).toBe(0)
  })

  it('F4 takes and passes on no more than ten heads of one member in a second, and does so for each', async () => {
    const toDave = new RecordedLink(dave.did)
    links.add(toDave.link)
    const rising = []
    for (let n = 0; n < 60; n++) rising.push(await headOf(bob, { previousSeq: time.clock.now() + n }))
    for (const bytes of rising) heads.receive(bytes, toBob.link)
    expect(toDave.take('head')).toHaveLength(1 + 20)
    heads.receive(await headOf(carol), toBob.link)
    expect(toDave.take('head')).toHaveLength(1)
    await time.advance(1_000)
    for (let n = 60; n < 120; n++) {
      heads.receive(await headOf(bob, { previousSeq: time.clock.now() + n }), toBob.link)
    }
    expect(toDave.take('head')).toHaveLength(10)
  })

  it('F4 has nobody use up what a member may say by saying again what it said before', async () => {
    const old = []
    for (let n = 0; n < 40; n++) old.push(await headOf(carol, { previousSeq: time.clock.now() + n }))
    const newest = await headOf(carol, { previousSeq: time.clock.now() + 100, count: 1 })
    const next = await headOf(carol, { previousSeq: time.clock.now() + 200, count: 2 })
    for (const bytes of [newest, ...old, next]) heads.receive(bytes, toBob.link)
    expect(viewOf(carol)?.head?.count).toBe(2)
  })

  it('H16 has nothing come from a member over one that it does not say it reaches, or once it is silent or gone', async () => {
    const isBehind = () => heads.isBehind(carol.did, bob.did)
    expect(isBehind()).toBe(false)
    heads.receive(await headOf(carol, { links: [bob.did] }), toBob.link)
    expect(isBehind()).toBe(false)
    heads.receive(await headOf(bob, { links: [carol.did] }), toBob.link)
    expect(isBehind()).toBe(true)
    await time.advance(15_000)
    expect(isBehind()).toBe(true)
    await time.advance(1)
    expect(isBehind()).toBe(false)
    heads.receive(await headOf(carol, { links: [bob.did] }), toBob.link)
    expect(isBehind()).toBe(true)
    local.strangers.add(carol.did)
    heads.review()
    expect(isBehind()).toBe(false)
  })

  it('R1 counts on a member only as of when its revocations were all known here', async () => {
    const revoked = new Uint8Array(32).fill(7)
    heads.receive(await headOf(bob, { revoked }), toBob.link)
    expect(viewOf(bob)?.ageMs).toBeNull()
    heads.reconciled(bob.did, time.clock.monotonic() - 1)
    expect(viewOf(bob)?.ageMs).toBeNull()
    await time.advance(100)
    heads.reconciled(bob.did, time.clock.monotonic())
    expect(viewOf(bob)?.ageMs).toBe(100)
    heads.receive(await headOf(bob, { revoked: new Uint8Array(32).fill(8) }), toBob.link)
    await time.advance(100)
    expect(viewOf(bob)?.ageMs).toBe(200)
  })

  it('R2 says what this node holds every few seconds, and at once, but not twice at once, when there is news', async () => {
    heads.start()
    await time.advance(0)
    expect(toBob.take('head')).toHaveLength(1)
    local.hold(await note('revocation'))
    for (let n = 0; n < 10; n++) heads.soon()
    await time.advance(199)
    expect(toBob.take('head')).toHaveLength(0)
    await time.advance(1)
    expect(toBob.take('head')).toHaveLength(1)
    await time.advance(60_000)
    expect(toBob.take('head').length).toBeGreaterThanOrEqual(12)
    heads.stop()
    await time.advance(60_000)
    expect(toBob.take('head')).toHaveLength(0)
  })

  it('R1 tells the operator once of a member that has fallen silent, and not of those that speak', async () => {
    heads.start()
    heads.receive(await headOf(bob), toBob.link)
    for (let n = 0; n < 8; n++) {
      heads.receive(await headOf(carol), toBob.link)
      await time.advance(4_000)
    }
    expect(local.alarms).toEqual([['member.silent', bob.did]])
    heads.stop()
  })

  it('F3 tells the operator of a member whose revocations stay others than this node holds', async () => {
    heads.start()
    const revoked = new Uint8Array(32).fill(7)
    for (let n = 0; n < 10; n++) {
      heads.receive(await headOf(bob, { revoked }), toBob.link)
      await time.advance(4_000)
    }
    expect(local.alarms).toContainEqual(['member.diverged', bob.did])
    heads.stop()
  })
})
