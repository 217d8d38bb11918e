import { sha256 } from '@noble/hashes/sha2.js'
import { type Clock, IdentityError, openStatement, type Statement, type Verified } from '@trustmesh/identity'
import { MAX_SKEW_MS, TrustError } from '@trustmesh/trust'
import type { AgentSession } from './agent-session.ts'
import type { AuditLog } from './audit/log.ts'
import type { Metrics } from './metrics.ts'
import { NodeError } from './node-error.ts'
import type { Statements } from './statements.ts'
import type { TokenBuckets } from './token-bucket.ts'

export interface IntakeOptions {
  readonly statements: Statements
  /** Why what the mesh would hold may not come from an agent; `null` where it may. Throws `TrustError`. */
  readonly refusalOf: (statement: Verified<Statement>) => string | null
  readonly clock: Clock
  readonly rates: TokenBuckets
  readonly audit: AuditLog
  readonly metrics: Metrics
}

/** Types that this version gives a meaning. Any other is its sender's own word, and stays out of the log (threat S19). */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  'attestation',
  'delegation',
  'lease',
  'manifest',
  'revocation',
  'rotation',
  'suspension',
])
/** Largest envelope that this node takes from anybody, in bytes; revocations that bring a chain as proof apart. */
const MAX_PLAIN_BYTES = 4_096

/** Takes in the statements of agents: each is acknowledged by the hash of its envelope once it is durable, or refused with a code. */
export class Intake {
  readonly #options: IntakeOptions

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  async take(bytes: Uint8Array, from: AgentSession): Promise<void> {
    const { metrics, audit } = this.#options
    const re = sha256(bytes)
    const refusal = await this.#refusalOf(bytes, from)
    metrics.statement(refusal ?? 'accepted')
    if (refusal) audit.record({ event: 'statement.refused', code: refusal, did: from.did })
    from.push({ type: 'ack', re, code: refusal })
  }

  /** Undefined where the statement is in force and on disk. */
  async #refusalOf(bytes: Uint8Array, from: AgentSession): Promise<string | undefined> {
    const { statements, refusalOf, clock, rates, audit } = this.#options
    if (!rates.take(from.did, clock.monotonic())) return 'statement.rate-limited'
    try {
      const statement = openStatement(bytes)
      const { id, type, signer, claim } = statement
      if (isTooLarge(statement)) return 'statement.size'
      // The latest takes its slot, and one of a time to come would take it for as long.
      if (type !== 'revocation' && claim.iat > clock.now() + MAX_SKEW_MS) return 'statement.early'
      const refusal = refusalOf(statement)
      if (refusal) return refusal
      const proofs = proofsIn(statement)
      if (proofs > 0 && !rates.take(from.did, clock.monotonic(), proofs)) return 'statement.rate-limited'
      const change = await statements.accept(statement)
      if (change.kind === 'ignored') return change.code
      if (change.kind === 'superseded') return 'set.superseded'
      const code = UNDERSTOOD.has(type) ? type : 'other'
      audit.record({ event: 'statement.accepted', code, did: signer, statement: id })
      return undefined
    } catch (error) {
      const isOurs = error instanceof IdentityError || error instanceof TrustError || error instanceof NodeError
      return isOurs ? error.code : 'statement.failed'
    }
  }
}

/** How many signatures a statement brings beside its own: the links of the chain by which it says that its issuer may revoke. */
export function proofsIn({ type, claim }: Verified<Statement>): number {
  const path = type === 'revocation' ? claim['path'] : undefined
  return Array.isArray(path) ? path.length : 0
}

/** Whether a statement costs more to keep than any needs. */
export function isTooLarge(statement: Verified<Statement>): boolean {
  return statement.bytes.length > MAX_PLAIN_BYTES && proofsIn(statement) === 0
}
