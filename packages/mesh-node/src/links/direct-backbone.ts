import type { Clock, Did, Identity, Random, Statement, StatementId, Verified } from '@trustmesh/identity'
import {
  type CloseCode,
  type Established,
  HandshakeConduct,
  initiator,
  type KeyPair,
  LIMITS,
  ProtocolError,
  Session,
  stepInitiator,
} from '@trustmesh/protocol'
import { Attempt } from '../attempt.ts'
import type { Peer } from '../membership/peer.ts'
import type { Timers } from '../timers.ts'
import type { Connection, ConnectionHandler, Dial } from '../transport/connection.ts'
import type { Backbone, Carried, CarryOutcome, Local, MemberView } from './backbone.ts'
import { Carrier } from './carrier.ts'
import { Dialler } from './dialler.ts'
import { Gossip } from './gossip.ts'
import { Heads } from './heads.ts'
import { Link, type LinkFrame } from './link.ts'
import { Links } from './links.ts'
import { Penalties } from './penalties.ts'
import { Reconciliation } from './reconciliation.ts'
import { firstSteps } from './routes.ts'

export interface DirectBackboneOptions {
  readonly identity: Identity
  readonly net: Uint8Array
  readonly peers: readonly Peer[]
  readonly dial: Dial
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly keyPair: () => KeyPair
  /** What shows other nodes that this one is a member. */
  readonly attachments: () => readonly Uint8Array[]
  /** How often this node compares what it holds with each member, in ms. */
  readonly reconcileMs: number
  readonly opened: (link: Link) => void
  readonly broke: (code: CloseCode, link: Link) => void
  readonly closed: (code: CloseCode, link: Link) => void
}

/** What there is once the backbone knows its node. */
interface Parts {
  readonly local: Local
  readonly gossip: Gossip
  readonly heads: Heads
  readonly carrier: Carrier
}

/** So long a node waits for somebody to come, where nobody can be reached, before it serves with what it has. */
const ALONE_MS = 1_000

/** Members joined by links of their own: what each has to say goes over all of them. */
export class DirectBackbone implements Backbone {
  readonly #options: DirectBackboneOptions
  readonly #links: Links
  readonly #penalties: Penalties
  readonly #dialler: Dialler
  readonly #reconciliations = new Map<Link, Reconciliation>()
  readonly #claims = new Map<StatementId, Reconciliation>()
  #parts: Parts | undefined
  #steps: ReadonlyMap<Did, Did> | undefined
  readonly #reconciled = new WeakSet<Link>()
  #isPatient = true
  #cancelReconcile: () => void = () => {}
  #cancelAlone: (() => void) | undefined

  constructor(options: DirectBackboneOptions) {
    const { identity, clock } = options
    this.#options = options
    this.#links = new Links(identity.did)
    this.#penalties = new Penalties(clock)
    this.#dialler = new Dialler({
      ...options,
      call: (connection, peer, over) => this.#call(connection, peer, over),
      isLinked: (node) => this.#links.of(node) !== undefined,
      isBarred: (node) => this.#penalties.isBarred(node),
      tried: () => this.#checkSettled(),
    })
  }

  start(local: Local): void {
    const options = this.#options
    const links = this.#links
    const fault = (link: Link): void => this.#fault(link)
    const moved = (): void => {
      this.#steps = undefined
    }
    const heads = new Heads({ ...options, local, links, fault, moved })
    const gossip = new Gossip({ local, links, fault, areLinked: (one, other) => heads.areLinked(one, other) })
    const carrier = new Carrier({ ...options, local, links, stepTo: (member) => this.#stepTo(member) })
    this.#parts = { local, gossip, heads, carrier }
    heads.start()
    this.#dialler.start()
    this.#reconcileLater()
    this.#checkSettled()
  }

  get members(): readonly MemberView[] {
    return this.#started.heads.views()
  }

  publish(statement: Verified<Statement>, from?: Did): void {
    const { gossip, heads } = this.#started
    gossip.publish(statement, from)
    if (statement.type === 'revocation') heads.soon()
  }

  reconcile(): void {
    for (const reconciliation of this.#reconciliations.values()) reconciliation.begin()
  }

  // Links take messages to every agent: whose lease names which node is known everywhere.
  attach(_agent: Did): void {}
  detach(_agent: Did): void {}

  carry(message: Carried, node: Did): Promise<CarryOutcome> {
    return this.#started.carrier.carry(message, node)
  }

  review(): void {
    const { local, heads } = this.#started
    for (const link of [...this.#links]) if (!local.isMember(link.did)) link.close('session.revoked')
    heads.review()
  }

  async close(): Promise<void> {
    this.#dialler.stop()
    this.#cancelReconcile()
    this.#cancelAlone?.()
    this.#parts?.heads.stop()
    this.#parts?.carrier.stop()
    for (const link of [...this.#links]) link.close('node.draining')
  }

  /** Whether nothing is to do with a member for now: it has not kept to the rules. */
  isBarred(did: Did): boolean {
    return this.#penalties.isBarred(did)
  }

  /** Takes over a connection on which another member has shown who it is. */
  welcome(established: Established, connection: Connection, role: 'initiator' | 'responder'): ConnectionHandler {
    const { clock, timers, identity, opened, broke, closed } = this.#options
    const { gossip, heads, carrier } = this.#started
    const link: Link = new Link({
      session: new Session({ established, role, at: clock.monotonic() }),
      connection,
      clock,
      timers,
      opener: role === 'initiator' ? identity.did : established.peer,
      statements: (envelopes, from) => {
        void gossip.take(envelopes, from).then((taken) => this.#reconciliations.get(from)?.arrived(taken))
      },
      received: (frame, from) => this.#received(frame, from),
      broke: (code) => broke(code, link),
      ended: (code) => {
        closed(code, link)
        this.#lost(link)
      },
    })
    opened(link)
    if (!this.#links.add(link)) return link
    this.#steps = undefined
    const reconciliation = this.#reconciliationOf(link)
    this.#reconciliations.set(link, reconciliation)
    carrier.greet(link)
    heads.greet(link)
    // What has shown that it is a member is to be held: the others ask for it as well.
    void gossip.take(established.attachments, link)
    reconciliation.begin()
    return link
  }

  get #started(): Parts {
    if (!this.#parts) throw new TypeError('the backbone is not started')
    return this.#parts
  }

  #received(frame: LinkFrame, link: Link): void {
    const { gossip, heads, carrier } = this.#started
    switch (frame.type) {
      case 'have':
        return gossip.have(frame.ids, link)
      case 'want':
        return gossip.want(frame.ids, link)
      case 'compare':
        return this.#reconciliations.get(link)?.answer(frame)
      case 'differ':
        return this.#reconciliations.get(link)?.receive(frame)
      case 'head':
        return heads.receive(frame.bytes, link)
      case 'carry':
        return carrier.relay(frame, link)
      case 'carried':
        return carrier.heard(frame)
      case 'ping':
        return link.push({ type: 'pong', n: frame.n })
      case 'pong':
        return
      default:
        throw new ProtocolError('frame.unexpected')
    }
  }

  #reconciliationOf(link: Link): Reconciliation {
    const { local, heads } = this.#started
    return new Reconciliation({
      ...this.#options,
      link,
      local,
      claims: this.#claims,
      fault: (faulty) => this.#fault(faulty),
      caughtUp: (since) => heads.reconciled(link.did, since),
      over: (hasStalled) => {
        this.#reconciled.add(link)
        heads.retry()
        this.#checkSettled()
        if (hasStalled) this.reconcile()
      },
    })
  }

  #lost(link: Link): void {
    this.#reconciliations.get(link)?.stop()
    this.#reconciliations.delete(link)
    if (!this.#links.remove(link)) return
    this.#steps = undefined
    this.#parts?.heads.soon()
    this.#dialler.lost(link.did)
    this.#checkSettled()
  }

  /** This node is up to date with all that it can reach, or has waited for long enough. */
  #checkSettled(): void {
    const { timers, peers } = this.#options
    if (!this.#parts || this.#parts.local.state === 'serving' || !this.#dialler.hasTriedAll) return
    if ([...this.#links].some((link) => !this.#reconciled.has(link))) return
    if (this.#links.size === 0 && peers.length > 0 && this.#isPatient) {
      this.#cancelAlone ??= timers.after(ALONE_MS, () => {
        this.#isPatient = false
        this.#checkSettled()
      })
      return
    }
    this.#parts.local.settled(this.#links.size)
    this.#parts.heads.soon()
  }

  /** Takes a connection that this node has opened through the handshake. */
  #call(connection: Connection, { node }: Peer, over: (isLinked: boolean) => void): ConnectionHandler {
    const { identity, net, clock, random, timers, keyPair, attachments } = this.#options
    const handshakeMs = LIMITS.handshakeMs
    const state = initiator({
      net,
      did: identity.did,
      responder: node,
      purpose: 'node',
      ephemeral: keyPair,
      challenge: random(32),
      attachments: attachments(),
      deadline: clock.monotonic() + handshakeMs,
    })
    const attempt = new Attempt({
      connection,
      timers,
      handshakeMs,
      conduct: (conclude) =>
        new HandshakeConduct(state, stepInitiator, {
          send: (bytes) => connection.send(bytes),
          sign: (label, claim) => identity.sign(label, claim),
          monotonic: () => clock.monotonic(),
          conclude,
        }),
      welcome: (established) => {
        // It has shown that it has the key; whether it belongs to the mesh is another question (threat F1).
        if (!this.#started.local.isMember(node, established.attachments)) throw new ProtocolError('handshake.peer')
        return this.welcome(established, connection, 'initiator')
      },
      over: (code) => over(code === null),
    })
    attempt.start()
    return attempt
  }

  #fault(link: Link): void {
    if (!this.#penalties.fault(link.did)) return
    this.#parts?.local.alarm('member.barred', link.did)
    link.violation('frame.malformed')
  }

  #stepTo(member: Did): Did | undefined {
    const { local, heads } = this.#started
    this.#steps ??= firstSteps(
      local.did,
      [...this.#links].map(({ did }) => did),
      (each) => heads.linksOf(each),
    )
    return this.#steps.get(member)
  }

  #reconcileLater(): void {
    const { timers, random, reconcileMs } = this.#options
    const share = (random(1)[0] as number) / 256
    this.#cancelReconcile = timers.after(reconcileMs * (0.8 + 0.2 * share), () => {
      this.review()
      this.reconcile()
      this.#reconcileLater()
    })
  }
}
