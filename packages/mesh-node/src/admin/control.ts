import type { Did, StatementId } from '@trustmesh/identity'
import type { Explanation, Guest, Standing } from '@trustmesh/trust'
import type { Accepted, Operation, Preview } from './operation.ts'
import type { Person } from './person.ts'
import type { Order } from './schemas/order.ts'
import type {
  AgentView,
  AttestationView,
  DelegationView,
  MeshView,
  NodeView,
  RevocationView,
  SessionView,
  StatementView,
  SuspensionView,
} from './view.ts'

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

  /** Whether it is wide is for whoever asks: what they have done of late counts. */
  preview(order: Order, by?: Person): Preview
  /**
   * Resolves when it is in force, the sessions are closed, it is durable or cannot be made so, and the log has it; or, where it
   * takes a second person, when it awaits one. Rejects also with the `TrustError` of what no attestation may say.
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
  /** Resolves with a token: a secret until it has been used. */
  invite(request: InvitationRequest, by: Person): Promise<string>
}
