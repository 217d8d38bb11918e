import type { Did, StatementId } from '@trustmesh/identity'
import type { TrustErrorCode } from '../trust-error.ts'

/** Where an issuer's latest attestation about a subject in a context stands. */
export interface Slot {
  readonly iss: Did
  readonly sub: Did
  readonly ctx: string
}

/** Why a statement has no place in the set. */
export type IgnoredCode =
  | TrustErrorCode
  | 'revocation.unauthorized'
  | 'rotation.unauthorized'
  | 'set.equivocation'
  | 'set.expired'
  | 'set.full'
  | 'set.not-admitted'
  | 'set.quota'
  | 'statement.other-mesh'
  | 'suspension.unauthorized'

/** What became of an agent's own description: the first that was seen of it, or not what it was (threat I14). */
export type Sight = 'first' | 'drift'

/** What adding a statement did. */
export type Change =
  | {
      readonly kind: 'added'
      /** The Dids whose status it may have changed, or that of a delegation by or to them. */
      readonly affected: readonly Did[]
      /** Where another attestation may stand now. */
      readonly slots: readonly Slot[]
      /** What is held no longer: the new one has taken its place. */
      readonly dropped: readonly StatementId[]
      /** Of a manifest that shows something new. */
      readonly sight?: Sight
      /** What its issuer has said otherwise at the same turn, where this one is what shows it: both are kept as the proof. */
      readonly contradicts?: StatementId
    }
  | ({ readonly kind: 'duplicate' } & NoChange)
  /** One that takes its place is held already. */
  | ({ readonly kind: 'superseded' } & NoChange)
  | ({ readonly kind: 'ignored'; readonly code: IgnoredCode } & NoChange)

interface NoChange {
  readonly affected: readonly []
  readonly slots: readonly []
}

/** What forgetting did: which statements are held no longer, and where no attestation stands any more. */
export interface Purge {
  readonly dropped: readonly StatementId[]
  readonly slots: readonly Slot[]
}

/** Gathers what statements that come and go may change. */
export class Ripple {
  readonly #dids: Did[] = []
  /** Whose admission may have ended, until that has been looked into. */
  readonly lapsed: Did[] = []
  readonly #slots: Slot[] = []

  did(...dids: readonly Did[]): void {
    this.#dids.push(...dids)
  }

  lapse(did: Did): void {
    this.lapsed.push(did)
  }

  slot(slot: Slot): void {
    this.#slots.push(slot)
  }

  get slots(): Slot[] {
    if (this.#slots.length < 2) return this.#slots
    return [...new Map(this.#slots.map((slot) => [`${slot.iss} ${slot.sub} ${slot.ctx}`, slot])).values()]
  }

  get affected(): Did[] {
    return [...new Set(this.#dids)]
  }
}
