import { sha256 } from '@noble/hashes/sha2.js'
import {
  type Did,
  didOf,
  type Encodable,
  type Identity,
  keyOf,
  parseDid,
  type Statement,
  type Verified,
} from '@trustmesh/identity'
import { type Frame, type FrameOf, ProtocolError } from '@trustmesh/protocol'
import { type Denial, issueAttestation, parseAttestation, type Requirement, type Standing } from '@trustmesh/trust'
import { encodeCall, parseFailure, parseReply } from './bodies.ts'
import { Denials } from './denials.ts'
import { Home, type HomeEnd } from './home.ts'
import { type Handler, Inbox } from './inbox.ts'
import type { JoinConfig } from './join-config.ts'
import { MeshError, type MeshErrorCode } from './mesh-error.ts'
import { isDecidable } from './occasion.ts'
import { LONGEST_MS, Outstanding } from './outstanding.ts'
import type { Log, Platform } from './platform/platform.ts'
import { quietLog } from './quiet-log.ts'
import type { BackoffOptions } from './reconnect.ts'
import { Standings, standingIn } from './standings.ts'

export interface CallOptions {
  /** 10 s unless told otherwise. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface AttestOptions {
  /** −1000 (never again) to 1000. */
  readonly value: number
  /** Thousandths of a unit of evidence, 1 to 3000; 2000 unless told otherwise. */
  readonly weight?: number
  /** SHA-256 hashes of what it rests on. */
  readonly evidence?: readonly Uint8Array[]
  /** How long it holds, in ms; 180 days unless told otherwise. */
  readonly ttlMs?: number
}

export interface MeshOptions {
  readonly name: string
  readonly config: JoinConfig
  readonly identity: Identity
  readonly log: Log
  readonly backoff: BackoffOptions
  readonly platform: Platform
}

const ATTESTATION_MS = 180 * 86_400_000
const CALL_MS = 10_000
const MESSAGE_CODES = [
  'message.forged-sender',
  'message.rate-limited',
  'message.recipient-busy',
  'message.recipient-offline',
  'message.recipient-unknown',
  'message.sender-cut-off',
] as const satisfies readonly MeshErrorCode[]

/** An agent's place in a mesh. `joinMesh` makes one. */
export class Mesh implements AsyncDisposable {
  readonly did: Did
  readonly #options: MeshOptions
  readonly #home: Home
  readonly #inbox: Inbox
  readonly #standings = new Standings()
  readonly #denials = new Denials()
  /** By the id of a message, the hash of a statement, or the key of whom a query is about. */
  readonly #outstanding = new Outstanding()
  readonly #closed: Promise<HomeEnd>
  #end: HomeEnd | undefined
  readonly #wakers = new Set<() => void>()
  /** The `seq` of the last attestation. One is issued after the other: two of one `seq` would be equivocation. */
  #lastSeq: Promise<number> = Promise.resolve(-1)

  constructor(options: MeshOptions) {
    const { name, config, identity, backoff, platform } = options
    const log = quietLog(options.log)
    this.#options = options
    this.did = identity.did
    let resolveClosed: (reason: HomeEnd) => void
    this.#closed = new Promise((resolve) => {
      resolveClosed = resolve
    })
    this.#inbox = new Inbox({
      name,
      self: identity.did,
      standings: this.#standings,
      log,
      denied: (denial) => this.#denials.add(denial),
      answer: (to, re, kind, body) => {
        this.#home.push({ type: 'message', id: platform.random(16), kind, to: keyOf(to), re, body })
      },
    })
    this.#home = new Home({
      config,
      identity,
      platform,
      backoff,
      online: () => this.#wake(),
      received: (frame) => this.#received(frame),
      offline: () => {
        this.#standings.forget()
        this.#outstanding.failAll(new MeshError('mesh.disconnected'))
      },
      ended: (reason) => {
        if (reason === 'revoked') log.warn(`${identity.did} is revoked: no node will let it in again`)
        this.#end = reason
        this.#outstanding.failAll(this.#endError())
        this.#denials.close()
        this.#wake()
        resolveClosed(reason)
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
  async send(to: Did, kind: string, content?: Encodable, options: CallOptions = {}): Promise<void> {
    this.#requireKind(kind)
    const frame = this.#message(to, 'one-way', encodeCall(kind, content))
    await this.#exchange(frame, frame.id, isAck, options)
  }

  /**
   * Sends and waits for the answer. Rejects with {@link MeshError}: `request.denied` with the other side's {@link Denial},
   * `request.timeout`, `request.failed`, or why the message did not arrive.
   */
  async request(to: Did, kind: string, content?: Encodable, options: CallOptions = {}): Promise<unknown> {
    this.#requireKind(kind)
    const frame = this.#message(to, 'request', encodeCall(kind, content))
    const isAnswer = (answer: Frame): answer is FrameOf<'message'> =>
      answer.type === 'message' && answer.from !== undefined && didOf(answer.from) === to
    const answer = await this.#exchange(frame, frame.id, isAnswer, options)
    if (answer.kind === 'reply') return parseReply(answer.body)
    const { code, denial } = parseFailure(answer.body)
    throw new MeshError(`request.${code}`, denial ? { denial } : {})
  }

  /** Vouches for somebody, or warns of them. Resolves once the node has the attestation on disk. */
  async attest(subject: Did, options: AttestOptions): Promise<void> {
    const previous = this.#lastSeq
    const issued = previous.then((previousSeq) => this.#issue(subject, options, previousSeq))
    this.#lastSeq = issued.then(
      (statement) => parseAttestation(statement).seq,
      () => previous,
    )
    const { bytes } = await issued
    await this.#exchange({ type: 'statement', bytes }, sha256(bytes), isAck, {})
  }

  /** What the node holds of a Did now. */
  async standing(did: Did, options: CallOptions = {}): Promise<Standing> {
    const key = keyOf(parseDid(did))
    return standingIn(await this.#exchange({ type: 'query', did: key }, key, isStanding, options))
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
  async online({ timeoutMs = CALL_MS, signal }: CallOptions = {}): Promise<void> {
    const until = this.#now() + timeoutMs
    while (!this.#home.isOnline) {
      if (this.#end) throw this.#endError()
      if (signal?.aborted) throw new MeshError('request.aborted', { cause: signal.reason })
      const leftMs = until - this.#now()
      if (leftMs <= 0) throw new MeshError('mesh.disconnected')
      await this.#news(leftMs, signal)
    }
  }

  /** Leaves the mesh. */
  close(): void {
    this.#home.close('closed')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#closed
  }

  #issue(
    sub: Did,
    { value, weight, evidence = [], ttlMs = ATTESTATION_MS }: AttestOptions,
    previousSeq: number,
  ): Promise<Verified<Statement>> {
    const { identity, config, platform } = this.#options
    const { clock, random } = platform
    const exp = clock.now() + ttlMs
    return issueAttestation(
      identity,
      { sub, value, evidence, ...(weight === undefined ? {} : { weight }), exp, previousSeq },
      { net: config.net, clock, random },
    )
  }

  #requireKind(kind: string): void {
    if (kind === '' || !isDecidable({ peer: this.did, kind, decider: this.#options.name })) {
      throw new MeshError('kind.malformed', { detail: 'a kind is one line of 1 to 128 characters' })
    }
  }

  #message(to: Did, kind: 'one-way' | 'request', body: Uint8Array): FrameOf<'message'> {
    return { type: 'message', id: this.#options.platform.random(16), kind, to: keyOf(parseDid(to)), body }
  }

  async #exchange<F extends Frame>(
    frame: Frame,
    id: Uint8Array,
    accepts: (answer: Frame) => answer is F,
    { timeoutMs = CALL_MS, signal }: CallOptions,
  ): Promise<F> {
    const until = this.#now() + timeoutMs
    await this.online({ timeoutMs, ...(signal ? { signal } : {}) })
    const answer = this.#outstanding.wait(id, { timeoutMs: until - this.#now(), signal, accepts })
    try {
      const pushed = signal?.aborted ? 'sent' : this.#home.push(frame)
      if (pushed === 'busy') this.#outstanding.fail(id, new MeshError('mesh.busy'))
      if (pushed === 'offline') this.#outstanding.fail(id, new MeshError('mesh.disconnected'))
    } catch (cause) {
      this.#outstanding.fail(id, new MeshError('message.too-big', { cause }))
    }
    return await answer
  }

  /** Throws {@link ProtocolError} for what no honest node sends. */
  #received(frame: Frame): void {
    switch (frame.type) {
      case 'message':
        if (frame.kind === 'one-way' || frame.kind === 'request') return this.#inbox.receive(frame)
        if (!frame.re || !frame.from) throw new ProtocolError('frame.unexpected')
        return this.#outstanding.offer(frame.re, frame)
      case 'standing':
        this.#standings.learn(frame)
        return this.#outstanding.offer(frame.did, frame)
      case 'ack':
        if (frame.code === undefined) return this.#outstanding.offer(frame.re, frame)
        return this.#outstanding.fail(frame.re, refusal(frame.code))
      case 'pong':
      case 'notice':
        return
      default:
        throw new ProtocolError('frame.unexpected')
    }
  }

  /** Resolves when something has changed, the time is up, or the caller has given up. */
  #news(withinMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        this.#wakers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, Math.min(withinMs, LONGEST_MS))
      signal?.addEventListener('abort', wake)
      this.#wakers.add(wake)
    })
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake()
  }

  #now(): number {
    return this.#options.platform.clock.monotonic()
  }

  #endError(): MeshError {
    return new MeshError(
      this.#end === 'revoked' ? 'mesh.revoked' : 'mesh.closed',
      this.#end ? { detail: this.#end } : {},
    )
  }
}

function isStanding(frame: Frame): frame is FrameOf<'standing'> {
  return frame.type === 'standing'
}

function isAck(frame: Frame): frame is FrameOf<'ack'> {
  return frame.type === 'ack'
}

/** The node's own code where it is one that callers may want to tell apart. */
function refusal(code: string): MeshError {
  const known = MESSAGE_CODES.find((known) => known === code)
  if (known) return new MeshError(known)
  return new MeshError(code.startsWith('message.') ? 'message.refused' : 'statement.refused', { detail: code })
}
