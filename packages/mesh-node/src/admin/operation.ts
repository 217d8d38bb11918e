import type { Did, StatementId } from '@trustmesh/identity'
import type { RevocationTarget, TierChange } from '@trustmesh/trust'
import type { Order } from './schemas/order.ts'

/** What an order would do if it were carried out now. */
export interface Preview {
  /** Whom or what it is about; all that a kill switch takes with it, the issuer first. */
  readonly targets: readonly RevocationTarget[]
  /** Whose sessions close, at any node of the mesh. */
  readonly sessions: readonly Did[]
  /** What can be used no longer. */
  readonly delegations: readonly StatementId[]
  readonly tiers: readonly TierChange[]
  /** How many sessions, delegations and tiers that is; of an attestation, how many fall to a lower tier. */
  readonly reach: number
  /** Whether it takes a second person. */
  readonly isWide: boolean
}

/**
 * `awaiting-approval`: nothing has happened yet; `under-way`: it is being carried out; `lapsed`: nobody approved in time;
 * `failed`: see its `code`, or those of its items.
 */
export const OPERATION_STATES = ['awaiting-approval', 'under-way', 'in-force', 'rejected', 'lapsed', 'failed'] as const
export type OperationState = (typeof OPERATION_STATES)[number]

/** What has become of one target. */
export interface OperationItem {
  readonly target: RevocationTarget
  /** What is in force now; none where it has failed, and of an eviction. */
  readonly statement?: StatementId
  /** False where it was so before: `statement` is then the one that did it. */
  readonly created: boolean
  /** At this node. */
  readonly sessionsClosed: number
  /** Why it is not in force; or, as `operation.more-votes`, what it still takes. */
  readonly code?: string
}

/** `pending`: there is a link, and no word yet; `unreachable`: there is no link. */
export const CONFIRMATION_STATES = ['confirmed', 'pending', 'unreachable'] as const

/** Whether a member holds what an operation has put in force, on its disk. Times in ms. */
export interface Confirmation {
  readonly node: Did
  readonly state: (typeof CONFIRMATION_STATES)[number]
  readonly confirmedAt?: number
}

/** An order and what has become of it. Times in ms. */
export interface Operation {
  /** 32 hex digits. */
  readonly id: string
  readonly order: Order
  /** By name. */
  readonly by: string
  readonly approvedBy?: string
  readonly rejectedBy?: string
  readonly state: OperationState
  readonly requestedAt: number
  /** Of one that awaits approval: when it lapses. */
  readonly lapsesAt?: number
  readonly inForceAt?: number
  /** False where the disk failed: it is in force and told to all, and is written when that can be. */
  readonly durable: boolean
  /** Index of its entry `operation.ordered` in the audit log. */
  readonly audit?: number
  /** Why it has failed. */
  readonly code?: string
  /** How much it was going to touch when it was ordered, at most. */
  readonly reach: number
  readonly items: readonly OperationItem[]
  readonly nodes: readonly Confirmation[]
}

/** What has become of a statement that was brought. `awaiting-approval`: it takes a second person. */
export const OUTCOMES = ['added', 'known', 'awaiting-approval'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** A statement that was signed elsewhere. An operation where it is what an operator would have ordered here. */
export interface Accepted {
  readonly statement: StatementId
  readonly type: string
  readonly outcome: Outcome
  readonly operation?: Operation
}
