import type { Did } from '@trustmesh/identity'
import { type Frame, type FrameOf, LIMITS } from '@trustmesh/protocol'
import { TokenBucket } from '../token-bucket.ts'
import { Channel, type ChannelOptions } from './channel.ts'

export interface LinkOptions extends Omit<ChannelOptions, 'idleMs' | 'windowBytes'> {
  /** Which of the two nodes dialled. */
  readonly opener: Did
  /** Envelopes that came together. */
  readonly statements: (envelopes: readonly Uint8Array[], from: Link) => void
  readonly received: (frame: LinkFrame, from: Link) => void
}

/** What a link carries beside statements. */
export type LinkFrame = Exclude<Frame, FrameOf<'statement' | 'close' | 'rekey'>>

/** Heads come every few seconds: a node that is silent for this long is not there, whatever its socket says. */
const IDLE_MS = 15_000
/** What waits for the wire beyond this waits where a revocation overtakes it. */
const WINDOW_BYTES = 131_072
/** Statements a second that nobody asked for, each of which costs a verification, and so many at once. */
const STATEMENTS_PER_SECOND = 1_000
const MAX_STATEMENTS = 4_000
/** More than are ever on their way in answer: what is asked for and does not come buys nothing. */
const MAX_ASKED = 1_024
const BYTES_PER_SECOND = 32 * 2 ** 20
/** Bytes a second that this node sends because the other asked (threat F5). */
const ANSWERED_BYTES_PER_SECOND = 16 * 2 ** 20
const HEADS_PER_SECOND = 400
const MESSAGES_PER_SECOND = 20_000
/** Of audit logs: an honest member shows its own once a second, to all whom it is linked with. */
const CHECKPOINTS_PER_SECOND = 10
const WITNESSED_PER_SECOND = 100
/** Each of them names as many statements as fit, and is asked again where it is left out. */
const CONFIRMS_PER_SECOND = 100

/** A session with another node. However it behaves, it costs this node no more than its buckets hold (threats F4, F5). */
export class Link extends Channel {
  readonly opener: Did
  readonly #options: LinkOptions
  readonly #statements: TokenBucket
  readonly #bytes: TokenBucket
  readonly #answered: TokenBucket
  readonly #rates: ReadonlyMap<Frame['type'], TokenBucket>
  /** Statements that this node has asked for and not got. */
  #asked = 0
  #gathered: Uint8Array[] = []
  readonly #announced: Uint8Array[] = []

  constructor(options: LinkOptions) {
    super({ ...options, idleMs: IDLE_MS, windowBytes: WINDOW_BYTES })
    const at = options.clock.monotonic()
    this.opener = options.opener
    this.#options = options
    this.#statements = new TokenBucket(STATEMENTS_PER_SECOND, at, MAX_STATEMENTS)
    this.#bytes = new TokenBucket(BYTES_PER_SECOND, at)
    this.#answered = new TokenBucket(ANSWERED_BYTES_PER_SECOND, at)
    const messages = new TokenBucket(MESSAGES_PER_SECOND, at)
    this.#rates = new Map([
      ['head', new TokenBucket(HEADS_PER_SECOND, at)],
      ['carry', messages],
      ['carried', messages],
      ['checkpoint', new TokenBucket(CHECKPOINTS_PER_SECOND, at)],
      ['cosigned', new TokenBucket(CHECKPOINTS_PER_SECOND, at)],
      ['witnessed', new TokenBucket(WITNESSED_PER_SECOND, at)],
      ['confirm', new TokenBucket(CONFIRMS_PER_SECOND, at)],
      ['confirmed', new TokenBucket(CONFIRMS_PER_SECOND, at)],
    ])
  }

  override message(bytes: Uint8Array): void {
    if (!this.#bytes.take(this.#now, bytes.length)) return this.violation('session.rate-limited')
    super.message(bytes)
  }

  /** Asks for statements: as many may come without being counted as a flood. */
  ask(ids: readonly Uint8Array[]): void {
    this.#asked = Math.min(MAX_ASKED, this.#asked + ids.length)
    for (let at = 0; at < ids.length; at += LIMITS.wants) {
      this.push({ type: 'want', ids: ids.slice(at, at + LIMITS.wants) })
    }
  }

  /** Asks for what the other says it has, as far as it might have sent as much unasked: it is the other that has chosen it. */
  askTold(ids: readonly Uint8Array[]): void {
    this.ask(ids.filter(() => this.#statements.take(this.#now)))
  }

  /** Says that this node holds a statement, with all others of this turn. */
  announce(id: Uint8Array): void {
    if (this.#announced.push(id) === 1) this.#options.timers.soon(() => this.#announce())
  }

  /** Sends a statement that was asked for, where there is room for it. */
  answer(bytes: Uint8Array): boolean {
    if (!this.hasRoom() || !this.#answered.take(this.#now, bytes.length)) return false
    this.push({ type: 'statement', bytes })
    return true
  }

  protected override received(frame: Frame): void {
    if (frame.type === 'statement') return this.#gather(frame.bytes)
    this.settled()
    // What is left out is asked again, said again, or has a deadline.
    if (this.#rates.get(frame.type)?.take(this.#now) === false) return
    this.#options.received(frame as LinkFrame, this)
  }

  protected override settled(): void {
    if (this.#gathered.length === 0) return
    const envelopes = this.#gathered
    this.#gathered = []
    this.#options.statements(envelopes, this)
  }

  #announce(): void {
    const ids = this.#announced.splice(0)
    for (let at = 0; at < ids.length; at += LIMITS.haves) {
      this.push({ type: 'have', ids: ids.slice(at, at + LIMITS.haves) })
    }
  }

  #gather(bytes: Uint8Array): void {
    if (this.#asked > 0) this.#asked--
    else if (!this.#statements.take(this.#now)) return
    this.#gathered.push(bytes)
  }

  get #now(): number {
    return this.#options.clock.monotonic()
  }
}
