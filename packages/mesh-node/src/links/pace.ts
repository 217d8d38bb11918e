import type { Did } from '@trustmesh/identity'
import type { Timers } from '../timers.ts'

export interface PaceOptions {
  readonly timers: Timers
  /** What may be spent in one turn of the event loop; what is begun is done. */
  readonly perTurn: number
  /** Of each member. */
  readonly maxWaiting: number
}

/**
 * Does as many things as a turn of the event loop affords, and the others in the turns after it: those of one member in the
 * order in which they come, and of several members by turns, so that none waits behind the flood of another.
 */
export class Pace {
  readonly #options: PaceOptions
  readonly #waiting = new Map<Did, (() => void)[]>()
  #left: number
  #isSpent = false

  constructor(options: PaceOptions) {
    this.#options = options
    this.#left = options.perTurn
  }

  /** Does it, for a cost of one, before this returns where the turn affords it; `null` where too much waits. */
  do<Outcome>(member: Did, act: () => Promise<Outcome>): Promise<Outcome> | null {
    const line = this.#waiting.get(member) ?? []
    if (line.length === 0 && this.#left > 0) return this.#doNow(act)
    if (line.length >= this.#options.maxWaiting) return null
    this.#waiting.set(member, line)
    return new Promise((resolve) => line.push(() => resolve(this.#doNow(act))))
  }

  /** What is being done costs so much more. */
  spend(cost: number): void {
    this.#left -= cost
    if (this.#isSpent) return
    this.#isSpent = true
    this.#options.timers.soon(() => this.#turn())
  }

  #doNow<Outcome>(act: () => Promise<Outcome>): Promise<Outcome> {
    this.spend(1)
    return act()
  }

  #turn(): void {
    this.#left = this.#options.perTurn
    this.#isSpent = false
    // Grows while it is gone through: who has more to do comes again behind the others.
    for (const [member, line] of this.#waiting) {
      if (this.#left <= 0) break
      const act = line.shift()
      this.#waiting.delete(member)
      if (line.length > 0) this.#waiting.set(member, line)
      act?.()
    }
  }
}
