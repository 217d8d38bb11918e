import { grown } from './columns.ts'
import { type EdgeStore, NONE } from './edge-store.ts'
import { CREDIT_BITS, CREDIT_ONE, type Evidence, type Model, voiceOf } from './model.ts'
import type { NodeStore } from './node-store.ts'

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
  /** By round: the rate at which credit goes on, and what that brings in for the next round. */
  readonly #rates: Float64Array[]
  readonly #incomes: Float64Array[]
  /** q. */
  #voice = new Uint16Array(0)
  /** w after the last round: what a node's words weigh. */
  #credit = new Uint16Array(0)
  /** R and S of each node in turn. */
  #evidence = new Float64Array(0)
  /** Nodes whose R or S has changed since the last {@link follow}. */
  #changed = new Set<number>()

  constructor(model: Model, edges: EdgeStore, nodes: NodeStore) {
    this.#model = model
    this.#edges = edges
    this.#nodes = nodes
    this.#rates = Array.from({ length: model.rounds }, () => new Float64Array(0))
    this.#incomes = Array.from({ length: model.rounds }, () => new Float64Array(0))
  }

  /** Makes room for so many nodes. */
  reserve(nodes: number): void {
    for (const [round, rates] of this.#rates.entries()) this.#rates[round] = grown(rates, nodes)
    for (const [round, incomes] of this.#incomes.entries()) this.#incomes[round] = grown(incomes, nodes)
    this.#voice = grown(this.#voice, nodes, CREDIT_ONE)
    this.#credit = grown(this.#credit, nodes)
    this.#evidence = grown(this.#evidence, 2 * nodes)
  }

  creditOf(node: number): number {
    return this.#credit[node] as number
  }

  evidenceOf(node: number): Evidence {
    return { positive: this.#evidence[2 * node] as number, negative: this.#evidence[2 * node + 1] as number }
  }

  /** What an edge adds to the evidence about its subject: micro-units, negative where they speak against it. */
  shareOf(edge: number): number {
    const word = this.#edges.given[edge] as number
    return Math.sign(word) * shareOf(Math.abs(word), this.creditOf(this.#edges.source[edge] as number))
  }

  /** What an edge brings its subject in a round; larger is more. */
  flowOf(edge: number, round: number): number {
    return this.#rate(round, this.#edges.source[edge] as number) * (this.#edges.referral[edge] as number)
  }

  /** Sets q by what another pass has found. Whether it changes: then the node has to be followed. */
  hear(node: number, found: Evidence): boolean {
    const voice = voiceOf(found, this.#model)
    const isNew = this.#voice[node] !== voice
    this.#voice[node] = voice
    return isNew
  }

  /** Computes everything anew, for so many nodes. */
  run(nodes: number): void {
    for (const [round, rates] of this.#rates.entries()) {
      const incomes = this.#incomes[round] as Float64Array
      for (let node = 0; node < nodes; node++) rates[node] = this.#rateAfter(round, node)
      if (round === 0) bringFromFew(this.#edges, rates, incomes)
      else bringFromAll(this.#edges, rates, incomes)
    }
    for (let node = 0; node < nodes; node++) this.#credit[node] = this.#creditBefore(this.#model.rounds, node)
    weighAll(this.#edges, this.#credit, this.#evidence)
    this.#changed.clear()
  }

  /** An edge refers by so much more. Its subject has to be followed then. */
  moveReferral(source: number, subject: number, change: number): void {
    for (let round = 0; round < this.#model.rounds; round++) {
      this.#bring(round, subject, this.#rate(round, source) * change)
    }
  }

  /** An edge gives other evidence. */
  moveEvidence(source: number, subject: number, before: number, after: number): void {
    const credit = this.creditOf(source)
    this.#count(subject, before, -shareOf(Math.abs(before), credit))
    this.#count(subject, after, shareOf(Math.abs(after), credit))
  }

  /** Follows what these nodes pass on, through all rounds. The nodes whose R or S has changed. */
  follow(touched: ReadonlySet<number>): ReadonlySet<number> {
    let reached = touched
    for (let round = 0; round < this.#model.rounds; round++) {
      const next = new Set(touched)
      for (const node of reached) this.#pass(round, node, next)
      reached = next
    }
    for (const node of reached) this.#speak(node)
    const changed = this.#changed
    this.#changed = new Set()
    return changed
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

  #speak(node: number): void {
    const before = this.#credit[node] as number
    const after = this.#creditBefore(this.#model.rounds, node)
    if (before === after) return
    this.#credit[node] = after
    const { firstOut, nextOut, subject, given } = this.#edges
    for (let edge = firstOut[node] as number; edge !== NONE; edge = nextOut[edge] as number) {
      const word = given[edge] as number
      const change = shareOf(Math.abs(word), after) - shareOf(Math.abs(word), before)
      this.#count(subject[edge] as number, word, change)
    }
  }

  /** w before a round. */
  #creditBefore(round: number, node: number): number {
    if (this.#nodes.silent[node] === 1) return 0
    if (this.#nodes.root[node] === 1) return CREDIT_ONE
    const income = (round === 0 ? 0 : this.#incomes[round - 1]?.[node]) as number
    const credit = Math.floor((Math.min(income, INCOME_ONE) * CREDIT_ONE) / INCOME_ONE)
    return Math.floor((credit * (this.#voice[node] as number)) / CREDIT_ONE)
  }

  /** `β · w / max(C, Σx)`, and of roots simply w. */
  #rateAfter(round: number, node: number): number {
    const credit = this.#creditBefore(round, node)
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

  #count(node: number, word: number, change: number): void {
    if (change === 0) return
    const at = placeOf(node, word)
    this.#evidence[at] = (this.#evidence[at] as number) + change
    this.#changed.add(node)
  }
}

/** What is given, without its sign, times what its source's words weigh. Both have few enough bits to be shifted. */
function shareOf(given: number, credit: number): number {
  return (given * credit) >> CREDIT_BITS
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

function weighAll({ rows, source, subject, given }: EdgeStore, credit: Uint16Array, evidence: Float64Array): void {
  evidence.fill(0)
  for (let edge = 0; edge < rows; edge++) {
    const word = given[edge] as number
    const at = placeOf(subject[edge] as number, word)
    evidence[at] = (evidence[at] as number) + shareOf(Math.abs(word), credit[source[edge] as number] as number)
  }
}

/** Where what speaks for a node is summed up, and what speaks against it. */
function placeOf(node: number, word: number): number {
  return 2 * node + (word < 0 ? 1 : 0)
}
