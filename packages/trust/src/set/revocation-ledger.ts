import type { Did, Statement, StatementId, Verified } from '@trustmesh/identity'
import type { Policy } from '../policy.ts'
import type { RevocationTarget } from '../statements/revocation.ts'
import type { Authority } from './authority.ts'
import type { Placement } from './shelf.ts'
import { MAX_LIFE_MS } from './statement-index.ts'

/**
 * How long the revocation of a statement is kept after its `iat`: until whatever it may have been meant for has ended,
 * even if that was dated a year ahead.
 */
const RETENTION_MS = 2 * MAX_LIFE_MS

export interface LedgerBounds {
  /** On the revocations of statements by one issuer. */
  readonly maxPerIssuer: number
  /** On all revocations but those by roots and authorities. */
  readonly maxStatements: number
}

interface Entries {
  readonly target: RevocationTarget
  /** One that is enough. */
  sole: Signed | null
  readonly votes: Map<Did, Signed>
}

type Signed = Verified<Statement>

/**
 * The revocations that have authority, votes included. It only grows (threat R4), but that of two that say the same the
 * later one is kept, of the same time the one with the lesser id; and that revocations of statements go when nothing is
 * left that they could still kill.
 */
export class RevocationLedger {
  /** By Did, or by the id of a statement and then its issuer. */
  readonly #dids = new Map<Did, Entries>()
  readonly #statements = new Map<StatementId, Map<Did, Entries>>()
  /** How many statements each issuer has revoked. */
  readonly #retractions = new Map<Did, number>()
  readonly #policy: Policy
  readonly #bounds: LedgerBounds
  #size = 0
  #unbounded = 0

  constructor(policy: Policy, bounds: LedgerBounds) {
    this.#policy = policy
    this.#bounds = bounds
  }

  get size(): number {
    return this.#size
  }

  /** Whether the target is revoked. Votes stand whatever becomes of their signers: there is no way back (threat R5). */
  isInForce(target: RevocationTarget): boolean {
    return !!this.#at(target)?.sole || this.isBanned(target)
  }

  /** Whether the target is a Did that authorities have revoked, as many as it takes; whoever else has as well. */
  isBanned(target: RevocationTarget): boolean {
    return (this.#at(target)?.votes.size ?? 0) >= this.#policy.threshold
  }

  /** All revocations of the target. */
  of(target: RevocationTarget): Signed[] {
    const { sole = null, votes = new Map<Did, Signed>() } = this.#at(target) ?? {}
    return sole ? [sole, ...votes.values()] : [...votes.values()]
  }

  /** Enters a revocation with authority. Those by roots and authorities always find room (threat R7). */
  put(statement: Signed, target: RevocationTarget, authority: Authority): Placement<Signed> {
    const entries = this.#at(target) ?? { target, sole: null, votes: new Map<Did, Signed>() }
    const known = authority === 'sole' ? entries.sole : (entries.votes.get(statement.signer) ?? null)
    if (known && isBefore(statement, known)) return { kept: false, because: 'superseded' }
    if (known?.signer !== statement.signer) {
      const because = this.#refusal(statement.signer, target)
      if (because) return { kept: false, because }
    }
    if (known) this.#count(known.signer, target, -1)
    this.#count(statement.signer, target, 1)
    if (authority === 'sole') entries.sole = statement
    else entries.votes.set(statement.signer, statement)
    this.#enter(target, entries)
    return { kept: true, dropped: known ? [known] : [] }
  }

  /** How many statements an issuer has revoked; of those who govern it is not counted. */
  retractionsBy(signer: Did): number {
    return this.#retractions.get(signer) ?? 0
  }

  /** The last millisecond at which a revocation of this target is held. Those of a Did stay for ever. */
  expiryOf({ claim }: Signed, target: RevocationTarget): number {
    return 'id' in target ? claim.iat + RETENTION_MS - 1 : Number.POSITIVE_INFINITY
  }

  /** Whether a revocation of this target is past its time. */
  isPast(statement: Signed, target: RevocationTarget, horizon: number): boolean {
    return this.expiryOf(statement, target) < horizon
  }

  /** Forgets what can kill nothing any more (threat R12). */
  purge(horizon: number): StatementId[] {
    const past = [...this.#statements.values()].flatMap((issuers) =>
      [...issuers.values()].flatMap(({ target, sole }) =>
        sole && this.isPast(sole, target, horizon) ? [{ target, sole }] : [],
      ),
    )
    for (const { target, sole } of past) {
      this.#leave(target)
      this.#count(sole.signer, target, -1)
    }
    return past.map(({ sole }) => sole.id)
  }

  #at(target: RevocationTarget): Entries | undefined {
    return 'did' in target ? this.#dids.get(target.did) : this.#statements.get(target.id)?.get(target.iss)
  }

  #enter(target: RevocationTarget, entries: Entries): void {
    if ('did' in target) this.#dids.set(target.did, entries)
    else this.#statements.set(target.id, (this.#statements.get(target.id) ?? new Map()).set(target.iss, entries))
  }

  #leave(target: RevocationTarget): void {
    if ('did' in target) return
    const issuers = this.#statements.get(target.id)
    issuers?.delete(target.iss)
    if (issuers?.size === 0) this.#statements.delete(target.id)
  }

  #refusal(signer: Did, target: RevocationTarget): 'quota' | 'full' | null {
    if (this.#isUnbounded(signer)) return null
    if ('id' in target && this.retractionsBy(signer) >= this.#bounds.maxPerIssuer) return 'quota'
    return this.#size - this.#unbounded >= this.#bounds.maxStatements ? 'full' : null
  }

  #count(signer: Did, target: RevocationTarget, times: 1 | -1): void {
    this.#size += times
    if (this.#isUnbounded(signer)) this.#unbounded += times
    else if ('id' in target) {
      const left = this.retractionsBy(signer) + times
      if (left > 0) this.#retractions.set(signer, left)
      else this.#retractions.delete(signer)
    }
  }

  #isUnbounded(signer: Did): boolean {
    return this.#policy.roots.has(signer) || this.#policy.authorities.has(signer)
  }
}

function isBefore(one: Signed, other: Signed): boolean {
  return one.claim.iat !== other.claim.iat ? one.claim.iat < other.claim.iat : one.id > other.id
}
