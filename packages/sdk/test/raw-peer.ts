import { type Did, type Identity, keyOf } from '@trustmesh/identity'
import {
  type Frame,
  type FrameOf,
  HandshakeConduct,
  initiator,
  keyPairOf,
  LIMITS,
  Session,
  stepInitiator,
  type Ticket,
} from '@trustmesh/protocol'
import { encodePacket, parsePacket } from '../src/peers/packet.ts'
import type { Dice } from './dice.ts'
import type { Addressee, Post } from './post.ts'
import { NET } from './post-agent.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface RawPeerOptions {
  readonly identity: Identity
  readonly post: Post
  readonly time: VirtualTime
  readonly dice: Dice
}

/** Somebody who proves who it is, and then says in its session whatever a test wants it to. */
export class RawPeer implements Addressee {
  readonly did: Did
  readonly isOnline = true
  /** All frames that have come, in all sessions. */
  readonly heard: Frame[] = []
  /** How often it was told that its connection is not known. */
  resets = 0
  ticket: (Ticket & { readonly id: Uint8Array }) | undefined
  /** The last handshake was without signatures. */
  isResumed = false
  readonly #options: RawPeerOptions
  #connection: Uint8Array = new Uint8Array(16)
  #conduct: { receive(frame: Uint8Array): void } | undefined
  #session: Session | undefined
  #to: Did | undefined

  constructor(options: RawPeerOptions) {
    this.did = options.identity.did
    this.#options = options
    options.post.join(this.did, this)
  }

  get hasSession(): boolean {
    return this.#session !== undefined
  }

  /** Frames of a type that have come. */
  of<T extends Frame['type']>(type: T): FrameOf<T>[] {
    return this.heard.filter((frame): frame is FrameOf<T> => frame.type === type)
  }

  /** Begins a session with an agent; whether there is one then. */
  async meet(to: Did, ticket?: Ticket & { readonly id: Uint8Array }): Promise<boolean> {
    const { identity, time, dice } = this.#options
    this.#connection = dice.bytes(16)
    this.#session = undefined
    this.#to = to
    const state = initiator({
      ...{ net: NET, did: this.did, purpose: 'peer', responder: to, attachments: [], challenge: dice.bytes(32) },
      ephemeral: () => keyPairOf(dice.bytes(32)),
      deadline: time.now + LIMITS.handshakeMs,
      ...(ticket && { ticket }),
    })
    const conduct = new HandshakeConduct(state, stepInitiator, {
      send: (bytes) => this.#push(bytes),
      sign: (label, claim) => identity.sign(label, claim),
      monotonic: () => time.now,
      conclude: (outcome) => {
        if (outcome.type !== 'established') return
        const { established } = outcome
        const { secrets, peer, purpose, welcome, resumed } = established
        this.#session = new Session({ established, role: 'initiator', at: time.now })
        this.isResumed = resumed
        this.ticket = welcome.ticket && { id: welcome.ticket.id, secret: secrets.resumption, peer, purpose }
      },
    })
    this.#conduct = conduct
    conduct.start()
    return await time.until(() => this.hasSession, LIMITS.handshakeMs)
  }

  /** Says these frames, in one message each, and lets them arrive. */
  async say(...frames: Frame[]): Promise<void> {
    for (const frame of frames) {
      this.#session?.push(frame)
      for (const sealed of this.#session?.flush(this.#options.time.now) ?? []) this.#push(sealed)
    }
    await this.#options.time.pass(10)
  }

  receive({ body }: FrameOf<'message'>): void {
    const packet = parsePacket(body)
    if (!packet?.connection.every((byte, i) => byte === this.#connection[i])) return
    if (packet.bytes.length === 0) this.resets++
    else if (this.#session) this.heard.push(...this.#session.open(packet.bytes))
    else this.#conduct?.receive(packet.bytes)
  }

  acknowledged(): void {}

  #push(bytes: Uint8Array): void {
    const { post, dice } = this.#options
    const body = encodePacket(this.#connection, bytes)
    post.take({ type: 'message', id: dice.bytes(16), to: keyOf(this.#to as Did), body }, this.did)
  }
}

/** As an agent begins that has never met the other. */
export function greeting(line: number, rest: Partial<FrameOf<'greet'>> = {}): FrameOf<'greet'> {
  return { type: 'greet', line: new Uint8Array(8).fill(line), next: 1, maxBytes: 1_048_576, ...rest }
}

export function saying(n: number, rest: Partial<FrameOf<'say'>> = {}): FrameOf<'say'> {
  return { type: 'say', n, kind: 'one-way', body: Uint8Array.of(n), ...rest }
}
