import { type Did, type Encodable, type Identity, parseDid } from '@trustmesh/identity'
import { type Frame, ProtocolError } from '@trustmesh/protocol'
import type { Denial, Requirement, Standing } from '@trustmesh/trust'
import { type CallOptions, Calls } from './calls/calls.ts'
import { Messenger, requireKind, type SendOptions, type SignedOptions, type SignedReply } from './calls/messenger.ts'
import type { Chain, Within } from './chain.ts'
import { ChainGate } from './chain-gate.ts'
import { Deadlines } from './deadlines.ts'
import { Denials } from './denials.ts'
import { Directory, type FindOptions, type Found } from './discovery/directory.ts'
import {
  type ExplainOptions,
  Explanations,
  type ToldExplanation,
  type VerifiedExplanation,
} from './discovery/explanations.ts'
import { Watches, type WatchOptions } from './discovery/watches.ts'
import { Exchange, endError } from './exchange.ts'
import { Feed } from './feed.ts'
import { Freshness } from './freshness.ts'
import { Gate, type GateOptions } from './gate.ts'
import { Gatekeeper } from './gatekeeper.ts'
import { Home, type HomeEnd } from './home.ts'
import { type Handler, Inbox } from './inbox.ts'
import { type AttestOptions, type DelegateOptions, Issuer } from './issuer.ts'
import type { JoinConfig } from './join-config.ts'
import type { Description } from './manifests/description.ts'
import type { MeshEvent } from './manifests/events.ts'
import type { Notes } from './manifests/notes.ts'
import { Pins } from './manifests/pins.ts'
import type { Presentation } from './manifests/presentation.ts'
import { manifestIn } from './manifests/sight.ts'
import { type Report, Reporter, type ReporterOptions } from './outcomes/reporter.ts'
import { Caller, Peer } from './peer.ts'
import { Conversations } from './peers/conversations.ts'
import type { Incoming } from './peers/incoming-line.ts'
import type { Log, Platform } from './platform/platform.ts'
import { quietLog } from './quiet-log.ts'
import { Receipts } from './receipts.ts'
import type { BackoffOptions } from './reconnect.ts'
import { Standings } from './standings.ts'
import type { Status } from './status.ts'
import type { Telemetry } from './telemetry.ts'

export interface MeshOptions {
  readonly name: string
  readonly config: JoinConfig
  readonly identity: Identity
  readonly log: Log
  readonly backoff: BackoffOptions
  readonly platform: Platform
  /** The largest message that is sent or taken. */
  readonly maxBytes: number
  readonly telemetry: Telemetry | undefined
  readonly reporter: boolean | ReporterOptions | undefined
  readonly presentation: Presentation
  readonly notes: Notes
  /** Hands over to the heir of the identity, and joins as that. */
  readonly succeed: (leave: (envelope: Uint8Array) => Promise<unknown>) => Promise<Mesh>
}

/** Which standing is asked for. */
export interface StandingOptions extends CallOptions {
  /** In which context: `tool/search`. */
  readonly ctx?: string
}

const DRAIN_MS = 30_000

/** An agent's place in a mesh. `joinMesh` makes one. */
export class Mesh implements AsyncDisposable {
  readonly did: Did
  readonly #options: MeshOptions
  readonly #home: Home
  readonly #exchange: Exchange
  readonly #conversations: Conversations
  readonly #calls: Calls
  readonly #messenger: Messenger
  readonly #issuer: Issuer
  readonly #receipts: Receipts
  readonly #chains: ChainGate
  readonly #gatekeeper: Gatekeeper
  readonly #inbox: Inbox
  readonly #standings = new Standings((did) => this.#inbox.reconsider(did))
  readonly #freshness: Freshness
  readonly #directory: Directory
  readonly #explanations: Explanations
  readonly #watches: Watches
  readonly #reporter: Reporter
  readonly #pins: Pins
  readonly #denials = new Denials()
  readonly #events = new Feed<MeshEvent>()
  readonly #statuses = new Feed<Status>()
  #status: Status = { state: 'connecting' }
  #isDraining = false
  #heir: Promise<Mesh> | undefined
  readonly #closed: Promise<HomeEnd>

  constructor(options: MeshOptions) {
    const { name, config, identity, backoff, platform, maxBytes } = options
    const { net } = config
    const log = quietLog(options.log)
    this.#options = options
    this.did = identity.did
    let resolveClosed: (reason: HomeEnd) => void
    this.#closed = new Promise((resolve) => {
      resolveClosed = resolve
    })
    this.#home = new Home({
      config,
      identity,
      platform,
      backoff,
      connecting: () => this.#enter({ state: 'connecting' }),
      retrying: (retryMs) => this.#enter({ state: 'offline', retryMs }),
      online: () => {
        this.#enter({ state: 'online' })
        this.#exchange.wake()
        this.#conversations.online()
        this.#watches.online()
        void options.presentation.leave((envelope) => this.#issuer.leave(envelope))
      },
      received: (frame) => this.#received(frame),
      offline: () => {
        this.#standings.forget()
        this.#chains.forget()
        this.#freshness.forget()
        this.#exchange.disconnected()
        this.#conversations.offline()
      },
      ended: (reason) => {
        if (reason === 'revoked') log.warn(`${identity.did} is revoked: no node will let it in again`)
        const { code } = endError(reason)
        this.#conversations.end(code, reason)
        this.#exchange.end(reason)
        this.#watches.close()
        this.#reporter.close()
        this.#enter({ state: 'closed', reason })
        for (const feed of [this.#denials, this.#events, this.#statuses]) feed.close()
        void Promise.allSettled([this.#chains.close(), options.notes.close()]).then(() => resolveClosed(reason))
      },
    })
    this.#exchange = new Exchange(this.#home, platform)
    const { clock, random } = platform
    const asked = { config, platform, exchange: this.#exchange, standings: this.#standings }
    this.#directory = new Directory({ ...asked, self: identity.did })
    this.#explanations = new Explanations(asked)
    this.#watches = new Watches(asked)
    this.#issuer = new Issuer(identity, { net, clock, random }, this.#exchange)
    this.#reporter = new Reporter({
      ...{ self: identity.did, reporter: options.reporter, notes: options.notes },
      ...{ issuer: this.#issuer, platform, log },
    })
    this.#pins = new Pins({
      notes: options.notes,
      isKnown: (did) => this.#standings.of(did)?.status === 'active',
      happened: (event) => this.#events.add(event),
    })
    this.#receipts = new Receipts(identity, { net, clock, random })
    this.#freshness = new Freshness({ platform, exchange: this.#exchange })
    const shared = { self: identity.did, standings: this.#standings, freshness: this.#freshness }
    this.#chains = new ChainGate({ ...shared, config, platform, log, exchange: this.#exchange })
    this.#conversations = new Conversations({
      ...{ self: identity, net, platform, standings: this.#standings, maxBytes, home: this.#home },
      shown: () => options.presentation.shown,
      met: (peer, { attachments }) => this.#pins.see(peer, manifestIn(attachments, peer, { net, now: clock.now() })),
      received: (from, message) => this.#heard(from, message),
      interrupted: (peer, ...why) => {
        this.#calls.unanswered(peer, ...why)
        this.#inbox.abandon(peer)
      },
      isAnswering: (peer) => this.#calls.isAwaited(peer) || this.#inbox.isAnswering(peer),
    })
    const deadlines = new Deadlines(platform)
    this.#calls = new Calls({
      conversationWith: (peer) => this.#conversations.with(peer),
      isOnline: () => this.#home.isOnline,
      deadlines,
    })
    this.#messenger = new Messenger({
      ...{ self: identity.did, name, maxBytes, telemetry: options.telemetry },
      ...{ calls: this.#calls, issuer: this.#issuer, receipts: this.#receipts },
      ended: (observed) => this.#reporter.observe(observed),
    })
    this.#gatekeeper = new Gatekeeper({
      ...{ ...shared, name, chains: this.#chains },
      isDrifted: (did) => this.#pins.isDrifted(did),
      nameOf: (did) => this.#pins.of(did)?.name,
      denied: (denial) => this.#denials.add(denial),
    })
    this.#inbox = new Inbox({
      ...{ gatekeeper: this.#gatekeeper, receipts: this.#receipts, deadlines, maxBytes, log },
      telemetry: options.telemetry,
      say: (to, answer) => this.#conversations.answer(to, answer),
      caller: (did, ...occasion) => new Caller(did, this, ...occasion),
    })
    this.#home.connect()
  }

  /**
   * Handles messages of a kind from senders that meet the requirement; all others get a denial, and the handler never sees
   * them. Returns what takes the handler away again. Throws `kind.malformed`.
   */
  on(kind: string, requirement: Requirement, handler: Handler): () => void {
    requireKind(kind, this.did, this.#options.name)
    return this.#inbox.on(kind, requirement, handler)
  }

  /**
   * Handles what others do on somebody's behalf: calls that name the capability, by `peer.invoke` above all, from whoever shows a
   * chain for it. As {@link on} otherwise.
   */
  provide(can: string, requirement: Omit<Requirement, 'can'>, handler: Handler): () => void {
    return this.on(can, { ...requirement, can }, handler)
  }

  /** The gate in front of anything but a handler. Throws `kind.malformed`, or a `TrustError` `requirement.malformed`. */
  gate(requirement: Requirement, options: GateOptions = {}): Gate {
    if (options.kind !== undefined) requireKind(options.kind, this.did, this.#options.name)
    return new Gate(requirement, options, this.#gatekeeper, (did, ctx) => this.standing(did, { ctx }))
  }

  /** Sends and does not wait for an answer: resolves once the other side has it. */
  send(to: Did, kind: string, content?: Encodable, options: SendOptions = {}): Promise<void> {
    return this.#messenger.send(to, kind, content, options)
  }

  /**
   * Sends and waits for the answer; with `signed: true`, for one that is signed too. Rejects with {@link MeshError}:
   * `request.denied` with the other side's {@link Denial}, `request.timeout`, `request.failed`, or why the message did not arrive.
   */
  request(to: Did, kind: string, content: Encodable | undefined, options: SignedOptions): Promise<SignedReply>
  request(to: Did, kind: string, content?: Encodable, options?: SendOptions): Promise<unknown>
  request(to: Did, kind: string, content?: Encodable, options: SendOptions = {}): Promise<unknown> {
    return this.#messenger.request(to, kind, content, options)
  }

  /**
   * Asks for an answer in many parts: what the handler's async iterable yields, one by one, no faster than they are taken.
   * Whoever stops taking, with `break` or `return`, ends it on both sides. Throws what {@link request} rejects with.
   */
  stream(to: Did, kind: string, content?: Encodable, options: SendOptions = {}): AsyncGenerator<unknown, void> {
    return this.#messenger.stream(to, kind, content, options)
  }

  /** Another agent, to speak to it by itself. */
  peer(did: Did): Peer {
    return new Peer(parseDid(did), this)
  }

  /** Vouches for somebody, or warns of them. Resolves once the node has the attestation on disk. */
  async attest(subject: Did, options: AttestOptions): Promise<void> {
    await this.#reporter.attest(subject, options)
  }

  /**
   * Enters what became of something: this agent's attestations follow from all that it has entered, a little later, and never
   * faster than evidence may grow. Throws a `TrustError` `attestation.*`.
   */
  report(subject: Did, report: Report): void {
    this.#reporter.report(subject, report)
  }

  /**
   * Lets somebody act on this agent's behalf, or further on behalf of whoever let this agent. Resolves to the chain, once
   * the node has the delegation on disk. Rejects with a `TrustError` `delegation.*`, also where it would grant more than
   * the chain that it goes on from.
   */
  async delegate<From extends string = string, Can extends Within<From> = Within<From>>(
    to: Did,
    options: DelegateOptions<Can, From>,
  ): Promise<Chain<Can>> {
    return await this.#issuer.delegate(to, options)
  }

  /** Revokes the last link of a chain, for ever, and all that goes on from it. Resolves once that is in force and on disk. */
  async revoke(chain: Chain, reason: string): Promise<void> {
    await this.#issuer.revoke(chain, reason)
  }

  /** Leaves a statement with the node, whoever signed it: resolves once that is in force and on disk there. */
  async leave(envelope: Uint8Array): Promise<void> {
    await this.#issuer.leave(envelope)
  }

  /**
   * How this agent commits itself, and how it describes itself, as signed envelopes; `null` where it does not. Whoever holds the
   * recovery key keeps the first.
   */
  get manifests(): Pick<Presentation, 'first' | 'latest'> {
    return this.#options.presentation
  }

  /** What the node holds of a Did now, in the general context unless told otherwise. */
  async standing(did: Did, { ctx = '', ...options }: StandingOptions = {}): Promise<Standing> {
    return await this.#exchange.standing(parseDid(did), ctx, options)
  }

  /**
   * Why a Did stands as it does: in the word of the node; with `verify: true`, recomputed here from what others have signed, so
   * that it can leave words out, and forge none. Rejects with {@link MeshError}: `question.malformed`, `query.too-much`,
   * `answer.forged`.
   */
  explain(did: Did, options: ExplainOptions & { readonly verify: true }): Promise<VerifiedExplanation>
  explain(did: Did, options?: ExplainOptions): Promise<ToldExplanation | VerifiedExplanation>
  explain(did: Did, options: ExplainOptions = {}): Promise<ToldExplanation | VerifiedExplanation> {
    return this.#explanations.explain(did, options)
  }

  /** Other agents that offer a capability, by their own word, with what the node holds of them. */
  async find(options: FindOptions): Promise<Found[]> {
    return await this.#directory.find(options)
  }

  /** The standing of a Did, now and whenever it is another. */
  watch(did: Did, options: WatchOptions = {}): AsyncIterableIterator<Standing> {
    return this.#watches.watch(did, options)
  }

  /** What this agent comes to see of others, as it happens: whom it has not seen before, and who describes itself otherwise. */
  events(): AsyncIterableIterator<MeshEvent> {
    return this.#events.stream()
  }

  /**
   * Takes an agent that has drifted for what it describes itself as now; with `seen`, only if that is it. Whether it has not
   * drifted now.
   */
  approve(did: Did, seen?: Description | null): boolean {
    return this.#pins.approve(parseDid(did), seen)
  }

  /**
   * Hands this agent over to the key that it has committed itself to when it was made: resolves to its place in the mesh under
   * the new Did, with the same handlers, once the old one has left; once it has, always to that. Rejects with {@link MeshError}
   * `rotation.*`; then it may be tried again.
   */
  rotate(): Promise<Mesh> {
    this.#heir ??= this.#rotate().catch((error) => {
      this.#heir = undefined
      throw error
    })
    return this.#heir
  }

  async #rotate(): Promise<Mesh> {
    const heir = await this.#options.succeed((envelope) => this.#issuer.leave(envelope))
    this.#inbox.handTo(heir.#inbox)
    this.close()
    await this.#closed
    return heir
  }

  /** Denials by this agent's own gate, as they happen. */
  denials(): AsyncIterableIterator<Denial> {
    return this.#denials.stream()
  }

  /** Where this agent stands with its mesh: now, and then whenever that changes, until it has left. */
  async *status(): AsyncGenerator<Status, void> {
    const changes = this.#statuses.stream()
    yield this.#status
    yield* changes
  }

  /**
   * Leaves once what has been begun for others is done, or after the time, 30 s unless told otherwise; meanwhile it begins
   * nothing, and says so to whoever asks.
   */
  async drain({ timeoutMs = DRAIN_MS, signal }: CallOptions = {}): Promise<void> {
    if (this.#status.state === 'closed') return
    this.#isDraining = true
    this.#enter({ state: 'draining' })
    const { platform } = this.#options
    await new Promise<void>((resolve) => {
      const leave = (): void => {
        cancelTimer()
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const cancelTimer = platform.after(timeoutMs, leave)
      signal?.addEventListener('abort', leave)
      if (signal?.aborted) leave()
      void this.#inbox
        .drain()
        .then(() => Promise.all([this.#conversations.heard(), this.#reporter.flush()]))
        .then(leave)
    })
    this.close()
    await this.#closed
  }

  /** Resolves once this agent is out of the mesh for good, with the reason. */
  closed(): Promise<HomeEnd> {
    return this.#closed
  }

  /** Resolves once there is a session. Rejects with `mesh.disconnected` after the time, or with why there will be none. */
  async online(options: CallOptions = {}): Promise<void> {
    await this.#exchange.online(options)
  }

  /** Leaves the mesh. */
  close(): void {
    this.#home.close('closed')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#closed
  }

  /** Whoever drains goes on draining, whatever becomes of the connection. */
  #enter(status: Status): void {
    if (this.#isDraining && status.state !== 'draining' && status.state !== 'closed') return
    this.#status = status
    this.#statuses.add(status)
  }

  /** What another agent says. */
  #heard(from: Did, message: Incoming): void | Promise<void> {
    const { kind, re = 0, grant = 0 } = message
    switch (kind) {
      case 'one-way':
      case 'request':
      case 'stream':
        return this.#inbox.receive(from, message)
      case 'credit':
        return this.#inbox.grant(from, re, grant)
      case 'cancel':
        return this.#inbox.cancel(from, re)
      default:
        return this.#calls.answered(from, message)
    }
  }

  #told(standing: Standing): void {
    this.#conversations.heed(standing)
    this.#watches.heard(standing)
  }

  /** Throws {@link ProtocolError} for what no honest node sends. */
  #received(frame: Frame): void {
    switch (frame.type) {
      case 'message':
        return this.#conversations.receive(frame)
      case 'standing':
        this.#told(this.#standings.learn(frame))
        return this.#exchange.answered(frame.did, frame)
      case 'status':
        this.#standings.hear(frame.epoch)
        return this.#exchange.answered(frame.re, frame)
      case 'explained':
      case 'found':
      case 'proofs':
        return this.#exchange.answered(frame.re, frame)
      case 'ack':
        return this.#conversations.acknowledged(frame) ? undefined : this.#exchange.acknowledged(frame)
      case 'pong':
      case 'notice':
        return
      default:
        throw new ProtocolError('frame.unexpected')
    }
  }
}
