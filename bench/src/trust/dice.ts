/** Repeatable chance: the same seed, the same draws (a linear congruential generator modulo 2³², high bits first). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
    // The first states of neighbouring seeds are neighbours too.
    for (let turn = 0; turn < 8; turn++) this.next()
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    const mixed = Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b_3c6d)
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 0x1_0000_0000
  }

  /** A whole number from 0 up to, and without, the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** So many different items, or all where there are fewer. */
  draw<Item>(count: number, items: readonly Item[]): Item[] {
    const rest = [...items]
    const drawn: Item[] = []
    while (drawn.length < count && rest.length > 0) drawn.push(...rest.splice(this.below(rest.length), 1))
    return drawn
  }
}
