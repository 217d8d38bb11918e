import { grown } from './columns.ts'
import { type EdgeStore, NONE } from './edge-store.ts'
import { CREDIT_BITS } from './model.ts'

/**
 * What is said for each node, summed up, or what is said against it: each word by what its source's words weigh. A
 * change is followed edge by edge, and leaves the very sums that adding up anew would.
 */
export class Tally {
  readonly #edges: EdgeStore
  /** 1 of what is said for somebody, −1 of what is said against. */
  readonly #side: 1 | -1
  #weights = new Uint16Array(0)
  #sums = new Float64Array(0)
  /** Nodes whose sum has changed since the last {@link takeChanged}. */
  #changed = new Set<number>()

  constructor(edges: EdgeStore, side: 1 | -1) {
    this.#edges = edges
    this.#side = side
  }

  /** Makes room for so many nodes. */
  reserve(nodes: number): void {
    this.#weights = grown(this.#weights, nodes)
    this.#sums = grown(this.#sums, nodes)
  }

  /** What the words of a node weigh here. */
  weightOf(node: number): number {
    return this.#weights[node] as number
  }

  sumOf(node: number): number {
    return this.#sums[node] as number
  }

  /** What an edge adds to the sum of its subject. */
  shareOf(edge: number): number {
    return this.#share(this.#edges.given[edge] as number, this.weightOf(this.#edges.source[edge] as number))
  }

  /** Sums up everything anew, for so many nodes. */
  run(nodes: number, weightOf: (node: number) => number): void {
    for (let node = 0; node < nodes; node++) this.#weights[node] = weightOf(node)
    const [side, weights, sums] = [this.#side, this.#weights, this.#sums]
    const { rows, source, subject, given } = this.#edges
    sums.fill(0)
    for (let edge = 0; edge < rows; edge++) {
      const word = side * (given[edge] as number)
      const weight = word > 0 ? (weights[source[edge] as number] as number) : 0
      if (weight === 0) continue
      const to = subject[edge] as number
      sums[to] = (sums[to] as number) + weighed(word, weight)
    }
    this.#changed.clear()
  }

  /** The words of a node weigh so much now. */
  weigh(node: number, after: number): void {
    const before = this.weightOf(node)
    if (before === after) return
    this.#weights[node] = after
    const { firstOut, nextOut, subject, given } = this.#edges
    for (let edge = firstOut[node] as number; edge !== NONE; edge = nextOut[edge] as number) {
      const word = given[edge] as number
      this.#count(subject[edge] as number, this.#share(word, after) - this.#share(word, before))
    }
  }

  /** A word is another one. */
  move(source: number, subject: number, before: number, after: number): void {
    const weight = this.weightOf(source)
    this.#count(subject, this.#share(after, weight) - this.#share(before, weight))
  }

  takeChanged(): ReadonlySet<number> {
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }

  #share(word: number, weight: number): number {
    return weighed(Math.max(0, this.#side * word), weight)
  }

  #count(node: number, change: number): void {
    if (change === 0) return
    this.#sums[node] = this.sumOf(node) + change
    this.#changed.add(node)
  }
}

/** What is given, without its sign, times what its source's words weigh. Both have few enough bits to be shifted. */
function weighed(given: number, weight: number): number {
  return (given * weight) >> CREDIT_BITS
}
