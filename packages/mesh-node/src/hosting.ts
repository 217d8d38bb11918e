import type { Clock } from '@trustmesh/identity'
import { type Established, type Frame, Session } from '@trustmesh/protocol'
import { AgentSession } from './agent-session.ts'
import type { Answers } from './answers.ts'
import type { AuditLog } from './audit/log.ts'
import type { Enforcement } from './enforcement.ts'
import type { Sightings } from './events/sightings.ts'
import type { Intake } from './intake.ts'
import type { Leases } from './leases.ts'
import type { Backbone } from './links/backbone.ts'
import type { Metrics } from './metrics.ts'
import type { Router } from './router.ts'
import type { Sessions } from './sessions.ts'
import type { Statements } from './statements.ts'
import type { Timers } from './timers.ts'
import { TokenBucket } from './token-bucket.ts'
import type { Connection, ConnectionHandler } from './transport/connection.ts'
import type { Watchers } from './watchers.ts'

export interface HostingOptions {
  readonly sessions: Sessions
  readonly watchers: Watchers
  readonly backbone: Backbone
  readonly leases: Leases
  readonly statements: Statements
  readonly enforcement: Enforcement
  readonly sightings: Sightings
  /** Who answers what an agent says. */
  readonly router: Router
  readonly intake: Intake
  readonly answers: Answers
  readonly messagesPerSecond: number
  readonly audit: AuditLog
  readonly metrics: Metrics
  readonly clock: Clock
  readonly timers: Timers
}

/** Frames of any kind that an agent may send for each message that it may: those beyond are answered, and these end the session. */
const FRAMES_PER_MESSAGE = 4

/** The agents that are here: each from its welcome to the end of its session. */
export class Hosting {
  readonly #options: HostingOptions

  constructor(options: HostingOptions) {
    this.#options = options
  }

  welcome(established: Established, connection: Connection): ConnectionHandler {
    const { audit, metrics, clock, timers, sessions, backbone, watchers, messagesPerSecond } = this.#options
    const { peer: did, purpose, resumed } = established
    const session: AgentSession = new AgentSession({
      session: new Session({ established, role: 'responder', at: clock.monotonic() }),
      connection,
      watchers,
      clock,
      timers,
      frames: new TokenBucket(FRAMES_PER_MESSAGE * messagesPerSecond, clock.monotonic()),
      received: (frame, from) => this.#received(frame, from),
      broke: (code) => {
        metrics.frameRefused(code)
        audit.record({ event: 'frame.refused', code, did, peer: connection.address })
      },
      ended: (code) => {
        sessions.remove(session)
        backbone.detach(did)
        metrics.sessionClosed(purpose)
        audit.record({ event: 'session.closed', code, did })
      },
    })
    this.#options.sightings.arrives(did)
    sessions.add(session)
    metrics.sessionOpened(purpose)
    audit.record({ event: 'session.opened', did, peer: connection.address, detail: { resumed: Number(resumed) } })
    // Its status was checked before the welcome was signed and sent: a revocation may have come in between.
    this.#options.enforcement.enforce([did])
    this.#attach(session, established.attachments)
    return session
  }

  /** Where it has brought a lease, the agent can be reached from everywhere from now on. */
  #attach(session: AgentSession, attachments: readonly Uint8Array[]): void {
    const { backbone, leases, statements } = this.#options
    if (!session.isOpen) return
    backbone.attach(session.did)
    const lease = leases.brought(attachments, session.did)
    if (!lease) return
    // A store that fails shows in the checks, and the lease is in force all the same.
    statements.accept(lease).catch(() => {})
    leases.bind(session, lease)
  }

  #received(frame: Frame, from: AgentSession): void {
    const { router, intake, answers } = this.#options
    switch (frame.type) {
      case 'message':
        return router.route(frame, from)
      case 'statement':
        return void intake.take(frame.bytes, from)
      case 'query':
        return answers.query(frame, from)
      case 'lookup':
        return answers.lookup(frame, from)
      case 'find':
        return answers.find(frame, from)
      case 'explain':
        return answers.explain(frame, from)
      case 'evidence':
        return answers.evidence(frame, from)
      case 'ping':
        return from.push({ type: 'pong', n: frame.n })
      default:
        return from.violation('frame.unexpected')
    }
  }
}
