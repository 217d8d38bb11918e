import type { Did, Statement, StatementId, Verified } from '@trustmesh/identity'
import type { FrameOf, KeyTree } from '@trustmesh/protocol'
import type { Head } from '@trustmesh/trust'
import { ROUTE_OUTCOMES, type RouteOutcome } from '../router.ts'

/** A message between agents of different nodes. */
export type Carried = Pick<FrameOf<'message'>, 'id' | 'body'> & { readonly from: Did; readonly to: Did }

/** As with an agent of this node, or no way leads there, or nothing was heard of it in time. */
const CARRY_OUTCOMES = [...ROUTE_OUTCOMES, 'message.no-route', 'message.unconfirmed'] as const
/** What became of it. */
export type CarryOutcome = (typeof CARRY_OUTCOMES)[number]

export function isCarryOutcome(code: string): code is CarryOutcome {
  return CARRY_OUTCOMES.some((outcome) => outcome === code)
}

/**
 * What became of an envelope from another node: `refused` has no place here now and may have one later, `invalid` is what
 * no honest node sends. Its id, where it is a statement.
 */
export interface Taken {
  readonly outcome: 'new' | 'known' | 'refused' | 'invalid'
  readonly id: StatementId | null
}

/** Another node of the mesh, as this one sees it. */
export interface MemberView {
  readonly did: Did
  readonly isLinked: boolean
  /** The latest that it has said of itself. */
  readonly head: Head | null
  /** How long ago it said what this node has caught up with since, in ms; `null` where that was never. */
  readonly ageMs: number | null
}

/** What is wrong with the mesh as this node sees it. */
export type Alarm = 'member.silent' | 'member.forked' | 'member.diverged' | 'member.barred' | 'member.clock'

/** What a backbone asks of its node. */
export interface Local {
  readonly did: Did
  readonly state: Head['state']
  /** Everything that is held, and the revocations among it. */
  readonly statements: KeyTree
  readonly revocations: KeyTree
  has(id: StatementId): boolean
  bytesOf(id: StatementId): Uint8Array | null
  /** Whether a node belongs to the mesh, by what is held or by what it shows. */
  isMember(did: Did, shown?: readonly Uint8Array[]): boolean
  /** Takes envelopes of another node as if a stranger had sent them; what is new is published from here on, not back to `from`. */
  take(envelopes: readonly Uint8Array[], from: Did): Promise<readonly Taken[]>
  /** Hands a message to an agent of this node, where the sender's lease names the node `origin`. */
  deliver(message: Carried, origin: Did): RouteOutcome
  /** There is nobody left to wait for, and so many members have been reconciled with; more than once, as some come later. */
  settled(reached: number): void
  alarm(code: Alarm, member: Did): void
  /** Which of these revocations and suspensions are in force and on the disk here; it is waited for what is being written. */
  kept(ids: readonly StatementId[]): Promise<readonly StatementId[]>
  /** A member is linked from now on. */
  linked(member: Did): void
  /** A member says that these are in force and on its disk. */
  confirmed(ids: readonly StatementId[], member: Did): void
}

/**
 * What carries statements and messages between the nodes of a mesh. `backbone-contract.ts` says in tests what every
 * implementation has to hold.
 */
export interface Backbone {
  start(local: Local): void
  /** To all members but `from`, revocations and suspensions ahead of everything else. */
  publish(statement: Verified<Statement>, from?: Did): void
  /** Compares what is held with all members now, beside doing so now and then. */
  reconcile(): void
  /** An agent is at this node, or no longer. */
  attach(agent: Did): void
  detach(agent: Did): void
  /** To an agent of another node, in the order of the calls. Never rejects. */
  carry(message: Carried, node: Did): Promise<CarryOutcome>
  /** Asks a member which of these are in force and on its disk, if there is a link: {@link Local.confirmed} is the answer. */
  ask(ids: readonly StatementId[], member: Did): void
  /** Something was revoked: whoever is a member no more is cut off before this returns. */
  review(): void
  readonly members: readonly MemberView[]
  close(): Promise<void>
}
