import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Clock, Did, Statement } from '@trustmesh/identity'
import { LIMITS } from '@trustmesh/protocol'
import { evidenceFor, MAX_EVIDENCE, type Replica } from '@trustmesh/trust'
import QuickLRU from 'quick-lru'

/** Some of the evidence, in the order of ids; and, where there is more, the id behind which that is. */
export interface EvidencePage {
  readonly statements: Uint8Array[]
  readonly more?: Uint8Array
  /** How many statements have been gone through for it. */
  readonly cost: number
}

interface Gathered {
  readonly statements: readonly Statement[]
  readonly epoch: number
  /** Monotonic, in ms. */
  readonly at: number
}

/** How many collections are kept, and for how long, so that not every page has to be gathered anew. */
const MAX_KEPT = 16
const KEPT_MS = 10_000

/** Gathers the evidence about whomever agents ask for, and hands it out by the page. */
export class EvidencePages {
  readonly #replica: Replica
  readonly #clock: Clock
  readonly #kept = new QuickLRU<string, Gathered>({ maxSize: MAX_KEPT })

  constructor(replica: Replica, clock: Clock) {
    this.#replica = replica
    this.#clock = clock
  }

  /** The page behind an id, or the first one; `null` where there is more evidence than is ever told. */
  page(did: Did, ctx: string, after?: Uint8Array): EvidencePage | null {
    const key = `${did} ${ctx}`
    const kept = this.#kept.get(key)
    const gathered = kept && this.#isGood(kept, after !== undefined) ? kept : this.#gather(did, ctx)
    if (!gathered) return null
    this.#kept.set(key, gathered)
    const before = after === undefined ? '' : bytesToHex(after)
    const left = gathered.statements.filter(({ id }) => id > before)
    const page = fitting(left)
    const last = page.length < left.length ? page.at(-1) : undefined
    return {
      statements: page.map(({ bytes }) => bytes),
      ...(last && { more: hexToBytes(last.id) }),
      cost: page.length + (gathered === kept ? 0 : gathered.statements.length),
    }
  }

  /** Whoever has begun with it may go on though things have changed: all that is told is so, if it was a moment ago. */
  #isGood({ epoch, at }: Gathered, isBegun: boolean): boolean {
    return (isBegun || epoch === this.#replica.epoch) && this.#clock.monotonic() - at <= KEPT_MS
  }

  #gather(did: Did, ctx: string): Gathered | null {
    const statements = evidenceFor(this.#replica, did, { now: this.#clock.now(), ctx })
    if (!statements) return null
    const sorted = statements.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    return { statements: sorted, epoch: this.#replica.epoch, at: this.#clock.monotonic() }
  }
}

/** What it costs to find out that there is too much. */
export const COST_OF_TOO_MUCH: number = MAX_EVIDENCE.statements

/** As many as one frame holds: one at least, as a page has room for the largest, and fewer of the smallest than it may list. */
function fitting(statements: readonly Statement[]): readonly Statement[] {
  let bytes = 0
  const end = statements.findIndex((statement) => {
    bytes += statement.bytes.length
    return bytes > LIMITS.pageBytes
  })
  return end === -1 ? statements : statements.slice(0, end)
}
