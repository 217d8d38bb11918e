import type { Did, StatementId } from '@trustmesh/identity'

/** What a verifier knows of those who have been cut off; a `StatementSet` is one. Asked at every use, never remembered. */
export interface Knowledge {
  /** Moves with every change of somebody's status. */
  readonly epoch: number
  isRevoked(did: Did): boolean
  /** Whether this one statement of the issuer is revoked. */
  isVoid(iss: Did, id: StatementId): boolean
  /** Whether the Did is on hold at a time in ms. */
  isSuspended(did: Did, now: number): boolean
}
