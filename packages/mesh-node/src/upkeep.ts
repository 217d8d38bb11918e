import type { Clock } from '@trustmesh/identity'
import { horizonAt } from '@trustmesh/protocol'
import type { Timers } from './timers.ts'

export interface UpkeepOptions {
  readonly clock: Clock
  readonly timers: Timers
  /** Forgets what no longer makes a difference at a horizon in ms. */
  readonly forget: (horizonMs: number) => void
  /** Extends the memberships that can be. */
  readonly extend: () => Promise<void>
}

const DAY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000

/**
 * What a node does at its start and once an hour. It forgets what ended two days ago by its own clock: whole days, so that
 * nodes compare the same, and far enough back that no clock of theirs still counts it (ME-15, threat K8).
 */
export class Upkeep {
  readonly #options: UpkeepOptions
  #cancel: () => void = () => {}

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  start(): void {
    const { clock, timers, forget, extend } = this.#options
    forget(horizonAt(clock.now()) * DAY_MS)
    // What a disk keeps from being extended now is so an hour later.
    extend().catch(() => {})
    this.#cancel = timers.after(HOUR_MS, () => this.start())
  }

  stop(): void {
    this.#cancel()
  }
}
