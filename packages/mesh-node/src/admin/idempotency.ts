import { createHash } from 'node:crypto'
import type { Clock } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'

/** What was answered: a status, and a body as it is sent. */
export interface Answered {
  readonly status: number
  readonly body: unknown
}

interface Kept {
  /** Of the request, apart from its key. */
  readonly fingerprint: string
  readonly answer: Promise<Answered>
  /** Monotonic, ms. */
  readonly endsAt: number
}

const LIFE_MS = 24 * 3_600_000
/** Answers that are kept for each person: the oldest go, and nobody else's. */
const MAX_OF_PERSON = 256
const MAX_PEOPLE = 4_096
const KEY = /^[A-Za-z0-9_.:-]{1,128}$/

/** Requests with a key of their own are carried out once, however often they come; the answers are kept in memory (threat P12). */
export class Idempotency {
  readonly #clock: Clock
  /** By person and key; whoever was here last comes last. */
  readonly #people = new Map<string, Map<string, Kept>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * What `act` answers, or has answered to the same request with this key. Where it fails, the next one tries again. Rejects
   * with {@link NodeError}: `admin.idempotency-key`, or `admin.idempotency-conflict` where the key was used for another request.
   */
  async once(
    { person, key, request }: { readonly person: string; readonly key: string; readonly request: readonly string[] },
    act: () => Promise<Answered>,
  ): Promise<Answered> {
    if (!KEY.test(key)) throw new NodeError('admin.idempotency-key')
    const kept = this.#keptOf(person)
    const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('hex')
    const known = kept.get(key)
    if (known && known.endsAt > this.#clock.monotonic()) {
      if (known.fingerprint !== fingerprint) throw new NodeError('admin.idempotency-conflict')
      return await known.answer
    }
    const answer = act()
    const entry = { fingerprint, answer, endsAt: this.#clock.monotonic() + LIFE_MS }
    kept.delete(key)
    kept.set(key, entry)
    for (const oldest of kept.keys()) if (kept.size > MAX_OF_PERSON) kept.delete(oldest)
    answer.catch(() => {
      if (kept.get(key) === entry) kept.delete(key)
    })
    return await answer
  }

  #keptOf(person: string): Map<string, Kept> {
    const kept = this.#people.get(person) ?? new Map<string, Kept>()
    this.#people.delete(person)
    this.#people.set(person, kept)
    for (const longestGone of this.#people.keys()) if (this.#people.size > MAX_PEOPLE) this.#people.delete(longestGone)
    return kept
  }
}
