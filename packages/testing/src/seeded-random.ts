import type { Random } from '@trustmesh/identity'
import { sha256 } from '@trustmesh/identity'

/** Draws that follow from a seed: the same on every machine, and independent for each name that is forked. */
export class SeededRandom {
  readonly #key: Uint8Array
  readonly #words: Uint32Array

  /** Any number or text is a seed. */
  constructor(seed: number | string | Uint8Array) {
    this.#key = sha256(seed instanceof Uint8Array ? seed : new TextEncoder().encode(String(seed)))
    const { buffer } = this.#key.slice()
    this.#words = Uint32Array.from({ length: 4 }, (_, i) => new DataView(buffer).getUint32(4 * i))
  }

  /** Draws of its own, whatever has been drawn here. */
  fork(name: string): SeededRandom {
    return new SeededRandom(new Uint8Array([...this.#key, ...new TextEncoder().encode(name)]))
  }

  /** As the port that nodes and agents draw from. */
  readonly bytes: Random = (length) => {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i += 4) {
      const word = this.#next()
      for (let j = 0; j < 4 && i + j < length; j++) bytes[i + j] = word >>> (8 * j)
    }
    return bytes
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor((this.#next() / 2 ** 32) * (max - min + 1))
  }

  /** True in so many of a thousand cases. */
  chance(thousandths: number): boolean {
    return this.integer(0, 999) < thousandths
  }

  /** xoshiro128** by D. Blackman and S. Vigna: 32 bits. */
  #next(): number {
    const s = this.#words as Uint32Array & [number, number, number, number]
    const result = Math.imul(rotated(Math.imul(s[1], 5), 7), 9) >>> 0
    const shifted = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = rotated(s[3], 11)
    return result
  }
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}
