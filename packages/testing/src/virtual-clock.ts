import type { Timers } from '@trustmesh/mesh-node'
import { Agenda, type Appointment } from './agenda.ts'

/** More than this many things at one instant go round in a circle. */
const MAX_AT_ONE_TIME = 100_000
/** What is put off by no more than this, in ms, is under way: what is gathered, looked at again soon, or tried once more. */
const MOMENT_MS = 250
/** Of all that is to happen at one instant, what somebody who lets time pass has waited for comes after what others do. */
const LATE = 2 ** 52
/** So many things happen between two looks at the world outside, where there is nothing to be seen. */
const ALONE_FOR = 1_000
/** Taken before any test can put another in its place. */
const nextTurn = setImmediate
const nextTick = process.nextTick
const NOW = Promise.resolve()

/** How time passes. */
export interface VirtualClockOptions {
  /**
   * Nothing in this process happens but in virtual time: no file is read, no socket waited for. Then it need not be looked
   * for either, and time passes several times as fast. Nobody is alone unless told otherwise.
   */
  readonly isAlone?: boolean
  /** What every delay is a multiple of, in ms: 1 unless told otherwise. A power of two keeps times exact. */
  readonly tickMs?: number
}

/** Somebody who lets time pass. */
interface Wait {
  readonly end: Appointment
  readonly holds: () => boolean
  readonly settle: (holds: boolean) => void
  readonly reject: (error: unknown) => void
}

/**
 * Time that passes only where a test says so. One thing happens at a time, soonest first, and all that follows from it by
 * promises alone has happened before the next: so a run depends on nothing but what it was started with.
 */
export class VirtualClock implements Timers {
  readonly #agenda = new Agenda()
  readonly #waits = new Set<Wait>()
  readonly #isAlone: boolean
  readonly #tickMs: number
  #now = 0
  #order = 0
  #events = 0
  /** How many appointments are of things under way. */
  #underWay = 0
  #runsByItself = false
  #isRunning = false
  /** How many things have happened at this instant. */
  #atOnce = 0

  constructor({ isAlone = false, tickMs = 1 }: VirtualClockOptions = {}) {
    this.#isAlone = isAlone
    this.#tickMs = tickMs
  }

  /** Virtual ms since the beginning. */
  get now(): number {
    return this.#now
  }

  /** Things that have happened. */
  get events(): number {
    return this.#events
  }

  /** From now on, time also passes while anything is under way, with nobody who waits for it. */
  runByItself(): void {
    this.#runsByItself = true
    this.#wake()
  }

  /** What is under way arrives, if nobody stops it; all else is a timer. */
  after(ms: number, act: () => void, isUnderWay: boolean = ms <= MOMENT_MS): () => void {
    const at = this.#now + Math.max(0, Math.ceil(ms / this.#tickMs) * this.#tickMs)
    const appointment: Appointment = { at, order: this.#order++, act, isUnderWay }
    this.#agenda.add(appointment)
    if (isUnderWay) this.#underWay++
    this.#wake()
    return () => this.#callOff(appointment)
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
      const settle = (isSo: boolean): void => {
        this.#waits.delete(wait)
        this.#callOff(end)
        resolve(isSo)
      }
      const order = LATE + this.#order++
      const end: Appointment = { at: this.#now + withinMs, order, act: () => settle(holds()), isUnderWay: false }
      const wait: Wait = { end, holds, settle, reject }
      this.#waits.add(wait)
      this.#agenda.add(end)
      this.#wake()
    })
  }

  get #isWanted(): boolean {
    return this.#waits.size > 0 || (this.#runsByItself && this.#underWay > 0)
  }

  #wake(): void {
    if (this.#isRunning || !this.#isWanted) return
    this.#isRunning = true
    this.#atOnce = 0
    this.#goOn()
  }

  /** Once no promise has anything to do that waits for nothing but other promises. */
  #goOn(): void {
    if (this.#isAlone && this.#events % ALONE_FOR > 0) void NOW.then(this.#tick)
    else nextTurn(this.#step)
  }

  /** Of what was begun in a promise, a tick comes when no promise has anything to do. */
  readonly #tick = (): void => nextTick(this.#step)

  /** One at a time, whoever waits: of two, each would let things happen in the middle of what the other does. */
  readonly #step = (): void => {
    try {
      // Whoever has waited goes on before anything else happens.
      if (!this.#release()) {
        this.#isRunning = this.#isWanted
        if (this.#isRunning) this.#happen()
      }
    } catch (error) {
      this.#fail(error)
    }
    if (this.#isRunning) this.#goOn()
  }

  /** The next thing. */
  #happen(): void {
    const next = this.#next
    if (!next || next.at === Number.POSITIVE_INFINITY) throw new Error('nothing is ever going to happen')
    this.#atOnce = next.at > this.#now ? 0 : this.#atOnce + 1
    if (this.#atOnce > MAX_AT_ONE_TIME) throw new Error(`virtual time does not get past ${this.#now} ms`)
    this.#now = next.at
    this.#agenda.removeFirst()
    this.#events++
    this.#take(next)?.()
  }

  /** Whoever waits learns of it; where nobody does it is nobody's. */
  #fail(error: unknown): void {
    this.#isRunning = false
    if (this.#waits.size === 0) void Promise.reject(error)
    for (const wait of this.#waits) wait.reject(error)
    this.#waits.clear()
  }

  /** Lets those go who wait for what holds now, and those whose time is up; whether there was anybody. */
  #release(): boolean {
    const { size } = this.#waits
    const next = this.#next
    const isUp = !next || next.at > this.#now || next.order >= LATE
    for (const wait of this.#waits) {
      const holds = wait.holds()
      if (holds || (isUp && wait.end.at <= this.#now)) wait.settle(holds)
    }
    return this.#waits.size < size
  }

  /** The next thing that was not called off. */
  get #next(): Appointment | undefined {
    while (this.#agenda.first?.act === null) this.#agenda.removeFirst()
    return this.#agenda.first
  }

  #callOff(appointment: Appointment): void {
    if (this.#take(appointment)) this.#agenda.calledOff()
  }

  /** What was to be done, once. */
  #take(appointment: Appointment): (() => void) | null {
    const { act } = appointment
    if (act && appointment.isUnderWay) this.#underWay--
    appointment.act = null
    return act
  }
}
