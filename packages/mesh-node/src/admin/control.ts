import type { Did, StatementId } from '@trustmesh/identity'
import type {
  Attestation,
  Delegation,
  Explanation,
  Guest,
  RevocationTarget,
  Standing,
  TierChange,
} from '@trustmesh/trust'

/** What somebody may do here, each with all before it: read; cut off and vouch for; approve what is wide and hand out roles. */
export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who asks or orders. Two with the same name are one, and so is anybody with those by whose leave it acts. */
export interface Person {
  /** Of its token, or its Did. */
  readonly name: string
  readonly role: Role
  readonly did?: Did
  /** By whose leave it acts, by name: who made its token, or who issued the links of its chain, the root apart. */
  readonly leave?: readonly string[]
  /** On what chain its leave rests: whatever it makes ends with that. */
  readonly grounds?: Grounds
}

/** The links of a chain, and when the first of them ends, in ms. */
export interface Grounds {
  readonly links: readonly { readonly iss: Did; readonly id: StatementId }[]
  readonly exp: number
}

/** What an operator wants done to somebody. Reasons of revocations are signed, replicated and shown. */
export type Order =
  | { readonly verb: 'revoke'; readonly targets: readonly RevocationTarget[]; readonly reason: string }
  | { readonly verb: 'suspend'; readonly did: Did; readonly ttlMs: number; readonly reason: string }
  | { readonly verb: 'lift'; readonly did: Did; readonly reason: string }
  | { readonly verb: 'evict'; readonly did: Did; readonly reason: string }
  | { readonly verb: 'kill'; readonly did: Did; readonly reason: string }
export type Verb = Order['verb']

/** What an order would do if it were carried out now. */
export interface Preview {
  /** What it cuts off or lets go; all that a kill switch takes with it, the issuer first. */
  readonly targets: readonly RevocationTarget[]
  /** Whose sessions close, at any node of the mesh. */
  readonly sessions: readonly Did[]
  /** What can be used no longer. */
  readonly delegations: readonly StatementId[]
  readonly tiers: readonly TierChange[]
  /** How many sessions, delegations and tiers that is. */
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

/** Whether a member holds what an operation has put in force, on its disk. Times in ms. */
export interface Confirmation {
  readonly node: Did
  readonly state: 'confirmed' | 'pending' | 'unreachable'
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

/** A statement that was signed elsewhere. An operation where it cuts somebody off or lets somebody go. */
export interface Accepted {
  readonly statement: StatementId
  readonly type: string
  /** `awaiting-approval`: it is wide. */
  readonly outcome: 'added' | 'known' | 'awaiting-approval'
  readonly operation?: Operation
}

/** An agent as its operator sees it. */
export interface AgentView {
  readonly did: Did
  /** What it calls itself: to be shown, never to be decided upon. */
  readonly name?: string
  readonly connected: boolean
  readonly status: string
  /** 0 to 1000. */
  readonly score: number
  readonly tier: string
  /** Thousandths. */
  readonly confidence: number
  /** How many it has open here. */
  readonly sessions: number
}

/** The mesh as its members agree on it, and where this node stands in it. */
export interface MeshView {
  /** 64 hex digits. */
  readonly net: string
  readonly root: Did
  readonly authorities: readonly Did[]
  readonly threshold: number
  readonly admission: string
  readonly node: Did
  readonly state: string
  /** The Did in whose name this node revokes, suspends and attests; `null` where it holds no such key. */
  readonly authority: Did | null
  readonly statements: number
  /** Hex; the same at members that hold the same. */
  readonly fingerprint: string
}

/** A member of the mesh. */
export interface NodeView {
  readonly did: Did
  readonly isSelf: boolean
  readonly isLinked: boolean
  /** How old what is known of its revocations is, in ms; `null` where it has never been heard. */
  readonly ageMs: number | null
  /** What it last said of itself. */
  readonly state: string | null
  readonly statements: number | null
}

/** Somebody who is here. */
export interface SessionView {
  readonly did: Did
  /** Network address, without port. */
  readonly peer: string
  /** Bytes that wait for it. */
  readonly backlog: number
}

/** What is held of any kind. */
export interface StatementView {
  readonly id: StatementId
  readonly type: string
  readonly iss: Did
  /** ms. */
  readonly iat: number
  readonly bytes: Uint8Array
}

/** A revocation that is held. */
export interface RevocationView extends Omit<StatementView, 'type' | 'bytes'> {
  readonly target: RevocationTarget
  readonly reason: string
  /** False for a vote while there are too few. */
  readonly isInForce: boolean
}

/** The last that an authority has said of somebody. */
export interface SuspensionView extends Omit<StatementView, 'type' | 'bytes'> {
  readonly sub: Did
  readonly until: number
  readonly lifted: boolean
  readonly isInForce: boolean
}

/** Where a delegation can be used no longer it is over. */
export type DelegationView = Pick<
  Delegation,
  'id' | 'iss' | 'aud' | 'can' | 'where' | 'depth' | 'parent' | 'iat' | 'exp'
> & {
  readonly isOver: boolean
}

/** An attestation that stands. */
export type AttestationView = Pick<
  Attestation,
  'id' | 'iss' | 'sub' | 'ctx' | 'value' | 'weight' | 'evidenceAt' | 'iat' | 'exp'
>

/** In the name of this node's authority. */
export interface AttestationRequest {
  readonly sub: Did
  /** −1000 to 1000. */
  readonly value: number
  readonly ctx?: string
  /** 1 to 3000. */
  readonly weight?: number
  readonly ttlMs?: number
}

/** What lets one node, or agents, into the mesh. */
export interface InvitationRequest {
  readonly guest: Guest
  readonly ttlMs: number
  /** Where they shall come to; this node's own unless told otherwise. */
  readonly url?: string
}

/** One thing that must hold for the node to serve. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail?: string
}

/**
 * What operators may see and do. The node implements it; HTTP, and whatever comes beside it, only translate. Lists come in no
 * order, and as they are gone through: who shows them filters and cuts them.
 *
 * What acts rejects with {@link NodeError}: `admin.forbidden` for a role that may not, `admin.no-authority`, `admin.own-key`,
 * `admin.not-found`, `audit.unavailable` where nothing has been done because nobody would know.
 */
export interface AdminControl {
  checks(): readonly Check[]
  mesh(): MeshView
  /** Who is or was here, the latest first. */
  agents(): readonly AgentView[]
  /** Anybody of whom there is something to say; `null` for whoever was never here and of whom nothing is held. */
  agent(did: Did): AgentView | null
  standing(did: Did, ctx?: string): Standing
  explanation(did: Did, ctx?: string): Explanation
  nodes(): readonly NodeView[]
  sessions(): readonly SessionView[]
  statements(): Iterable<StatementView>
  statement(id: StatementId): StatementView | null
  attestations(): Iterable<AttestationView>
  delegations(): Iterable<DelegationView>
  revocations(): Iterable<RevocationView>
  suspensions(): Iterable<SuspensionView>

  preview(order: Order): Preview
  /**
   * Resolves when it is in force, the sessions are closed, it is durable or cannot be made so, and the log has it; or, where it
   * is wide, when it awaits a second person.
   */
  order(order: Order, by: Person): Promise<Operation>
  operation(id: string): Operation | null
  /** The latest first. */
  operations(): readonly Operation[]
  /**
   * By another person with the role `admin`. What has been approved before is answered as it is. Rejects with
   * `admin.own-approval`, and `admin.not-awaiting` where it has been rejected, has lapsed or failed.
   */
  approve(id: string, by: Person): Promise<Operation>
  /** By anybody who may approve, and by whoever ordered it. */
  reject(id: string, by: Person): Promise<Operation>
  /** Takes a statement that somebody has signed elsewhere. Rejects also with `statement.refused` and errors of what is broken. */
  accept(envelope: Uint8Array, by: Person): Promise<Accepted>
  attest(request: AttestationRequest, by: Person): Promise<{ readonly statement: StatementId }>
  /** Resolves with a token: a secret until it has been used. */
  invite(request: InvitationRequest, by: Person): Promise<string>
}
