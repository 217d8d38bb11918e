import type { Did } from '@trustmesh/identity'
import type { Purpose } from '../handshake/frames.ts'
import type { Established } from '../handshake/step.ts'
import { LIMITS } from '../limits.ts'
import { TAG_LENGTH } from '../primitives/primitives.ts'
import { ProtocolError } from '../protocol-error.ts'
import { FrameLine, type Room, type Run } from './frame-line.ts'
import { belongs, encodeFrame, type Frame, joinFrames, MAX_FRAMES, MAX_ITEMS, parseFrames } from './frames.ts'
import { SealedDirection } from './sealed-direction.ts'

/** What a session begins with. */
export interface SessionOptions {
  readonly established: Established
  readonly role: 'initiator' | 'responder'
  /** Monotonic time in ms. */
  readonly at: number
  /** Messages under one key; both sides must agree. */
  readonly framesPerKey?: number
}

const REKEY: Run = { bytes: encodeFrame({ type: 'rekey' }), frames: 1, items: 3 }
/** What is not for frames: the header of the list, the tag, and a rekey frame. */
const OVERHEAD = TAG_LENGTH + REKEY.bytes.length + 3
/** The list, and the three items of a rekey frame. */
const ITEM_CAPACITY = MAX_ITEMS - 4

/**
 * An authenticated, encrypted, ordered channel between two Dids. It is its keys, not its socket: frames go in and sealed
 * messages come out, and the other way round. Whatever does not open, or is not strictly a list of frames, ends it.
 */
export class Session {
  readonly id: Uint8Array
  readonly peer: Did
  readonly purpose: Purpose
  readonly #outgoing: SealedDirection
  readonly #incoming: SealedDirection
  readonly #framesPerKey: number
  /** The largest sealed message: one between agents has to fit in a body. */
  readonly #maxBytes: number
  /** What all frames of one have room for. */
  readonly #room: Room
  #keyedAt: number
  readonly #urgent = new FrameLine()
  readonly #waiting = new FrameLine()
  #isBroken = false

  constructor({ established, role, at, framesPerKey = LIMITS.framesPerKey }: SessionOptions) {
    const { secrets, peer, purpose } = established
    const initiator = (used: 0 | 1): SealedDirection => new SealedDirection(secrets.initiatorKey, secrets.id, used)
    const responder = (used: 0 | 1): SealedDirection => new SealedDirection(secrets.responderKey, secrets.id, used)
    this.id = secrets.id
    this.peer = peer
    this.purpose = purpose
    this.#outgoing = role === 'initiator' ? initiator(0) : responder(1)
    this.#incoming = role === 'initiator' ? responder(1) : initiator(0)
    this.#framesPerKey = framesPerKey
    this.#maxBytes = purpose === 'peer' ? LIMITS.packetBytes : LIMITS.messageBytes
    this.#room = { bytes: this.#maxBytes - OVERHEAD, frames: MAX_FRAMES - 1, items: ITEM_CAPACITY }
    this.#keyedAt = at
  }

  /**
   * Puts a frame in line, an urgent one ahead of all that are not. True where it is the first, and the caller has to see to
   * a {@link flush} at the end of this turn of the event loop. Throws {@link ProtocolError} `frame.too-big` before anything
   * is sent.
   */
  push(frame: Frame, isUrgent = false): boolean {
    const line = isUrgent ? this.#urgent : this.#waiting
    if (!line.push(frame, this.#room)) throw new ProtocolError('frame.too-big')
    return this.#urgent.length + this.#waiting.length === 1
  }

  /** Bytes in line: frames that wait for {@link flush}. */
  get backlog(): number {
    return this.#urgent.size + this.#waiting.size
  }

  /** The frames in line as sealed messages, as few as hold them; frames of about so many bytes, and the rest stays in line. */
  flush(at: number, maxBytes: number = Number.POSITIVE_INFINITY): Uint8Array[] {
    const messages: Uint8Array[] = []
    let batch: Run[] = []
    let room = this.#room
    for (const line of [this.#urgent, this.#waiting]) {
      for (let left = maxBytes; line.length > 0 && left > 0; ) {
        const run = line.take(room, left)
        if (run.frames > 0) {
          batch.push(run)
          left -= run.bytes.length
          room = without(room, run)
        } else {
          messages.push(this.#seal(batch, at))
          batch = []
          room = this.#room
        }
      }
    }
    if (batch.length > 0) messages.push(this.#seal(batch, at))
    return messages
  }

  /**
   * The frames of one message as received. Throws {@link ProtocolError}; the session is over then, and opens nothing more,
   * so that no message can be put out of the way by a broken one in its place (threat M2).
   */
  open(message: Uint8Array): Frame[] {
    if (this.#isBroken) throw new ProtocolError('session.closed')
    this.#isBroken = true
    const frames = this.#framesOf(message)
    this.#isBroken = false
    return frames
  }

  #framesOf(message: Uint8Array): Frame[] {
    if (message.length > this.#maxBytes) throw new ProtocolError('frame.too-big')
    if (this.#incoming.count >= this.#framesPerKey) throw new ProtocolError('frame.unexpected')
    const plaintext = this.#incoming.open(message)
    if (!plaintext) throw new ProtocolError('frame.unsealed')
    const frames = parseFrames(plaintext)
    if (!frames.every(({ type }) => belongs(type, this.purpose))) throw new ProtocolError('frame.unexpected')
    const rekeyAt = frames.findIndex((frame) => frame.type === 'rekey')
    if (rekeyAt === -1) return frames
    if (rekeyAt !== frames.length - 1) throw new ProtocolError('frame.unexpected')
    this.#incoming.rekey()
    return frames.slice(0, -1)
  }

  #seal(batch: readonly Run[], at: number): Uint8Array {
    const isLast = this.#outgoing.count === this.#framesPerKey - 1 || at - this.#keyedAt >= LIMITS.keyMs
    const runs = isLast ? [...batch, REKEY] : batch
    const count = runs.reduce((sum, { frames }) => sum + frames, 0)
    const plaintext = joinFrames(
      runs.map(({ bytes }) => bytes),
      count,
    )
    const sealed = this.#outgoing.seal(plaintext)
    if (isLast) {
      this.#outgoing.rekey()
      this.#keyedAt = at
    }
    return sealed
  }
}

function without(room: Room, { bytes, frames, items }: Run): Room {
  return { bytes: room.bytes - bytes.length, frames: room.frames - frames, items: room.items - items }
}
