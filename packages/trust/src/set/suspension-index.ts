import type { Did } from '@trustmesh/identity'
import type { Policy } from '../policy.ts'
import { parseSuspension, type Suspension, strictnessOf } from '../statements/suspension.ts'
import type { IgnoredCode, Ripple } from './change.ts'
import type { Place } from './shelf.ts'
import { StatementIndex } from './statement-index.ts'
import type { Successions } from './successions.ts'

/**
 * The latest suspension of each Did by each authority. One authority is enough: a hold ends by itself. It is on the whole
 * line of a Did, or whoever is held would go on under another key.
 */
export class SuspensionIndex extends StatementIndex<Suspension> {
  readonly #policy: Policy
  readonly #successions: Successions
  readonly #of = new Map<Did, Set<Suspension>>()
  protected override readonly parse = parseSuspension

  constructor(capacityOf: (iss: Did) => number, { policy, successions }: { policy: Policy; successions: Successions }) {
    super(capacityOf)
    this.#policy = policy
    this.#successions = successions
  }

  /** What the authorities have last said of a Did and of everybody on its line. */
  of(did: Did): Suspension[] {
    // Asked at every use of a chain, for each Did on it.
    if (this.#of.size === 0) return []
    return this.#successions.lineThrough(did).flatMap((sub) => [...(this.#of.get(sub) ?? [])])
  }

  /** Everybody whom that concerns; the same more than once where it is of several on one line. */
  *subjects(): Iterable<Did> {
    for (const sub of this.#of.keys()) yield* this.#successions.lineThrough(sub)
  }

  protected override refusalOf({ iss }: Suspension): IgnoredCode | null {
    return this.#policy.authorities.has(iss) ? null : 'suspension.unauthorized'
  }

  protected override placeOf(suspension: Suspension): Place {
    return { slot: suspension.sub, seq: suspension.seq, tie: strictnessOf(suspension) }
  }

  protected override touch({ sub }: Suspension, ripple: Ripple): void {
    ripple.did(...this.#successions.lineThrough(sub))
  }

  protected override enter(suspension: Suspension, ripple: Ripple): void {
    const { sub } = suspension
    this.#of.set(sub, (this.#of.get(sub) ?? new Set()).add(suspension))
    super.enter(suspension, ripple)
  }

  protected override leave(suspension: Suspension, ripple: Ripple): void {
    const held = this.#of.get(suspension.sub)
    held?.delete(suspension)
    if (held?.size === 0) this.#of.delete(suspension.sub)
    super.leave(suspension, ripple)
  }
}
