import { bytesToHex } from '@noble/hashes/utils.js'
import {
  type Clock,
  type Did,
  IdentityError,
  openStatement,
  type Random,
  type Statement,
  type Verified,
} from '@trustmesh/identity'
import { type KeyPair, Tickets } from '@trustmesh/protocol'
import { type Effect, type Head, type Knowledge, parseDelegation, Replica, type Standing } from '@trustmesh/trust'
import type { AdminControl, Check } from './admin/control.ts'
import { Answers } from './answers.ts'
import type { AuditExchange } from './audit/exchange.ts'
import type { AuditLog } from './audit/log.ts'
import type { NodeLimits } from './config.ts'
import { Cookies } from './cookies.ts'
import { Door } from './door.ts'
import { Enforcement } from './enforcement.ts'
import { Sightings } from './events/sightings.ts'
import { Hosting } from './hosting.ts'
import { Intake } from './intake.ts'
import { Leases } from './leases.ts'
import { Arrivals, type OpenStatements } from './links/arrivals.ts'
import type { MemberView } from './links/backbone.ts'
import { DirectBackbone } from './links/direct-backbone.ts'
import { Inventory } from './links/inventory.ts'
import { LocalNode } from './links/local-node.ts'
import { Membership } from './membership/membership.ts'
import type { Peer } from './membership/peer.ts'
import type { Mesh } from './mesh.ts'
import type { NodeKeys } from './mesh-keys.ts'
import type { Metrics } from './metrics.ts'
import { Governance } from './operations/governance.ts'
import { type Journal, MemoryJournal } from './operations/journal.ts'
import { Reception } from './reception.ts'
import { Router } from './router.ts'
import { Sessions } from './sessions.ts'
import { Statements } from './statements.ts'
import type { Store } from './store/store.ts'
import type { Timers } from './timers.ts'
import { TokenBuckets } from './token-bucket.ts'
import type { Connection, ConnectionHandler, Dial } from './transport/connection.ts'
import { Upkeep } from './upkeep.ts'
import { Watchers } from './watchers.ts'

export interface MeshNodeOptions {
  readonly mesh: Mesh
  readonly keys: NodeKeys
  /** Dids from which trust starts, besides the mesh's root. */
  readonly roots: readonly Did[]
  readonly limits: NodeLimits
  /** Members that this node dials, and how; none unless told otherwise. */
  readonly peers?: readonly Peer[]
  readonly dial?: Dial
  /** How often this node compares what it holds with each member, in ms; 5 s unless told otherwise. */
  readonly reconcileMs?: number
  /** Opens what other nodes send in bulk; on this thread unless told otherwise. */
  readonly openStatements?: OpenStatements
  readonly store: Store
  /** Where the operations of operators are kept; in memory unless told otherwise. */
  readonly journal?: Journal
  /** How much an operator may touch alone: {@link NodeConfig.admin}; 25 unless told otherwise. */
  readonly secondOperatorAbove?: number
  /** Where guests find this node, once it is listening. */
  readonly url?: () => string | null
  readonly audit: AuditLog
  /** What this node and the other members say of their audit logs; nothing unless told otherwise. */
  readonly exchange?: AuditExchange
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
  /** Makes an ephemeral key pair for a handshake. */
  readonly keyPair: () => KeyPair
  readonly timers: Timers
}

const NO_DIAL: Dial = (_, { failed }) => {
  failed()
  return () => {}
}
const RECONCILE_MS = 5_000
const SECOND_OPERATOR_ABOVE = 25
/** Agents that one node may have admitted; the same throughout a mesh. */
const MAX_SPONSORED = 10_000
/** Addresses whose rate of handshakes is remembered. */
const MAX_ADDRESSES = 65_536

/**
 * A node, without its sockets: takes connections, keeps statements and has the other nodes of its mesh keep them, carries
 * messages, and cuts off whoever is revoked. Everything that it needs of the world comes in through its options.
 */
export class MeshNode {
  readonly did: Did
  readonly net: Uint8Array
  readonly sessions: Sessions
  /** What its operator may see and do. */
  readonly control: AdminControl
  readonly #options: MeshNodeOptions
  readonly #replica: Replica
  readonly #enforcement: Enforcement
  readonly #statements: Statements
  readonly #inventory: Inventory
  readonly #membership: Membership
  readonly #leases: Leases
  readonly #backbone: DirectBackbone
  readonly #reception: Reception
  readonly #sightings: Sightings
  readonly #governance: Governance
  readonly #upkeep: Upkeep
  readonly #router: Router
  readonly #door: Door
  readonly #arrivals: Arrivals
  #state: Head['state'] = 'syncing'
  #isDraining = false

  private constructor(options: MeshNodeOptions) {
    const { mesh, keys, roots, limits, store, clock, random, keyPair, timers, audit, metrics } = options
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
      admission: { root: mesh.root, maxSponsored: MAX_SPONSORED },
    })
    const { set } = this.#replica
    const sessions = this.sessions
    const watchers = new Watchers()
    const answers = new Answers(this.#replica, clock, () => this.members)
    this.#enforcement = new Enforcement({
      replica: this.#replica,
      sessions,
      watchers,
      clock,
      timers,
      audit,
      metrics,
    })
    this.#inventory = new Inventory(set)
    this.#leases = new Leases({ node: this.did, set, sessions, clock })
    this.#statements = new Statements({
      replica: this.#replica,
      clock,
      store,
      timers,
      changed: (effect, statement, from) => this.#changed(effect, statement, from),
    })
    this.#membership = new Membership({
      mesh,
      keys,
      set,
      accept: (statement) => this.#statements.accept(statement),
      clock,
      random,
      maxSponsored: MAX_SPONSORED,
    })
    this.#backbone = new DirectBackbone({
      identity: keys.node,
      net: mesh.net,
      peers: (options.peers ?? []).filter(({ node }) => node !== this.did),
      dial: options.dial ?? NO_DIAL,
      clock,
      random,
      timers,
      keyPair,
      attachments: () => this.#membership.shown(),
      reconcileMs: options.reconcileMs ?? RECONCILE_MS,
      ...(options.exchange && { exchange: options.exchange }),
      hasOthers: () => this.#door.hasOthers,
      expelled: () => {
        for (const session of [...this.sessions]) session.close('node.draining')
      },
      opened: ({ did, address: peer }) => {
        metrics.sessionOpened('node')
        audit.record({ event: 'peer.linked', did, peer })
      },
      broke: (code, { did, address: peer }) => {
        metrics.frameRefused(code)
        audit.record({ event: 'frame.refused', code, did, peer })
      },
      closed: (code, { did }) => {
        metrics.sessionClosed('node')
        audit.record({ event: 'peer.lost', code, did })
      },
    })
    const refusalOf = (statement: Verified<Statement>) => this.#membership.refusalOf(statement)
    this.#arrivals = new Arrivals({
      statements: this.#statements,
      refusalOf,
      clock,
      timers,
      audit,
      metrics,
      ...(options.openStatements && { openStatements: options.openStatements }),
    })
    const intake = new Intake({
      statements: this.#statements,
      refusalOf,
      clock,
      rates: new TokenBuckets(limits.statementsPerSecondPerDid, limits.maxSessions),
      audit,
      metrics,
    })
    this.#router = new Router({
      sessions,
      clock,
      messages: new TokenBuckets(limits.messagesPerSecondPerDid, limits.maxSessions),
      standingOf: (did) => this.standingOf(did),
      leases: this.#leases,
      carry: (message, node) => this.#backbone.carry(message, node),
      routed: (outcome, did) => {
        metrics.message(outcome)
        if (outcome !== 'delivered') audit.record({ event: 'message.refused', code: outcome, did })
      },
    })
    this.#sightings = new Sightings({ sessions, standingOf: (did) => this.standingOf(did), audit })
    this.#door = new Door({
      did: this.did,
      mesh,
      set,
      enforcement: this.#enforcement,
      membership: this.#membership,
      sessions,
      maxSessions: limits.maxSessions,
      state: () => (this.#isDraining ? 'draining' : this.#state),
      isBarred: (did) => this.#backbone.isBarred(did),
    })
    const hosting = new Hosting({
      sessions,
      watchers,
      backbone: this.#backbone,
      leases: this.#leases,
      statements: this.#statements,
      enforcement: this.#enforcement,
      sightings: this.#sightings,
      router: this.#router,
      intake,
      answers,
      messagesPerSecond: limits.messagesPerSecondPerDid,
      audit,
      metrics,
      clock,
      timers,
    })
    this.#upkeep = new Upkeep({
      clock,
      timers,
      forget: (horizonMs) => this.#inventory.drop(this.#statements.forget(horizonMs)),
      extend: () => this.#membership.extend(),
    })
    this.#governance = new Governance({
      mesh,
      keys,
      replica: this.#replica,
      statements: this.#statements,
      sessions,
      leases: this.#leases,
      journal: options.journal ?? new MemoryJournal(),
      secondOperatorAbove: options.secondOperatorAbove ?? SECOND_OPERATOR_ABOVE,
      members: () => this.#backbone.members,
      peers: (options.peers ?? []).map(({ node }) => node),
      isMember: (did) => this.#door.isMember(did),
      ask: (ids, node) => this.#backbone.ask(ids, node),
      refusalOf,
      state: () => ({ state: this.#state, fingerprint: this.fingerprint }),
      url: () => options.url?.() ?? null,
      checks: () => this.#checks(),
      audit,
      clock,
      random,
      timers,
    })
    this.control = this.#governance.control
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
      attachments: () => this.#membership.shown(),
      refusalOf: (applicant) => this.#door.refusalOf(applicant),
      welcome: (established, connection) => {
        metrics.handshake('ok')
        const isNode = established.purpose === 'node'
        return isNode
          ? this.#backbone.welcome(established, connection, 'responder')
          : hosting.welcome(established, connection)
      },
      turnedAway: (code, peer, did) => {
        metrics.handshake(code)
        audit.record({ event: 'handshake.refused', code, peer, ...(did ? { did } : {}) })
      },
    })
  }

  /** Reads back what the store kept, and looks for the other members. Damaged envelopes are left out, and audited. */
  static async open(options: MeshNodeOptions): Promise<MeshNode> {
    const node = new MeshNode(options)
    const { audit, keys } = options
    // Ahead of everything else: whose statements are held begins with who the members are.
    for (const bytes of keys.chain) node.#replica.set.add(openStatement(bytes))
    const count = await node.#statements.load((cause) => {
      const code = cause instanceof IdentityError ? cause.code : 'statement.damaged'
      audit.record({ event: 'statement.refused', code })
    })
    await node.#start()
    audit.record({ event: 'node.started', did: node.did, detail: { statements: count } })
    return node
  }

  get roots(): readonly Did[] {
    return [...this.#replica.set.policy.roots]
  }

  /** What it knows of those who have been cut off. */
  get knowledge(): Knowledge {
    return this.#replica.set
  }

  /** Statements that the node holds. */
  get statementCount(): number {
    return this.#replica.set.size
  }

  /** Stands for all of them, as hex: nodes that hold the same have the same. */
  get fingerprint(): string {
    return bytesToHex(this.#inventory.statements.range().fingerprint)
  }

  get authorities(): readonly Did[] {
    return [...this.#replica.set.policy.authorities]
  }

  /** Whether it takes agents, or is catching up with the other members first. */
  get state(): Head['state'] {
    return this.#state
  }

  /** The other members, as far as this node has heard of them. */
  get members(): readonly MemberView[] {
    return this.#backbone.members
  }

  accept(connection: Connection): ConnectionHandler {
    return this.#reception.accept(connection)
  }

  standingOf(did: Did): Standing {
    return this.#replica.standingOf(did, this.#options.clock.now())
  }

  /** The envelopes by which a node is a member, the root's first, as far as they are held. */
  chainOf(did: Did): readonly Uint8Array[] {
    return this.#membership.chainOf(did)
  }

  /** Tells every agent and every member to go, and takes no new ones. */
  drain(): void {
    this.#isDraining = true
    this.#enforcement.stop()
    this.#upkeep.stop()
    this.#governance.stop()
    this.#statements.flush()
    for (const session of this.sessions) session.close('node.draining')
    void this.#backbone.close()
    this.#options.audit.record({ event: 'node.stopped', did: this.did })
  }

  async #start(): Promise<void> {
    const { set } = this.#replica
    const { audit, keys } = this.#options
    for (const statement of set.statements()) this.#inventory.add(statement)
    const local = new LocalNode({
      did: this.did,
      set,
      inventory: this.#inventory,
      arrivals: this.#arrivals,
      router: this.#router,
      leases: this.#leases,
      membership: this.#membership,
      audit,
      isBanned: (did) => this.#enforcement.banOf(did) !== null,
      stateOf: () => this.#state,
      settled: (reached) => this.#settled(reached),
      kept: (ids) => this.#statements.kept(ids),
      governance: this.#governance,
    })
    this.#enforcement.start()
    this.#backbone.start(local)
    // A disk that fails shows in the checks; the chain is in the folder too.
    for (const bytes of keys.chain) await this.#statements.accept(openStatement(bytes)).catch(() => {})
    this.#upkeep.start()
    await this.#governance.start()
  }

  /** This node holds what so many other members hold: what is missing here is missing everywhere. */
  #settled(reached: number): void {
    const { store } = this.#options
    const serve = (): void => {
      if (!this.#isDraining) this.#state = 'serving'
    }
    if (store.condition.length === 0) serve()
    // A store that has lost something serves when others have made it whole, or when an operator has said so.
    else if (reached > 0) store.acceptLoss().then(serve, () => {})
  }

  #checks(): readonly Check[] {
    const { members } = this.#backbone
    const { trouble } = this.#statements
    const linked = members.filter(({ isLinked }) => isLinked).length
    return [
      { name: 'serving', ok: !this.#isDraining },
      { name: 'member', ok: this.#door.isMember(this.did) },
      { name: 'synced', ok: this.#state === 'serving', detail: `linked with ${linked} of ${members.length} members` },
      { name: 'audit', ok: this.#options.audit.healthy() },
      { name: 'store', ok: trouble === null, ...(trouble && { detail: trouble }) },
    ]
  }

  /** In the turn in which a statement comes into force: nothing that it forbids happens after this. */
  #changed(effect: Effect, statement: Verified<Statement>, from?: Did): void {
    const { change } = effect
    if (change.kind === 'added') {
      this.#inventory.add(statement)
      this.#inventory.drop(change.dropped)
    }
    this.#enforcement.changed(effect, statement)
    this.#sightings.says(change, statement)
    if (change.kind !== 'added') return
    if (from !== undefined) this.#governance.brought(change, statement)
    const { type, signer } = statement
    if (type === 'lease') this.#leases.moved(signer)
    if (type === 'delegation') this.#arrivals.admitted(parseDelegation(statement).aud)
    // Before it is on disk here: whoever has signed it is told only then, and until then it is as good in other hands.
    this.#backbone.publish(statement, from)
    // After that: a node that is cut off by it learns why (threat R10).
    if (type === 'revocation' || type === 'suspension') this.#backbone.review()
  }
}
