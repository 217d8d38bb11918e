import type { Did, StatementId } from '@trustmesh/identity'
import { type Delegation, parseDelegation } from '../statements/delegation.ts'
import { isAdmission } from './admissions.ts'
import type { Ripple } from './change.ts'
import type { Place } from './shelf.ts'
import { StatementIndex } from './statement-index.ts'

/**
 * The delegations that are kept, found by whom they go to and by what they attenuate. None supersedes another. In a mesh
 * that admits issuers, those that do so have shelves of their own: a sponsor admits more than anybody says otherwise.
 */
export class DelegationIndex extends StatementIndex<Delegation> {
  readonly #to = new Map<Did, Set<Delegation>>()
  readonly #children = new Map<StatementId, Set<Delegation>>()
  readonly #admissions = new Map<Did, Set<Delegation>>()
  readonly #sponsoredBy: ((iss: Did) => number) | null
  protected override readonly parse = parseDelegation

  /** @param sponsoredBy how many admissions of an issuer are kept; `null` where they are like any other delegation */
  constructor(capacityOf: (iss: Did) => number, sponsoredBy: ((iss: Did) => number) | null = null) {
    super(capacityOf)
    this.#sponsoredBy = sponsoredBy
  }

  to(aud: Did): Delegation[] {
    return [...(this.#to.get(aud) ?? [])]
  }

  childrenOf(id: StatementId): Delegation[] {
    return [...(this.#children.get(id) ?? [])]
  }

  override by(iss: Did): Delegation[] {
    return [...super.by(iss), ...this.admissionsBy(iss)]
  }

  admissionsBy(iss: Did): Delegation[] {
    return this.on(admissionShelf(iss))
  }

  /** How many those are: asked at each join, where there may be ten thousand. */
  countAdmissionsBy(iss: Did): number {
    return this.countOn(admissionShelf(iss))
  }

  admissionsTo(aud: Did): Iterable<Delegation> {
    return this.#admissions.get(aud) ?? []
  }

  /** Forgets whom an issuer has admitted. */
  clearAdmissions(iss: Did, ripple: Ripple): StatementId[] {
    return this.clear(admissionShelf(iss), ripple)
  }

  protected override shelfOf(delegation: Delegation): string {
    return this.#sponsoredBy && isAdmission(delegation) ? admissionShelf(delegation.iss) : delegation.iss
  }

  protected override capacityFor(delegation: Delegation): number {
    return this.#sponsoredBy && isAdmission(delegation)
      ? this.#sponsoredBy(delegation.iss)
      : super.capacityFor(delegation)
  }

  protected override placeOf({ id, iat }: Delegation): Place {
    return { slot: id, seq: iat }
  }

  protected override touch(delegation: Delegation, ripple: Ripple): void {
    ripple.did(delegation.aud)
    if (isAdmission(delegation)) ripple.lapse(delegation.aud)
  }

  protected override enter(delegation: Delegation): void {
    const { aud, parent } = delegation
    remember(this.#to, aud, delegation)
    if (parent) remember(this.#children, parent, delegation)
    if (isAdmission(delegation)) remember(this.#admissions, aud, delegation)
  }

  protected override leave(delegation: Delegation, ripple: Ripple): void {
    const { aud, parent } = delegation
    forget(this.#to, aud, delegation)
    if (parent) forget(this.#children, parent, delegation)
    if (!isAdmission(delegation)) return
    forget(this.#admissions, aud, delegation)
    ripple.lapse(aud)
  }
}

/** No Did has a space in it. */
function admissionShelf(iss: Did): string {
  return `${iss} mesh`
}

function remember<Key>(index: Map<Key, Set<Delegation>>, key: Key, delegation: Delegation): void {
  index.set(key, (index.get(key) ?? new Set()).add(delegation))
}

function forget<Key>(index: Map<Key, Set<Delegation>>, key: Key, delegation: Delegation): void {
  const entries = index.get(key)
  entries?.delete(delegation)
  if (entries?.size === 0) index.delete(key)
}
