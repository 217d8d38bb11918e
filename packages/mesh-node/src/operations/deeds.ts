import {
  type Clock,
  openStatement,
  type Random,
  type Statement,
  type StatementId,
  type Verified,
} from '@trustmesh/identity'
import {
  type Issuance,
  issueAttestation,
  issueInvitation,
  MAX_HOLD_MS,
  MAX_SKEW_MS,
  parseRevocation,
  parseSuspension,
  type Replica,
} from '@trustmesh/trust'
import type { Accepted, AttestationRequest, InvitationRequest, Order, Person } from '../admin/control.ts'
import type { AuditEvent, AuditLog } from '../audit/log.ts'
import { isTooLarge } from '../intake.ts'
import type { Mesh } from '../mesh.ts'
import type { NodeKeys } from '../mesh-keys.ts'
import { NodeError } from '../node-error.ts'
import type { Statements } from '../statements.ts'
import type { Operations } from './operations.ts'
import { checkRole } from './order.ts'

export interface DeedsOptions {
  readonly mesh: Mesh
  readonly keys: NodeKeys
  readonly replica: Replica
  readonly statements: Statements
  readonly operations: Operations
  /** Why what the mesh would hold may not come from outside; `null` where it may. Throws `TrustError`. */
  readonly refusalOf: (statement: Verified<Statement>) => string | null
  /** Where guests find this node; `null` where it is not listening. */
  readonly url: () => string | null
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
}

/** What operators do beside cutting off: vouch, invite, and bring what they have signed elsewhere. */
export class Deeds {
  readonly #options: DeedsOptions
  readonly #issuance: Issuance

  constructor(options: DeedsOptions) {
    this.#options = options
    this.#issuance = { net: options.mesh.net, clock: options.clock, random: options.random }
  }

  /** What cuts somebody off or lets somebody go becomes an operation, as if it had been ordered here. */
  async accept(envelope: Uint8Array, by: Person): Promise<Accepted> {
    checkRole(by.role, 'operator')
    const { replica, statements, operations } = this.#options
    const statement = openStatement(envelope)
    const { id, type, signer } = statement
    this.#checkPlace(statement)
    if (replica.set.has(id)) return { statement: id, type, outcome: 'known' }
    const order = orderOf(statement, this.#options.clock.now())
    if (order) {
      const operation = await operations.order(order, by, envelope)
      const outcome = operation.state === 'awaiting-approval' ? operation.state : 'added'
      return { statement: id, type, outcome, operation }
    }
    await this.#putOnRecord({ code: 'statement.brought', did: signer, statement: id }, by)
    const change = await statements.accept(statement)
    if (change.kind === 'ignored') throw new NodeError('statement.refused', { detail: change.code })
    if (change.kind === 'superseded') throw new NodeError('statement.refused', { detail: 'set.superseded' })
    return { statement: id, type, outcome: change.kind === 'added' ? 'added' : 'known' }
  }

  /** In the name of this node's authority. */
  async attest(
    { sub, value, ctx = '', weight, ttlMs }: AttestationRequest,
    by: Person,
  ): Promise<{ readonly statement: StatementId }> {
    checkRole(by.role, 'operator')
    const { keys, replica, clock, statements } = this.#options
    if (!keys.authority) throw new NodeError('admin.no-authority')
    const before = replica.set.attestationBy(keys.authority.did, sub, ctx)
    const said = {
      ...{ sub, value, ctx },
      ...(weight !== undefined && { weight }),
      ...(ttlMs !== undefined && { exp: clock.now() + ttlMs }),
      ...(before && { previousSeq: before.seq }),
    }
    const statement = await issueAttestation(keys.authority, said, this.#issuance)
    await this.#putOnRecord({ code: 'attestation.issued', did: sub, statement: statement.id }, by)
    await statements.accept(statement)
    return { statement: statement.id }
  }

  async invite({ guest, ttlMs, url = this.#options.url() ?? '' }: InvitationRequest, by: Person): Promise<string> {
    checkRole(by.role, 'operator')
    const { mesh, keys } = this.#options
    if (guest === 'node' && !keys.authority) throw new NodeError('admin.no-authority')
    const { root, authorities, threshold, admission } = mesh
    const said = {
      ...{ url, node: keys.node.did, root, authorities: [...authorities], threshold },
      ...{ invited: admission === 'invited', guest, ttlMs },
    }
    await this.#putOnRecord({ code: `invitation.${guest}`, detail: { ttlMs } }, by)
    return await issueInvitation(keys.authority ?? keys.node, said, this.#issuance)
  }

  /** Throws {@link NodeError} `statement.refused`, with the code of why in its detail. */
  #checkPlace(statement: Verified<Statement>): void {
    const { refusalOf, clock } = this.#options
    const { type, claim } = statement
    const isEarly = type !== 'revocation' && claim.iat > clock.now() + MAX_SKEW_MS
    const refusal = isTooLarge(statement) ? 'statement.size' : isEarly ? 'statement.early' : refusalOf(statement)
    if (refusal !== null) throw new NodeError('statement.refused', { detail: refusal })
  }

  /** Before it is done, or it is not done (threat A8). */
  async #putOnRecord(entry: Omit<AuditEvent, 'event' | 'by'>, { name }: Person): Promise<void> {
    await this.#options.audit.commit({ event: 'admin.acted', ...entry, by: name })
  }
}

/** What somebody has ordered who has signed this elsewhere; `null` where it cuts nobody off. Throws `TrustError` where it is broken. */
function orderOf(statement: Verified<Statement>, now: number): Order | null {
  if (statement.type === 'revocation') {
    const { target, reason } = parseRevocation(statement)
    return { verb: 'revoke', targets: [target], reason: reason || 'signed elsewhere' }
  }
  if (statement.type !== 'suspension') return null
  const { sub: did, until, lifted } = parseSuspension(statement)
  const reason = 'signed elsewhere'
  const ttlMs = Math.min(Math.max(1, until - now), MAX_HOLD_MS)
  return lifted ? { verb: 'lift', did, reason } : { verb: 'suspend', did, ttlMs, reason }
}
