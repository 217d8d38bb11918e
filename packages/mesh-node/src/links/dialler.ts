import type { Clock, Did, Random } from '@trustmesh/identity'
import type { Peer } from '../membership/peer.ts'
import type { Timers } from '../timers.ts'
import type { Connection, ConnectionHandler, Dial } from '../transport/connection.ts'

export interface DiallerOptions {
  readonly peers: readonly Peer[]
  readonly dial: Dial
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  /** Takes a connection through the handshake; says whether it came to a link. */
  readonly call: (connection: Connection, peer: Peer, over: (isLinked: boolean) => void) => ConnectionHandler
  readonly isLinked: (node: Did) => boolean
  /** Whether nothing is to do with a member for now. */
  readonly isBarred: (node: Did) => boolean
  /** Something was tried, with whatever result. */
  readonly tried: () => void
}

interface Line {
  readonly peer: Peer
  /** Failures in a row, links that did not last included. */
  failures: number
  linkedAt: number
  isTried: boolean
  cancel: (() => void) | undefined
}

const BASE_MS = 100
/** However long a member was away, it is found again soon: the longest pause between two attempts, in ms. */
export const LONGEST_PAUSE_MS = 1_500
/** A link that does not last this long was none. */
const SETTLED_MS = 5_000

/** Dials the members that this node knows of, and again whenever there is no link with them; with full jitter (threat O2). */
export class Dialler {
  readonly #options: DiallerOptions
  readonly #lines: readonly Line[]
  #isStopped = false

  constructor(options: DiallerOptions) {
    this.#options = options
    this.#lines = options.peers.map((peer) => ({
      peer,
      failures: 0,
      linkedAt: Number.NEGATIVE_INFINITY,
      isTried: false,
      cancel: undefined,
    }))
  }

  start(): void {
    for (const line of this.#lines) this.#later(line)
  }

  /** Whether everybody has been tried since the start. */
  get hasTriedAll(): boolean {
    return this.#lines.every(({ isTried }) => isTried)
  }

  /** There is no link with a member any more. */
  lost(node: Did): void {
    const at = this.#options.clock.monotonic()
    for (const line of this.#lines) {
      if (line.peer.node !== node) continue
      if (at - line.linkedAt > SETTLED_MS) line.failures = 0
      this.#later(line)
    }
  }

  stop(): void {
    this.#isStopped = true
    for (const { cancel } of this.#lines) cancel?.()
  }

  #later(line: Line): void {
    if (this.#isStopped || line.cancel) return
    const { timers, random } = this.#options
    const boundMs = Math.min(LONGEST_PAUSE_MS, BASE_MS * 2 ** Math.min(line.failures, 10))
    const share = new DataView(random(4).buffer).getUint32(0) / 2 ** 32
    line.cancel = timers.after(boundMs * share, () => this.#dial(line))
  }

  #dial(line: Line): void {
    const { dial, call, isLinked, isBarred } = this.#options
    const { node } = line.peer
    line.cancel = undefined
    if (isLinked(node) || isBarred(node)) return this.#tried(line)
    const over = (isLinked: boolean): void => {
      line.cancel = undefined
      line.failures++
      line.linkedAt = isLinked ? this.#options.clock.monotonic() : Number.NEGATIVE_INFINITY
      this.#tried(line)
    }
    line.cancel = dial(line.peer.url, {
      opened: (connection) => call(connection, line.peer, over),
      failed: () => over(false),
    })
  }

  #tried(line: Line): void {
    line.isTried = true
    if (!this.#options.isLinked(line.peer.node)) this.#later(line)
    this.#options.tried()
  }
}
