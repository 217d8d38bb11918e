import type { Timers } from '../timers.ts'
import { LONGEST_PAUSE_MS } from './dialler.ts'
import type { Reconciliation } from './reconciliation.ts'

export interface SettlingOptions {
  readonly timers: Timers
  /** Whether there is anything left to settle. */
  readonly isDue: () => boolean
  /** How far it is with each member that it is linked with. */
  readonly standings: () => readonly Reconciliation['standing'][]
  /** Whether it knows of other members that it may meet yet. */
  readonly hasOthers: () => boolean
  /** This node holds what so many other members hold. */
  readonly settled: (reached: number) => void
}

/** So long a node waits for somebody to come, where nobody can be reached, before it serves with what it has. */
const ALONE_MS = 2 * LONGEST_PAUSE_MS
/** And so often again, where somebody has come and gone. */
const MAX_WAITS = 5

/** When a node that has started is up to date with all that it can reach, or has waited for long enough. */
export class Settling {
  readonly #options: SettlingOptions
  #cancelAlone: (() => void) | undefined
  #waits = 0

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  check(): void {
    const { isDue, standings, hasOthers, settled } = this.#options
    if (!isDue()) return
    const all = standings()
    if (all.length === 0 && this.#waits < MAX_WAITS && hasOthers()) return this.#waitAlone()
    if (!all.includes(null)) settled(all.filter((standing) => standing === 'complete').length)
  }

  /** Somebody has come: what it has is to be waited for, and nothing else. */
  stop(): void {
    this.#cancelAlone?.()
    this.#cancelAlone = undefined
  }

  #waitAlone(): void {
    if (this.#cancelAlone) return
    this.#waits++
    this.#cancelAlone = this.#options.timers.after(ALONE_MS, () => {
      this.#cancelAlone = undefined
      this.#options.settled(0)
    })
  }
}
