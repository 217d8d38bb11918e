import { type Identity, MemoryKeystore } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import {
  commitmentTo,
  type Issuance,
  issueAttestation,
  issueFirstManifest,
  issueManifest,
  issueRevocation,
  issueRotation,
  proveSuccession,
} from '@trustmesh/trust'
import { beforeEach, describe, expect, it } from 'vitest'
import { MemoryNotes } from '../../packages/sdk/src/manifests/notes.ts'
import { Presentation } from '../../packages/sdk/src/manifests/presentation.ts'
import { recoverIdentity } from '../../packages/sdk/src/manifests/recovery.ts'
import { Succession } from '../../packages/sdk/src/manifests/succession.ts'
import { joinRaw, someone, TestNode, type WireSession } from '../e2e/kit.ts'

const log = { info: () => {}, warn: () => {} }
const mallory = someone()
const recovery = someone()

/** Leaves a statement with the node; rejects with the code by which it is refused. */
async function leave(session: WireSession, bytes: Uint8Array): Promise<void> {
  session.send({ type: 'statement', bytes })
  const ack = await session.nextOf('ack')
  if (!ack || ack.code) throw new Error(ack?.code ?? 'closed')
}

let keystore: MemoryKeystore
let bob: Identity
let heir: Identity

beforeEach(async () => {
  keystore = new MemoryKeystore(systemRandom)
  bob = await keystore.create('bob')
  heir = (await keystore.heirOf('bob')) as Identity
})

/** Bob, as an agent that has a good name and has said who comes after it and who may revoke it. */
class Bob {
  readonly issuance: Issuance
  readonly #node: TestNode
  readonly #presentation: Presentation

  static async join(node: TestNode): Promise<Bob> {
    const issuance = { net: node.node.net, clock: systemClock, random: systemRandom }
    const presentation = await Presentation.prepare({
      ...{ identity: bob, name: 'bob', issuance, notes: new MemoryNotes(), log },
      manifest: { version: '1', recovery: recovery.did },
      heir: () => keystore.heirOf('bob'),
    })
    using session = await joinRaw(node.joinFile, bob)
    await presentation.leave((envelope) => leave(session, envelope))
    using root = await joinRaw(node.joinFile, await node.key('root'))
    const attestation = { sub: bob.did, value: 1_000, exp: systemClock.now() + 60_000 }
    await leave(root, (await issueAttestation(await node.key('root'), attestation, issuance)).bytes)
    return new Bob(node, issuance, presentation)
  }

  private constructor(node: TestNode, issuance: Issuance, presentation: Presentation) {
    this.#node = node
    this.issuance = issuance
    this.#presentation = presentation
  }

  get first(): Uint8Array {
    return this.#presentation.first as Uint8Array
  }

  /** Who is taken for somebody. */
  statuses(): string[] {
    return [bob, heir, mallory].map(({ did }) => this.#node.node.standingOf(did).status)
  }

  succession(session: WireSession): Succession {
    const { issuance, first } = this
    return new Succession({
      identity: bob,
      keystore,
      name: 'bob',
      issuance,
      first,
      leave: (one) => leave(session, one),
    })
  }

  /** `by`, with the consent of the successor. */
  async rotation(by: Identity, to: Identity): Promise<Uint8Array> {
    const next = new Uint8Array(32)
    const proof = await proveSuccession(to, { net: this.issuance.net, from: bob.did, next })
    const rotation = { to: to.did, next, proof, ...(by !== bob && { from: bob.did }) }
    return (await issueRotation(by, rotation, this.issuance)).bytes
  }
}

describe('a thief of the key', () => {
  it('I12 cannot rotate it to a key of its own, nor keep its owner from rotating', async () => {
    await using node = await TestNode.start()
    const agent = await Bob.join(node)
    expect(agent.statuses()).toEqual(['active', 'unknown', 'unknown'])
    using thief = await joinRaw(node.joinFile, bob)
    await leave(thief, await agent.rotation(bob, mallory))
    expect(agent.statuses()).toEqual(['unknown', 'unknown', 'unknown'])
    using owner = await joinRaw(node.joinFile, heir)
    expect((await agent.succession(owner).rotate()).did).toBe(heir.did)
    expect(agent.statuses()).toEqual(['unknown', 'active', 'unknown'])
  })

  it('I12 can contest the commitment, and then neither rotation counts until the authorities decide', async () => {
    await using node = await TestNode.start()
    const agent = await Bob.join(node)
    using thief = await joinRaw(node.joinFile, bob)
    const first = { name: 'bob', version: '1', next: commitmentTo(mallory.did) }
    await leave(thief, (await issueManifest(bob, first, agent.issuance)).bytes)
    await leave(thief, await agent.rotation(bob, mallory))
    await agent.succession(thief).rotate()
    expect(agent.statuses()).toEqual(['unknown', 'unknown', 'unknown'])
    const authority = await node.key('authority')
    using operator = await joinRaw(node.joinFile, authority)
    await leave(operator, await agent.rotation(authority, heir))
    expect(agent.statuses()).toEqual(['unknown', 'active', 'unknown'])
  })

  it('I12 is cut off by whoever holds the recovery key, through anybody, and the heir inherits all the same', async () => {
    await using node = await TestNode.start()
    const agent = await Bob.join(node)
    using thief = await joinRaw(node.joinFile, bob)
    const revocation = await recoverIdentity(recovery, { manifest: agent.first, reason: 'the laptop is gone' })
    using stranger = await joinRaw(node.joinFile, someone())
    await leave(stranger, revocation)
    expect(await thief.nextOf('notice')).toMatchObject({ code: 'revoked' })
    expect(await thief.wire.closed).toBe(4410)
    expect(agent.statuses()).toEqual(['revoked', 'unknown', 'unknown'])
    // The old key can hold no session any more; what it has signed needs none.
    using owner = await joinRaw(node.joinFile, heir)
    await agent.succession(owner).rotate()
    expect(agent.statuses()).toEqual(['revoked', 'active', 'unknown'])
  })

  it('I12 revokes nobody by a recovery key that it names itself', async () => {
    await using node = await TestNode.start()
    const agent = await Bob.join(node)
    using session = await joinRaw(node.joinFile, mallory)
    const { bytes } = await issueFirstManifest(mallory, { recovery: mallory.did }, node.node.net)
    const later = { name: 'bob', version: '1', previousSeq: 0 }
    for (const path of [[bytes], [agent.first], [(await issueManifest(bob, later, agent.issuance)).bytes]]) {
      const revocation = { target: { did: bob.did }, reason: 'mine', path }
      const forged = await issueRevocation(mallory, revocation, agent.issuance)
      await expect(leave(session, forged.bytes)).rejects.toThrow('revocation.unauthorized')
    }
    expect(agent.statuses()).toEqual(['active', 'unknown', 'unknown'])
  })
})
