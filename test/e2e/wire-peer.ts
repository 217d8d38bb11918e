import { type Did, didOf, type Identity, keyOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { type FrameOf, LIMITS, type SayKind } from '@trustmesh/protocol'
import { answer, attempt, type Wire, type WireSession } from './wire.ts'

type Say = FrameOf<'say'>

const ID_BYTES = 16

/** A connection between two agents, in packets that the session of one of them with its node carries. */
class PacketWire implements Wire {
  /** Whoever gives it up says no more than that. */
  readonly closed: Promise<null> = Promise.resolve(null)
  readonly peer: Did
  readonly #session: WireSession
  readonly #connection: Uint8Array
  #first: Uint8Array | undefined

  /** The connection that somebody begins with the next packet. */
  static async accept(session: WireSession): Promise<PacketWire> {
    const { from, body } = (await session.nextOf('message')) as FrameOf<'message'>
    const peer = didOf(from as Uint8Array)
    return new PacketWire(session, peer, body.slice(0, ID_BYTES), body.slice(ID_BYTES))
  }

  constructor(session: WireSession, peer: Did, connection: Uint8Array = systemRandom(ID_BYTES), first?: Uint8Array) {
    this.#session = session
    this.peer = peer
    this.#connection = connection
    this.#first = first
  }

  send(bytes: Uint8Array): void {
    const body = new Uint8Array(Buffer.concat([this.#connection, bytes]))
    this.#session.send({ type: 'message', id: systemRandom(16), to: keyOf(this.peer), body })
  }

  async next(): Promise<Uint8Array | null> {
    const first = this.#first
    this.#first = undefined
    if (first) return first
    for (let frame = await this.#session.nextOf('message'); frame; frame = await this.#session.nextOf('message')) {
      const isOurs = Buffer.from(this.#connection).equals(frame.body.slice(0, ID_BYTES))
      if (isOurs) return frame.body.length === ID_BYTES ? null : frame.body.slice(ID_BYTES)
    }
    return null
  }

  /** The session that carries it is somebody else's. */
  [Symbol.dispose](): void {}
}

/** An agent without the SDK in session with another agent: every byte is in the test's hands, also end to end. */
export class WirePeer {
  readonly session: WireSession<PacketWire>
  /** Names what it says. */
  line: Uint8Array = systemRandom(8)
  #said = 0

  /** Begins a session with another agent. Rejects where there is none. */
  static async meet(at: WireSession, identity: Identity, peer: Did): Promise<WirePeer> {
    const whom = { node: peer, net: Buffer.from(at.net).toString('hex'), url: '' }
    const ended = await attempt(new PacketWire(at, peer), whom, identity, 'peer')
    if (ended.type !== 'session') throw new Error(`no session with another agent: ${ended.type}`)
    return new WirePeer(ended.session)
  }

  /** Lets in whoever comes next. */
  static async welcome(at: WireSession, identity: Identity): Promise<WirePeer> {
    return new WirePeer(await answer(await PacketWire.accept(at), identity, at.net))
  }

  private constructor(session: WireSession<PacketWire>) {
    this.session = session
  }

  get did(): Did {
    return this.session.wire.peer
  }

  greet(fields: Partial<FrameOf<'greet'>> = {}): void {
    const maxBytes = LIMITS.contentBytes
    this.session.send({ type: 'greet', line: this.line, next: this.#said + 1, maxBytes, ...fields })
  }

  /** Gives the number by which answers refer to it. */
  say(kind: SayKind, body: Uint8Array, fields: Partial<Say> = {}): number {
    const n = ++this.#said
    this.session.send({ type: 'say', n, kind, body, ...fields })
    return n
  }

  /** What the other side says next, which is told that it has been heard. */
  async next(): Promise<Say | null> {
    const said = await this.session.nextOf('say')
    if (said) this.session.send({ type: 'heard', n: said.n })
    return said
  }
}
