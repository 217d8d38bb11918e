import type { Did, StatementId } from '@trustmesh/identity'
import { type Delegation, parseDelegation } from '../statements/delegation.ts'
import type { Ripple } from './change.ts'
import type { Place } from './shelf.ts'
import { StatementIndex } from './statement-index.ts'

/** The delegations that are kept, found by whom they go to and by what they attenuate. None supersedes another. */
export class DelegationIndex extends StatementIndex<Delegation> {
  readonly #to = new Map<Did, Set<Delegation>>()
  readonly #children = new Map<StatementId, Set<Delegation>>()
  protected override readonly parse = parseDelegation

  to(aud: Did): Delegation[] {
    return [...(this.#to.get(aud) ?? [])]
  }

  childrenOf(id: StatementId): Delegation[] {
    return [...(this.#children.get(id) ?? [])]
  }

  protected override placeOf({ id, iat }: Delegation): Place {
    return { slot: id, seq: iat }
  }

  protected override touch({ aud }: Delegation, ripple: Ripple): void {
    ripple.did(aud)
  }

  protected override enter(delegation: Delegation): void {
    const { aud, parent } = delegation
    this.#to.set(aud, (this.#to.get(aud) ?? new Set()).add(delegation))
    if (parent) this.#children.set(parent, (this.#children.get(parent) ?? new Set()).add(delegation))
  }

  protected override leave(delegation: Delegation): void {
    forget(this.#to, delegation.aud, delegation)
    if (delegation.parent) forget(this.#children, delegation.parent, delegation)
  }
}

function forget<Key>(index: Map<Key, Set<Delegation>>, key: Key, delegation: Delegation): void {
  const entries = index.get(key)
  entries?.delete(delegation)
  if (entries?.size === 0) index.delete(key)
}
