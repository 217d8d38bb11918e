import type { Clock } from '@trustmesh/identity'
import type { CancelTimer } from '../src/timer.ts'

interface Appointment {
  readonly at: number
  readonly act: () => void
}

/** Time that passes only where a test says so. */
export class VirtualTime {
  #now = 0
  /** Soonest first; of two at one time the one that was made first. */
  readonly #agenda: Appointment[] = []
  readonly clock: Clock = { now: () => 1_767_225_600_000 + this.#now, monotonic: () => this.#now }

  get now(): number {
    return this.#now
  }

  /** How many timers run. */
  get pending(): number {
    return this.#agenda.length
  }

  after(ms: number, act: () => void): CancelTimer {
    const appointment: Appointment = { at: this.#now + Math.max(0, ms), act }
    const place = this.#agenda.findIndex(({ at }) => at > appointment.at)
    this.#agenda.splice(place < 0 ? this.#agenda.length : place, 0, appointment)
    return () => {
      const place = this.#agenda.indexOf(appointment)
      if (place >= 0) this.#agenda.splice(place, 1)
    }
  }

  /** Lets so many ms pass, and all that is due in them happen; what follows from one thing happens before the next. */
  async pass(ms: number): Promise<void> {
    await this.until(() => false, ms)
  }

  /** Lets time pass until something holds, `withinMs` at most; whether it holds then. */
  async until(holds: () => boolean, withinMs = 600_000): Promise<boolean> {
    const end = this.#now + withinMs
    for (;;) {
      await settled()
      if (holds()) return true
      const next = this.#agenda[0]
      if (!next || next.at > end) break
      this.#now = next.at
      this.#agenda.shift()
      next.act()
    }
    this.#now = end
    return false
  }
}

/** Resolves when no promise has anything to do that waits for nothing but other promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
