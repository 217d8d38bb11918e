import type { Did, Statement, Verified } from '@trustmesh/identity'
import type { Policy } from './policy.ts'
import type { RevocationTarget } from './revocation.ts'
import type { Placement } from './shelf.ts'

export interface LedgerBounds {
  /** On the revocations of statements by one issuer. */
  readonly maxPerIssuer: number
  /** On all revocations but those by roots and authorities. */
  readonly maxStatements: number
}

/**
 * The revocations that have authority, votes included. It only grows (threat R4), but that of two by the same signer on
 * the same target the one with the lesser id is kept, whichever came first.
 */
export class RevocationLedger {
  /** By target, then by signer. */
  readonly #entries = new Map<string, Map<Did, Verified<Statement>>>()
  /** How many of its own statements each issuer has revoked. */
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

  /** Whether the signature proves authority: over oneself, over what one issued, or an authority's over any Did. */
  hasAuthority(signer: Did, target: RevocationTarget): boolean {
    if ('did' in target) return signer === target.did || this.#policy.authorities.has(signer)
    return signer === target.iss
  }

  /** Whether the target is revoked. Votes stand whatever becomes of their signers: there is no way back (threat R5). */
  isInForce(target: RevocationTarget): boolean {
    const entries = this.#entries.get(keyOf(target))
    if (!entries) return false
    return 'did' in target ? entries.has(target.did) || entries.size >= this.#policy.threshold : true
  }

  /** All revocations of the target. */
  of(target: RevocationTarget): Verified<Statement>[] {
    return [...(this.#entries.get(keyOf(target))?.values() ?? [])]
  }

  /** Enters a revocation with authority. Those by roots and authorities always find room (threat R7). */
  put(statement: Verified<Statement>, target: RevocationTarget): Placement {
    const { signer } = statement
    const entries = this.#entries.get(keyOf(target)) ?? new Map<Did, Verified<Statement>>()
    const known = entries.get(signer)
    if (known && known.id < statement.id) return { kept: false, because: 'superseded' }
    if (!known) {
      const because = this.#refusal(signer, target)
      if (because) return { kept: false, because }
      this.#count(signer, target)
    }
    this.#entries.set(keyOf(target), entries.set(signer, statement))
    return { kept: true, dropped: known ? [known] : [] }
  }

  #refusal(signer: Did, target: RevocationTarget): 'quota' | 'full' | null {
    if (this.#isUnbounded(signer)) return null
    if ('id' in target && (this.#retractions.get(signer) ?? 0) >= this.#bounds.maxPerIssuer) return 'quota'
    return this.#size - this.#unbounded >= this.#bounds.maxStatements ? 'full' : null
  }

  #count(signer: Did, target: RevocationTarget): void {
    this.#size++
    if (this.#isUnbounded(signer)) this.#unbounded++
    else if ('id' in target) this.#retractions.set(signer, (this.#retractions.get(signer) ?? 0) + 1)
  }

  #isUnbounded(signer: Did): boolean {
    return this.#policy.roots.has(signer) || this.#policy.authorities.has(signer)
  }
}

function keyOf(target: RevocationTarget): string {
  return 'did' in target ? target.did : `${target.iss} ${target.id}`
}
