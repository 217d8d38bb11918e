import type { Statement, StatementId, Verified } from '@trustmesh/identity'
import { KeyTree, replicaKey } from '@trustmesh/protocol'
import type { StatementSet } from '@trustmesh/trust'

/** The keys of what is held, by which nodes find out where they differ. */
export class Inventory {
  readonly statements: KeyTree = new KeyTree()
  /** The revocations among them. */
  readonly revocations: KeyTree = new KeyTree()
  readonly #set: StatementSet
  /** When each is forgotten, ms. */
  readonly #expiries = new Map<StatementId, number>()

  constructor(set: StatementSet) {
    this.#set = set
  }

  add(statement: Verified<Statement>): void {
    const { id, type } = statement
    const expiry = this.#set.expiryOf(statement)
    const key = replicaKey(id, expiry)
    this.#expiries.set(id, expiry)
    this.statements.add(key)
    if (type === 'revocation') this.revocations.add(key)
  }

  drop(ids: readonly StatementId[]): void {
    for (const id of ids) {
      const expiry = this.#expiries.get(id)
      if (expiry === undefined) continue
      const key = replicaKey(id, expiry)
      this.#expiries.delete(id)
      this.statements.delete(key)
      this.revocations.delete(key)
    }
  }
}
