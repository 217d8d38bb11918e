import { type Clock, type Did, IdentityError, type Random } from '@trustmesh/identity'
import {
  type Applicant,
  type Established,
  type Frame,
  type FrameOf,
  type KeyPair,
  type Refusal,
  Session,
} from '@trustmesh/protocol'
import { Replica, type Standing } from '@trustmesh/trust'
import type { AdminControl } from './admin/control.ts'
import { AgentSession } from './agent-session.ts'
import { Answers } from './answers.ts'
import type { AuditLog } from './audit/log.ts'
import type { NodeLimits } from './config.ts'
import { Cookies } from './cookies.ts'
import { Enforcement } from './enforcement.ts'
import { Intake } from './intake.ts'
import type { Mesh } from './mesh.ts'
import type { NodeKeys } from './mesh-keys.ts'
import type { Metrics } from './metrics.ts'
import { Operations } from './operations.ts'
import { Reception } from './reception.ts'
import { Router } from './router.ts'
import { Sessions } from './sessions.ts'
import { Statements } from './statements.ts'
import type { Store } from './store/store.ts'
import { Tickets } from './tickets.ts'
import type { Timers } from './timers.ts'
import { TokenBucket, TokenBuckets } from './token-bucket.ts'
import type { Connection, ConnectionHandler } from './transport/connection.ts'
import { Watchers } from './watchers.ts'

export interface MeshNodeOptions {
  readonly mesh: Mesh
  readonly keys: NodeKeys
  /** Dids from which trust starts, besides the mesh's root. */
  readonly roots: readonly Did[]
  readonly limits: NodeLimits
  readonly store: Store
  readonly audit: AuditLog
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
  /** Makes an ephemeral key pair for a handshake. */
  readonly keyPair: () => KeyPair
  readonly timers: Timers
}

/** What one issuer other than a root may have kept of one type. */
const MAX_PER_ISSUER = 256
/** Addresses whose rate of handshakes is remembered. */
const MAX_ADDRESSES = 65_536
/** Frames of any kind that an agent may send for each message that it may: those beyond are answered, and these end the session. */
const FRAMES_PER_MESSAGE = 4

/**
 * A node, without its sockets: takes connections, keeps statements, carries messages, and cuts off whoever is revoked.
 * Everything that it needs of the world comes in through its options.
 */
export class MeshNode {
  readonly did: Did
  readonly net: Uint8Array
  readonly sessions: Sessions
  /** What its operator may see and do. */
  readonly control: AdminControl
  readonly #options: MeshNodeOptions
  readonly #replica: Replica
  readonly #answers: Answers
  readonly #watchers = new Watchers()
  readonly #enforcement: Enforcement
  readonly #statements: Statements
  readonly #reception: Reception
  readonly #router: Router
  readonly #intake: Intake
  #isDraining = false

  private constructor(options: MeshNodeOptions) {
    const { mesh, keys, roots, limits, store, clock, random, keyPair, timers } = options
    const policy = {
      roots: [...new Set([mesh.root, ...roots])],
      authorities: [...mesh.authorities],
      threshold: mesh.threshold,
    }
    this.#options = options
    this.did = keys.node.did
    this.net = mesh.net
    this.sessions = new Sessions(limits.maxSessions)
    this.#replica = new Replica({
      net: mesh.net,
      policy,
      maxStatements: limits.maxStatements,
      maxPerIssuer: MAX_PER_ISSUER,
    })
    const { audit, metrics } = options
    this.#answers = new Answers(this.#replica, clock)
    this.#enforcement = new Enforcement({
      replica: this.#replica,
      sessions: this.sessions,
      watchers: this.#watchers,
      clock,
      timers,
      audit,
      metrics,
    })
    this.#statements = new Statements({
      replica: this.#replica,
      clock,
      store,
      changed: (effect, statement) => this.#enforcement.changed(effect, statement),
    })
    this.#intake = new Intake({
      statements: this.#statements,
      clock,
      rates: new TokenBuckets(limits.statementsPerSecondPerDid, limits.maxSessions),
      audit: options.audit,
      metrics: options.metrics,
    })
    this.#router = new Router({
      sessions: this.sessions,
      clock,
      messages: new TokenBuckets(limits.messagesPerSecondPerDid, limits.maxSessions),
      standingOf: (did) => this.standingOf(did),
    })
    this.control = new Operations({
      mesh,
      keys,
      replica: this.#replica,
      statements: this.#statements,
      sessions: this.sessions,
      standingOf: (did) => this.standingOf(did),
      clock,
      random,
      checks: () => [
        { name: 'serving', ok: !this.#isDraining },
        { name: 'audit', ok: options.audit.healthy() },
        { name: 'store', ok: this.#statements.isHealthy },
      ],
    })
    this.#reception = new Reception({
      identity: keys.node,
      net: mesh.net,
      clock,
      random,
      keyPair,
      timers,
      tickets: new Tickets(clock, random),
      cookies: new Cookies(clock, random),
      handshakes: new TokenBuckets(limits.handshakesPerSecondPerAddress, MAX_ADDRESSES),
      handshakeMs: limits.handshakeTimeoutMs,
      busyAt: limits.maxUnauthenticated / 4,
      refusalOf: (applicant) => this.#refusalOf(applicant),
      welcome: (established, connection) => this.#welcome(established, connection),
      turnedAway: (code, peer, did) => {
        options.metrics.handshake(code)
        options.audit.record({ event: 'handshake.refused', code, peer, ...(did ? { did } : {}) })
      },
    })
  }

  /** Reads back what the store kept. Damaged envelopes are left out, and audited. */
  static async open(options: MeshNodeOptions): Promise<MeshNode> {
    const node = new MeshNode(options)
    const { audit } = options
    const count = await node.#statements.load((cause) => {
      const code = cause instanceof IdentityError ? cause.code : 'statement.damaged'
      audit.record({ event: 'statement.refused', code })
    })
    node.#enforcement.watchTime()
    audit.record({ event: 'node.started', did: node.did, detail: { statements: count } })
    return node
  }

  get roots(): readonly Did[] {
    return [...this.#replica.set.policy.roots]
  }

  /** Statements that the node holds. */
  get statementCount(): number {
    return this.#replica.set.size
  }

  get authorities(): readonly Did[] {
    return [...this.#replica.set.policy.authorities]
  }

  accept(connection: Connection): ConnectionHandler {
    return this.#reception.accept(connection)
  }

  standingOf(did: Did): Standing {
    return this.#replica.standingOf(did, this.#options.clock.now())
  }

  /** Tells every agent to go, and takes no new ones. */
  drain(): void {
    this.#isDraining = true
    this.#enforcement.stop()
    for (const session of this.sessions) session.close('node.draining')
    this.#options.audit.record({ event: 'node.stopped', did: this.did })
  }

  #refusalOf({ did, purpose }: Applicant): Refusal | null {
    const { limits } = this.#options
    const ban = this.#enforcement.banOf(did)
    if (ban) return ban
    // There are no links between nodes yet, and agents meet each other through the mesh.
    if (purpose !== 'agent') return { refusal: 'not-invited', proof: [] }
    if (this.#isDraining) return { refusal: 'draining', proof: [] }
    if (this.sessions.size >= limits.maxSessions && !this.sessions.of(did)) return { refusal: 'busy', proof: [] }
    return null
  }

  #welcome(established: Established, connection: Connection): ConnectionHandler {
    const { audit, metrics, clock, timers, limits } = this.#options
    const { peer: did, purpose, resumed } = established
    const session = new AgentSession({
      session: new Session({ established, role: 'responder', at: clock.monotonic() }),
      connection,
      watchers: this.#watchers,
      clock,
      timers,
      frames: new TokenBucket(FRAMES_PER_MESSAGE * limits.messagesPerSecondPerDid, clock.monotonic()),
      received: (frame, from) => this.#received(frame, from),
      broke: (code) => {
        metrics.frameRefused(code)
        audit.record({ event: 'frame.refused', code, did, peer: connection.address })
      },
      ended: (code, ended) => {
        this.sessions.remove(ended)
        metrics.sessionClosed(purpose)
        audit.record({ event: 'session.closed', code, did })
      },
    })
    this.sessions.add(session)
    metrics.handshake('ok')
    metrics.sessionOpened(purpose)
    audit.record({ event: 'session.opened', did, peer: connection.address, detail: { resumed: Number(resumed) } })
    // Its status was checked before the welcome was signed and sent: a revocation may have come in between.
    this.#enforcement.enforce([did])
    return session
  }

  #received(frame: Frame, from: AgentSession): void {
    switch (frame.type) {
      case 'message':
        return this.#route(frame, from)
      case 'statement':
        return void this.#intake.take(frame.bytes, from)
      case 'query':
        return this.#answers.query(frame, from)
      case 'lookup':
        return this.#answers.lookup(frame, from)
      case 'ping':
        return from.push({ type: 'pong', n: frame.n })
      default:
        return from.violation('frame.unexpected')
    }
  }

  #route(frame: FrameOf<'message'>, from: AgentSession): void {
    const { metrics, audit } = this.#options
    const outcome = this.#router.route(frame, from)
    metrics.message(outcome)
    if (outcome !== 'delivered') audit.record({ event: 'message.refused', code: outcome, did: from.did })
  }
}
