/** Numbers that follow from a seed: splitmix32. */
export class Dice {
  readonly seed: number
  #state: number

  /** Takes its seed from `TRUSTMESH_TEST_SEED`, or any, and prints it. */
  static roll(what: string): Dice {
    const given = process.env['TRUSTMESH_TEST_SEED']
    const dice = new Dice(given ? Number(given) : Math.floor(Math.random() * 2 ** 32))
    process.stdout.write(`${what}: TRUSTMESH_TEST_SEED=${dice.seed}\n`)
    return dice
  }

  constructor(seed: number) {
    this.seed = seed
    this.#state = seed
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let z = this.#state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) % limit
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T
  }

  /** One of them, each as likely as it is heavy. */
  oneBy<T>(of: readonly T[], weights: readonly number[]): T {
    let rest = this.below(weights.reduce((sum, weight) => sum + weight, 0))
    const picked = weights.findIndex((weight) => {
      rest -= weight
      return rest < 0
    })
    return of[picked] as T
  }
}
