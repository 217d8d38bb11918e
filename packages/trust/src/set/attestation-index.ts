import type { Did } from '@trustmesh/identity'
import { type Attestation, parseAttestation } from '../statements/attestation.ts'
import type { Ripple, Slot } from './change.ts'
import { type Kept, type Place, uncontested } from './shelf.ts'
import { StatementIndex } from './statement-index.ts'
import type { Successions } from './successions.ts'

/** The attestations that are kept, and the one that stands in a slot: evidence about a Did counts for its heir. */
export class AttestationIndex extends StatementIndex<Attestation> {
  readonly #successions: Successions
  readonly #about = new Map<Did, Set<Attestation>>()
  /** How many attestations are kept in each context. */
  readonly #inContext = new Map<string, number>()
  protected override readonly parse = parseAttestation

  constructor(capacityOf: (iss: Did) => number, successions: Successions) {
    super(capacityOf)
    this.#successions = successions
  }

  /**
   * The latest of an issuer about a Did and those whom it has succeeded; `null` where there is none, or two that
   * contradict each other, or where the Did keeps nothing. Nobody is rated by those on its own line (threat T3).
   */
  latest({ iss, sub, ctx }: Slot): Attestation | null {
    if (this.#successions.lineThrough(sub).includes(iss)) return null
    let latest: Kept<Attestation> | null = null
    for (const did of this.#successions.lineOf(sub)) {
      const kept = this.kept(iss, keyOf(did, ctx))
      if (kept && (!latest || kept.seq > latest.seq)) latest = kept
    }
    return uncontested(latest)
  }

  /** The slots in which attestations about a Did count, contested or not. */
  *slotsAbout(sub: Did): Iterable<Slot> {
    const seen = new Set<string>()
    for (const did of this.#successions.lineOf(sub)) {
      for (const { iss, ctx } of this.#about.get(did) ?? []) {
        const key = keyOf(iss, ctx)
        if (!seen.has(key)) yield { iss, sub, ctx }
        seen.add(key)
      }
    }
  }

  /** The slots of all attestations that count for somebody; of those in one line, the same more than once. */
  *slots(): Iterable<Slot> {
    for (const [did, attestations] of this.#about) {
      const sub = this.#successions.heirOf(did)
      if (sub) for (const { iss, ctx } of attestations) yield { iss, sub, ctx }
    }
  }

  /** The slots that the attestations of an issuer count in; of those about one line, the same more than once. */
  *slotsBy(iss: Did): Iterable<Slot> {
    for (const { sub, ctx } of this.by(iss)) {
      const heir = this.#successions.heirOf(sub)
      if (heir) yield { iss, sub: heir, ctx }
    }
  }

  /** Whether any attestation is kept in this very context. */
  names(ctx: string): boolean {
    return this.#inContext.has(ctx)
  }

  /** Tells that evidence about any of these may count for any other of them now, or for none. */
  moved(line: readonly Did[], ripple: Ripple): void {
    ripple.did(...line)
    for (const member of line) {
      for (const { iss, ctx } of this.#about.get(member) ?? []) for (const sub of line) ripple.slot({ iss, sub, ctx })
    }
  }

  protected override placeOf({ sub, ctx, seq }: Attestation): Place {
    return { slot: keyOf(sub, ctx), seq }
  }

  protected override touch({ iss, sub, ctx }: Attestation, ripple: Ripple): void {
    const heir = this.#successions.heirOf(sub)
    if (heir) ripple.slot({ iss, sub: heir, ctx })
  }

  protected override enter(attestation: Attestation, ripple: Ripple): void {
    const { sub, ctx } = attestation
    this.#inContext.set(ctx, (this.#inContext.get(ctx) ?? 0) + 1)
    this.#about.set(sub, (this.#about.get(sub) ?? new Set()).add(attestation))
    super.enter(attestation, ripple)
  }

  protected override leave(attestation: Attestation, ripple: Ripple): void {
    const { sub, ctx } = attestation
    const left = (this.#inContext.get(ctx) ?? 0) - 1
    if (left > 0) this.#inContext.set(ctx, left)
    else this.#inContext.delete(ctx)
    const about = this.#about.get(sub)
    about?.delete(attestation)
    if (about?.size === 0) this.#about.delete(sub)
    super.leave(attestation, ripple)
  }
}

function keyOf(did: Did, ctx: string): string {
  return `${did} ${ctx}`
}
