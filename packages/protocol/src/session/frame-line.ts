import { encodeFrame, type Frame, itemsOf } from './frames.ts'
import { plainSize, writePlain } from './plain-frame.ts'

/** Frames, encoded one behind the other. */
export interface Run {
  readonly bytes: Uint8Array
  readonly frames: number
  readonly items: number
}

/** How much there may be of a run. */
export type Room = { readonly [Of in keyof Run]: number }

const NONE = new Uint8Array()
/** What one long line has taken up is not held for good. */
const MAX_SPARE_BYTES = 262_144
/** Where the next line writes that has nothing in it. Most lines are empty most of the time, and have no bytes then. */
let spare = NONE

/** Frames in line, in one buffer: with bytes of its own, each would take longer to make and to forget than to seal. */
export class FrameLine {
  #bytes = NONE
  /** Where the first frame begins, and where the last one ends. */
  #start = 0
  #end = 0
  /** Of each frame: bytes, and items. */
  readonly #sizes: number[] = []
  readonly #items: number[] = []

  /** How many frames there are. */
  get length(): number {
    return this.#sizes.length
  }

  /** How many bytes they have. */
  get size(): number {
    return this.#end - this.#start
  }

  /** Puts a frame in line; false where there is no room even for it alone, and it is not put there. */
  push(frame: Frame, room: Pick<Room, 'bytes' | 'items'>): boolean {
    const plain = plainSize(frame)
    const encoded = plain === null ? encodeFrame(frame) : null
    const size = plain ?? (encoded as Uint8Array).length
    const items = itemsOf(frame)
    if (size > room.bytes || items > room.items) return false
    this.#need(size)
    if (encoded) this.#bytes.set(encoded, this.#end)
    else writePlain(frame, this.#bytes, this.#end)
    this.#end += size
    this.#sizes.push(size)
    this.#items.push(items)
    return true
  }

  /** Takes the next frames, as many as there is room for, until they are `most` bytes. What it gives is good until the next push. */
  take(room: Room, most: number): Run {
    const run = { bytes: 0, frames: 0, items: 0 }
    while (run.frames < this.length && run.frames < room.frames && run.bytes < most) {
      const bytes = run.bytes + (this.#sizes[run.frames] as number)
      const items = run.items + (this.#items[run.frames] as number)
      if (bytes > room.bytes || items > room.items) break
      run.bytes = bytes
      run.items = items
      run.frames++
    }
    const bytes = this.#bytes.subarray(this.#start, this.#start + run.bytes)
    this.#start += run.bytes
    this.#sizes.splice(0, run.frames)
    this.#items.splice(0, run.frames)
    if (this.length === 0) this.#leave()
    return { ...run, bytes }
  }

  #need(size: number): void {
    if (this.#bytes === NONE) {
      this.#bytes = spare
      spare = NONE
    }
    if (this.#end + size <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(1_024, 2 * (this.size + size)))
    larger.set(this.#bytes.subarray(this.#start, this.#end))
    this.#bytes = larger
    this.#end -= this.#start
    this.#start = 0
  }

  #leave(): void {
    if (this.#bytes.length > spare.length && this.#bytes.length <= MAX_SPARE_BYTES) spare = this.#bytes
    this.#bytes = NONE
    this.#start = 0
    this.#end = 0
  }
}
