import { type Identity, keyOf, type Statement, type Verified } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { type Frame, type FrameOf, idBytes, LIMITS } from '@trustmesh/protocol'
import { issueAttestation, issueHead, issueLease, issueRevocation } from '@trustmesh/trust'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinRaw, someone, type WireSession } from '../e2e/kit.ts'
import { until } from '../e2e/until.ts'
import { NodeMesh } from './node-mesh.ts'
import { knock, rogue } from './rogue.ts'

let mesh: NodeMesh

beforeAll(async () => {
  mesh = await NodeMesh.start({ nodes: 2 })
})
afterAll(() => mesh[Symbol.asyncDispose]())

const count = (): number => mesh.at(0).node.statementCount

/** What `by` says of somebody, as an envelope. */
function said(by: Identity): Promise<Verified<Statement>> {
  return issueAttestation(by, { sub: someone().did, value: 500 }, mesh.issuance)
}

/** The same with one bit of the signature turned. */
function forged({ bytes }: Verified<Statement>): Uint8Array {
  const copy = new Uint8Array(bytes)
  copy[copy.length - 1] = (copy[copy.length - 1] as number) ^ 1
  return copy
}

describe('somebody who comes as a node', () => {
  it('F1 is refused without a chain from the root of the mesh, with one of its own making, or with that of another', async () => {
    const mallory = someone()
    const theirs = await mesh.admit(someone().did)
    await using other = await NodeMesh.start({ nodes: 1 })
    const foreign = await other.admit(mallory.did)
    for (const shown of [[], theirs, foreign, theirs.slice(0, 1)]) {
      expect(await knock(mesh.at(0), mallory, shown)).toEqual({ refusal: 'not-invited', proof: [] })
    }
  })

  it('F1 has its link closed everywhere as soon as it is revoked, and comes in no more', async () => {
    const { identity, link } = await rogue(mesh, 0)
    const shown = await mesh.admit(identity.did)
    await until(() => mesh.at(0).node.members.some(({ did, isLinked }) => did === identity.did && isLinked))
    await mesh.revoke(1, identity.did)
    expect(await link.nextOf('close')).toEqual({ type: 'close', code: 'session.revoked' })
    expect(await knock(mesh.at(0), identity, shown)).toMatchObject({ refusal: 'revoked' })
    expect(await knock(mesh.at(1), identity, shown)).toMatchObject({ refusal: 'revoked' })
  })
})

describe('a member that breaks the rules', () => {
  it('F2 loses its link with the third forged statement, and does not get it back at once; nothing of it is kept', async () => {
    const { identity, link } = await rogue(mesh, 0)
    const before = count()
    for (let n = 0; n < 3; n++) link.send({ type: 'statement', bytes: forged(await said(identity)) })
    expect(await link.nextOf('close')).toEqual({ type: 'close', code: 'frame.malformed' })
    expect(count()).toBe(before)
    const again = await knock(mesh.at(0), identity, await mesh.admit(identity.did))
    expect(again).toEqual({ refusal: 'busy', proof: [] })
  })

  it('R6 does not cut anybody off by a revocation that is not its own to issue', async () => {
    using bob = await joinRaw(mesh.at(0).joinFile, someone())
    const { identity, link } = await rogue(mesh, 0)
    const revocation = await issueRevocation(identity, { target: { did: bob.did }, reason: 'a lie' }, mesh.issuance)
    link.send({ type: 'statement', bytes: revocation.bytes }, { type: 'ping', n: 1 })
    expect(await link.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
    expect(mesh.at(0).node.sessions.of(bob.did)?.isOpen).toBe(true)
    expect(mesh.at(0).node.standingOf(bob.did).status).not.toBe('revoked')
  })

  it('I15 leaves no statement of Dids that nobody has admitted, however many it makes up', async () => {
    const { link } = await rogue(mesh, 0)
    await mesh.agree()
    const before = count()
    for (let n = 0; n < 200; n++) link.send({ type: 'statement', bytes: (await said(someone())).bytes })
    link.send({ type: 'ping', n: 2 })
    expect(await link.nextOf('pong')).toEqual({ type: 'pong', n: 2 })
    expect(count()).toBe(before)
  })

  it.each([
    ['a frame of agents', { type: 'query', did: keyOf(someone().did) }],
    ['an answer to agents', { type: 'status', re: new Uint8Array(16), epoch: 1, void: [], fresh: [] }],
  ] satisfies [string, Frame][])('F6 loses its link for %s', async (_, frame) => {
    const { link } = await rogue(mesh, 0)
    link.send(frame)
    expect(await link.nextOf('close')).toEqual({ type: 'close', code: 'frame.unexpected' })
  })

  it('F6 loses its link for a number beyond its bounds', async () => {
    const { identity, link } = await rogue(mesh, 0)
    const ends = { origin: keyOf(identity.did), dest: keyOf(mesh.at(0).node.did), from: keyOf(identity.did) }
    const carry = { type: 'carry', ...ends, to: ends.from, hops: LIMITS.hops + 1, id: systemRandom(16) } as const
    link.send({ ...carry, body: new Uint8Array() })
    expect(await link.nextOf('close')).toEqual({ type: 'close', code: 'frame.malformed' })
  })

  it('F5 gets no more for a question than a bounded answer, and none for what it does not ask', async () => {
    const { link } = await rogue(mesh, 0)
    await mesh.agree()
    const id = systemRandom(16)
    const ranges = Array.from({ length: LIMITS.ranges }, (_, n): [Uint8Array, Uint8Array] => [
      Uint8Array.of(n >> 4, n & 15),
      systemRandom(32),
    ])
    link.send({ type: 'compare', id, of: 'statements', horizon: 0, ranges })
    const differ = (await nextAnswer(link, id)) as FrameOf<'differ'>
    expect(differ.listed.flatMap(([, keys]) => keys).length).toBeLessThanOrEqual(LIMITS.ranges * LIMITS.listedKeys)
  })

  it('F4 costs nothing once it is gone, however often it comes back', async () => {
    const identity = someone()
    const chain = await mesh.admit(identity.did)
    for (let n = 0; n < 30; n++) {
      const link = await knock(mesh.at(0), identity, chain)
      if (!('refusal' in link)) link[Symbol.dispose]()
    }
    await until(() => mesh.at(0).node.members.every(({ did, isLinked }) => did !== identity.did || !isLinked))
    expect(mesh.at(0).node.members.filter(({ did }) => did === identity.did).length).toBeLessThanOrEqual(1)
  })

  it('F9 does not make a message go round: what has crossed too many links goes no further', async () => {
    const { identity, link } = await rogue(mesh, 0)
    const id = systemRandom(16)
    const self = keyOf(identity.did)
    const carry = { type: 'carry', origin: self, dest: keyOf(mesh.at(1).node.did), hops: LIMITS.hops, id } as const
    const head = await issueHead(
      identity,
      {
        ...{ count: 0, set: new Uint8Array(32), revoked: new Uint8Array(32), state: 'serving' },
        links: [mesh.at(0).node.did],
      },
      mesh.issuance,
    )
    link.send({ type: 'head', bytes: head.bytes })
    link.send({ ...carry, from: self, to: self, body: new Uint8Array() })
    expect(await link.nextOf('carried')).toMatchObject({ re: id, code: 'message.no-route' })
  })

  it('F2 speaks for no agent whose lease does not name it', async () => {
    using bob = await joinRaw(mesh.at(0).joinFile, someone())
    const { identity, link } = await rogue(mesh, 0)
    const alice = someone()
    const id = systemRandom(16)
    const ends = { origin: keyOf(identity.did), dest: keyOf(mesh.at(0).node.did), hops: 0 }
    const carry = { type: 'carry', ...ends, id, from: keyOf(alice.did), to: keyOf(bob.did) } as const
    link.send({ ...carry, body: Uint8Array.of(1) })
    expect(await link.nextOf('carried')).toMatchObject({ re: id, code: 'message.forged-sender' })
  })

  it('R9 hands on nothing of a Did that is revoked', async () => {
    using bob = await joinRaw(mesh.at(0).joinFile, someone())
    const { identity, link } = await rogue(mesh, 0)
    const lease = await issueLease(identity, { node: identity.did }, mesh.issuance)
    const send = (): Uint8Array => {
      const id = systemRandom(16)
      const ends = { origin: keyOf(identity.did), dest: keyOf(mesh.at(0).node.did), hops: 0 }
      const carry = { type: 'carry', ...ends, id, from: keyOf(identity.did), to: keyOf(bob.did) } as const
      link.send({ ...carry, body: Uint8Array.of(1) })
      return id
    }
    link.send({ type: 'statement', bytes: lease.bytes })
    const first = send()
    const word = await link.nextOf('carried')
    expect(word).toMatchObject({ re: first })
    expect(word).not.toHaveProperty('code')
    expect((await bob.nextOf('message'))?.body).toEqual(Uint8Array.of(1))
    await mesh.revoke(0, identity.did)
    send()
    bob.send({ type: 'ping', n: 3 })
    expect((await bob.next())?.type).not.toBe('message')
  })

  it.each([
    ['R10', 'is revoked', true],
    ['H16', 'is away', false],
  ])('%s has nothing delivered in the name of a node that %s', async (_, __, isRevoked) => {
    const [alice, bob] = [someone(), someone()]
    using toBob = await joinRaw(mesh.at(1).joinFile, bob)
    using _toAlice = await joinRaw(mesh.at(0).joinFile, alice)
    const { identity, link } = await rogue(mesh, 0)
    const accomplice = await rogue(mesh, 0)
    link.send({ type: 'statement', bytes: (await issueLease(alice, { node: identity.did }, mesh.issuance)).bytes })
    await until(() => mesh.at(0).node.members.some(({ did, isLinked }) => did === identity.did && isLinked))
    await mesh.agree()
    if (isRevoked) await mesh.revoke(0, identity.did)
    else link[Symbol.dispose]()
    await until(() => !mesh.at(0).node.members.some(({ did, isLinked }) => did === identity.did && isLinked))
    const ends = { origin: keyOf(identity.did), dest: keyOf(mesh.at(1).node.did), from: keyOf(alice.did) }
    const id = systemRandom(16)
    const carry = { type: 'carry', ...ends, to: keyOf(bob.did), hops: 0, id } as const
    accomplice.link.send({ ...carry, body: Uint8Array.of(1) })
    expect(await accomplice.link.nextOf('carried')).toMatchObject({ re: id, code: 'message.forged-sender' })
    toBob.send({ type: 'ping', n: 6 })
    expect((await toBob.next())?.type).not.toBe('message')
  })

  it('R10 is heard no more once it is revoked, but what it has revoked stays revoked', async () => {
    const { identity, link } = await rogue(mesh, 0)
    const [own, other] = [await said(identity), await said(identity)]
    const target = { iss: identity.did, id: own.id }
    const taken = await issueRevocation(identity, { target, reason: 'a test' }, mesh.issuance)
    for (const { bytes } of [own, other, taken]) link.send({ type: 'statement', bytes })
    link.send({ type: 'want', ids: [own, other, taken].map(({ id }) => idBytes(id)) })
    for (const { bytes } of [own, other, taken]) expect((await link.nextOf('statement'))?.bytes).toEqual(bytes)
    await mesh.revoke(0, identity.did)
    await link.wire.closed
    const witness = await rogue(mesh, 1)
    await mesh.agree()
    witness.link.send({ type: 'want', ids: [own, other, taken].map(({ id }) => idBytes(id)) }, { type: 'ping', n: 5 })
    expect(
      (await statementsUpTo(witness.link, 5)).filter((bytes) => taken.bytes.every((b, i) => b === bytes[i])),
    ).toHaveLength(1)
  })
})

/** What is sent before the answer to a ping. */
async function statementsUpTo(link: WireSession, n: number): Promise<Uint8Array[]> {
  const statements: Uint8Array[] = []
  for (let frame = await link.next(); frame; frame = await link.next()) {
    if (frame.type === 'pong' && frame.n === n) break
    if (frame.type === 'statement') statements.push(frame.bytes)
  }
  return statements
}

/** The answer to a question, whatever else comes. */
async function nextAnswer(link: WireSession, id: Uint8Array): Promise<FrameOf<'differ'> | null> {
  for (let frame = await link.nextOf('differ'); frame; frame = await link.nextOf('differ')) {
    if (Buffer.from(frame.re).equals(id)) return frame
  }
  return null
}
