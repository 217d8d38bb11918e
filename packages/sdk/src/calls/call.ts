import type { Did } from '@trustmesh/identity'
import type { Deadlines } from '../deadlines.ts'
import { MeshError, type MeshErrorCode } from '../mesh-error.ts'
import type { Conversation } from '../peers/conversation.ts'
import type { Incoming } from '../peers/incoming-line.ts'
import type { Outgoing } from '../peers/outgoing-line.ts'
import type { CancelTimer } from '../timer.ts'

/** What is said, and to whom. */
export interface Question extends Pick<Outgoing, 'kind' | 'grant'> {
  readonly to: Did
  readonly content: Pick<Outgoing, 'body' | 'receipt' | 'trace'>
  /** How long whoever asks waits. */
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** Where calls are kept that wait for an answer. */
export interface CallBook {
  readonly deadlines: Pick<Deadlines, 'after'>
  readonly isOnline: boolean
  /** Answers refer to the call by the number `n` from now on, and no more by the one before. */
  number(call: Call, n: number | undefined, before: number | undefined): void
}

/** What becomes of a call. */
export interface Outcomes {
  /** The other side has it, and nothing more is awaited. */
  heard?(): void
  answered?(message: Incoming): void
  /** Once, and last. */
  failed(error: MeshError): void
}

const NOTHING = new Uint8Array()

/** One thing asked of another agent, or merely said: until it is settled, its time is up, or whoever asked has given up. */
export class Call implements Outgoing {
  readonly kind: Outgoing['kind']
  readonly to: Did
  readonly body: Uint8Array
  readonly grant: number | undefined
  readonly receipt: Uint8Array | undefined
  readonly trace: string | undefined
  place: Outgoing['place']
  readonly #book: CallBook
  readonly #conversation: Pick<Conversation, 'say' | 'abandon' | 'trouble'>
  readonly #outcomes: Outcomes
  readonly #timeoutMs: number
  readonly #signal: AbortSignal | undefined
  readonly #abort: (() => void) | undefined
  #n: number | undefined
  #isSettled = false
  #isHeard = false
  #isCancelled = false
  #cancelDeadline: CancelTimer | undefined

  constructor(
    { kind, to, grant, content, timeoutMs, signal }: Question,
    conversation: Pick<Conversation, 'say' | 'abandon' | 'trouble'>,
    book: CallBook,
    outcomes: Outcomes,
  ) {
    this.kind = kind
    this.to = to
    this.body = content.body
    this.grant = grant
    this.receipt = content.receipt
    this.trace = content.trace
    this.#book = book
    this.#conversation = conversation
    this.#outcomes = outcomes
    this.#timeoutMs = timeoutMs
    this.#signal = signal
    this.#abort = signal && (() => this.#giveUp(new MeshError('request.aborted', { cause: signal.reason })))
    if (this.#abort) signal?.addEventListener('abort', this.#abort)
    this.wait()
  }

  start(): void {
    if (this.#signal?.aborted) return this.#abort?.()
    const refused = this.#conversation.say(this)
    if (refused) this.failed(refused)
  }

  sent(n: number): void {
    const before = this.#n
    this.#n = n
    if (!this.#isSettled && this.#outcomes.answered) this.#book.number(this, n, before)
  }

  /** Only now its number is final, so that what is said about it is said about nothing else. */
  heard(): void {
    this.#isHeard = true
    if (this.#isCancelled) this.#add('cancel')
    else if (!this.#isSettled && this.#outcomes.heard) {
      this.settle()
      this.#outcomes.heard()
    }
  }

  answered(message: Incoming): void {
    this.#outcomes.answered?.(message)
  }

  failed(code: MeshErrorCode, detail?: string): void {
    if (this.#isSettled) return
    this.settle()
    this.#outcomes.failed(new MeshError(code, detail === undefined ? {} : { detail }))
  }

  /** More items are taken. */
  credit(grant: number): void {
    if (!this.#isSettled) this.#add('credit', grant)
  }

  /** As long again: more is awaited from now on. */
  wait(): void {
    this.rest()
    if (!this.#isSettled) this.#cancelDeadline = this.#book.deadlines.after(this.#timeoutMs, () => this.#expire())
  }

  /** Nothing is awaited for now. */
  rest(): void {
    this.#cancelDeadline?.()
  }

  /** Nothing more is awaited. */
  settle(): void {
    this.#isSettled = true
    this.rest()
    if (this.#abort) this.#signal?.removeEventListener('abort', this.#abort)
    if (this.#outcomes.answered) this.#book.number(this, undefined, this.#n)
  }

  /** Nobody wants it any more: it is not said if it has not been, and the other side stops if it has begun. */
  cancel(): void {
    if (this.#isSettled) return
    this.settle()
    if (!this.#isHeard) this.#conversation.abandon(this)
    if (this.kind === 'one-way') return
    if (this.#isHeard) this.#add('cancel')
    else this.#isCancelled = true
  }

  #add(kind: 'credit' | 'cancel', grant?: number): void {
    if (this.#n !== undefined) this.#conversation.say({ kind, re: this.#n, grant, body: NOTHING })
  }

  #expire(): void {
    const trouble = this.#isHeard ? undefined : this.#conversation.trouble
    this.#giveUp(new MeshError(this.#book.isOnline ? (trouble ?? 'request.timeout') : 'mesh.disconnected'))
  }

  #giveUp(error: MeshError): void {
    if (this.#isSettled) return
    this.cancel()
    this.#outcomes.failed(error)
  }
}
