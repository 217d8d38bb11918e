import { grown } from './columns.ts'
import { type EdgeStore, NONE } from './edge-store.ts'
import { CREDIT_ONE, type Evidence, limitOf, type Model, voiceOf } from './model.ts'
import type { NodeStore } from './node-store.ts'
import { Tally } from './tally.ts'

/** One of a referral. */
export const REFERRAL_ONE = 4096
/** One of a rate, at which a node passes on credit for each referral. */
const RATE_ONE = 2 ** 20
/** What comes in where one root refers with one. */
const INCOME_ONE = REFERRAL_ONE * RATE_ONE

/**
 * One pass over the graph: synchronous rounds of credit from the roots, then the evidence that this credit gives weight
 * to. Every round is kept, and every sum is of integers and exact. So a change can be followed through the rounds edge
 * by edge, and leaves the very numbers that computing all anew would.
 */
export class FlowPass {
  readonly #model: Model
  readonly #edges: EdgeStore
  readonly #nodes: NodeStore
  readonly #heard: FlowPass | null
  /** By round: the rate at which credit goes on, and what that brings in for the next round. */
  readonly #rates: Float64Array[]
  readonly #incomes: Float64Array[]
  /** By round, R by what weighs before it: it limits what a node's words for others weigh after it. */
  readonly #backing: readonly Tally[]
  /** R and S, by what weighs after the last round. */
  readonly #praise: Tally
  readonly #blame: Tally
  readonly #tallies: readonly Tally[]

  /** What `heard` has found of a node limits its words here; where no pass was before, nothing does. */
  constructor(model: Model, edges: EdgeStore, nodes: NodeStore, heard: FlowPass | null) {
    this.#model = model
    this.#edges = edges
    this.#nodes = nodes
    this.#heard = heard
    this.#rates = Array.from({ length: model.rounds }, () => new Float64Array(0))
    this.#incomes = Array.from({ length: model.rounds }, () => new Float64Array(0))
    this.#backing = Array.from({ length: heard ? model.rounds : 0 }, () => new Tally(edges, 1))
    this.#praise = new Tally(edges, 1)
    this.#blame = new Tally(edges, -1)
    this.#tallies = [...this.#backing, this.#praise, this.#blame]
  }

  /** Makes room for so many nodes. */
  reserve(nodes: number): void {
    for (const [round, rates] of this.#rates.entries()) this.#rates[round] = grown(rates, nodes)
    for (const [round, incomes] of this.#incomes.entries()) this.#incomes[round] = grown(incomes, nodes)
    for (const tally of this.#tallies) tally.reserve(nodes)
  }

  /** w after the last round: what a node's words weigh, where it speaks against somebody. */
  creditOf(node: number): number {
    return this.#blame.weightOf(node)
  }

  /** p after the last round: what they weigh where it speaks for somebody. */
  backingOf(node: number): number {
    return this.#praise.weightOf(node)
  }

  evidenceOf(node: number): Evidence {
    return { positive: this.#praise.sumOf(node), negative: this.#blame.sumOf(node) }
  }

  /** What an edge adds to the evidence about its subject: micro-units, negative where they speak against it. */
  shareOf(edge: number): number {
    return this.#praise.shareOf(edge) - this.#blame.shareOf(edge)
  }

  /** What an edge brings its subject in a round; larger is more. */
  flowOf(edge: number, round: number): number {
    return this.#rate(round, this.#edges.source[edge] as number) * (this.#edges.referral[edge] as number)
  }

  /** Computes everything anew, for so many nodes. */
  run(nodes: number): void {
    for (const [round, rates] of this.#rates.entries()) {
      const incomes = this.#incomes[round] as Float64Array
      for (let node = 0; node < nodes; node++) rates[node] = this.#rateAfter(round, node)
      if (round === 0) bringFromFew(this.#edges, rates, incomes)
      else bringFromAll(this.#edges, rates, incomes)
      this.#backing[round]?.run(nodes, (node) => this.#backingBefore(round, node))
    }
    const { rounds } = this.#model
    this.#praise.run(nodes, (node) => this.#backingBefore(rounds, node))
    this.#blame.run(nodes, (node) => this.#creditBefore(rounds, node))
  }

  /** An edge refers by so much more. Its subject has to be followed then. */
  moveReferral(source: number, subject: number, change: number): void {
    for (let round = 0; round < this.#model.rounds; round++) {
      this.#bring(round, subject, this.#rate(round, source) * change)
    }
  }

  /** An edge gives other evidence. */
  moveEvidence(source: number, subject: number, before: number, after: number): void {
    for (const tally of this.#tallies) tally.move(source, subject, before, after)
  }

  /**
   * Follows what these nodes pass on, through all rounds: those whose edges have changed, and those of whom the pass
   * before has found anything new. The nodes whose R or S has changed.
   */
  follow(touched: ReadonlySet<number>): ReadonlySet<number> {
    const { rounds } = this.#model
    let reached = touched
    for (let round = 0; round < rounds; round++) {
      const next = new Set(touched)
      const backing = this.#backing[round]
      for (const node of reached) {
        this.#pass(round, node, next)
        backing?.weigh(node, this.#backingBefore(round, node))
      }
      for (const node of backing?.takeChanged() ?? []) next.add(node)
      reached = next
    }
    for (const node of reached) {
      this.#praise.weigh(node, this.#backingBefore(rounds, node))
      this.#blame.weigh(node, this.#creditBefore(rounds, node))
    }
    return new Set([...this.#praise.takeChanged(), ...this.#blame.takeChanged()])
  }

  #pass(round: number, node: number, next: Set<number>): void {
    const rate = this.#rateAfter(round, node)
    const change = rate - this.#rate(round, node)
    if (change === 0) return
    const rates = this.#rates[round] as Float64Array
    rates[node] = rate
    const { firstOut, nextOut, subject, referral } = this.#edges
    for (let edge = firstOut[node] as number; edge !== NONE; edge = nextOut[edge] as number) {
      const to = subject[edge] as number
      this.#bring(round, to, change * (referral[edge] as number))
      next.add(to)
    }
  }

  /** w before a round. */
  #creditBefore(round: number, node: number): number {
    if (this.#nodes.silent[node] === 1) return 0
    if (this.#nodes.root[node] === 1) return CREDIT_ONE
    const income = (round === 0 ? 0 : this.#incomes[round - 1]?.[node]) as number
    const credit = Math.floor((Math.min(income, INCOME_ONE) * CREDIT_ONE) / INCOME_ONE)
    if (credit === 0 || this.#heard === null) return credit
    return Math.floor((credit * voiceOf(this.#heard.evidenceOf(node), this.#model)) / CREDIT_ONE)
  }

  /** p before a round. R only grows from round to round, and S is no more than was heard: so the score is no lower. */
  #backingBefore(round: number, node: number): number {
    const credit = this.#creditBefore(round, node)
    if (credit === 0 || this.#heard === null || this.#nodes.root[node] === 1) return credit
    const positive = this.#backing[round - 1]?.sumOf(node) as number
    const { negative } = this.#heard.evidenceOf(node)
    return Math.min(credit, limitOf({ positive, negative }, this.#model))
  }

  /** `β · p / max(C, Σx)`, and of roots simply p. */
  #rateAfter(round: number, node: number): number {
    const credit = this.#backingBefore(round, node)
    if (this.#nodes.root[node] === 1) return (credit / CREDIT_ONE) * RATE_ONE
    const { relay, breadth } = this.#model
    // In thousandths of a referral, as C is.
    const reach = Math.max(breadth * REFERRAL_ONE, 1000 * (this.#nodes.reach[node] as number))
    return Math.floor((credit * relay * (INCOME_ONE / CREDIT_ONE)) / reach)
  }

  #rate(round: number, node: number): number {
    return this.#rates[round]?.[node] as number
  }

  #bring(round: number, node: number, change: number): void {
    const incomes = this.#incomes[round] as Float64Array
    incomes[node] = (incomes[node] as number) + change
  }
}

/** What all nodes pass on, by the edges of those who pass on anything. */
function bringFromFew(
  { firstOut, nextOut, subject, referral }: EdgeStore,
  rates: Float64Array,
  incomes: Float64Array,
): void {
  incomes.fill(0)
  for (let node = 0; node < rates.length; node++) {
    const rate = rates[node] as number
    for (let edge = rate > 0 ? (firstOut[node] as number) : NONE; edge !== NONE; edge = nextOut[edge] as number) {
      const to = subject[edge] as number
      incomes[to] = (incomes[to] as number) + rate * (referral[edge] as number)
    }
  }
}

/** The same, by all edges in the order of their rows, which is faster where many do. */
function bringFromAll(
  { rows, source, subject, referral }: EdgeStore,
  rates: Float64Array,
  incomes: Float64Array,
): void {
  incomes.fill(0)
  for (let edge = 0; edge < rows; edge++) {
    const to = subject[edge] as number
    incomes[to] = (incomes[to] as number) + (rates[source[edge] as number] as number) * (referral[edge] as number)
  }
}
