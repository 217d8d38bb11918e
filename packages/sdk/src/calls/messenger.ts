import { type Did, type Encodable, parseDid } from '@trustmesh/identity'
import QuickLRU from 'quick-lru'
import { argumentsOf, encodeCall, parseReply } from '../bodies.ts'
import { type Chain, learnCalls } from '../chain.ts'
import type { Issuer } from '../issuer.ts'
import { MeshError } from '../mesh-error.ts'
import { isDecidable } from '../occasion.ts'
import { type Outcome, outcomeOf } from '../outcomes/outcome.ts'
import type { Receipts } from '../receipts.ts'
import type { Span, Telemetry, Traced } from '../telemetry.ts'
import type { CallOptions, Calls, Content } from './calls.ts'

/** How something is said: with its deadline, and with a chain if it is said on somebody's behalf. */
export interface SendOptions extends CallOptions {
  /** The chain that allows it; this agent is the audience of its last link. */
  readonly chain?: Chain
  /** What of it is used; all that the last link grants unless told otherwise. */
  readonly can?: string
  /** Whether it is signed, so that it is evidence later; the answer to a request then is as well. */
  readonly signed?: boolean
}

/** Options by which the answer is signed as well. */
export type SignedOptions = SendOptions & { readonly signed: true }

/** The answer to something that was asked with a signature. */
export interface SignedReply {
  readonly content: unknown
  /** A statement of the other side that this was its answer: evidence for an attestation. */
  readonly receipt: Uint8Array
}

export interface MessengerOptions {
  readonly self: Did
  readonly name: string
  readonly maxBytes: number
  readonly calls: Calls
  readonly issuer: Pick<Issuer, 'invoke'>
  readonly receipts: Receipts
  readonly telemetry: Telemetry | undefined
  /** What became of something that was asked, where that says anything of the agent that was asked. */
  readonly ended: (call: { peer: Did; kind: string; outcome: Outcome; isOwn: true }) => void
}

/** Says things to other agents: encoded, signed and traced as it was asked for. */
export class Messenger {
  readonly #options: MessengerOptions
  /** Those that have been looked at: to look takes longer than to say. */
  readonly #kinds = new QuickLRU<string, true>({ maxSize: 1_024 })

  constructor(options: MessengerOptions) {
    this.#options = options
  }

  send(to: Did, kind: string, content: Encodable | undefined, options: SendOptions): Promise<void> {
    if (this.#options.telemetry) {
      const traced = { mode: 'one-way', kind, peer: to } as const
      return this.#traced(traced, (trace) => this.#send(to, kind, content, options, trace))
    }
    try {
      // By as few promises as can be: of all that an agent holds for what it has said, most is what waits for it.
      return this.#send(to, kind, content, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #send(
    to: Did,
    kind: string,
    content: Encodable | undefined,
    options: SendOptions,
    trace?: string | undefined,
  ): Promise<void> {
    const { calls } = this.#options
    const said = this.#content(to, kind, content, options, trace)
    // Waited for only where there is something to sign: all else leaves in this turn.
    if (!(said instanceof Promise)) return calls.send(to, said, options)
    return said.then((said) => calls.send(to, said, options))
  }

  request(to: Did, kind: string, content: Encodable | undefined, options: SendOptions): Promise<unknown> {
    const { calls, receipts } = this.#options
    return this.#traced({ mode: 'request', kind, peer: to }, async (trace) => {
      const content_ = this.#content(to, kind, content, options, trace)
      const said = content_ instanceof Promise ? await content_ : content_
      const { body, receipt, calls: left } = await calls.request(to, said, options)
      if (options.chain) learnCalls(options.chain, to, left)
      if (!said.receipt) return parseReply(body)
      if (receipt && receipts.isFor(receipt, to, body, said.receipt)) return { content: parseReply(body), receipt }
      throw new MeshError('request.failed', { detail: 'the answer is not signed' })
    })
  }

  async *stream(
    to: Did,
    kind: string,
    content: Encodable | undefined,
    options: SendOptions,
  ): AsyncGenerator<unknown, void> {
    const { calls, telemetry } = this.#options
    const traced = { mode: 'stream', kind, peer: to } as const
    const span = telemetry?.begin({ role: 'asks', ...traced })
    let isLeft = true
    try {
      yield* calls.stream(to, await this.#content(to, kind, content, options, span?.traceparent), options)
      isLeft = false
      this.#ended(traced, span)
    } catch (error) {
      isLeft = false
      this.#ended(traced, span, error)
      throw error
    } finally {
      // Whoever stops taking says nothing of the other side.
      if (isLeft) span?.end()
    }
  }

  async #traced<T>(traced: Omit<Traced, 'role'>, act: (trace: string | undefined) => Promise<T>): Promise<T> {
    const span = this.#options.telemetry?.begin({ role: 'asks', ...traced })
    try {
      const result = await (span ? span.run(() => act(span.traceparent)) : act(undefined))
      this.#ended(traced, span)
      return result
    } catch (error) {
      this.#ended(traced, span, error)
      throw error
    }
  }

  /** That something has merely arrived says nothing of whoever has it. */
  #ended({ mode, peer, kind }: Omit<Traced, 'role'>, span: Span | undefined, error?: unknown): void {
    span?.end(error === undefined ? undefined : codeOf(error))
    const outcome = error === undefined ? 'success' : outcomeOf(error)
    if (outcome && mode !== 'one-way') this.#options.ended({ peer, kind, outcome, isOwn: true })
  }

  #content(
    to: Did,
    kind: string,
    content: Encodable | undefined,
    options: SendOptions,
    trace: string | undefined,
  ): Content | Promise<Content> {
    const { self, name, maxBytes, calls } = this.#options
    const { chain, can, signed } = options
    if (!this.#kinds.has(kind)) {
      requireKind(kind, self, name)
      this.#kinds.set(kind, true)
    }
    if (parseDid(to) === self) throw new MeshError('peer.self')
    if (!chain && !signed) return { body: encodeCall(kind, content, maxBytes), trace }
    return calls.before(this.#signedContent(to, kind, content, { chain, can, signed }, { trace }), options)
  }

  async #signedContent(
    to: Did,
    kind: string,
    content: Encodable | undefined,
    { chain, can, signed }: { [Key in 'chain' | 'can' | 'signed']: SendOptions[Key] | undefined },
    traced: Pick<Content, 'trace'>,
  ): Promise<Content> {
    const { maxBytes, issuer, receipts } = this.#options
    const proof = chain && (await issuer.invoke(to, chain, can, argumentsOf(content, maxBytes)))
    const body = encodeCall(kind, content, maxBytes, proof)
    return { body, ...traced, ...(signed && { receipt: await receipts.issue(to, body) }) }
  }
}

/** Throws {@link MeshError} `kind.malformed`. */
export function requireKind(kind: string, self: Did, name: string): void {
  if (kind === '' || !isDecidable({ peer: self, kind, decider: name })) {
    throw new MeshError('kind.malformed', { detail: 'a kind is one line of 1 to 128 characters' })
  }
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'exception'
}
