import type { Clock, Random } from '@trustmesh/identity'
import { LIMITS } from '../limits.ts'
import type { Ticket } from './step.ts'

const MAX_TICKETS = 20_000

/** The tickets that a responder has given out. Each is good once, for ten minutes; the oldest makes room for the newest. */
export class Tickets {
  readonly #clock: Clock
  readonly #random: Random
  readonly #issued = new Map<string, { readonly ticket: Ticket; readonly until: number }>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  issue(ticket: Ticket): { id: Uint8Array; ttlMs: number } {
    const id = this.#random(16)
    if (this.#issued.size >= MAX_TICKETS) this.#forgetOldest()
    this.#issued.set(keyOf(id), { ticket, until: this.#clock.monotonic() + LIMITS.ticketMs })
    return { id, ttlMs: LIMITS.ticketMs }
  }

  /** Gone before it is used: whatever comes of this attempt, there is no second one (threat H2). */
  redeem(id: Uint8Array): Ticket | null {
    const key = keyOf(id)
    const found = this.#issued.get(key)
    this.#issued.delete(key)
    return found && found.until >= this.#clock.monotonic() ? found.ticket : null
  }

  #forgetOldest(): void {
    for (const key of this.#issued.keys()) {
      this.#issued.delete(key)
      return
    }
  }
}

/** Made in one go: a string that is put together keeps all its parts, twenty times as much. */
function keyOf(id: Uint8Array): string {
  return String.fromCharCode(...id)
}
