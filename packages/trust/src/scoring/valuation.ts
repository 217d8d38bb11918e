import { Decay, STEPS } from './decay.ts'
import { type EdgeStore, NONE } from './edge-store.ts'
import { type FlowPass, REFERRAL_ONE } from './flow-pass.ts'
import type { Model } from './model.ts'
import type { NodeStore } from './node-store.ts'

const EVIDENCE_DECAY = new Decay(STEPS)
const REFERRAL_DECAY = new Decay(2 * STEPS)
/** One of f. */
const FADE_ONE = 1024

/**
 * What the edges are worth in a step: how far each refers, and what it gives. Both follow from its evidence and age;
 * what it gives also from all that its source gives.
 */
export class Valuation {
  /** The present. */
  step = 0
  readonly #model: Model
  readonly #edges: EdgeStore
  readonly #nodes: NodeStore

  constructor(model: Model, edges: EdgeStore, nodes: NodeStore) {
    this.#model = model
    this.#edges = edges
    this.#nodes = nodes
  }

  /** Values all edges anew. */
  run(): void {
    const { rows, source, evidence, since, referral, given } = this.#edges
    const { reach, spent } = this.#nodes
    const { step } = this
    const { hesitancy } = this.#model
    reach.fill(0)
    spent.fill(0)
    for (let edge = 0; edge < rows; edge++) {
      const from = source[edge] as number
      const word = evidence[edge] as number
      const age = step - (since[edge] as number)
      spent[from] = (spent[from] as number) + Math.abs(word)
      const refers = word > 0 ? referralOf(REFERRAL_DECAY.left(word, age), hesitancy) : 0
      referral[edge] = refers
      reach[from] = (reach[from] as number) + refers
    }
    for (let edge = 0; edge < rows; edge++) given[edge] = this.#counting(edge)
  }

  /** Gives an edge other evidence, and moves what that changes in every pass; both its ends have to be followed. */
  change(edge: number, evidence: number, since: number, passes: readonly FlowPass[]): void {
    const { source, subject, referral } = this.#edges
    const { reach, spent, root } = this.#nodes
    const from = source[edge] as number
    const before = this.#edges.evidence[edge] as number
    this.#edges.set(edge, evidence, since)

    const refers = this.#refers(edge)
    const further = refers - (referral[edge] as number)
    referral[edge] = refers
    reach[from] = (reach[from] as number) + further
    for (const pass of passes) pass.moveReferral(from, subject[edge] as number, further)

    const spentBefore = spent[from] as number
    const spentNow = spentBefore + Math.abs(evidence) - Math.abs(before)
    spent[from] = spentNow
    if (root[from] === 1 || Math.max(spentBefore, spentNow) <= this.#model.budget) return this.#give(edge, passes)
    const { firstOut, nextOut } = this.#edges
    for (let other = firstOut[from] as number; other !== NONE; other = nextOut[other] as number) {
      this.#give(other, passes)
    }
  }

  #give(edge: number, passes: readonly FlowPass[]): void {
    const { source, subject, given } = this.#edges
    const from = source[edge] as number
    const before = given[edge] as number
    const after = this.#counting(edge)
    given[edge] = after
    for (const pass of passes) pass.moveEvidence(from, subject[edge] as number, before, after)
  }

  /** r, or s as a negative number. */
  #left(edge: number): number {
    return EVIDENCE_DECAY.left(this.#edges.evidence[edge] as number, this.step - (this.#edges.since[edge] as number))
  }

  #refers(edge: number): number {
    const { evidence, since } = this.#edges
    const left = REFERRAL_DECAY.left(evidence[edge] as number, this.step - (since[edge] as number))
    return left > 0 ? referralOf(left, this.#model.hesitancy) : 0
  }

  /**
   * `f · r`. What else the source gives makes f: so what it gives here grows with r, whatever f is rounded to. It counts
   * undecayed: by waiting, nobody gets a budget back.
   */
  #counting(edge: number): number {
    const { budget } = this.#model
    const source = this.#edges.source[edge] as number
    const left = this.#left(edge)
    const other = (this.#nodes.spent[source] as number) - Math.abs(this.#edges.evidence[edge] as number)
    if (other <= budget || this.#nodes.root[source] === 1) return left
    const part = Math.floor((FADE_ONE * budget) / other)
    const fade = Math.floor((part * part * part) / (FADE_ONE * FADE_ONE))
    return Math.trunc((left * fade) / FADE_ONE)
  }
}

/** x, of positive evidence. */
function referralOf(left: number, hesitancy: number): number {
  return Math.floor((REFERRAL_ONE * left) / (left + hesitancy))
}
