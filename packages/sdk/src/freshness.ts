import { isFresh, type Freshness as Required } from '@trustmesh/trust/agent'
import { type Exchange, isStatus } from './exchange.ts'
import type { Platform } from './platform/platform.ts'

export interface FreshnessOptions {
  readonly platform: Pick<Platform, 'clock' | 'random'>
  readonly exchange: Pick<Exchange, 'ask'>
}

/** How long ago members had attested, in ms, when the node was asked at a time: monotonic, in ms. */
interface Told {
  readonly ages: readonly number[]
  readonly askedAt: number
}

const LOOKUP_MS = 5_000
const NONE: readonly number[] = []

/** How lately members have attested what the node knows of revocations. */
export class Freshness {
  readonly #options: FreshnessOptions
  #told: Told | undefined
  #asking: Promise<void> | undefined
  #connections = 0

  constructor(options: FreshnessOptions) {
    this.#options = options
  }

  /**
   * How long ago each member did so, in ms. It counts from when the node was asked: an answer that somebody holds back is as
   * old as it is (threat R2).
   */
  get ages(): readonly number[] {
    if (!this.#told) return NONE
    const { ages, askedAt } = this.#told
    const sinceMs = this.#now - askedAt
    return ages.map((ageMs) => ageMs + sinceMs)
  }

  /** Asks the node where what is known is not as fresh as is required; once at a time, for all. Does not reject. */
  async renew(required: Required | undefined): Promise<void> {
    if (isFresh(this.ages, required)) return
    this.#asking ??= this.#ask()
    await this.#asking
  }

  /** Nothing that a former connection told counts on the next. */
  forget(): void {
    this.#connections++
    this.#told = undefined
    this.#asking = undefined
  }

  async #ask(): Promise<void> {
    const { platform, exchange } = this.#options
    const connection = this.#connections
    const askedAt = this.#now
    const id = platform.random(16)
    const answer = await exchange
      .ask({ type: 'lookup', id, dids: [], links: [] }, id, isStatus, { timeoutMs: LOOKUP_MS })
      .catch(() => null)
    if (connection !== this.#connections) return
    if (answer) this.#told = { ages: answer.fresh, askedAt }
    this.#asking = undefined
  }

  get #now(): number {
    return this.#options.platform.clock.monotonic()
  }
}
