import type { Did, Statement, StatementId, Verified } from '@trustmesh/identity'
import { lineageOf } from './context.ts'
import { MAX_EVIDENCE } from './max-evidence.ts'
import { Replica, type ReplicaOptions } from './replica.ts'
import type { Explanation } from './scoring/explain.ts'
import type { Standing } from './standing.ts'
import type { Attestation } from './statements/attestation.ts'

/** Words about somebody that are looked at in search of it, counting or not. */
const MAX_WORDS = 65_536

/** As of when, in ms, and in which context: the general one unless told otherwise. */
export interface EvidenceQuestion {
  readonly now: number
  readonly ctx?: string
}

/**
 * The statements from which the standing of a Did follows, and its explanation: whoever recomputes it from them alone, with
 * the same roots, authorities and model and at the same time, finds the very same. `null` where they are more than
 * {@link MAX_EVIDENCE}.
 *
 * It goes back from the Did to its raters, to theirs, and so on to the roots, as far as credit goes; over whoever has none
 * it does not lead, so that no crowd of strangers can make it too much (threat T1). What a rater's word weighs depends on
 * all that it says, so that is all in it; the word of a root counts as it is.
 */
export function evidenceFor(
  replica: Replica,
  did: Did,
  { now, ctx = '' }: EvidenceQuestion,
): readonly Verified<Statement>[] | null {
  const { set, model } = replica
  const isHeard = replica.hearing(now, ctx)
  const lineage = new Set(lineageOf(ctx))
  const bundle = new Bundle(set)
  bundle.addPerson(did)
  const raters = new Set<Did>()
  let subjects: ReadonlySet<Did> = new Set([did])
  let looked = 0
  // In either pass, credit comes to a rater in so many rounds, and into the first of them from the roots alone.
  for (let rounds = 2 * model.rounds; rounds >= 0; rounds--) {
    const found = new Set<Did>()
    for (const sub of subjects) {
      for (const slot of set.slotsAbout(sub)) {
        if (++looked > MAX_WORDS || !bundle.isWithinBounds) return null
        const { iss } = slot
        if (!lineage.has(slot.ctx) || !isHeard(iss)) continue
        if (set.policy.roots.has(iss)) bundle.addWord(set.attestationBy(iss, sub, slot.ctx))
        else if (rounds > 0 && !raters.has(iss)) found.add(iss)
      }
    }
    for (const rater of found) {
      raters.add(rater)
      for (const word of set.attestationsBy(rater)) {
        if (++looked > MAX_WORDS || !bundle.isWithinBounds) return null
        if (lineage.has(word.ctx)) bundle.addWord(word)
      }
    }
    subjects = found
  }
  return bundle.isWithinBounds ? bundle.statements : null
}

/**
 * What follows for a Did from statements alone: its standing, of no epoch in particular, and who made it so. Throws a
 * `TrustError`: `set.malformed` or `policy.malformed`.
 */
export function recompute(
  statements: Iterable<Verified<Statement>>,
  did: Did,
  { now, ctx, ...options }: EvidenceQuestion & Pick<ReplicaOptions, 'net' | 'policy' | 'model'>,
): { readonly standing: Standing; readonly explanation: Explanation } {
  // Whoever has gathered them has kept to the bound on each issuer, or might as well have left out some.
  const replica = new Replica({ ...options, maxPerIssuer: MAX_EVIDENCE.statements })
  for (const statement of statements) replica.add(statement, now)
  return { standing: replica.standingOf(did, now, ctx), explanation: replica.explain(did, now, ctx) }
}

/** Statements that are gathered, each once, with all that bears on whomever they rate. */
class Bundle {
  readonly #set: Replica['set']
  readonly #statements = new Map<StatementId, Verified<Statement>>()
  readonly #people = new Set<Did>()
  #bytes = 0

  constructor(set: Replica['set']) {
    this.#set = set
  }

  get statements(): readonly Verified<Statement>[] {
    return [...this.#statements.values()]
  }

  get isWithinBounds(): boolean {
    return this.#statements.size <= MAX_EVIDENCE.statements && this.#bytes <= MAX_EVIDENCE.bytes
  }

  addWord(attestation: Attestation | null): void {
    if (!attestation) return
    this.#add(attestation.id)
    this.addPerson(attestation.sub)
  }

  addPerson(did: Did): void {
    if (this.#people.has(did)) return
    this.#people.add(did)
    for (const id of this.#set.bearingOn(did)) {
      if (!this.isWithinBounds) return
      this.#add(id)
    }
  }

  #add(id: StatementId): void {
    const statement = this.#set.get(id)
    if (!statement || this.#statements.has(id)) return
    this.#statements.set(id, statement)
    this.#bytes += statement.bytes.length
  }
}
