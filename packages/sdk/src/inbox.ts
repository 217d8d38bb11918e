import type { Did, Encodable } from '@trustmesh/identity'
import { type ParsedRequirement, parseRequirement, type Requirement } from '@trustmesh/trust/agent'
import { Answering, type AnsweringPorts } from './answering.ts'
import { Answerings } from './answerings.ts'
import { type Call, encodeFailure, encodeReply, type Failure, parseCall } from './bodies.ts'
import type { PeerChain } from './chain-gate.ts'
import type { Deadlines } from './deadlines.ts'
import type { Gatekeeper, Ruling } from './gatekeeper.ts'
import { handlerFor } from './handlers.ts'
import { MeshError, type MeshErrorCode } from './mesh-error.ts'
import type { Caller, Occasioned } from './peer.ts'
import type { Incoming } from './peers/incoming-line.ts'
import type { Outgoing } from './peers/outgoing-line.ts'
import type { Log } from './platform/platform.ts'
import { textOf } from './quiet-log.ts'
import type { Receipts } from './receipts.ts'
import type { Telemetry, Traced } from './telemetry.ts'

/**
 * Handles messages of one kind. What it returns, or resolves to, is the reply to a request, or, where it is an async iterable,
 * what a stream yields; what it throws is logged here and is an error there, without the text. Of one caller 256 run at once, of
 * all 1,024: what is beyond that waits, and so does everything that its sender says after it, answers included.
 */
export type Handler = (content: unknown, peer: Caller) => unknown

export interface InboxOptions {
  readonly gatekeeper: Gatekeeper
  readonly receipts: Receipts
  readonly deadlines: Pick<Deadlines, 'after'>
  readonly maxBytes: number
  readonly log: Log
  readonly telemetry: Telemetry | undefined
  /** Gives back why, where it is not taken. */
  readonly say: (to: Did, answer: Outgoing) => MeshErrorCode | undefined
  readonly caller: (did: Did, occasion: Occasioned, answering: Pick<Answering, 'signal'>) => Caller
}

type Allowed = Extract<Ruling, { allow: true }>

interface Registration {
  readonly requirement: ParsedRequirement
  readonly handler: Handler
}

/** A message for which there is no room yet. */
interface Waiting {
  readonly from: Did
  readonly begin: () => void
}

/** Handlers that run at once, for all and for one: whoever is let in could otherwise make an agent hold any number of calls. */
const MAX_RUNNING = 1_024
const MAX_RUNNING_FOR_ONE = 256

/** Takes in what others ask. No handler runs before the gate has allowed it, message by message (threat M12). */
export class Inbox {
  readonly #options: InboxOptions
  readonly #ports: AnsweringPorts
  readonly #handlers = new Map<string, Registration>()
  /**
   * Messages that are being handled, or wait for that: of one sender at most one waits. Another program of the same sender
   * counts from 1 again, while handlers of what the one before had asked go on.
   */
  readonly #answerings = new Answerings()
  #running = 0
  readonly #waiting: Waiting[] = []
  /** Those who wait for the end of all handlers. */
  readonly #idlers: (() => void)[] = []
  #isDraining = false

  constructor(options: InboxOptions) {
    this.#options = options
    const { say, deadlines } = options
    this.#ports = { say, deadlines, ended: (answering) => this.#ended(answering) }
  }

  /** One handler a kind; the latest wins. Returns what takes it away again. */
  on(kind: string, requirement: Requirement, handler: Handler): () => void {
    const registration = { requirement: parseRequirement(requirement), handler }
    this.#handlers.set(kind, registration)
    return () => {
      if (this.#handlers.get(kind) === registration) this.#handlers.delete(kind)
    }
  }

  /** All handlers go on in another inbox. */
  handTo(heir: Inbox): void {
    for (const [kind, registration] of this.#handlers) heir.#handlers.set(kind, registration)
  }

  /** Something that is asked or said. The promise, where there is one, resolves once the handler has begun, or there will be none. */
  receive(from: Did, message: Incoming): void | Promise<void> {
    const answering = this.#answering(from, message)
    if (this.#hasRoom(from)) {
      this.#running++
      return this.#begin(answering)
    }
    return new Promise<void>((begin) => {
      this.#waiting.push({ from, begin })
    }).then(() => this.#begin(answering))
  }

  /** Whether anything of this sender is being handled. */
  isAnswering(from: Did): boolean {
    return this.#answerings.of(from).length > 0
  }

  /** The caller takes more items. */
  grant(from: Did, n: number, items: number): void {
    this.#awaited(from, n)?.grant(items)
  }

  /** The caller no longer waits. */
  cancel(from: Did, n: number): void {
    this.#awaited(from, n)?.abandon()
  }

  /** Nobody there waits for anything any more. */
  abandon(from: Did): void {
    for (const answering of [...this.#answerings.of(from)]) answering.abandon()
  }

  /** What is held of somebody has changed: what it is being sent ends now if it may not have the rest. */
  reconsider(from: Did): void {
    for (const answering of [...this.#answerings.of(from)]) if (!answering.isOver) void answering.renew?.()
  }

  /** Begins nothing more. Resolves once what has been begun has ended. */
  async drain(): Promise<void> {
    this.#isDraining = true
    if (this.#running === 0) return
    await new Promise<void>((resolve) => {
      this.#idlers.push(resolve)
    })
  }

  #begin(answering: Answering): void | Promise<void> {
    const { from: peer, message } = answering
    if (this.#isDraining) return this.#refuse(answering, { code: 'draining' })
    const call = parseCall(message.body)
    const registration = call && handlerFor(call.kind, this.#handlers)
    if (!call || !registration) return this.#refuse(answering, { code: 'no-handler' })
    const { kind, proof, content } = call
    const ruling = this.#options.gatekeeper.rule(registration.requirement, { peer, kind, proof, content })
    if (!(ruling instanceof Promise)) return this.#ruled(ruling, call, registration, answering)
    // Whatever goes wrong, what stands behind it on the line has to go on.
    return ruling
      .then((ruling) => this.#ruled(ruling, call, registration, answering))
      .catch((error: unknown) => this.#fail(call, answering, error))
  }

  #ruled(ruling: Ruling, call: Call, registration: Registration, answering: Answering): void {
    if (ruling.allow) this.#handle(call, registration, answering, ruling)
    else this.#refuse(answering, { code: 'denied', denial: ruling.denial })
  }

  /** In the turn in which it was allowed. */
  #handle(call: Call, { requirement, handler }: Registration, answering: Answering, allowed: Allowed): void {
    const { caller, telemetry, receipts } = this.#options
    const { from, message } = answering
    const { receipt, trace } = message
    // Behind the gate: it takes a signature to be verified.
    if (receipt && !receipts.isFor(receipt, from, message.body)) return this.#refuse(answering, { code: 'failed' })
    // What was not to be answered is handled, whatever has become of its sender; nobody would have the rest.
    if (answering.isOver && message.kind !== 'one-way') return this.#end(call, answering, 'end')
    const { standing, chain } = allowed
    try {
      const peer = caller(from, { standing, chain, receipt, trace }, answering)
      const span = telemetry?.begin({
        role: 'answers',
        mode: message.kind as Traced['mode'],
        kind: call.kind,
        peer: from,
        parent: trace,
      })
      answering.span = span
      const result = span ? span.run(() => handler(call.content, peer)) : handler(call.content, peer)
      if (isThenable(result)) {
        result.then(
          (value) => this.#answer(call, requirement, answering, value, chain),
          (error: unknown) => this.#fail(call, answering, error),
        )
      } else this.#answer(call, requirement, answering, result, chain)
    } catch (error) {
      this.#fail(call, answering, error)
    }
  }

  #answer(call: Call, requirement: ParsedRequirement, answering: Answering, value: unknown, chain?: PeerChain): void {
    const { kind, receipt } = answering.message
    const isStream = typeof value === 'object' && value !== null && Symbol.asyncIterator in value
    if (kind === 'one-way') return this.#end(call, answering, 'end')
    if (kind === 'request' && isStream) return this.#refuse(answering, { code: 'is-stream' })
    const items = isStream ? (value as AsyncIterable<unknown>) : once(value)
    if (kind === 'stream') return void this.#stream(call, requirement, answering, items, chain)
    try {
      const body = encodeReply(value as Encodable, this.#options.maxBytes)
      const counted = chain && chain.calls !== null ? { calls: chain.calls } : {}
      if (!receipt) return this.#end(call, answering, 'reply', body, counted)
      this.#options.receipts.issue(answering.from, body, receipt).then(
        (signed) => this.#end(call, answering, 'reply', body, { receipt: signed, ...counted }),
        (error: unknown) => this.#fail(call, answering, error),
      )
    } catch (error) {
      this.#fail(call, answering, error)
    }
  }

  /** Before each item, and whenever what is held of the caller changes, it is asked again whether it may go on (threat M12). */
  async #stream(
    call: Call,
    requirement: ParsedRequirement,
    answering: Answering,
    items: AsyncIterable<unknown>,
    chain: PeerChain | undefined,
  ): Promise<void> {
    const { maxBytes, gatekeeper } = this.#options
    const occurrence = { peer: answering.from, kind: call.kind, content: call.content }
    const renew = async (): Promise<boolean> => {
      const ruling = await gatekeeper.renew(requirement, occurrence, chain)
      if (!ruling.allow) answering.stop(encodeFailure({ code: 'denied', denial: ruling.denial }))
      return ruling.allow
    }
    answering.renew = renew
    try {
      for await (const item of items) {
        const body = encodeReply(item as Encodable, maxBytes)
        if (!(await answering.mayGoOn()) || !(await renew())) break
        const refused = answering.item(body)
        if (refused) throw new MeshError(refused)
      }
      this.#end(call, answering, 'end')
    } catch (error) {
      this.#fail(call, answering, error)
    }
  }

  #end(call: Call, answering: Answering, ...answer: Parameters<Answering['end']>): void {
    const refused = answering.end(...answer)
    if (refused) this.#options.log.warn(`the answer to "${call.kind}" was not sent: ${refused}`)
  }

  #refuse(answering: Answering, failure: Failure): void {
    answering.end('error', encodeFailure(failure))
  }

  #fail({ kind }: Call, answering: Answering, error: unknown): void {
    const { isOver } = answering
    this.#refuse(answering, { code: 'failed' })
    if (!isOver) this.#options.log.warn(`the handler of "${kind}" failed: ${textOf(error)}`)
  }

  #answering(from: Did, message: Incoming): Answering {
    const answering = new Answering(from, message, this.#ports)
    this.#answerings.add(answering)
    return answering
  }

  #ended(answering: Answering): void {
    this.#answerings.remove(answering)
    this.#running--
    this.#beginWaiting()
    if (this.#running > 0) return
    for (const idler of this.#idlers.splice(0)) idler()
  }

  /** What somebody asked under a number, and still waits for. */
  #awaited(from: Did, n: number): Answering | undefined {
    return this.#answerings.of(from).find((answering) => answering.message.n === n && !answering.isOver)
  }

  /** For one more, who is among those that wait already. */
  #hasRoom(from: Did): boolean {
    return this.#running < MAX_RUNNING && this.#answerings.of(from).length <= MAX_RUNNING_FOR_ONE
  }

  #beginWaiting(): void {
    if (this.#waiting.length === 0) return
    const place = this.#waiting.findIndex(({ from }) => this.#hasRoom(from))
    if (place < 0) return
    this.#running++
    this.#waiting.splice(place, 1)[0]?.begin()
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

async function* once(value: unknown): AsyncIterable<unknown> {
  yield value
}
