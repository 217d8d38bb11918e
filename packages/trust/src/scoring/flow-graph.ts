import { EdgeStore, NONE } from './edge-store.ts'
import { FlowPass } from './flow-pass.ts'
import { type Evidence, type Model, OF_ROOT, OF_SILENT, opinionOf } from './model.ts'
import { NodeStore } from './node-store.ts'
import type { Opinion } from './tiers.ts'
import { Valuation } from './valuation.ts'

/** How many changes of edges are followed one by one, before everything is computed anew. */
const PATIENCE = 1000

/**
 * One context's graph over small whole numbers: who gives how much evidence about whom, and what follows from it. It
 * knows nothing of Dids, contexts or statements. What it answers is a function of its roots, its silent nodes, its edges
 * and the step: not of their order, and not of how often it was settled (threats T14, T15).
 */
export class FlowGraph {
  readonly #model: Model
  readonly #edges = new EdgeStore()
  readonly #nodes = new NodeStore()
  readonly #first: FlowPass
  readonly #second: FlowPass
  readonly #valuation: Valuation
  /** Nodes whose credit may have changed, or how they pass it on. */
  readonly #touched = new Set<number>()
  /** How many edges have changed since all was settled. */
  #pending = 0
  /** Whether to compute everything anew. */
  #isStale = true

  constructor(model: Model) {
    this.#model = model
    this.#first = new FlowPass(model, this.#edges, this.#nodes, null)
    this.#second = new FlowPass(model, this.#edges, this.#nodes, this.#first)
    this.#valuation = new Valuation(model, this.#edges, this.#nodes)
  }

  /** How many edges there are. */
  get size(): number {
    return this.#edges.size
  }

  /** A new node, of which nothing is known: 0, 1, 2 and so on. */
  addNode(): number {
    const { room } = this.#nodes
    const node = this.#nodes.add()
    if (this.#nodes.room > room) {
      for (const part of [this.#edges, this.#first, this.#second]) part.reserve(this.#nodes.room)
    }
    this.#judge(node)
    return node
  }

  /** The last round of credit. */
  get rounds(): number {
    return this.#model.rounds
  }

  /** Whether no edge comes from the node or leads to it. */
  isLoose(node: number): boolean {
    return this.#edges.isLoose(node)
  }

  /** Trust starts here, or no longer. */
  setRoot(node: number, isRoot: boolean): void {
    this.#nodes.root[node] = isRoot ? 1 : 0
    this.#isStale = true
  }

  /** What the node says weighs nothing and its score is 0, whatever speaks for it; or no longer. */
  setSilent(node: number, isSilent: boolean): void {
    this.#nodes.silent[node] = isSilent ? 1 : 0
    this.#touched.add(node)
  }

  /** Sets the evidence of a pair: signed micro-units, as of a step. The number of the edge, until it is removed. */
  setEdge(source: number, subject: number, evidence: number, since: number): number {
    const known = this.#edges.find(source, subject)
    const edge = known === NONE ? this.#edges.add(source, subject) : known
    this.#change(edge, evidence, since)
    return edge
  }

  /** Removes the edge of a pair, whose number is free again; `null` where there is none. */
  removeEdge(source: number, subject: number): number | null {
    const edge = this.#edges.find(source, subject)
    if (edge === NONE) return null
    this.#change(edge, 0, 0)
    this.#edges.remove(edge)
    return edge
  }

  /** From whom an edge comes and to whom it leads. */
  pairOf(edge: number): readonly [source: number, subject: number] {
    return [this.#edges.source[edge] as number, this.#edges.subject[edge] as number]
  }

  /** The edges that lead to a node, in no particular order. */
  *edgesTo(node: number): Generator<number> {
    const { firstIn, nextIn } = this.#edges
    for (let edge = firstIn[node] as number; edge !== NONE; edge = nextIn[edge] as number) yield edge
  }

  /** It is another step now: everything has decayed, or has not yet. */
  moveTo(step: number): void {
    if (step === this.#valuation.step) return
    this.#valuation.step = step
    this.#isStale = true
  }

  /** Makes everything follow from the present edges, by the shorter way. The nodes whose opinion has changed. */
  settle(): number[] {
    const changed = this.#isStale ? this.#settleAll() : this.#settleTouched()
    this.#touched.clear()
    this.#pending = 0
    this.#isStale = false
    return changed
  }

  /** Computes everything anew. */
  recompute(): number[] {
    this.#isStale = true
    return this.settle()
  }

  /** As it was settled. */
  opinionOf(node: number): Opinion {
    if (this.#nodes.silent[node] === 1) return OF_SILENT
    if (this.#nodes.root[node] === 1) return OF_ROOT
    return opinionOf(this.evidenceOf(node), this.#model)
  }

  /** R and S, as they were settled. */
  evidenceOf(node: number): Evidence {
    return this.#second.evidenceOf(node)
  }

  /** w: what the words of a node weigh, in units of 1/256; where they speak for somebody, it may be less. */
  creditOf(node: number): number {
    return this.#second.creditOf(node)
  }

  /** p: what they weigh where they speak for somebody. */
  backingOf(node: number): number {
    return this.#second.backingOf(node)
  }

  /** Whether what a node says counts for anything, if only in the first pass: what has no weight there has none at all. */
  isHeard(node: number): boolean {
    return this.#first.creditOf(node) > 0
  }

  /** What an edge adds to R, or takes into S if it is negative. */
  shareOf(edge: number): number {
    return this.#second.shareOf(edge)
  }

  /** What an edge brings its subject in a round, from 1 on; more is more. */
  flowOf(edge: number, round: number): number {
    return this.#second.flowOf(edge, round - 1)
  }

  isSilent(node: number): boolean {
    return this.#nodes.silent[node] === 1
  }

  isRoot(node: number): boolean {
    return this.#nodes.root[node] === 1
  }

  #change(edge: number, evidence: number, since: number): void {
    // Past this many it is cheaper to compute everything anew.
    if (!this.#isStale && ++this.#pending > PATIENCE) this.#isStale = true
    if (this.#isStale) return this.#edges.set(edge, evidence, since)
    this.#valuation.change(edge, evidence, since, [this.#first, this.#second])
    for (const node of this.pairOf(edge)) this.#touched.add(node)
  }

  #settleAll(): number[] {
    this.#valuation.run()
    const { size } = this.#nodes
    this.#first.run(size)
    this.#second.run(size)
    const changed: number[] = []
    for (let node = 0; node < size; node++) if (this.#judge(node)) changed.push(node)
    return changed
  }

  #settleTouched(): number[] {
    for (const node of this.#first.follow(this.#touched)) this.#touched.add(node)
    // The touched as well: of one that has fallen silent, nothing else need have changed.
    const weighed = new Set([...this.#touched, ...this.#second.follow(this.#touched)])
    return [...weighed].filter((node) => this.#judge(node))
  }

  /** Whether the opinion is another than it was. */
  #judge(node: number): boolean {
    const { score, confidence } = this.opinionOf(node)
    const isNew = this.#nodes.score[node] !== score || this.#nodes.confidence[node] !== confidence
    this.#nodes.score[node] = score
    this.#nodes.confidence[node] = confidence
    return isNew
  }
}
