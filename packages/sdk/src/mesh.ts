import { type Did, didOf, type Encodable, type Identity, keyOf, parseDid } from '@trustmesh/identity'
import { type Frame, type FrameOf, ProtocolError } from '@trustmesh/protocol'
import type { Denial, Requirement, Standing } from '@trustmesh/trust'
import { argumentsOf, encodeCall, parseFailure, parseReply } from './bodies.ts'
import { ChainGate } from './chain-gate.ts'
import { Denials } from './denials.ts'
import { type CallOptions, Exchange, isAck } from './exchange.ts'
import { Freshness } from './freshness.ts'
import { Home, type HomeEnd } from './home.ts'
import { type Handler, Inbox } from './inbox.ts'
import { type AttestOptions, type Chain, type DelegateOptions, Issuer } from './issuer.ts'
import type { JoinConfig } from './join-config.ts'
import { MeshError } from './mesh-error.ts'
import { isDecidable } from './occasion.ts'
import type { Log, Platform } from './platform/platform.ts'
import { quietLog } from './quiet-log.ts'
import type { BackoffOptions } from './reconnect.ts'
import { Standings } from './standings.ts'

export interface MeshOptions {
  readonly name: string
  readonly config: JoinConfig
  readonly identity: Identity
  readonly log: Log
  readonly backoff: BackoffOptions
  readonly platform: Platform
}

/** How a message is sent: with its deadline, and with a chain if it is sent on somebody's behalf. */
export interface SendOptions extends CallOptions {
  /** The chain that allows it; this agent is the audience of its last link. */
  readonly chain?: Chain
  /** What of it is used; all that the last link grants unless told otherwise. */
  readonly can?: string
}

export interface StandingOptions extends CallOptions {
  /** In which context: `tool/search`. */
  readonly ctx?: string
}

/** An agent's place in a mesh. `joinMesh` makes one. */
export class Mesh implements AsyncDisposable {
  readonly did: Did
  readonly #options: MeshOptions
  readonly #home: Home
  readonly #exchange: Exchange
  readonly #issuer: Issuer
  readonly #chains: ChainGate
  readonly #inbox: Inbox
  readonly #standings = new Standings()
  readonly #freshness: Freshness
  readonly #denials = new Denials()
  readonly #closed: Promise<HomeEnd>

  constructor(options: MeshOptions) {
    const { name, config, identity, backoff, platform } = options
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
      online: () => this.#exchange.wake(),
      received: (frame) => this.#received(frame),
      offline: () => {
        this.#standings.forget()
        this.#chains.forget()
        this.#freshness.forget()
        this.#exchange.disconnected()
      },
      ended: (reason) => {
        if (reason === 'revoked') log.warn(`${identity.did} is revoked: no node will let it in again`)
        this.#exchange.end(reason)
        this.#denials.close()
        void this.#chains.close().finally(() => resolveClosed(reason))
      },
    })
    this.#exchange = new Exchange(this.#home, platform)
    const { clock, random } = platform
    this.#issuer = new Issuer(identity, { net: config.net, clock, random }, this.#exchange)
    this.#freshness = new Freshness({ platform, exchange: this.#exchange })
    const shared = { self: identity.did, standings: this.#standings, freshness: this.#freshness }
    this.#chains = new ChainGate({ ...shared, config, platform, log, exchange: this.#exchange })
    this.#inbox = new Inbox({
      ...shared,
      name,
      chains: this.#chains,
      log,
      denied: (denial) => this.#denials.add(denial),
      answer: (to, re, kind, body) => {
        this.#home.push({ type: 'message', id: platform.random(16), kind, to: keyOf(to), re, body })
      },
    })
    this.#home.connect()
  }

  /**
   * Handles messages of a kind from senders that meet the requirement; all others get a denial, and the handler never sees
   * them. Returns what takes the handler away again. Throws `kind.malformed`.
   */
  on(kind: string, requirement: Requirement, handler: Handler): () => void {
    this.#requireKind(kind)
    return this.#inbox.on(kind, requirement, handler)
  }

  /** Sends and does not wait for an answer: resolves once the message is handed to the recipient's session. */
  async send(to: Did, kind: string, content?: Encodable, options: SendOptions = {}): Promise<void> {
    this.#requireKind(kind)
    // Waited for only where there is something to sign: without a chain, a message leaves in this turn.
    const proof = options.chain && (await this.#prove(to, content, options.chain, options.can))
    const frame = this.#message(to, 'one-way', encodeCall(kind, content, proof))
    await this.#exchange.ask(frame, frame.id, isAck, options)
  }

  /**
   * Sends and waits for the answer. Rejects with {@link MeshError}: `request.denied` with the other side's {@link Denial},
   * `request.timeout`, `request.failed`, or why the message did not arrive.
   */
  async request(to: Did, kind: string, content?: Encodable, options: SendOptions = {}): Promise<unknown> {
    this.#requireKind(kind)
    const proof = options.chain && (await this.#prove(to, content, options.chain, options.can))
    const frame = this.#message(to, 'request', encodeCall(kind, content, proof))
    const isAnswer = (answer: Frame): answer is FrameOf<'message'> =>
      answer.type === 'message' && answer.from !== undefined && didOf(answer.from) === to
    const answer = await this.#exchange.ask(frame, frame.id, isAnswer, options)
    if (answer.kind === 'reply') return parseReply(answer.body)
    const { code, denial } = parseFailure(answer.body)
    throw new MeshError(`request.${code}`, denial ? { denial } : {})
  }

  /** Vouches for somebody, or warns of them. Resolves once the node has the attestation on disk. */
  async attest(subject: Did, options: AttestOptions): Promise<void> {
    await this.#issuer.attest(subject, options)
  }

  /**
   * Lets somebody act on this agent's behalf, or further on behalf of whoever let this agent. Resolves to the chain, once
   * the node has the delegation on disk. Rejects with a `TrustError` `delegation.*`, also where it would grant more than
   * the chain that it goes on from.
   */
  async delegate(to: Did, options: DelegateOptions): Promise<Chain> {
    return await this.#issuer.delegate(to, options)
  }

  /** Revokes the last link of a chain, for ever, and all that goes on from it. Resolves once that is in force and on disk. */
  async revoke(chain: Chain, reason: string): Promise<void> {
    await this.#issuer.revoke(chain, reason)
  }

  /** What the node holds of a Did now, in the general context unless told otherwise. */
  async standing(did: Did, { ctx = '', ...options }: StandingOptions = {}): Promise<Standing> {
    return await this.#exchange.standing(parseDid(did), ctx, options)
  }

  /** Denials by this agent's own gate, as they happen. */
  denials(): AsyncIterableIterator<Denial> {
    return this.#denials.stream()
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

  #requireKind(kind: string): void {
    if (kind === '' || !isDecidable({ peer: this.did, kind, decider: this.#options.name })) {
      throw new MeshError('kind.malformed', { detail: 'a kind is one line of 1 to 128 characters' })
    }
  }

  #message(to: Did, kind: 'one-way' | 'request', body: Uint8Array): FrameOf<'message'> {
    return { type: 'message', id: this.#options.platform.random(16), kind, to: keyOf(parseDid(to)), body }
  }

  #prove(to: Did, content: Encodable | undefined, chain: Chain, can: string | undefined): Promise<Chain> {
    return this.#issuer.invoke(to, chain, can, argumentsOf(content))
  }

  /** Throws {@link ProtocolError} for what no honest node sends. */
  #received(frame: Frame): void {
    switch (frame.type) {
      case 'message':
        if (frame.kind === 'one-way' || frame.kind === 'request') return this.#inbox.receive(frame)
        if (!frame.re || !frame.from) throw new ProtocolError('frame.unexpected')
        return this.#exchange.answered(frame.re, frame)
      case 'standing':
        this.#standings.learn(frame)
        return this.#exchange.answered(frame.did, frame)
      case 'status':
        this.#standings.hear(frame.epoch)
        return this.#exchange.answered(frame.re, frame)
      case 'ack':
        return this.#exchange.acknowledged(frame)
      case 'pong':
      case 'notice':
        return
      default:
        throw new ProtocolError('frame.unexpected')
    }
  }
}
