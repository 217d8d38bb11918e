import { bytesToHex } from '@noble/hashes/utils.js'
import { type Did, didOf, type Identity, keyOf, MemoryKeystore } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import {
  type Frame,
  HandshakeConduct,
  LIMITS,
  type ResponderState,
  responder,
  Session,
  stepResponder,
} from '@trustmesh/protocol'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { AskedNode, REVOKED, UNKNOWN } from '../test/asked-node.ts'
import { CAN, config, Lent, root, someone } from '../test/lent.ts'
import { Chain } from './chain.ts'
import { joinMeshOn } from './join-mesh-on.ts'
import { MemoryNotes } from './manifests/notes.ts'
import { Mesh } from './mesh.ts'
import type { Socket, SocketHandler } from './platform/platform.ts'

/** The node's end of a connection without a wire, by which it lets in whoever comes. */
class NodeEnd implements Socket {
  readonly backlog = 0
  readonly #node: AskedNode
  readonly #agent: SocketHandler
  readonly #ends: Map<Did, NodeEnd>
  readonly #conduct: HandshakeConduct<ResponderState>
  #session: Session | undefined

  constructor(node: AskedNode, agent: SocketHandler, ends: Map<Did, NodeEnd>) {
    const { clock } = node.platform
    const deadline = clock.monotonic() + LIMITS.handshakeMs
    const [ephemeral, challenge] = [generateKeyPair, systemRandom(32)]
    const state = responder({ net: config.net, did: root.did, ephemeral, challenge, attachments: [], deadline })
    this.#node = node
    this.#agent = agent
    this.#ends = ends
    this.#conduct = new HandshakeConduct(state, stepResponder, {
      send: (bytes) => queueMicrotask(() => agent.message(bytes)),
      sign: (label, claim) => root.sign(label, claim),
      monotonic: () => clock.monotonic(),
      admit: async () => ({ limits: { messageBytes: LIMITS.messageBytes, idleMs: LIMITS.idleMs } }),
      conclude: (outcome) => {
        if (outcome.type !== 'established') return
        ends.set(outcome.established.peer, this)
        this.#session = new Session({ established: outcome.established, role: 'responder', at: clock.monotonic() })
      },
    })
    queueMicrotask(() => agent.open())
  }

  say(...frames: Frame[]): void {
    for (const frame of frames) this.#session?.push(frame)
    for (const message of this.#session?.flush(this.#node.nowMs) ?? []) this.#agent.message(message)
  }

  send(bytes: Uint8Array): void {
    if (!this.#session) return this.#conduct.receive(bytes)
    for (const frame of this.#session.open(bytes)) this.#take(frame, this.#session.peer)
  }

  close(): void {
    this.#agent.closed()
  }

  #take(frame: Frame, from: Did): void {
    if (frame.type !== 'message') return this.say(...this.#node.answersTo(frame))
    const recipient = this.#ends.get(didOf(frame.to))
    recipient?.say(this.#node.standingOf(from), { ...frame, from: keyOf(from) })
    this.say({ type: 'ack', re: frame.id, code: recipient ? undefined : 'message.recipient-unknown' })
  }
}

const [alice, bob] = [someone(), someone()]
const JOIN = {
  ...{ version: 1, url: 'ws://node', node: root.did, net: bytesToHex(config.net), root: root.did },
  ...config.policy,
}
let node: AskedNode
let ends: Map<Did, NodeEnd>

beforeEach(() => {
  node = new AskedNode()
  ends = new Map()
})

const connect = (_: string, agent: SocketHandler): Socket => new NodeEnd(node, agent, ends)

const join = (identity: Identity, name: string): Promise<Mesh> => {
  return joinMeshOn({ ...node.platform, connect }, { name, identity, join: JOIN, backoff: { baseMs: 1, capMs: 1 } })
}

describe(Mesh, () => {
  it('D7 counts nothing that a former connection told, though the node counts its epochs anew', async () => {
    await using ofAlice = await join(alice, 'alice')
    await using ofBob = await join(bob, 'bob')
    ofAlice.on('task', { can: CAN }, () => 'served')
    const lent = await Lent.by([alice, bob], node)
    const use = async (): Promise<unknown> => {
      await ofAlice.online()
      return await ofBob.request(alice.did, 'task', {}, { chain: Chain.from(lent.links) })
    }
    expect(await use()).toBe('served')
    for (const id of lent.ids) node.voided.add(id)
    ends.get(alice.did)?.close()
    await expect(use()).rejects.toMatchObject({ code: 'request.denied', denial: { code: 'chain.void' } })
  })

  it('says, asks and streams, each way, with what was signed for it', async () => {
    await using ofAlice = await join(alice, 'alice')
    await using ofBob = await join(bob, 'bob')
    const said = vi.fn()
    ofAlice.on('note', {}, said)
    ofAlice.on('count', {}, async function* (count) {
      for (let item = 0; item < (count as number); item++) yield item
    })
    ofAlice.on('back', {}, async (content, peer) => await peer.request('echo', content as string))
    ofBob.on('echo', {}, (content) => content)
    await ofBob.send(alice.did, 'note', { a: 1 })
    expect(said).toHaveBeenCalledExactlyOnceWith({ a: 1 }, expect.objectContaining({ did: bob.did }))
    const items: unknown[] = []
    for await (const item of ofBob.stream(alice.did, 'count', 40)) items.push(item)
    expect(items).toEqual(Array.from({ length: 40 }, (_, item) => item))
    expect(await ofBob.peer(alice.did).currentStanding({ ctx: 'tool' })).toMatchObject({ did: alice.did, ctx: 'tool' })
    const { content, receipt } = await ofBob.request(alice.did, 'back', 'there', { signed: true })
    expect([content, receipt.length > 0]).toEqual(['there', true])
  })

  it('hands over to one heir, once, however often it is told to', async () => {
    const keystore = new MemoryKeystore(node.platform.random)
    const identity = await keystore.create('carol')
    const openKept = async () => ({ identity, keystore, notes: new MemoryNotes() })
    const ofCarol = await joinMeshOn({ ...node.platform, connect, openKept }, { name: 'carol', join: JOIN })
    const [heir, same] = await Promise.all([ofCarol.rotate(), ofCarol.rotate()])
    expect([same, await ofCarol.rotate(), await keystore.isPrepared('carol')]).toEqual([heir, heir, false])
    expect(await heir.online({ timeoutMs: 1 })).toBeUndefined()
    await heir[Symbol.asyncDispose]()
  })

  it('leaves at once where whoever drains it has given up before', async () => {
    const ofAlice = await join(alice, 'alice')
    await using ofBob = await join(bob, 'bob')
    const begun = new Promise<void>((resolve) => {
      ofAlice.on('task', {}, () => {
        resolve()
        return new Promise(() => {})
      })
    })
    await ofBob.send(alice.did, 'task')
    await begun
    await ofAlice.drain({ timeoutMs: 1e9, signal: AbortSignal.abort() })
    expect(await ofAlice.closed()).toBe('closed')
  })

  it('has no gate in front of what no text can name', async () => {
    await using ofAlice = await join(alice, 'alice')
    expect(() => ofAlice.gate({}, { kind: 'two\nlines' })).toThrow(expect.objectContaining({ code: 'kind.malformed' }))
  })

  it('M12 ends a stream that waits, in the moment in which it hears that its taker is trusted no longer', async () => {
    await using ofAlice = await join(alice, 'alice')
    await using ofBob = await join(bob, 'bob')
    let signal: AbortSignal | undefined
    ofAlice.on('feed', {}, async function* (_, peer) {
      signal = peer.signal
      yield 1
      await new Promise(() => {})
    })
    const items = ofBob.stream(alice.did, 'feed')
    expect(await items.next()).toEqual({ done: false, value: 1 })
    const next = items.next()
    next.catch(() => {})
    node.people.set(bob.did, UNKNOWN)
    ends.get(alice.did)?.say(node.standingOf(bob.did))
    await expect(next).rejects.toMatchObject({ code: 'request.denied', denial: { code: 'gate.tier-too-low' } })
    expect(signal?.aborted).toBe(true)
  })

  it('H14 ends whatever there is with somebody in the moment in which it hears that they are cut off', async () => {
    await using ofAlice = await join(alice, 'alice')
    await using ofBob = await join(bob, 'bob')
    let signal: AbortSignal | undefined
    ofAlice.on('task', {}, (_, peer) => {
      signal = peer.signal
      return new Promise(() => {})
    })
    const asked = ofBob.request(alice.did, 'task')
    asked.catch(() => {})
    await vi.waitUntil(() => signal)
    node.people.set(bob.did, REVOKED)
    ends.get(alice.did)?.say(node.standingOf(bob.did))
    expect(signal?.aborted).toBe(true)
    await expect(ofAlice.send(bob.did, 'note')).rejects.toMatchObject({ code: 'peer.cut-off' })
    ofBob.close()
    await expect(asked).rejects.toMatchObject({ code: 'mesh.closed' })
  })
})
