import { type Did, keyOf } from '@trustmesh/identity'
import { type Frame, type FrameOf, ProtocolError } from '@trustmesh/protocol'
import type { Standing } from '@trustmesh/trust'
import QuickLRU from 'quick-lru'
import { Channel, type ChannelOptions } from './links/channel.ts'
import type { TokenBucket } from './token-bucket.ts'
import type { Watchers } from './watchers.ts'

export interface AgentSessionOptions extends ChannelOptions {
  readonly watchers: Watchers
  /** How many frames of any kind the agent may send. */
  readonly frames: TokenBucket
  readonly received: (frame: Frame, from: AgentSession) => void
}

/** How long a standing that was told holds: scores decay, if slowly. */
const STANDING_HOLDS_MS = 60_000

/** When the standing of a Did was told, and as of which epoch. */
interface Told {
  readonly epoch: number
  readonly at: number
}

/** An agent that is here. */
export class AgentSession extends Channel {
  readonly #options: AgentSessionOptions
  /** There from the first time on: to most that are here and silent nothing is told. */
  #told: QuickLRU<Did, Told> | undefined

  constructor(options: AgentSessionOptions) {
    super(options)
    this.#options = options
  }

  /** Tells the agent a standing, unless it knows. */
  tell(standing: Standing): void {
    const { did, epoch } = standing
    const at = this.#options.clock.monotonic()
    const told = this.#told?.get(did)
    if (told?.epoch === epoch && at - told.at < STANDING_HOLDS_MS) return
    this.#remember(did, epoch, at)
    this.push(standingFrame(standing))
  }

  /** Tells the agent a standing that it has asked for, and from then on what becomes of the Did (threat D7). */
  answer(standing: Standing): void {
    // Of one in another context nothing is known of what it knows in the general one.
    this.#remember(standing.did, standing.ctx === '' ? standing.epoch : -1, this.#options.clock.monotonic())
    this.push(standingFrame(standing))
  }

  protected override received(frame: Frame): void {
    if (!this.#options.frames.take(this.#options.clock.monotonic())) throw new ProtocolError('session.rate-limited')
    this.#options.received(frame, this)
  }

  protected override over(): void {
    for (const did of this.#told?.keys() ?? []) this.#options.watchers.remove(did, this)
  }

  #remember(did: Did, epoch: number, at: number): void {
    if (!this.isOpen) return
    const { watchers } = this.#options
    watchers.add(did, this)
    this.#told ??= new QuickLRU({ maxSize: 2048, onEviction: (forgotten) => watchers.remove(forgotten, this) })
    this.#told.set(did, { epoch, at })
  }
}

/** What tells an agent of a standing. */
function standingFrame({ did, ctx, ...held }: Standing): FrameOf<'standing'> {
  return { type: 'standing', did: keyOf(did), ...(ctx !== '' && { ctx }), ...held }
}
