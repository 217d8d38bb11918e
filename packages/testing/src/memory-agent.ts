import { type Did, didOf, type Identity, keyOf, type Statement, sha256, type Verified } from '@trustmesh/identity'
import type { ConnectionHandler, Mesh } from '@trustmesh/mesh-node'
import {
  type ConductOutcome,
  type Established,
  type Frame,
  HandshakeConduct,
  type InitiatorState,
  initiator,
  keyPairOf,
  LIMITS,
  Session,
  stepInitiator,
} from '@trustmesh/protocol'
import { type Issuance, issueLease } from '@trustmesh/trust'
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualHost } from './virtual-host.ts'
import { urlOf, type VirtualConnection, type VirtualNetwork } from './virtual-network.ts'

/** Who an agent is, and where it runs. */
export interface MemoryAgentOptions {
  readonly identity: Identity
  readonly mesh: Mesh
  readonly host: VirtualHost
  readonly network: VirtualNetwork
  readonly random: SeededRandom
}

/** The node that an agent joins by. */
export interface Home {
  readonly did: Did
  readonly host: VirtualHost
}

/** A message that has come. */
export interface Received {
  readonly from: Did
  readonly body: Uint8Array
  /** The node that has handed it over, and when, in virtual ms. */
  readonly by: Home
  readonly sentAt: number
  /** In which of this agent's sessions. */
  readonly session: number
}

/** What became of something that was sent: `ok`, the node's code, or `gone` where the session ended first. */
export type Outcome = string

interface Attached {
  readonly number: number
  readonly home: Home
  readonly session: Session
  readonly connection: VirtualConnection
  readonly waiting: Map<string, (outcome: Outcome) => void>
}

/** An agent of a mesh in memory, on a bare session: it does what it is told, once, and comes back by itself from nothing. */
export class MemoryAgent {
  readonly did: Did
  readonly identity: Identity
  readonly host: VirtualHost
  /** All that has come, in order. */
  readonly received: Received[] = []
  /** Why its last session ended, as it was told. */
  closedBy: string | undefined
  /** Sessions that it has had. */
  sessions = 0
  readonly #options: MemoryAgentOptions
  #attached: Attached | undefined
  #leaseSeq = -1

  constructor(options: MemoryAgentOptions) {
    this.#options = options
    this.identity = options.identity
    this.did = options.identity.did
    this.host = options.host
  }

  /** Its node, while it has a session. */
  get home(): Home | undefined {
    return this.#attached?.home
  }

  /** What it takes to issue statements as this agent. */
  get issuance(): Issuance {
    const { mesh, host, random } = this.#options
    return { net: mesh.net, clock: host.clock, random: random.bytes }
  }

  /** Joins by a node, with a lease that says so: resolves to `ok`, to the node's refusal, or to why there is no session. */
  async join(home: Home): Promise<Outcome> {
    const { network, host, identity } = this.#options
    this.leave()
    const lease = await issueLease(identity, { node: home.did, previousSeq: this.#leaseSeq }, this.issuance)
    this.#leaseSeq = lease.claim['seq'] as number
    return await new Promise<Outcome>((resolve) => {
      network.dial(host, urlOf(home.host), {
        opened: (connection) => this.#opened(connection, home, lease, resolve),
        failed: () => resolve('unreachable'),
      })
    })
  }

  leave(): void {
    const attached = this.#attached
    if (!attached) return
    this.#push(attached, { type: 'close', code: 'session.closed' })
    this.#detach(attached)
    attached.connection.close('session.closed')
  }

  /** Sends a message; resolves once the node has said what became of it. */
  async send(to: Did, body: Uint8Array): Promise<Outcome> {
    const id = this.#options.random.bytes(16)
    return await this.#ask({ type: 'message', id, to: keyOf(to), body }, id)
  }

  /** Leaves a statement with the node, its own or another's; resolves once that is durable, or refused. */
  async submit({ bytes }: Verified<Statement>): Promise<Outcome> {
    return await this.#ask({ type: 'statement', bytes }, sha256(bytes))
  }

  #opened(
    connection: VirtualConnection,
    home: Home,
    lease: Verified<Statement>,
    resolve: (outcome: Outcome) => void,
  ): ConnectionHandler {
    const { host } = this.#options
    let attached: Attached | undefined
    const conduct = this.#handshake(connection, home, lease, (outcome) => {
      if (outcome.type === 'established') {
        attached = this.#attach(outcome.established, connection, home)
        return resolve('ok')
      }
      connection.close('session.closed')
      resolve(outcome.type === 'refused' ? `refused.${outcome.refusal.refusal}` : outcome.code)
    })
    const cancelDeadline = host.after(LIMITS.handshakeMs + 1, () => conduct.tick())
    conduct.start()
    return {
      message: (bytes) => (attached ? this.#receive(attached, bytes) : conduct.receive(bytes)),
      violation: () => {},
      closed: () => {
        cancelDeadline()
        conduct.abandon()
        if (attached) this.#detach(attached)
        resolve('gone')
      },
    }
  }

  #handshake(
    connection: VirtualConnection,
    home: Home,
    lease: Verified<Statement>,
    conclude: (outcome: ConductOutcome) => void,
  ): HandshakeConduct<InitiatorState> {
    const { identity, mesh, host, random } = this.#options
    const state = initiator({
      net: mesh.net,
      did: identity.did,
      responder: home.did,
      purpose: 'agent',
      ephemeral: () => keyPairOf(random.bytes(32)),
      challenge: random.bytes(32),
      attachments: [lease.bytes],
      deadline: host.clock.monotonic() + LIMITS.handshakeMs,
    })
    return new HandshakeConduct(state, stepInitiator, {
      send: (bytes) => connection.send(bytes),
      sign: (label, claim) => identity.sign(label, claim),
      monotonic: () => host.clock.monotonic(),
      conclude,
    })
  }

  #attach(established: Established, connection: VirtualConnection, home: Home): Attached {
    const { host } = this.#options
    const session = new Session({ established, role: 'initiator', at: host.clock.monotonic() })
    const attached: Attached = { number: ++this.sessions, home, session, connection, waiting: new Map() }
    this.#attached = attached
    this.#keepAlive(attached, 0)
    return attached
  }

  #detach(attached: Attached): void {
    if (this.#attached === attached) this.#attached = undefined
    for (const settle of attached.waiting.values()) settle('gone')
    attached.waiting.clear()
  }

  #keepAlive(attached: Attached, n: number): void {
    this.host.after(LIMITS.idleMs / 3, () => {
      if (this.#attached !== attached) return
      this.#push(attached, { type: 'ping', n })
      this.#keepAlive(attached, n + 1)
    })
  }

  async #ask(frame: Frame, id: Uint8Array): Promise<Outcome> {
    const attached = this.#attached
    if (!attached) return 'offline'
    return await new Promise<Outcome>((resolve) => {
      attached.waiting.set(keyText(id), resolve)
      this.#push(attached, frame)
    })
  }

  #push({ session, connection }: Attached, frame: Frame): void {
    session.push(frame)
    for (const message of session.flush(this.host.clock.monotonic())) connection.send(message)
  }

  #receive(attached: Attached, bytes: Uint8Array): void {
    for (const frame of attached.session.open(bytes)) if (this.#attached === attached) this.#took(attached, frame)
  }

  #took(attached: Attached, frame: Frame): void {
    const { number: session, home, connection, waiting } = attached
    if (frame.type === 'message' && frame.from) {
      this.received.push({ from: didOf(frame.from), body: frame.body, by: home, sentAt: connection.sentAt, session })
    }
    if (frame.type === 'ack') {
      const key = keyText(frame.re)
      waiting.get(key)?.(frame.code ?? 'ok')
      waiting.delete(key)
    }
    if (frame.type === 'close') {
      this.closedBy = frame.code
      this.#detach(attached)
      connection.close('session.closed')
    }
  }
}

function keyText(id: Uint8Array): string {
  return Buffer.from(id).toString('hex')
}
