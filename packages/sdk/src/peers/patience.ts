import type { Platform } from '../platform/platform.ts'
import { backoffMs } from '../reconnect.ts'
import type { CancelTimer } from '../timer.ts'

/** How long nothing may be heard before it is said again in another session: longer after each time. */
const UNHEARD = { baseMs: 5_000, capMs: 40_000 }
const RETRY = { baseMs: 200, capMs: 5_000 }
/** After so many attempts at which nothing was heard, in a minute or two, nobody is there. */
const MAX_ATTEMPTS = 24

/** How long a conversation waits, and for what: for another attempt, and for what it has said to be heard. Less and less often. */
export class Patience {
  readonly #platform: Pick<Platform, 'after' | 'random'>
  /** Sessions and tries for one since anything was heard. */
  #attempt = 0
  #cancelRetry: CancelTimer | undefined
  #cancelUnheard: CancelTimer | undefined

  constructor(platform: Pick<Platform, 'after' | 'random'>) {
    this.#platform = platform
  }

  /** Whether there have been as many attempts as there will be. */
  get isOver(): boolean {
    return this.#attempt >= MAX_ATTEMPTS
  }

  /** Whether another attempt will be made by itself. */
  get isRetrying(): boolean {
    return this.#cancelRetry !== undefined
  }

  /** There is somebody: it begins anew. */
  renew(): void {
    this.#attempt = 0
  }

  /** Another attempt, after a while. */
  retry(act: () => void): void {
    this.later(backoffMs(this.#attempt++, this.#platform.random, RETRY), act)
  }

  /** Once in so many ms, unless it is to be tried again anyway. */
  later(ms: number, act: () => void): void {
    this.#cancelRetry ??= this.#platform.after(ms, () => {
      this.#cancelRetry = undefined
      act()
    })
  }

  /** There is no need to try again. */
  rest(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
  }

  /** For a word of the other side, if it is not waited for already: the longer, the more often there was none, once there was one at all. */
  expect(isGreeted: boolean, act: () => void): void {
    const { baseMs, capMs } = UNHEARD
    const ms = isGreeted ? Math.min(capMs, baseMs * 2 ** this.#attempt) : baseMs
    this.#cancelUnheard ??= this.#platform.after(ms, act)
  }

  /** There is a word, or none can come any more. */
  expectAnew(): void {
    this.#cancelUnheard?.()
    this.#cancelUnheard = undefined
  }
}
