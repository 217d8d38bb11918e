import type { Clock, Did } from '@trustmesh/identity'
import { type CloseCode, type Frame, LIMITS, ProtocolError, type Session } from '@trustmesh/protocol'
import type { Timers } from '../timers.ts'
import type { Connection, ConnectionHandler } from '../transport/connection.ts'

export interface ChannelOptions {
  readonly session: Session
  readonly connection: Connection
  readonly clock: Clock
  readonly timers: Timers
  /** A frame broke the rules, and the session is closing with this code. */
  readonly broke: (code: CloseCode) => void
  readonly ended: (code: CloseCode) => void
  /** Silence after which the channel is over, in ms; {@link LIMITS.idleMs} unless told otherwise. */
  readonly idleMs?: number
  /** Bytes that a connection holds before the rest waits here, where what is urgent can still overtake it; no limit unless told otherwise. */
  readonly windowBytes?: number
}

/** How long a reader with much to read may take none of it. */
const STALL_MS = 5_000
/** How soon it is looked whether a connection that was full takes more. */
const DRAIN_MS = 5

/** A session and the connection that carries it: what an agent's session and a link between nodes have in common. */
export abstract class Channel implements ConnectionHandler {
  readonly #options: ChannelOptions
  readonly #idleMs: number
  readonly #windowBytes: number
  #closedBy: CloseCode | undefined
  #heardAt: number
  #cancelIdle: () => void
  #cancelStall: (() => void) | undefined
  #cancelDrain: (() => void) | undefined
  /** Bytes handed to the connection so far. */
  #sent = 0

  constructor(options: ChannelOptions) {
    const { clock, idleMs = LIMITS.idleMs, windowBytes = Number.POSITIVE_INFINITY } = options
    this.#options = options
    this.#idleMs = idleMs
    this.#windowBytes = windowBytes
    this.#heardAt = clock.monotonic()
    this.#cancelIdle = this.#watchSilence(idleMs)
  }

  /** Takes a frame of the other end. What it throws ends the session. */
  protected abstract received(frame: Frame): void
  /** All frames of a message have been taken. */
  protected settled(): void {}
  /** The channel is over. */
  protected over(): void {}

  get did(): Did {
    return this.#options.session.peer
  }

  get address(): string {
    return this.#options.connection.address
  }

  get isOpen(): boolean {
    return this.#closedBy === undefined
  }

  /** Bytes that the other end has not taken yet. */
  get backlog(): number {
    const { session, connection } = this.#options
    return session.backlog + connection.backlog
  }

  /**
   * Puts a frame in line, or ahead of all that are not urgent; it leaves with the others of this turn, or as soon as there
   * are enough for a message. A reader that falls too far behind is closed instead (threat M7).
   */
  push(frame: Frame, isUrgent = false): void {
    if (!this.isOpen) return
    if (this.backlog > LIMITS.backlogBytes) return this.close('session.slow-consumer')
    const { session, timers } = this.#options
    if (session.push(frame, isUrgent)) timers.soon(() => this.#flush())
    else if (session.backlog >= LIMITS.messageBytes) this.#flush()
  }

  /**
   * Whether another message can wait here. What others send may fill half of the room and is refused from then on, so that
   * nobody can have it closed as a slow reader; only if it takes nothing at all for a while it is one.
   */
  hasRoom(): boolean {
    if (this.backlog <= LIMITS.backlogBytes / 2) return true
    this.#cancelStall ??= this.#watchStall()
    return false
  }

  message(bytes: Uint8Array): void {
    if (!this.isOpen) return
    this.#heardAt = this.#options.clock.monotonic()
    try {
      for (const frame of this.#options.session.open(bytes)) {
        if (!this.isOpen) return
        if (frame.type === 'close') {
          // What stood ahead of it counts: it may say why (threat R10).
          this.settled()
          return this.close('session.closed')
        }
        this.received(frame)
      }
      this.settled()
    } catch (error) {
      this.violation(error instanceof ProtocolError ? error.code : 'frame.malformed')
    }
  }

  violation(code: CloseCode): void {
    if (!this.isOpen) return
    this.#options.broke(code)
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
    this.#send(Number.POSITIVE_INFINITY)
    this.#end(code)
    connection.close(code)
  }

  #end(code: CloseCode): void {
    if (!this.isOpen) return
    this.#closedBy = code
    this.#cancelIdle()
    this.#cancelStall?.()
    this.#cancelDrain?.()
    this.over()
    this.#options.ended(code)
  }

  #flush(): void {
    if (!this.isOpen || this.#cancelDrain) return
    const { session, connection, timers } = this.#options
    this.#send(this.#windowBytes - connection.backlog)
    if (session.backlog === 0) return
    this.#cancelDrain = timers.after(DRAIN_MS, () => {
      this.#cancelDrain = undefined
      this.#flush()
    })
  }

  #send(maxBytes: number): void {
    const { session, connection, clock } = this.#options
    for (const message of session.flush(clock.monotonic(), maxBytes)) {
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
      const leftMs = this.#idleMs - (clock.monotonic() - this.#heardAt)
      if (leftMs <= 0) this.close('session.idle')
      else this.#cancelIdle = this.#watchSilence(leftMs)
    })
  }
}
