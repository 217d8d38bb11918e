import type { Identity } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import type { ConnectionHandler, MeshNode } from '@trustmesh/mesh-node'
import {
  type CloseCode,
  type Frame,
  HandshakeConduct,
  initiator,
  LIMITS,
  Session,
  stepInitiator,
} from '@trustmesh/protocol'
import { generateKeyPair } from '@trustmesh/protocol/node'

/** What an agent is told of. */
export interface Told {
  readonly frame?: (frame: Frame) => void
  /** The node has closed its session. */
  readonly closed?: (code: CloseCode) => void
}

/** An agent in the process of its node, in a session like any other, but without a socket between them. */
export class InsideAgent {
  readonly #told: Told
  #node: ConnectionHandler | undefined
  #session: Session | undefined

  private constructor(told: Told) {
    this.#told = told
  }

  static async join(
    node: MeshNode,
    identity: Identity,
    { attachments = [], ...told }: Told & { readonly attachments?: readonly Uint8Array[] } = {},
  ): Promise<InsideAgent> {
    const agent = new InsideAgent(told)
    await agent.#join(node, identity, attachments)
    // Silence ends a session.
    setInterval(() => agent.send({ type: 'ping', n: 0 }), LIMITS.idleMs / 3).unref()
    return agent
  }

  send(frame: Frame): void {
    const session = this.#session
    if (!session) return
    session.push(frame)
    for (const message of session.flush(systemClock.monotonic())) this.#node?.message(message)
  }

  #join(node: MeshNode, identity: Identity, attachments: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const state = initiator({
        ...{ net: node.net, did: identity.did, responder: node.did, purpose: 'agent', attachments },
        ...{ ephemeral: generateKeyPair, challenge: systemRandom(32) },
        deadline: systemClock.monotonic() + LIMITS.handshakeMs,
      })
      const conduct = new HandshakeConduct(state, stepInitiator, {
        send: (bytes) => queueMicrotask(() => this.#node?.message(bytes)),
        sign: (label, claim) => identity.sign(label, claim),
        monotonic: () => systemClock.monotonic(),
        conclude: (outcome) => {
          if (outcome.type !== 'established') return reject(new Error(`could not join: ${outcome.type}`))
          const { established } = outcome
          this.#session = new Session({ established, role: 'initiator', at: systemClock.monotonic() })
          resolve()
        },
      })
      this.#node = node.accept({
        address: '127.0.0.1',
        backlog: 0,
        proved: () => {},
        send: (bytes) => queueMicrotask(() => (this.#session ? this.#receive(bytes) : conduct.receive(bytes))),
        close: (code) => this.#told.closed?.(code),
      })
      conduct.start()
    })
  }

  #receive(bytes: Uint8Array): void {
    for (const frame of this.#session?.open(bytes) ?? []) this.#told.frame?.(frame)
  }
}
