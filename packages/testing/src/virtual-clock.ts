import type { Timers } from '@trustmesh/mesh-node'
import { Agenda, type Appointment } from './agenda.ts'

/** More than this many things at one instant go round in a circle. */
const MAX_AT_ONE_TIME = 100_000
/** What is put off by no more than this, in ms, is under way: what is gathered, looked at again soon, or tried once more. */
const MOMENT_MS = 250
/** Taken before any test can put another in its place. */
const nextTurn = setImmediate

/** Somebody who lets time pass. */
interface Wait {
  readonly holds: () => boolean
  readonly end: number
  readonly resolve: (holds: boolean) => void
  readonly reject: (error: unknown) => void
}

/**
 * Time that passes only where a test says so. One thing happens at a time, soonest first, and all that follows from it by
 * promises alone has happened before the next: so a run depends on nothing but what it was started with.
 */
export class VirtualClock implements Timers {
  readonly #agenda = new Agenda()
  readonly #waits = new Set<Wait>()
  #now = 0
  #order = 0
  /** How many appointments are of things under way. */
  #underWay = 0
  #runsByItself = false
  #isRunning = false

  /** Virtual ms since the beginning. */
  get now(): number {
    return this.#now
  }

  /** From now on, time also passes while anything is under way, with nobody who waits for it. */
  runByItself(): void {
    this.#runsByItself = true
    this.#wake()
  }

  /** What is under way arrives, if nobody stops it; all else is a timer. */
  after(ms: number, act: () => void, isUnderWay: boolean = ms <= MOMENT_MS): () => void {
    const at = this.#now + Math.max(0, Math.ceil(ms))
    const appointment: Appointment = { at, order: this.#order++, act, isUnderWay }
    this.#agenda.add(appointment)
    if (isUnderWay) this.#underWay++
    this.#wake()
    return () => void this.#take(appointment)
  }

  soon(act: () => void): void {
    this.after(0, act)
  }

  /** Lets so many ms pass, and all that is due in them happen. */
  async advance(ms: number): Promise<void> {
    await this.until(() => false, ms)
  }

  /** Lets time pass until nothing is under way. */
  async settle(): Promise<void> {
    await this.until(() => this.#underWay === 0, Number.POSITIVE_INFINITY)
  }

  /** Lets time pass until something holds, `withinMs` at most; whether it holds then. */
  until(holds: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waits.add({ holds, end: this.#now + withinMs, resolve, reject })
      this.#wake()
    })
  }

  get #isWanted(): boolean {
    return this.#waits.size > 0 || (this.#runsByItself && this.#underWay > 0)
  }

  #wake(): void {
    if (!this.#isRunning && this.#isWanted) void this.#run()
  }

  /** One at a time, whoever waits: of two, each would let things happen in the middle of what the other does. */
  async #run(): Promise<void> {
    this.#isRunning = true
    try {
      for (let atOnce = 0; ; ) {
        await settled()
        // Whoever has waited goes on before anything else happens.
        if (this.#release()) continue
        if (!this.#isWanted) return
        const end = Math.min(...[...this.#waits].map((wait) => wait.end))
        const next = this.#next
        if (!next || next.at > end) {
          this.#now = end
          continue
        }
        atOnce = next.at > this.#now ? 0 : atOnce + 1
        if (atOnce > MAX_AT_ONE_TIME) throw new Error(`virtual time does not get past ${this.#now} ms`)
        this.#now = next.at
        this.#agenda.removeFirst()
        this.#take(next)?.()
      }
    } catch (error) {
      if (this.#waits.size === 0) throw error
      for (const wait of this.#waits) wait.reject(error)
      this.#waits.clear()
    } finally {
      this.#isRunning = false
    }
  }

  /** Lets those go who wait for what holds now, and those whose time is up; whether there was anybody. */
  #release(): boolean {
    const { size } = this.#waits
    const next = this.#next?.at ?? Number.POSITIVE_INFINITY
    for (const wait of this.#waits) {
      const holds = wait.holds()
      if (!holds && (wait.end > this.#now || wait.end >= next)) continue
      this.#waits.delete(wait)
      wait.resolve(holds)
    }
    return this.#waits.size < size
  }

  /** The next thing that was not called off. */
  get #next(): Appointment | undefined {
    while (this.#agenda.first?.act === null) this.#agenda.removeFirst()
    return this.#agenda.first
  }

  /** What was to be done, once. */
  #take(appointment: Appointment): (() => void) | null {
    const { act } = appointment
    if (act && appointment.isUnderWay) this.#underWay--
    appointment.act = null
    return act
  }
}

/** Resolves when no promise has anything to do that waits for nothing but other promises. */
function settled(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve))
}
