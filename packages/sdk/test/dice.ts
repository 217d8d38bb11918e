import type { Random } from '@trustmesh/identity'

/** Draws that follow from a seed. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  readonly bytes: Random = (length) => {
    const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => this.#next())
    return new Uint8Array(words.buffer).slice(0, length)
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor((this.#next() / 2 ** 32) * count)
  }

  /** True in so many of a thousand cases. */
  chance(thousandths: number): boolean {
    return this.below(1_000) < thousandths
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] as T
  }

  /** A counter through the finalizer of MurmurHash3 (A. Appleby): 32 bits. */
  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let h = this.#state
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    return (h ^ (h >>> 16)) >>> 0
  }
}
