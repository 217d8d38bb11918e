import { grown, roomFor } from './columns.ts'

/** No edge, where the number of one is asked for. */
export const NONE = -1

/**
 * The edges of a graph, as columns: an edge is a row number that stays its own until it is removed. Each is in two
 * lists, of its source and of its subject. There is no table of pairs, that somebody could fill with collisions: a
 * pair is found by the shorter of its two lists.
 *
 * An empty row has source and subject 0 and weighs nothing, so that a sweep over all rows need not ask.
 */
export class EdgeStore {
  /** Who rates, and who is rated. */
  source = new Int32Array(0)
  subject = new Int32Array(0)
  /** Signed micro-units of evidence, and the step that they are of. */
  evidence = new Int32Array(0)
  since = new Int32Array(0)
  /** What follows from them in the present step: the referral, and the evidence that counts of it, signed. */
  referral = new Uint16Array(0)
  given = new Int32Array(0)
  /** By edge: the next of the same source, the next of the same subject. */
  nextOut = new Int32Array(0)
  nextIn = new Int32Array(0)
  /** By node: the first edge of each list. */
  firstOut = new Int32Array(0)
  firstIn = new Int32Array(0)
  #beforeOut = new Int32Array(0)
  #beforeIn = new Int32Array(0)
  #rows = 0
  #size = 0
  #empty = NONE

  /** How many edges there are. */
  get size(): number {
    return this.#size
  }

  /** Every edge has a lower number than this. */
  get rows(): number {
    return this.#rows
  }

  /** Makes room for so many nodes. */
  reserve(nodes: number): void {
    this.firstOut = grown(this.firstOut, nodes, NONE)
    this.firstIn = grown(this.firstIn, nodes, NONE)
  }

  /** Whether no edge comes from the node or leads to it. */
  isLoose(node: number): boolean {
    return this.firstOut[node] === NONE && this.firstIn[node] === NONE
  }

  find(source: number, subject: number): number {
    let out = this.firstOut[source] as number
    let into = this.firstIn[subject] as number
    while (out !== NONE && into !== NONE) {
      if (this.subject[out] === subject) return out
      if (this.source[into] === source) return into
      out = this.nextOut[out] as number
      into = this.nextIn[into] as number
    }
    return NONE
  }

  /** A new edge of a pair that has none. */
  add(source: number, subject: number): number {
    const edge = this.#emptyRow()
    this.#size++
    this.source[edge] = source
    this.subject[edge] = subject
    link(edge, this.firstOut, source, this.nextOut, this.#beforeOut)
    link(edge, this.firstIn, subject, this.nextIn, this.#beforeIn)
    return edge
  }

  /** What an edge is worth has then to be settled. */
  set(edge: number, evidence: number, since: number): void {
    this.evidence[edge] = evidence
    this.since[edge] = since
  }

  /** Removes an edge, whose weights the caller has taken out of every sum. */
  remove(edge: number): void {
    unlink(edge, this.firstOut, this.source[edge] as number, this.nextOut, this.#beforeOut)
    unlink(edge, this.firstIn, this.subject[edge] as number, this.nextIn, this.#beforeIn)
    for (const column of [this.source, this.subject, this.evidence, this.since, this.referral, this.given]) {
      column[edge] = 0
    }
    this.nextOut[edge] = this.#empty
    this.#empty = edge
    this.#size--
  }

  #emptyRow(): number {
    const edge = this.#empty
    if (edge !== NONE) {
      this.#empty = this.nextOut[edge] as number
      return edge
    }
    if (this.#rows === this.source.length) this.#grow(roomFor(this.#rows + 1, this.#rows))
    return this.#rows++
  }

  #grow(room: number): void {
    this.source = grown(this.source, room)
    this.subject = grown(this.subject, room)
    this.evidence = grown(this.evidence, room)
    this.since = grown(this.since, room)
    this.referral = grown(this.referral, room)
    this.given = grown(this.given, room)
    this.nextOut = grown(this.nextOut, room)
    this.nextIn = grown(this.nextIn, room)
    this.#beforeOut = grown(this.#beforeOut, room)
    this.#beforeIn = grown(this.#beforeIn, room)
  }
}

function link(edge: number, first: Int32Array, node: number, next: Int32Array, before: Int32Array): void {
  const head = first[node] as number
  next[edge] = head
  before[edge] = NONE
  if (head !== NONE) before[head] = edge
  first[node] = edge
}

function unlink(edge: number, first: Int32Array, node: number, next: Int32Array, before: Int32Array): void {
  const after = next[edge] as number
  const ahead = before[edge] as number
  if (ahead === NONE) first[node] = after
  else next[ahead] = after
  if (after !== NONE) before[after] = ahead
}
