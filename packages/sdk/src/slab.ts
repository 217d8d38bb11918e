const NONE = new Uint8Array()
/** Whatever is left of a slab keeps all of it: what waits to be heard must not hold many times what it is. */
const SLAB_BYTES = 4_096
const LONGEST = 512

/**
 * Copies of short byte strings that are soon forgotten, many in one buffer: by itself, each would take several times as long
 * to make and to collect as all else that is done with it.
 */
export class Slab {
  #bytes = NONE
  #at = 0

  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes
    if (length > LONGEST) return bytes.slice()
    if (this.#at + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(SLAB_BYTES)
      this.#at = 0
    }
    const copy = this.#bytes.subarray(this.#at, this.#at + length)
    copy.set(bytes)
    this.#at += length
    return copy
  }
}
