import { concatBytes } from '@noble/hashes/utils.js'
import { equalBytes, type FrameOf, LIMITS, ProtocolError, type SayKind } from '@trustmesh/protocol'
import { weightOf } from './outgoing-line.ts'

/** A message of the other side, whole. */
export interface Incoming {
  /** Its place on the line: answers refer to it. */
  readonly n: number
  readonly kind: SayKind
  readonly re?: number | undefined
  readonly grant?: number | undefined
  readonly receipt?: Uint8Array | undefined
  readonly calls?: number | undefined
  readonly trace?: string | undefined
  readonly body: Uint8Array
}

export interface IncomingLineOptions {
  /** The largest message that is taken. */
  readonly maxBytes: number
  /** A message has come. Where it gives a promise, what follows is held back until that has resolved; it does not reject. */
  readonly received: (message: Incoming) => void | Promise<void>
  /** There are so many bytes more, or fewer, of a message of which only parts have come. */
  readonly parted: (bytes: number) => void
  /** What was held back has been taken in as well. */
  readonly caughtUp: () => void
  /** It could not be, because of what no honest agent says. */
  readonly broken: () => void
}

type SayFrame = FrameOf<'say'>

/**
 * How far the other side's line has been heard. Each `say` counts once, and in its place (threat M13); each message is begun
 * before the next one is.
 */
export class IncomingLine {
  readonly #options: IncomingLineOptions
  #id: Uint8Array | undefined
  #heard = 0
  /** Parts of the message that is coming, and what they say that it is. */
  #parts: Uint8Array[] = []
  #coming: Pick<SayFrame, 'kind' | 're'> | undefined
  #bytes = 0
  /** What has come behind a message that has not been begun yet. */
  #held: SayFrame[] = []
  #heldBytes = 0
  #isBusy = false

  constructor(options: IncomingLineOptions) {
    this.#options = options
  }

  /** Everything up to this number has been taken in. */
  get heard(): number {
    return this.#heard
  }

  /** Whether a message is coming in parts. */
  get isParted(): boolean {
    return this.#bytes > 0
  }

  /** Whether a message has come that has not been begun yet. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  /** What a `greet` says of it; nothing before the other side has said a line. */
  get place(): { readonly line: Uint8Array; readonly n: number } | undefined {
    return this.#id && { line: this.#id, n: this.#heard }
  }

  /** Whether the other side is on the line that is known here. Otherwise another begins, and what is known of this one counts no more. */
  greet({ line, next }: FrameOf<'greet'>): boolean {
    if (this.#id && equalBytes(line, this.#id)) return true
    this.#id = line.slice()
    this.#heard = next - 1
    this.#forgetParts()
    return false
  }

  /** Takes it in, or holds it back. Throws {@link ProtocolError} for what no honest agent says. */
  take(frame: SayFrame): void {
    if (!this.#isBusy) return this.#hear(frame)
    if (this.#heldBytes >= LIMITS.unheardBytes) throw new ProtocolError('session.slow-consumer')
    this.#heldBytes += weightOf(frame)
    // With bytes of its own: otherwise it would keep all of what it came in.
    this.#held.push({ ...frame, body: frame.body.slice() })
  }

  /** The session is over: what it has held back is said again in another. */
  forgetHeld(): void {
    this.#held = []
    this.#heldBytes = 0
  }

  /** It is over. */
  end(): void {
    this.forgetHeld()
    this.#forgetParts()
  }

  #hear(frame: SayFrame): void {
    const message = this.#whole(frame)
    const begun = message && this.#options.received(message)
    if (!begun) return
    this.#isBusy = true
    void begun.then(() => {
      this.#isBusy = false
      this.#catchUp()
    })
  }

  #catchUp(): void {
    try {
      while (!this.#isBusy) {
        const frame = this.#held.shift()
        if (!frame) break
        this.#heldBytes -= weightOf(frame)
        this.#hear(frame)
      }
      this.#options.caughtUp()
    } catch {
      this.#options.broken()
    }
  }

  /** The message that is whole with this frame. */
  #whole(frame: SayFrame): Incoming | null {
    const { kind, re } = this.#coming ?? frame
    const isNext = frame.n === this.#heard + 1 && frame.kind === kind && frame.re === re
    if (!isNext) throw new ProtocolError('frame.unexpected')
    if (this.#bytes + frame.body.length > this.#options.maxBytes) throw new ProtocolError('frame.too-big')
    this.#heard = frame.n
    if (frame.more) {
      this.#coming = frame
      this.#parts.push(frame.body)
      this.#bytes += frame.body.length
      this.#options.parted(frame.body.length)
      return null
    }
    if (this.#parts.length === 0) return frame
    const body = concatBytes(...this.#parts, frame.body)
    this.#forgetParts()
    return { ...frame, body }
  }

  #forgetParts(): void {
    if (this.#bytes > 0) this.#options.parted(-this.#bytes)
    this.#coming = undefined
    this.#parts = []
    this.#bytes = 0
  }
}
