import { type Clock, type Did, openStatement, parseEnvelope, type Statement, type Verified } from '@trustmesh/identity'
import { MAX_SKEW_MS, parseLease, type StatementSet } from '@trustmesh/trust'
import type { AgentSession } from './agent-session.ts'
import type { Sessions } from './sessions.ts'

export interface LeasesOptions {
  readonly node: Did
  readonly set: StatementSet
  readonly sessions: Sessions
  readonly clock: Clock
}

/** Where agents are, by their own word. Its latest lease says at which node an agent is, and its session elsewhere ends. */
export class Leases {
  readonly #options: LeasesOptions
  /** Sessions that began with a lease. One without is known of here alone. */
  readonly #leased = new WeakSet<AgentSession>()

  constructor(options: LeasesOptions) {
    this.#options = options
  }

  /** The node that agents are at here. */
  get node(): Did {
    return this.#options.node
  }

  /** At which node an agent is now, or `null`. */
  nodeOf(agent: Did): Did | null {
    const { set, clock } = this.#options
    const lease = set.leaseOf(agent)
    return lease && lease.exp > clock.now() ? lease.node : null
  }

  /** The lease among what an agent has brought: its own, to this node, and none that is too early for the others to take. */
  brought(attachments: readonly Uint8Array[], agent: Did): Verified<Statement> | null {
    for (const bytes of attachments) {
      try {
        if (parseEnvelope(bytes).type !== 'lease') continue
        const statement = openStatement(bytes)
        const { iss, node, iat } = parseLease(statement)
        const isEarly = iat > this.#options.clock.now() + MAX_SKEW_MS
        return iss === agent && node === this.#options.node && !isEarly ? statement : null
      } catch {
        // What it brings is for others to judge.
      }
    }
    return null
  }

  /** The session stands with its agent's lease, unless that found no place: then it is as if it had brought none. */
  bind(session: AgentSession, lease: Verified<Statement>): void {
    const held = this.#options.set.leaseOf(session.did)
    if (!held || held.seq < parseLease(lease).seq) return
    this.#leased.add(session)
    this.moved(session.did)
  }

  /** An agent has a new lease: if that is to another node, it is here no longer. */
  moved(agent: Did): void {
    const { sessions, node } = this.#options
    const session = sessions.of(agent)
    const isElsewhere = (this.nodeOf(agent) ?? node) !== node
    if (session && this.#leased.has(session) && isElsewhere) session.close('session.superseded')
  }
}
