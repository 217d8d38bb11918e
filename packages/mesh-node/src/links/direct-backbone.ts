import type { Did, Statement, StatementId, Verified } from '@trustmesh/identity'
import { type CloseCode, type Established, idBytes, ProtocolError, Session, statementIdOf } from '@trustmesh/protocol'
import type { AuditExchange } from '../audit/exchange.ts'
import type { Peer } from '../membership/peer.ts'
import type { Connection, ConnectionHandler, Dial } from '../transport/connection.ts'
import type { Backbone, Carried, CarryOutcome, Local, MemberView } from './backbone.ts'
import { type Caller, call } from './call.ts'
import { Carrier } from './carrier.ts'
import { Dialler } from './dialler.ts'
import { Gossip } from './gossip.ts'
import { Heads } from './heads.ts'
import { Link, type LinkFrame } from './link.ts'
import { Links } from './links.ts'
import { Penalties } from './penalties.ts'
import { Reconciliation } from './reconciliation.ts'
import { firstSteps } from './routes.ts'
import { Settling } from './settling.ts'

export interface DirectBackboneOptions extends Caller {
  readonly peers: readonly Peer[]
  readonly dial: Dial
  /** How often this node compares what it holds with each member, in ms. */
  readonly reconcileMs: number
  /** What members say of their audit logs; nothing unless told otherwise. */
  readonly exchange?: AuditExchange
  /** Whether there are other members, as far as this node knows. */
  readonly hasOthers: () => boolean
  /** This node belongs to the mesh no more; called again for as long as that is so. */
  readonly expelled: () => void
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

/** Members joined by links of their own: what each has to say goes over all of them. */
export class DirectBackbone implements Backbone {
  readonly #options: DirectBackboneOptions
  readonly #links: Links
  readonly #penalties: Penalties
  readonly #dialler: Dialler
  readonly #settling: Settling
  readonly #reconciliations = new Map<Link, Reconciliation>()
  readonly #claims = new Map<StatementId, Reconciliation>()
  #parts: Parts | undefined
  #steps: ReadonlyMap<Did, Did> | undefined
  #cancelReconcile: () => void = () => {}
  #isClosed = false

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
      tried: () => this.#settling.check(),
    })
    this.#settling = new Settling({
      timers: options.timers,
      isDue: () => {
        const { state } = this.#parts?.local ?? { state: 'serving' }
        return !this.#isClosed && state !== 'serving' && this.#dialler.hasTriedAll
      },
      standings: () => [...this.#links].map((link) => this.#reconciliations.get(link)?.standing ?? null),
      hasOthers: () => options.peers.length > 0 || options.hasOthers(),
      settled: (reached) => {
        const { local, heads } = this.#started
        local.settled(reached)
        heads.soon()
      },
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
    const gossip = new Gossip({
      ...options,
      local,
      links,
      fault,
      areLinked: (one, other) => heads.areLinked(one, other),
    })
    const carrier = new Carrier({
      ...{ ...options, local, links, stepTo: (member: Did) => this.#stepTo(member) },
      isBehind: (origin, via) => heads.isBehind(origin, via),
    })
    this.#parts = { local, gossip, heads, carrier }
    heads.start()
    this.#dialler.start()
    this.#reconcileLater()
    this.#settling.check()
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

  ask(ids: readonly StatementId[], member: Did): void {
    this.#links.of(member)?.push({ type: 'confirm', ids: ids.map(idBytes) })
  }

  review(): void {
    const { local, heads } = this.#started
    const isExpelled = !local.isMember(local.did)
    for (const link of [...this.#links]) if (isExpelled || !local.isMember(link.did)) link.close('session.revoked')
    heads.review()
    if (isExpelled) this.#options.expelled()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#dialler.stop()
    this.#cancelReconcile()
    this.#settling.stop()
    this.#parts?.heads.stop()
    this.#parts?.carrier.stop()
    for (const link of [...this.#links]) link.close('node.draining')
  }

  /** Whether nothing is to do with a member for now: it has not kept to the rules. */
  isBarred(did: Did): boolean {
    return this.#penalties.isBarred(did)
  }

  /** Takes over a connection on which another node has shown who it is. Throws where that is no member, or this one is closed. */
  welcome(established: Established, connection: Connection, role: 'initiator' | 'responder'): ConnectionHandler {
    const { clock, timers, identity, opened, broke, closed } = this.#options
    const { local, gossip, heads, carrier } = this.#started
    // It has shown that it has the key; whether it belongs to the mesh is another question (threat F1).
    const isWelcome = !this.#isClosed && local.isMember(established.peer, established.attachments)
    if (!isWelcome) throw new ProtocolError('handshake.peer')
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
    this.#settling.stop()
    const reconciliation = this.#reconciliationOf(link)
    this.#reconciliations.set(link, reconciliation)
    carrier.greet(link)
    heads.greet(link)
    // What has shown that it is a member is to be held: the others ask for it as well.
    void gossip.take(established.attachments, link)
    reconciliation.begin()
    this.#options.exchange?.greet(link)
    local.linked(link.did)
    return link
  }

  get #started(): Parts {
    if (!this.#parts) throw new TypeError('the backbone is not started')
    return this.#parts
  }

  #received(frame: LinkFrame, link: Link): void {
    const { local, gossip, heads, carrier } = this.#started
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
      case 'confirm':
        return this.#confirm(frame.ids, link)
      case 'confirmed':
        return local.confirmed(frame.ids.map(statementIdOf), link.did)
      case 'checkpoint':
      case 'cosigned':
      case 'witnessed':
        return this.#options.exchange?.receive(frame, link)
      case 'ping':
        return link.push({ type: 'pong', n: frame.n })
      case 'pong':
        return
      default:
        throw new ProtocolError('frame.unexpected')
    }
  }

  /** Of what is held and not on the disk yet the answer waits; of what is not held it says nothing. */
  #confirm(ids: readonly Uint8Array[], link: Link): void {
    const { local } = this.#started
    const held = ids.map(statementIdOf).filter((id) => local.has(id))
    if (held.length === 0) return
    const answer = (kept: readonly StatementId[]): void => {
      if (kept.length > 0 && link.hasRoom()) link.push({ type: 'confirmed', ids: kept.map(idBytes) })
    }
    local.kept(held).then(answer, () => {})
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
      over: (end) => {
        heads.retry()
        const others = [...this.#reconciliations].filter(([other]) => other !== link)
        if (end !== 'complete' && end !== 'unfinished') for (const [, other] of others) other.takeOver()
        this.#settling.check()
      },
    })
  }

  #lost(link: Link): void {
    const wasKept = this.#links.remove(link)
    const reconciliation = this.#reconciliations.get(link)
    this.#reconciliations.delete(link)
    this.#parts?.gossip.lost(link)
    this.#options.exchange?.lost(link)
    reconciliation?.stop()
    if (!wasKept) return
    this.#steps = undefined
    this.#parts?.heads.soon()
    this.#dialler.lost(link.did)
    this.#settling.check()
  }

  #call(connection: Connection, { node }: Peer, over: (isLinked: boolean) => void): ConnectionHandler {
    return call(connection, node, {
      ...this.#options,
      welcome: (established) => this.welcome(established, connection, 'initiator'),
      // Where this node is revoked it may not have heard of it yet; it takes nobody's word for it (threat R10).
      refused: ({ proof }) => void this.#started.local.take(proof, node),
      over,
    })
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
