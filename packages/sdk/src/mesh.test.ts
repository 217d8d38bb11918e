import { keyOf } from '@trustmesh/identity'
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
import { describe, expect, it, vi } from 'vitest'
import { AskedNode } from '../test/asked-node.ts'
import { CAN, config, Lent, root, someone } from '../test/lent.ts'
import { encodeCall, parseFailure, parseReply } from './bodies.ts'
import { Mesh } from './mesh.ts'
import type { Socket, SocketHandler } from './platform/platform.ts'

/** The node's end of a connection without a wire, by which it lets in whoever comes. */
class NodeEnd implements Socket {
  readonly backlog = 0
  readonly heard: Frame[] = []
  readonly #node: AskedNode
  readonly #agent: SocketHandler
  readonly #conduct: HandshakeConduct<ResponderState>
  #session: Session | undefined

  constructor(node: AskedNode, agent: SocketHandler) {
    const { clock } = node.platform
    const deadline = clock.monotonic() + LIMITS.handshakeMs
    const [ephemeral, challenge] = [generateKeyPair, systemRandom(32)]
    const state = responder({ net: config.net, did: root.did, ephemeral, challenge, attachments: [], deadline })
    this.#node = node
    this.#agent = agent
    this.#conduct = new HandshakeConduct(state, stepResponder, {
      send: (bytes) => queueMicrotask(() => agent.message(bytes)),
      sign: (label, claim) => root.sign(label, claim),
      monotonic: () => clock.monotonic(),
      admit: async () => ({ limits: { messageBytes: LIMITS.messageBytes, idleMs: LIMITS.idleMs } }),
      conclude: (outcome) => {
        if (outcome.type !== 'established') return
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
    const frames = this.#session.open(bytes)
    this.heard.push(...frames)
    this.say(...frames.flatMap((frame) => this.#node.answersTo(frame)))
  }

  close(): void {
    this.#agent.closed()
  }
}

describe(Mesh, () => {
  it('D7 counts nothing that a former connection told, though the node counts its epochs anew', async () => {
    const [alice, bob] = [someone(), someone()]
    const node = new AskedNode()
    const ends: NodeEnd[] = []
    const connect = (_: string, agent: SocketHandler): Socket => {
      const end = new NodeEnd(node, agent)
      ends.push(end)
      return end
    }
    const options = { name: 'alice', config, log: node.platform.log, backoff: { baseMs: 1, capMs: 1 } }
    await using mesh = new Mesh({ ...options, identity: alice, platform: { ...node.platform, connect } })
    mesh.on('task', { can: CAN }, () => 'served')
    const lent = await Lent.by([alice, bob], node)

    const use = async (): Promise<unknown> => {
      await mesh.online()
      const end = ends.at(-1) as NodeEnd
      const { invocation, links } = await lent.use(alice)
      const [to, from, id] = [keyOf(alice.did), keyOf(bob.did), systemRandom(16)]
      const body = encodeCall('task', {}, [invocation, ...links])
      const told = [alice, bob].map(({ did }) => node.standingOf(did))
      end.say(...told, { type: 'message', id, kind: 'request', to, from, body })
      const answer = await vi.waitUntil(() => end.heard.find((frame) => frame.type === 'message'))
      return answer.kind === 'reply' ? parseReply(answer.body) : parseFailure(answer.body).denial?.code
    }
    expect(await use()).toBe('served')
    for (const id of lent.ids) node.voided.add(id)
    ends[0]?.close()
    expect(await use()).toBe('chain.void')
  })
})
