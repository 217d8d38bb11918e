/** One to be ranked: how it was scored, and whether it turned out good. */
export interface Outcome {
  readonly score: number
  readonly isGood: boolean
}

/** Outcomes by score, lowest first. Who is scored the same is a group of its own: no order within it is made up. */
export class Ranking {
  /** Places in the list that was given, by score. */
  readonly #order: Uint32Array
  /** Where in the order each group ends. */
  readonly #ends: readonly number[]
  readonly #isGood: Uint8Array

  constructor(outcomes: readonly Outcome[]) {
    const scores = Float64Array.from(outcomes, ({ score }) => score)
    const scoreAt = (place: number): number => scores[place] as number
    this.#order = Uint32Array.from(scores.keys()).sort((a, b) => scoreAt(a) - scoreAt(b))
    this.#isGood = Uint8Array.from(outcomes, ({ isGood }) => (isGood ? 1 : 0))
    const ends: number[] = []
    for (let end = 1; end <= scores.length; end++) {
      const [last, next] = [this.#order[end - 1] as number, this.#order[end]]
      if (next === undefined || scoreAt(last) !== scoreAt(next)) ends.push(end)
    }
    this.#ends = ends
  }

  /**
   * The area under the ROC curve: how often a good one is scored above a bad one, ties counting half. Each outcome
   * weighs 1, or what `weights` has in its place. NaN where all are good, or none.
   */
  auc(weights?: ArrayLike<number>): number {
    let [good, bad, won] = [0, 0, 0]
    for (const group of this.#groups(weights)) {
      won += group.good * (bad + group.bad / 2)
      good += group.good
      bad += group.bad
    }
    return won / (good * bad)
  }

  /** Average precision of finding the bad ones from below; a group is taken as a whole. NaN where there are none. */
  averagePrecisionOfBad(): number {
    let [seen, bad, sum] = [0, 0, 0]
    for (const group of this.#groups()) {
      seen += group.good + group.bad
      bad += group.bad
      sum += (group.bad * bad) / seen
    }
    return sum / bad
  }

  *#groups(weights?: ArrayLike<number>): Generator<{ good: number; bad: number }> {
    let place = 0
    for (const end of this.#ends) {
      const group = { good: 0, bad: 0 }
      for (; place < end; place++) {
        const outcome = this.#order[place] as number
        const weight = weights ? (weights[outcome] as number) : 1
        if (this.#isGood[outcome] === 1) group.good += weight
        else group.bad += weight
      }
      yield group
    }
  }
}
