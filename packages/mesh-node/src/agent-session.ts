import { type Clock, type Did, keyOf } from '@trustmesh/identity'
import { type CloseCode, type Frame, type FrameOf, LIMITS, ProtocolError, type Session } from '@trustmesh/protocol'
import type { Standing } from '@trustmesh/trust'
import QuickLRU from 'quick-lru'
import type { Timers } from './timers.ts'
import type { TokenBucket } from './token-bucket.ts'
import type { Connection, ConnectionHandler } from './transport/connection.ts'
import type { Watchers } from './watchers.ts'

export interface AgentSessionOptions {
  readonly session: Session
  readonly connection: Connection
  readonly clock: Clock
  readonly timers: Timers
  readonly watchers: Watchers
  /** How many frames of any kind the agent may send. */
  readonly frames: TokenBucket
  readonly received: (frame: Frame, from: AgentSession) => void
  /** A frame broke the rules, and the session is closing with this code. */
  readonly broke: (code: CloseCode, session: AgentSession) => void
  readonly ended: (code: CloseCode, session: AgentSession) => void
}

/** How long a reader with much to read may take none of it. */
const STALL_MS = 5_000
/** How long a standing that was told holds: scores decay, if slowly. */
const STANDING_HOLDS_MS = 60_000

/** An agent that is here: its session, and the connection that carries it. */
export class AgentSession implements ConnectionHandler {
  readonly #options: AgentSessionOptions
  readonly #told = new QuickLRU<Did, { readonly epoch: number; readonly at: number }>({
    maxSize: 2048,
    onEviction: (did) => this.#options.watchers.remove(did, this),
  })
  #closedBy: CloseCode | undefined
  #heardAt: number
  #cancelIdle: () => void
  #cancelStall: (() => void) | undefined
  /** Bytes handed to the connection so far. */
  #sent = 0

  constructor(options: AgentSessionOptions) {
    this.#options = options
    this.#heardAt = options.clock.monotonic()
    this.#cancelIdle = this.#watchSilence(LIMITS.idleMs)
  }

  get did(): Did {
    return this.#options.session.peer
  }

  get isOpen(): boolean {
    return this.#closedBy === undefined
  }

  /** Bytes that the agent has not taken yet. */
  get backlog(): number {
    const { session, connection } = this.#options
    return session.backlog + connection.backlog
  }

  /**
   * Puts a frame in line; it leaves with all others of this turn, or as soon as there are enough for a message. A reader
   * that falls too far behind is closed instead (threat M7).
   */
  push(frame: Frame): void {
    if (!this.isOpen) return
    if (this.backlog > LIMITS.backlogBytes) return this.close('session.slow-consumer')
    const { session, timers } = this.#options
    if (session.push(frame)) timers.soon(() => this.#flush())
    else if (session.backlog >= LIMITS.messageBytes) this.#flush()
  }

  /**
   * Whether another message for the agent can wait here. What others send may fill half of the room and is refused from
   * then on, so that nobody can have it closed as a slow reader; only if it takes nothing at all for a while it is one.
   */
  hasRoom(): boolean {
    if (this.backlog <= LIMITS.backlogBytes / 2) return true
    this.#cancelStall ??= this.#watchStall()
    return false
  }

  /** Tells the agent a standing, unless it knows. */
  tell(standing: Standing): void {
    const { did, epoch } = standing
    const at = this.#options.clock.monotonic()
    const told = this.#told.get(did)
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

  message(bytes: Uint8Array): void {
    if (!this.isOpen) return
    this.#heardAt = this.#options.clock.monotonic()
    try {
      for (const frame of this.#options.session.open(bytes)) {
        if (!this.isOpen) return
        if (!this.#options.frames.take(this.#heardAt)) throw new ProtocolError('session.rate-limited')
        if (frame.type === 'close') return this.close('session.closed')
        this.#options.received(frame, this)
      }
    } catch (error) {
      this.violation(error instanceof ProtocolError ? error.code : 'frame.malformed')
    }
  }

  violation(code: CloseCode): void {
    if (!this.isOpen) return
    this.#options.broke(code, this)
    this.close(code)
  }

  closed(): void {
    this.#end('session.closed')
  }

  /** Ends the session: what is in line is sent, with the reason sealed behind it. */
  close(code: CloseCode): void {
    if (!this.isOpen) return
    const { session, connection } = this.#options
    session.push({ type: 'close', code })
    this.#flush()
    this.#end(code)
    connection.close(code)
  }

  #remember(did: Did, epoch: number, at: number): void {
    if (!this.isOpen) return
    this.#options.watchers.add(did, this)
    this.#told.set(did, { epoch, at })
  }

  #end(code: CloseCode): void {
    if (!this.isOpen) return
    this.#closedBy = code
    for (const did of this.#told.keys()) this.#options.watchers.remove(did, this)
    this.#cancelIdle()
    this.#cancelStall?.()
    this.#options.ended(code, this)
  }

  #flush(): void {
    if (!this.isOpen) return
    const { session, connection, clock } = this.#options
    for (const message of session.flush(clock.monotonic())) {
      this.#sent += message.length
      connection.send(message)
    }
  }

  /** Bytes that the other end has taken. */
  get #taken(): number {
    return this.#sent - this.#options.connection.backlog
  }

  #watchStall(): () => void {
    const before = this.#taken
    return this.#options.timers.after(STALL_MS, () => {
      this.#cancelStall = undefined
      if (this.#taken <= before && this.backlog > LIMITS.backlogBytes / 2) this.close('session.slow-consumer')
    })
  }

  /** Whole messages count, not bytes: one that comes in drips does not keep a session alive (threat M8). */
  #watchSilence(ms: number): () => void {
    const { timers, clock } = this.#options
    return timers.after(ms, () => {
      const silentMs = clock.monotonic() - this.#heardAt
      if (silentMs >= LIMITS.idleMs) this.close('session.idle')
      else this.#cancelIdle = this.#watchSilence(LIMITS.idleMs - silentMs)
    })
  }
}

/** What tells an agent of a standing. */
function standingFrame({ did, ctx, ...held }: Standing): FrameOf<'standing'> {
  return { type: 'standing', did: keyOf(did), ...(ctx !== '' && { ctx }), ...held }
}
