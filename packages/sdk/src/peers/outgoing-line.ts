import { type FrameOf, LIMITS, ProtocolError, type SayKind } from '@trustmesh/protocol'
import type { MeshErrorCode } from '../mesh-error.ts'

/** A message to the other side, and what its sender wants to know of it. */
export interface Outgoing {
  readonly kind: SayKind
  readonly re?: number | undefined
  readonly grant?: number | undefined
  readonly receipt?: Uint8Array | undefined
  readonly calls?: number | undefined
  readonly trace?: string | undefined
  readonly body: Uint8Array
  /** Whether it waits or is on its way, as long as anybody wants it said: the line that it is in sets it, and nobody else. */
  place?: 'waiting' | 'begun' | undefined
  /** It is on its way under this number, by which answers refer to it; again with another where it has not arrived. */
  sent?(n: number): void
  /** The other side has it. */
  heard?(): void
  failed?(code: MeshErrorCode, detail?: string): void
}

type SayFrame = FrameOf<'say'>

/**
 * What one `say` says of a message. Not a literal: once those of a literal have outlived a collection, V8 makes all that
 * follow among the old objects, where they hold on to their messages long after they have been heard.
 */
class Part {
  readonly message: Outgoing
  readonly body: Uint8Array
  readonly isFirst: boolean
  readonly isLast: boolean

  constructor(message: Outgoing, body: Uint8Array, isFirst: boolean, isLast: boolean) {
    this.message = message
    this.body = body
    this.isFirst = isFirst
    this.isLast = isLast
  }
}

/** What a message, or a `say`, weighs beside its body. */
const ENTRY_BYTES = 64
/** What waits and has not been heard, at most; and with the answers, which only the other side can have made so many. */
const MAX_BYTES = 4_194_304
const MAX_ANSWER_BYTES = 4 * LIMITS.contentBytes

/**
 * What one side says to the other, in order and numbered from 1. It is kept until it has been heard: what a session takes with
 * it is said again in the next one, from where the other side has heard it. Nothing is ever said again to somebody who no longer
 * knows the line: whether it was handled before cannot be known, and twice would be wrong (threat M13).
 */
export class OutgoingLine {
  readonly id: Uint8Array
  /** How far the other side has heard it. */
  #heard = 0
  /** How many messages anybody wants said, whether anything of them is on its way or not. */
  #wanted = 0
  /** Messages of which nothing is on its way, in order; so many of them have been given up. */
  #waiting: Outgoing[] = []
  #givenUp = 0
  /** What of begun messages has not been heard, in order; the first so many of them have been said, and may have arrived. */
  #parts: Part[] = []
  #said = 0
  #bytes = 0
  #unheardBytes = 0
  /** The largest message that the other side takes. */
  #maxBytes = Number.POSITIVE_INFINITY

  constructor(id: Uint8Array) {
    this.id = id
  }

  /** The number of the first `say` that follows in a session that begins now. */
  get next(): number {
    return this.#heard + 1
  }

  /** Whether there is anything that somebody still wants said, and that has not been heard. */
  get isWanted(): boolean {
    return this.#wanted > 0
  }

  /** Whether anything waits to be said that begins something. */
  get isBeginning(): boolean {
    return this.#waiting.some(({ re, place }) => re === undefined && place !== undefined)
  }

  /** Whether anything has been said and not been heard. */
  get isUnheard(): boolean {
    return this.#said > 0
  }

  /** Puts a message in line. Gives back why, where it is not taken. */
  push(message: Outgoing): MeshErrorCode | undefined {
    if (message.body.length > this.#maxBytes) return 'message.too-big'
    const most = message.re === undefined ? MAX_BYTES : MAX_ANSWER_BYTES
    if (this.#bytes > 0 && this.#bytes + weightOf(message) > most) return 'mesh.busy'
    this.#bytes += weightOf(message)
    this.#wanted++
    message.place = 'waiting'
    this.#waiting.push(message)
    return undefined
  }

  /** Its sender has given up: it is not said any more, unless the other side may have a part of it. */
  abandon(message: Outgoing): void {
    const isWaiting = message.place === 'waiting'
    this.#unwant(message)
    if (!isWaiting) return
    this.#bytes -= weightOf(message)
    // To look for each by itself would take too long where thousands give up at once.
    if (2 * ++this.#givenUp > this.#waiting.length) this.#leaveOut()
  }

  /** The frames that may be said now. */
  take(): SayFrame[] {
    if (this.#givenUp > 0) this.#leaveOut()
    const frames: SayFrame[] = []
    let begun = 0
    while (this.#unheardBytes < LIMITS.unheardBytes) {
      const part = this.#parts[this.#said] ?? this.#begin(this.#waiting[begun++])
      if (!part) break
      const n = this.#heard + ++this.#said
      this.#unheardBytes += weightOf(part)
      if (part.isLast) part.message.sent?.(n)
      frames.push(frameOf(part, n))
    }
    this.#waiting.splice(0, begun)
    return frames
  }

  /** The other side has taken in everything up to this number. Throws {@link ProtocolError} where it cannot have. */
  heard(n: number): void {
    const count = n - this.#heard
    if (count < 0 || count > this.#said) throw new ProtocolError('frame.unexpected')
    const heard = this.#parts.splice(0, count)
    this.#heard = n
    this.#said -= count
    for (const part of heard) {
      this.#unheardBytes -= weightOf(part)
      if (!part.isLast) continue
      this.#forget(part.message)
      part.message.heard?.()
    }
  }

  /**
   * There is another session, and nothing of what was said before and not heard has arrived, or ever will: it is said again,
   * under numbers that follow on what has been heard. What has been given up is left out, but for the rest of a message of
   * which parts were heard.
   */
  resume(heard: number): void {
    this.heard(heard)
    const [first] = this.#parts
    const partly = first && !first.isFirst ? first.message : undefined
    const again: Outgoing[] = []
    for (const { message, isFirst } of this.#parts) {
      if (!isFirst || message === partly) continue
      if (message.place) again.push(message)
      else this.#forget(message)
      message.place &&= 'waiting'
    }
    this.#parts = this.#parts.filter(({ message }) => message === partly)
    this.#waiting = [...again, ...this.#waiting]
    this.#rewind()
  }

  /** The other side does not know the line any more: what had been begun has failed, and nobody waits for answers to it. */
  restart(): void {
    const failed = this.#begun
    for (const { message, isLast } of this.#parts) if (isLast) this.#forget(message)
    this.#parts = []
    this.#rewind()
    for (const message of this.#waiting) if (message.re !== undefined) this.abandon(message)
    for (const message of failed) message.failed?.('message.interrupted')
  }

  /** The other side takes no larger messages than this. */
  limit(maxBytes: number): void {
    this.#maxBytes = Math.min(maxBytes, LIMITS.contentBytes)
    this.#fail((message) => message.body.length > this.#maxBytes, 'message.too-big')
  }

  /** Gives up what this side would begin, and has not. */
  failWaiting(code: MeshErrorCode, detail?: string): void {
    this.#fail(({ re }) => re === undefined, code, detail)
  }

  /** Gives up all of it. */
  fail(code: MeshErrorCode, detail?: string): void {
    const begun = this.#begun
    for (const message of begun) this.#unwant(message)
    this.#fail(() => true, code, detail)
    for (const message of begun) message.failed?.(code, detail)
  }

  #fail(isMeant: (waiting: Outgoing) => boolean, code: MeshErrorCode, detail?: string): void {
    for (const message of this.#waiting.filter((waiting) => waiting.place && isMeant(waiting))) {
      this.abandon(message)
      message.failed?.(code, detail)
    }
  }

  /** Messages of which something is on its way, and that somebody still wants said. */
  get #begun(): Outgoing[] {
    return this.#parts.filter(({ message, isLast }) => isLast && message.place).map(({ message }) => message)
  }

  /** Cuts a message, if there is one, and gives back its first part. */
  #begin(message: Outgoing | undefined): Part | undefined {
    if (!message) return undefined
    message.place = 'begun'
    const { body } = message
    let at = 0
    do {
      const end = at + LIMITS.sayBytes
      const part = body.length <= LIMITS.sayBytes ? body : body.subarray(at, end)
      this.#parts.push(new Part(message, part, at === 0, end >= body.length))
      at = end
    } while (at < body.length)
    return this.#parts[this.#said]
  }

  #forget(message: Outgoing): void {
    this.#unwant(message)
    this.#bytes -= weightOf(message)
  }

  #unwant(message: Outgoing): void {
    if (message.place) this.#wanted--
    message.place = undefined
  }

  /** What has been given up waits no more. */
  #leaveOut(): void {
    this.#waiting = this.#waiting.filter(({ place }) => place)
    this.#givenUp = 0
  }

  #rewind(): void {
    this.#said = 0
    this.#unheardBytes = 0
  }
}

/** The same for both sides. */
export function weightOf({ body }: { readonly body: Uint8Array }): number {
  return body.length + ENTRY_BYTES
}

function frameOf({ message, body, isLast }: Part, n: number): SayFrame {
  const { kind, re, grant, receipt, calls, trace } = message
  if (!isLast) return { type: 'say', n, kind, re, grant, trace, more: true, body }
  return { type: 'say', n, kind, re, grant, receipt, calls, trace, body }
}
