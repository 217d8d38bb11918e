import type { Did } from '@trustmesh/identity'
import type { Deadlines } from '../deadlines.ts'
import { MeshError, type MeshErrorCode } from '../mesh-error.ts'
import type { Conversation } from '../peers/conversation.ts'
import type { Incoming } from '../peers/incoming-line.ts'
import { AnswerStream, GRANT } from './answer-stream.ts'
import { Call, type CallBook, type Outcomes, type Question } from './call.ts'
import { failureIn } from './failure.ts'

/** How long something is waited for, and what calls it off. */
export interface CallOptions {
  /** 10 s unless told otherwise; of a stream, the longest silence. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface CallsOptions {
  /** Throws {@link MeshError} where there can be none. */
  readonly conversationWith: (peer: Did) => Pick<Conversation, 'say' | 'abandon' | 'trouble'>
  readonly isOnline: () => boolean
  readonly deadlines: Pick<Deadlines, 'after'>
}

/** What is said of a call, whatever its kind. */
export type Content = Question['content']

export const CALL_MS = 10_000

/** What becomes of a message that is merely said. Not a literal, for the reason that a part of a message is none. */
class Hearing implements Outcomes {
  readonly heard: () => void
  readonly failed: (error: MeshError) => void

  constructor(heard: () => void, failed: (error: MeshError) => void) {
    this.heard = heard
    this.failed = failed
  }
}

/** What this agent asks of others. */
export class Calls implements CallBook {
  readonly deadlines: Pick<Deadlines, 'after'>
  readonly #options: CallsOptions
  /** Those that wait for an answer, by whom they ask and their numbers. */
  readonly #asked = new Map<Did, Map<number, Call>>()

  constructor(options: CallsOptions) {
    this.deadlines = options.deadlines
    this.#options = options
  }

  get isOnline(): boolean {
    return this.#options.isOnline()
  }

  /** Resolves once the other side has it. */
  send(to: Did, content: Content, options?: CallOptions): Promise<void> {
    return new Promise((heard, failed) => {
      this.#call('one-way', to, content, options, new Hearing(heard, failed)).start()
    })
  }

  /** Resolves to the reply. */
  request(to: Did, content: Content, options?: CallOptions): Promise<Incoming> {
    return new Promise((resolve, failed) => {
      const answered = (message: Incoming): void => {
        call.settle()
        if (message.kind === 'reply') resolve(message)
        else failed(message.kind === 'error' ? failureIn(message) : new MeshError('request.failed'))
      }
      const call = this.#call('request', to, content, options, { answered, failed })
      call.start()
    })
  }

  stream(to: Did, content: Content, options?: CallOptions): AnswerStream {
    return new AnswerStream((stream) => this.#call('stream', to, content, options, stream, GRANT)).start()
  }

  /** What has to be there before there is a call. It is signed elsewhere, maybe, and has the same time: late is `request.aborted`. */
  before<T>(awaited: Promise<T>, { timeoutMs = CALL_MS, signal }: CallOptions): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => (): void => {
        cancelDeadline()
        signal?.removeEventListener('abort', abort)
        act()
      }
      const late = new MeshError('request.aborted', { detail: 'the signer of this agent has not signed in time' })
      const abort = settle(() => reject(new MeshError('request.aborted', { cause: signal?.reason })))
      const cancelDeadline = this.deadlines.after(
        timeoutMs,
        settle(() => reject(late)),
      )
      signal?.addEventListener('abort', abort)
      if (signal?.aborted) abort()
      awaited.then(
        (value) => settle(() => resolve(value))(),
        (error) => settle(() => reject(error))(),
      )
    })
  }

  /** An answer has come. Nobody may be waiting for it any more. */
  answered(from: Did, message: Incoming): void {
    this.#asked
      .get(from)
      ?.get(message.re as number)
      ?.answered(message)
  }

  /** There will be no answers to what has been asked so far. */
  unanswered(by: Did, code: MeshErrorCode, detail?: string): void {
    for (const call of [...(this.#asked.get(by)?.values() ?? [])]) call.failed(code, detail)
  }

  /** Whether an answer of this agent is awaited. */
  isAwaited(by: Did): boolean {
    return this.#asked.has(by)
  }

  number(call: Call, n: number | undefined, before: number | undefined): void {
    const asked = this.#asked.get(call.to) ?? new Map<number, Call>()
    if (before !== undefined) asked.delete(before)
    if (n !== undefined) this.#asked.set(call.to, asked.set(n, call))
    else if (asked.size === 0) this.#asked.delete(call.to)
  }

  #call(
    kind: Question['kind'],
    to: Did,
    content: Content,
    { timeoutMs = CALL_MS, signal }: CallOptions = {},
    outcomes: Outcomes,
    grant?: number,
  ): Call {
    const conversation = this.#options.conversationWith(to)
    return new Call({ kind, to, grant, content, timeoutMs, signal }, conversation, this, outcomes)
  }
}
