import type { Clock } from '@trustmesh/identity'
import type { Timers } from '@trustmesh/mesh-node'
import type { VirtualClock } from './virtual-clock.ts'

/** 2026-01-01, in ms: when virtual time begins. */
const EPOCH_MS = 1_767_225_600_000

/** A machine: its clock can jump, it can stand still for a while, and lose everything that is not on its disk. */
export class VirtualHost implements Timers {
  /** Network address and name. */
  readonly name: string
  readonly clock: Clock
  readonly #time: VirtualClock
  readonly #crashed = new Set<() => void>()
  #aheadMs = 0
  /** How often it has been started anew. What was begun in an earlier life never happens. */
  #life = 0
  #isPaused = false
  /** What has had to wait while it stood still, in order. */
  #held: (() => void)[] = []

  constructor(name: string, time: VirtualClock) {
    this.name = name
    this.#time = time
    this.clock = {
      now: () => EPOCH_MS + Math.floor(time.now) + this.#aheadMs,
      monotonic: () => time.now,
    }
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** How far its wall clock is ahead of the others', or behind. */
  get aheadMs(): number {
    return this.#aheadMs
  }

  after(ms: number, act: () => void): () => void {
    let isCancelled = false
    const inThisLife = this.bound(() => isCancelled || act())
    const cancel = this.#time.after(ms, inThisLife)
    return () => {
      isCancelled = true
      cancel()
    }
  }

  soon(act: () => void): void {
    this.#time.soon(this.bound(act))
  }

  /**
   * Timers of this life alone: whatever of it goes on after a crash, as promises do in one process, begins nothing any more in the
   * next.
   */
  lifetime(): Timers & { readonly isOver: boolean } {
    const life = this.#life
    const isOver = (): boolean => life !== this.#life
    return {
      get isOver() {
        return isOver()
      },
      after: (ms, act) => (isOver() ? () => {} : this.after(ms, act)),
      soon: (act) => {
        if (!isOver()) this.soon(act)
      },
    }
  }

  /** What happens here only in the life that this is called in, and not before a pause is over. */
  bound(act: () => void): () => void {
    const life = this.#life
    const inThisLife = (): void => {
      if (life === this.#life) act()
    }
    return () => {
      if (this.#isPaused || this.#held.length > 0) this.#held.push(inThisLife)
      else inThisLife()
    }
  }

  /** Moves the wall clock alone. */
  jump(ms: number): void {
    this.#aheadMs += ms
  }

  /** Nothing happens here until {@link resume}. */
  pause(): void {
    this.#isPaused = true
  }

  /** What has been waiting happens now, one after the other, and before anything that comes meanwhile. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#catchUp()
  }

  /** What was running here is gone, with its timers and its connections. */
  crash(): void {
    this.#life++
    this.#isPaused = false
    this.#held = []
    for (const act of [...this.#crashed]) act()
    this.#crashed.clear()
  }

  /** Calls `act` when this life ends, unless the returned function is called before. */
  onCrash(act: () => void): () => void {
    this.#crashed.add(act)
    return () => this.#crashed.delete(act)
  }

  #catchUp(): void {
    const life = this.#life
    this.#time.soon(() => {
      if (life !== this.#life || this.#isPaused) return
      const [next] = this.#held
      next?.()
      this.#held.shift()
      if (this.#held.length > 0) this.#catchUp()
    })
  }
}
