import type { Did, StatementId } from '@trustmesh/identity'
import type { RevocationTarget } from '../statements/revocation.ts'

/** What somebody with the authority to might do: revoke these, Dids as authorities do, or suspend those. */
export interface Supposition {
  readonly revoked?: readonly RevocationTarget[]
  readonly suspended?: readonly Did[]
}

/** A supposition, to be asked about one at a time. */
export class Supposed {
  readonly suspended: readonly Did[]
  readonly #dids = new Set<Did>()
  readonly #statements = new Map<StatementId, Set<Did>>()
  readonly #excluded = new Map<Did, boolean>()

  constructor({ revoked = [], suspended = [] }: Supposition) {
    this.suspended = suspended
    for (const target of revoked) {
      if ('did' in target) this.#dids.add(target.did)
      else this.#statements.set(target.id, (this.#statements.get(target.id) ?? new Set()).add(target.iss))
    }
  }

  isRevoked(did: Did): boolean {
    return this.#dids.has(did)
  }

  isVoid(iss: Did, id: StatementId): boolean {
    return this.#statements.get(id)?.has(iss) ?? false
  }

  /** Whether somebody would be admitted no longer; looked up once. */
  excludes(did: Did, look: () => boolean): boolean {
    const isExcluded = this.#excluded.get(did) ?? look()
    this.#excluded.set(did, isExcluded)
    return isExcluded
  }

  /** Whether one of a line is suspended, and so all of it. */
  holds(line: readonly Did[]): boolean {
    return this.suspended.some((did) => line.includes(did))
  }
}
