import { KEY_LENGTH } from './key.ts'

/** Keys side by side in one buffer, each at a place of its own: an array of its own would cost thrice its bytes. */
export class KeySlab {
  #bytes = new Uint8Array(16 * KEY_LENGTH)
  #end = 0
  readonly #free: number[] = []

  /** Keeps a copy of the key, and says where. */
  put(key: Uint8Array): number {
    const place = this.#free.pop() ?? this.#end++
    if (this.#end * KEY_LENGTH > this.#bytes.length) this.#grow()
    this.#bytes.set(key, place * KEY_LENGTH)
    return place
  }

  /** Lets the place be used again. */
  free(place: number): void {
    this.#free.push(place)
  }

  /** The key at a place: a view, which is good until the next change. */
  at(place: number): Uint8Array {
    return this.#bytes.subarray(place * KEY_LENGTH, (place + 1) * KEY_LENGTH)
  }

  nibble(place: number, index: number): number {
    const byte = this.#bytes[place * KEY_LENGTH + (index >> 1)] as number
    return index & 1 ? byte & 0x0f : byte >> 4
  }

  /** The day of the key at a place. */
  day(place: number): number {
    const start = place * KEY_LENGTH
    return ((this.#bytes[start] as number) << 8) | (this.#bytes[start + 1] as number)
  }

  /** Below zero where the key at a place comes before this one, above where it comes after it, and zero where it is the same. */
  compare(place: number, key: Uint8Array): number {
    const start = place * KEY_LENGTH
    for (let i = 0; i < KEY_LENGTH; i++) {
      const difference = (this.#bytes[start + i] as number) - (key[i] as number)
      if (difference !== 0) return difference
    }
    return 0
  }

  #grow(): void {
    const larger = new Uint8Array(Math.ceil((this.#bytes.length / KEY_LENGTH) * 1.5) * KEY_LENGTH)
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
