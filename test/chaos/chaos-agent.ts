import { type Did, didOf, type Identity, keyOf, type Statement, sha256, type Verified } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { Frame } from '@trustmesh/protocol'
import { type Issuance, issueLease } from '@trustmesh/trust'
import { attempt, RawSocket, type WireSession } from '../e2e/kit.ts'
import type { ChaosMesh } from './chaos-mesh.ts'
import type { Ledger } from './ledger.ts'

/** What became of something that was sent: `ok`, the node's code, or `gone` where the session ended first. */
export type Outcome = string

/** One session of an agent, at the node of a place. */
export interface Attached {
  readonly number: number
  readonly place: number
  readonly session: WireSession
  readonly waiting: Map<string, (outcome: Outcome) => void>
  /** Of whom nothing may come any more: the node has said so in this session, or to its operator before. */
  readonly cutOff: Set<Did>
}

export interface ChaosAgentOptions {
  readonly identity: Identity
  readonly mesh: ChaosMesh
  readonly ledger: Ledger
}

const JOIN_MS = 8_000

/** An agent on a bare session: it does what it is told, once, and holds all that comes against what may never happen. */
export class ChaosAgent {
  /** How often it has said something of others. */
  words = 0
  readonly did: Did
  readonly identity: Identity
  /** Sessions that it has had. */
  sessions = 0
  readonly #options: ChaosAgentOptions
  #attached: Attached | undefined
  #leaseSeq = -1
  #pings = 0

  constructor(options: ChaosAgentOptions) {
    this.#options = options
    this.identity = options.identity
    this.did = options.identity.did
  }

  /** Where it is, if anywhere. */
  get attached(): Attached | undefined {
    return this.#attached
  }

  /** What has been sent and not answered. */
  get awaited(): number {
    return this.#attached?.waiting.size ?? 0
  }

  get issuance(): Issuance {
    return this.#options.mesh.issuance
  }

  /** Joins by the node of a place; resolves to `ok`, to its refusal, or to why there is no session. */
  async join(place: number): Promise<Outcome> {
    const { mesh, ledger, identity } = this.#options
    this.leave()
    const joinFile = mesh.joinFileOf(place)
    const lease = await issueLease(identity, { node: joinFile.node, previousSeq: this.#leaseSeq }, this.issuance)
    this.#leaseSeq = lease.claim['seq'] as number
    const socket = await RawSocket.connect(joinFile.url)
    const deadline = setTimeout(() => socket[Symbol.dispose](), JOIN_MS)
    try {
      const head = await socket.upgrade()
      if (!head.startsWith('HTTP/1.1 101')) return 'unreachable'
      const cutOff = new Set(ledger.cutOffAt(place))
      const ended = await attempt(socket, joinFile, identity, 'agent', [lease.bytes])
      if (ended.type === 'refused') return `refused.${ended.refusal.refusal}`
      if (ended.type !== 'session') return ended.type
      const { session } = ended
      const attached = { number: ++this.sessions, place, session, waiting: new Map(), cutOff }
      this.#attached = attached
      void this.#listen(attached)
      return 'ok'
    } finally {
      clearTimeout(deadline)
      if (!this.#attached) socket[Symbol.dispose]()
    }
  }

  leave(): void {
    const attached = this.#attached
    if (!attached) return
    attached.session.send({ type: 'close', code: 'session.closed' })
    this.#detach(attached)
  }

  async send(to: Did, body: Uint8Array): Promise<Outcome> {
    const id = systemRandom(16)
    return await this.#ask({ type: 'message', id, to: keyOf(to), body }, id)
  }

  /** Leaves a statement with the node; resolves once that is durable, or refused. */
  async submit({ bytes }: Verified<Statement>): Promise<Outcome> {
    return await this.#ask({ type: 'statement', bytes }, sha256(bytes))
  }

  /** The node has said that it has cut somebody off: what it sends after the next answer was sent after that. */
  async expectNothingOf(did: Did): Promise<void> {
    const attached = this.#attached
    const n = ++this.#pings
    const isPast = await this.#ask({ type: 'ping', n }, Uint8Array.of(n))
    if (isPast === 'ok') attached?.cutOff.add(did)
  }

  async #ask(frame: Frame, id: Uint8Array): Promise<Outcome> {
    const attached = this.#attached
    if (!attached) return 'offline'
    return await new Promise<Outcome>((resolve) => {
      attached.waiting.set(keyText(id), resolve)
      attached.session.send(frame)
    })
  }

  #detach(attached: Attached): void {
    if (this.#attached === attached) this.#attached = undefined
    attached.session[Symbol.dispose]()
    for (const settle of attached.waiting.values()) settle('gone')
    attached.waiting.clear()
  }

  async #listen(attached: Attached): Promise<void> {
    const { session } = attached
    for (let frame = await session.next(); frame && this.#attached === attached; frame = await session.next()) {
      this.#took(frame, attached)
    }
    this.#detach(attached)
  }

  #took(frame: Frame, attached: Attached): void {
    switch (frame.type) {
      case 'message':
        return this.#options.ledger.received(this, attached, didOf(frame.from as Uint8Array), frame.body)
      case 'standing':
        if (frame.status === 'revoked') attached.cutOff.add(didOf(frame.did))
        return
      case 'ack':
        return settle(attached, frame.re, frame.code ?? 'ok')
      case 'pong':
        return settle(attached, Uint8Array.of(frame.n), 'ok')
      case 'close':
        return this.#detach(attached)
    }
  }
}

function settle({ waiting }: Attached, id: Uint8Array, outcome: Outcome): void {
  const key = keyText(id)
  waiting.get(key)?.(outcome)
  waiting.delete(key)
}

function keyText(id: Uint8Array): string {
  return Buffer.from(id).toString('hex')
}
