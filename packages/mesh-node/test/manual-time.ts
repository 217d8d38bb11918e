import type { Clock } from '@trustmesh/identity'
import type { Timers } from '../src/timers.ts'

/** Time that passes when a test says so. */
export class ManualTime implements Timers {
  readonly clock: Clock = { now: () => this.#now, monotonic: () => this.#now }
  #now = 1_767_225_600_000
  readonly #due = new Map<object, { readonly at: number; readonly act: () => void }>()

  after(ms: number, act: () => void): () => void {
    const timer = {}
    this.#due.set(timer, { at: this.#now + ms, act })
    return () => this.#due.delete(timer)
  }

  soon(act: () => void): void {
    this.after(0, act)
  }

  /** Lets time pass, and everything happen that is due meanwhile, with what follows from it. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      // Signatures take a turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve))
      const [next] = [...this.#due].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)
      if (!next) break
      const [timer, { at, act }] = next
      this.#due.delete(timer)
      this.#now = Math.max(this.#now, at)
      act()
    }
    this.#now = until
  }
}
