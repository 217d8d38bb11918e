import type { Clock, Did } from '@trustmesh/identity'
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  fullJitterGenerator,
  handleAll,
} from 'cockatiel'
import { isAsGraveAs, type MeshEvent } from '../events/event.ts'
import type { Timers } from '../timers.ts'
import type { DeliveryRecord, DeliveryStore } from './delivery-store.ts'
import type { Post, PostOutcome } from './post.ts'
import { signedHeaders } from './signature.ts'
import type { WebhookRecord } from './webhook-file.ts'

/** How failed attempts are spaced; ms. */
export interface Patience {
  /** Before the second attempt at most; twice as long before each after it, up to the longest. A random part of that is waited. */
  readonly firstMs: number
  readonly longestMs: number
  /** From then on an event is news to nobody. */
  readonly giveUpMs: number
  /** So many failures in a row, and nothing is tried for so long. */
  readonly failures: number
  readonly pauseMs: number
}

export const PATIENCE: Patience = {
  firstMs: 1_000,
  longestMs: 600_000,
  giveUpMs: 24 * 3_600_000,
  failures: 5,
  pauseMs: 30_000,
}

export interface SinkOptions {
  readonly node: Did
  readonly webhook: WebhookRecord
  /** What it has had before, oldest first. */
  readonly records: readonly DeliveryRecord[]
  readonly store: Pick<DeliveryStore, 'put' | 'remove'>
  readonly post: Post
  readonly clock: Clock
  readonly timers: Timers
  readonly patience: Patience
  /** Told how each attempt has ended: `delivered`, or a code. */
  readonly tried?: ((outcome: string) => void) | undefined
}

const MAX_WAITING = 1_000
const MAX_PAST = 100

/** One webhook's events, on their way one by one. What becomes of them is no matter of any other sink, nor of those who act. */
export class Sink {
  readonly webhook: WebhookRecord
  readonly #options: SinkOptions
  /** By the id of the event. */
  readonly #waiting = new Map<number, DeliveryRecord>()
  readonly #past: DeliveryRecord[] = []
  /** When the next attempt is due, monotonic in ms; at once where it is not said. */
  readonly #dueAt = new Map<number, number>()
  #breaker: CircuitBreakerPolicy
  #dropped = 0
  #isSending = false
  #isStopped = false
  #cancel: () => void = () => {}

  constructor(options: SinkOptions) {
    this.#options = options
    this.webhook = options.webhook
    this.#breaker = this.#newBreaker()
    for (const record of options.records) {
      if (record.state === 'waiting') this.#waiting.set(record.event.id, record)
      else this.#past.push(record)
    }
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Since the node was started. */
  get dropped(): number {
    return this.#dropped
  }

  /** The latest first. */
  deliveries(): DeliveryRecord[] {
    return [...this.#past, ...this.#waiting.values()].sort((a, b) => b.event.id - a.event.id)
  }

  start(): void {
    this.#sendSoon(0)
  }

  /** What waits stays on disk. */
  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  /** Never waits. */
  offer(event: MeshEvent): void {
    const { severity, kinds } = this.webhook
    if (event.kind === 'webhook.tested' || !isAsGraveAs(event.severity, severity)) return
    if (kinds.length > 0 && !kinds.includes(event.kind)) return
    const record = this.#recordOf(event)
    this.#waiting.set(event.id, record)
    this.#options.store.put(record)
    if (this.#waiting.size > MAX_WAITING) this.#drop()
    this.#sendSoon(0)
  }

  /** Tries now whatever has happened before; where that works, what waits is tried again too. */
  async test(event: MeshEvent): Promise<DeliveryRecord> {
    const outcome = await this.#post(this.#recordOf(event))
    const record = this.#tried(this.#recordOf(event), outcome)
    this.#settle(record, outcome.code ? 'failed' : 'delivered')
    if (!outcome.code) {
      this.#breaker = this.#newBreaker()
      this.#dueAt.clear()
      this.#sendSoon(0)
    }
    return this.#past.at(-1) ?? record
  }

  #newBreaker(): CircuitBreakerPolicy {
    const { failures, pauseMs } = this.#options.patience
    return circuitBreaker(handleAll, { halfOpenAfter: pauseMs, breaker: new ConsecutiveBreaker(failures) })
  }

  #recordOf(event: MeshEvent): DeliveryRecord {
    const { id: webhook } = this.webhook
    const since = this.#options.clock.now()
    return { webhook, id: `msg_${webhook}_${event.id}`, event: { ...event }, state: 'waiting', attempts: 0, since }
  }

  /** Whatever has waited longest and is not critical. */
  #drop(): void {
    const waiting = [...this.#waiting.values()]
    const dropped = waiting.find(({ event }) => event.severity !== 'critical') ?? waiting[0]
    if (!dropped) return
    this.#dropped++
    this.#settle(dropped, 'dropped')
  }

  #sendSoon(ms: number): void {
    if (this.#isSending || this.#isStopped) return
    this.#cancel()
    this.#cancel = this.#options.timers.after(ms, () => void this.#send())
  }

  /** The one that is due first; then the next, after as long as that takes. */
  async #send(): Promise<void> {
    const { clock, patience } = this.#options
    const next = this.#next()
    if (!next) return
    const waitMs = this.#dueOf(next) - clock.monotonic()
    if (waitMs > 0) return this.#sendSoon(waitMs)
    this.#isSending = true
    const pauseMs = await this.#attempt(next).catch(() => patience.pauseMs)
    this.#isSending = false
    this.#sendSoon(pauseMs)
  }

  /** Gives how long to wait before any other. */
  async #attempt(record: DeliveryRecord): Promise<number> {
    const { clock, patience } = this.#options
    const { event } = record
    let outcome: PostOutcome = {}
    try {
      await this.#breaker.execute(async () => {
        outcome = await this.#post(record)
        if (outcome.code) throw new Error(outcome.code)
      })
    } catch (error) {
      if (error instanceof BrokenCircuitError) return patience.pauseMs
    }
    // It may have been dropped meanwhile, or the webhook removed.
    if (!this.#waiting.has(event.id) || this.#isStopped) return 0
    const tried = this.#tried(record, outcome)
    if (!outcome.code) this.#settle(tried, 'delivered')
    else if (clock.now() - record.since > patience.giveUpMs) this.#settle(tried, 'failed')
    else {
      this.#waiting.set(event.id, tried)
      this.#options.store.put(tried)
      this.#dueAt.set(event.id, clock.monotonic() + delayMs(tried.attempts, patience))
    }
    return 0
  }

  async #post({ id, event }: DeliveryRecord): Promise<PostOutcome> {
    const { post, clock, node, tried } = this.#options
    const { url, secret } = this.webhook
    const body = JSON.stringify({ type: event.kind, timestamp: event.time, data: { node, ...event } })
    const outcome = await post(url, body, signedHeaders(secret, id, body, clock.now()))
    tried?.(outcome.code ?? 'delivered')
    return outcome
  }

  #tried(record: DeliveryRecord, { status, code }: PostOutcome): DeliveryRecord {
    const { status: _status, code: _code, ...before } = record
    const lastAttemptAt = new Date(this.#options.clock.now()).toISOString()
    const outcome = { ...(status === undefined ? {} : { status }), ...(code ? { code } : {}) }
    return { ...before, attempts: record.attempts + 1, lastAttemptAt, ...outcome }
  }

  #settle(record: DeliveryRecord, state: DeliveryRecord['state']): void {
    const { store } = this.#options
    const settled = { ...record, state }
    this.#waiting.delete(record.event.id)
    this.#dueAt.delete(record.event.id)
    this.#past.push(settled)
    store.put(settled)
    const forgotten = this.#past.length > MAX_PAST ? this.#past.shift() : undefined
    if (forgotten) store.remove(forgotten)
  }

  #next(): DeliveryRecord | undefined {
    let next: DeliveryRecord | undefined
    for (const record of this.#waiting.values()) {
      if (!next || this.#dueOf(record) < this.#dueOf(next)) next = record
    }
    return next
  }

  #dueOf({ event }: DeliveryRecord): number {
    return this.#dueAt.get(event.id) ?? Number.NEGATIVE_INFINITY
  }
}

/** Full jitter, exponential: each failure doubles the most that is waited. */
function delayMs(attempts: number, { firstMs, longestMs }: Patience): number {
  const options = { generator: fullJitterGenerator, initialDelay: firstMs, maxDelay: longestMs, exponent: 2 }
  return fullJitterGenerator(attempts - 1, options)[0]
}
