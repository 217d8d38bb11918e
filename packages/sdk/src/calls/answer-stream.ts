import { parseReply } from '../bodies.ts'
import { MeshError } from '../mesh-error.ts'
import type { Incoming } from '../peers/incoming-line.ts'
import type { Call, Outcomes } from './call.ts'
import { failureIn } from './failure.ts'

/** Items that may be on their way or wait to be taken. */
export const GRANT = 16

interface Taker {
  readonly resolve: (result: IteratorResult<unknown>) => void
  readonly reject: (error: unknown) => void
}

/**
 * The items of an answer as they come. The other side sends no more than are taken; whoever stops taking ends it, and so does
 * whatever ends the call.
 */
export class AnswerStream implements AsyncIterableIterator<unknown>, Outcomes {
  readonly #call: Call
  readonly #items: unknown[] = []
  readonly #takers: Taker[] = []
  #taken = 0
  #end: { readonly error: MeshError | null } | undefined

  constructor(call: (stream: AnswerStream) => Call) {
    this.#call = call(this)
  }

  /** Begins to ask. */
  start(): this {
    this.#call.start()
    return this
  }

  answered(message: Incoming): void {
    if (message.kind === 'error') return this.failed(failureIn(message))
    if (message.kind === 'end') return this.#finish(null)
    if (message.kind !== 'item') return this.failed(new MeshError('request.failed', { detail: 'a reply to a stream' }))
    try {
      if (this.#items.length >= GRANT) {
        throw new MeshError('request.failed', { detail: 'more items than were asked for' })
      }
      this.#items.push(parseReply(message.body))
    } catch (error) {
      this.#call.cancel()
      return this.failed(error as MeshError)
    }
    this.#hand()
  }

  failed(error: MeshError): void {
    this.#finish(error)
  }

  next(): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.#takers.push({ resolve, reject })
      this.#hand()
    })
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#call.cancel()
    this.#items.length = 0
    this.#finish(null)
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish(error: MeshError | null): void {
    if (this.#end) return
    this.#call.settle()
    this.#end = { error }
    this.#hand()
  }

  #hand(): void {
    while (this.#takers.length > 0 && (this.#items.length > 0 || this.#end)) {
      const { resolve, reject } = this.#takers.shift() as Taker
      if (this.#items.length > 0) {
        resolve({ done: false, value: this.#items.shift() })
        this.#count()
        continue
      }
      const error = this.#end?.error
      // An error is told once; after it there is nothing.
      this.#end = { error: null }
      if (error) reject(error)
      else resolve({ done: true, value: undefined })
    }
    // How long whoever takes takes over it is no silence of the other side.
    if (this.#takers.length > 0) this.#call.wait()
    else this.#call.rest()
  }

  #count(): void {
    if (++this.#taken < GRANT / 2) return
    this.#call.credit(this.#taken)
    this.#taken = 0
  }
}
