import { grown, roomFor } from './columns.ts'

/** The nodes of a graph, as columns. */
export class NodeStore {
  /** 1 where trust starts. */
  root = new Uint8Array(0)
  /** 1 where there is no credit, whatever speaks for it. */
  silent = new Uint8Array(0)
  /** Σ over a node's own edges: of referrals, and of evidence of either sign. */
  reach = new Float64Array(0)
  spent = new Float64Array(0)
  /** The opinion when all was last settled. */
  score = new Uint16Array(0)
  confidence = new Uint16Array(0)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** For how many nodes the columns have room. */
  get room(): number {
    return this.root.length
  }

  add(): number {
    if (this.#size === this.room) this.#reserve(roomFor(this.#size + 1, this.room))
    return this.#size++
  }

  #reserve(room: number): void {
    this.root = grown(this.root, room)
    this.silent = grown(this.silent, room)
    this.reach = grown(this.reach, room)
    this.spent = grown(this.spent, room)
    this.score = grown(this.score, room)
    this.confidence = grown(this.confidence, room)
  }
}
