import type { Timers } from '@trustmesh/mesh-node'
import { Agenda, type Appointment } from './agenda.ts'

/** More than this many things at one instant go round in a circle. */
const MAX_AT_ONE_TIME = 100_000

/**
 * Time that passes only where a test says so. One thing happens at a time, soonest first, and all that follows from it by
 * promises alone has happened before the next: so a run depends on nothing but what it was started with.
 */
export class VirtualClock implements Timers {
  readonly #agenda = new Agenda()
  #now = 0
  #order = 0

  /** Virtual ms since the beginning. */
  get now(): number {
    return this.#now
  }

  after(ms: number, act: () => void): () => void {
    const appointment: Appointment = { at: this.#now + Math.max(0, Math.ceil(ms)), order: this.#order++, act }
    this.#agenda.add(appointment)
    return () => {
      appointment.act = null
    }
  }

  soon(act: () => void): void {
    this.after(0, act)
  }

  /** Lets so many ms pass, and all that is due in them happen. */
  async advance(ms: number): Promise<void> {
    await this.until(() => false, ms)
  }

  /** Lets time pass until something holds, `withinMs` at most; whether it holds then. */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const end = this.#now + withinMs
    await settled()
    for (let atOnce = 0; !holds(); ) {
      const next = this.#agenda.first
      if (!next || next.at > end) {
        this.#now = end
        return holds()
      }
      this.#agenda.removeFirst()
      if (!next.act) continue
      atOnce = next.at > this.#now ? 0 : atOnce + 1
      if (atOnce > MAX_AT_ONE_TIME) throw new Error(`virtual time does not get past ${this.#now} ms`)
      this.#now = next.at
      next.act()
      await settled()
    }
    return true
  }
}

/** Resolves when no promise has anything to do that waits for nothing but other promises. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
