import type { Clock } from '@trustmesh/identity'
import type { AuditEvent, AuditKind } from './log.ts'

export interface ThrottleOptions {
  readonly clock: Clock
  /** Lines of one kind that may come at once. */
  readonly burst: number
  /** Lines of one kind a second after that. */
  readonly perSecond: number
}

/** So many events of one kind were left out. */
export interface Suppressed {
  readonly event: AuditKind
  readonly code?: string
  readonly count: number
}

interface Bucket {
  readonly event: AuditKind
  readonly code: string | undefined
  tokens: number
  /** Monotonic milliseconds. */
  filledAt: number
  suppressed: number
  /** Monotonic milliseconds: when that was last handed out. */
  toldAt: number
}

/** Few remote parties cause these, and each one matters: none is ever left out. */
const ALWAYS: ReadonlySet<AuditKind> = new Set([
  'admin.acted',
  'audit.fork',
  'audit.tampered',
  'node.started',
  'node.stopped',
  'revocation.applied',
])

/** Codes are ours and few; should they ever not be, the kinds beyond this share one bucket an event. */
const MAX_BUCKETS = 512
/** How often it is said of one kind how many were left out. */
const TELL_MS = 60_000

/** A token bucket for each kind of event, (event, code): a flood of one kind costs neither the disk nor the other kinds. */
export class AuditThrottle {
  readonly #options: ThrottleOptions
  readonly #buckets = new Map<string, Bucket>()
  readonly #suppressing = new Set<Bucket>()

  constructor(options: ThrottleOptions) {
    this.#options = options
  }

  /** Whether the event is to be written; counted where it is not. */
  admits({ event, code }: AuditEvent): boolean {
    if (ALWAYS.has(event)) return true
    const bucket = this.#bucketOf(event, code)
    this.#refill(bucket)
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1
      return true
    }
    this.#leaveOut(bucket)
    return false
  }

  /** Counts events that were to be written, and could not be. */
  lost({ event, code }: Pick<AuditEvent, 'event' | 'code'>, count = 1): void {
    this.#leaveOut(this.#bucketOf(event, code), count)
  }

  /** The counts whose buckets have a token again, which each of them costs, and once a minute at most; or all. Each is handed out once. */
  takeSuppressed(all = false): Suppressed[] {
    const taken: Suppressed[] = []
    for (const bucket of this.#suppressing) {
      this.#refill(bucket)
      const isDue = bucket.tokens >= 1 && this.#now() >= bucket.toldAt + TELL_MS
      if (!all && !isDue) continue
      bucket.tokens -= 1
      bucket.toldAt = this.#now()
      const { event, code, suppressed: count } = bucket
      taken.push({ event, ...(code === undefined ? {} : { code }), count })
      bucket.suppressed = 0
      this.#suppressing.delete(bucket)
    }
    return taken
  }

  #leaveOut(bucket: Bucket, count = 1): void {
    bucket.suppressed += count
    this.#suppressing.add(bucket)
  }

  #bucketOf(event: AuditKind, code: string | undefined): Bucket {
    const full = this.#buckets.size >= MAX_BUCKETS
    const key = `${event} ${code}`
    const known = this.#buckets.get(key) ?? (full ? this.#buckets.get(event) : undefined)
    if (known) return known
    const bucket = {
      event,
      code: full ? undefined : code,
      tokens: this.#options.burst,
      filledAt: this.#now(),
      suppressed: 0,
      toldAt: Number.NEGATIVE_INFINITY,
    }
    this.#buckets.set(full ? event : key, bucket)
    return bucket
  }

  #refill(bucket: Bucket): void {
    const { burst, perSecond } = this.#options
    const now = this.#now()
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * perSecond)
    bucket.filledAt = now
  }

  #now(): number {
    return this.#options.clock.monotonic()
  }
}
