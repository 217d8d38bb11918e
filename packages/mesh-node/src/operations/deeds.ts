import { type Clock, openStatement, type Random, type Statement, type Verified } from '@trustmesh/identity'
import {
  type Issuance,
  issueInvitation,
  MAX_HOLD_MS,
  MAX_SKEW_MS,
  parseAttestation,
  parseRevocation,
  parseSuspension,
  type Replica,
} from '@trustmesh/trust'
import type { InvitationRequest } from '../admin/control.ts'
import type { Accepted } from '../admin/operation.ts'
import type { Person } from '../admin/person.ts'
import { MAX_TTL_MS, MIN_TTL_MS, type Order } from '../admin/schemas/order.ts'
import type { AuditEvent, AuditLog } from '../audit/log.ts'
import { isTooLarge } from '../intake.ts'
import type { Mesh } from '../mesh.ts'
import type { NodeKeys } from '../mesh-keys.ts'
import { NodeError } from '../node-error.ts'
import type { Statements } from '../statements.ts'
import { endsSooner } from './hold.ts'
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

/** What operators do beside ordering: invite, and bring what they have signed elsewhere. */
export class Deeds {
  readonly #options: DeedsOptions
  readonly #issuance: Issuance

  constructor(options: DeedsOptions) {
    this.#options = options
    this.#issuance = { net: options.mesh.net, clock: options.clock, random: options.random }
  }

  /** What an operator might have ordered becomes an operation, as if it had been ordered here. */
  async accept(envelope: Uint8Array, by: Person): Promise<Accepted> {
    checkRole(by.role, 'operator')
    const { replica, statements, operations } = this.#options
    const statement = openStatement(envelope)
    const { id, type, signer } = statement
    this.#checkPlace(statement)
    if (replica.set.has(id)) return { statement: id, type, outcome: 'known' }
    const order = this.#orderIn(statement)
    if (order) {
      const operation = await operations.order(order, by, statement)
      const outcome = operation.state === 'awaiting-approval' ? operation.state : 'added'
      return { statement: id, type, outcome, operation }
    }
    await this.#putOnRecord({ code: 'statement.brought', did: signer, statement: id }, by)
    const change = await statements.accept(statement)
    if (change.kind === 'ignored') throw new NodeError('statement.refused', { detail: change.code })
    if (change.kind === 'superseded') throw new NodeError('statement.refused', { detail: 'set.superseded' })
    return { statement: id, type, outcome: change.kind === 'added' ? 'added' : 'known' }
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

  /** What somebody has ordered who has signed this elsewhere; `null` where it is nothing of that kind. Throws `TrustError` where it is broken. */
  #orderIn(statement: Verified<Statement>): Order | null {
    const { replica, clock } = this.#options
    const { policy } = replica.set
    const now = clock.now()
    const reason = 'signed elsewhere'
    if (statement.type === 'revocation') {
      const { target, reason: said } = parseRevocation(statement)
      return { verb: 'revoke', targets: [target], reason: said || reason }
    }
    if (statement.type === 'suspension') {
      const suspension = parseSuspension(statement)
      const { sub: did, until } = suspension
      if (endsSooner(suspension, replica.set, now)) return { verb: 'lift', did, reason }
      return { verb: 'suspend', did, ttlMs: between(1, until - now, MAX_HOLD_MS), reason }
    }
    // What agents say of each other is their own business.
    const { type, signer } = statement
    if (type !== 'attestation' || !(policy.roots.has(signer) || policy.authorities.has(signer))) return null
    const { sub: did, value, ctx, weight, exp } = parseAttestation(statement)
    return { verb: 'attest', did, value, ctx, weight, ttlMs: between(MIN_TTL_MS, exp - now, MAX_TTL_MS) }
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

function between(least: number, n: number, most: number): number {
  return Math.min(Math.max(least, n), most)
}
