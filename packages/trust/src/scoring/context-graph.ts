import type { Did } from '@trustmesh/identity'
import { lineageOf } from '../context.ts'
import type { Slot } from '../set/change.ts'
import type { Attestation } from '../statements/attestation.ts'
import { Agenda } from './agenda.ts'
import { stepOf } from './decay.ts'
import { type Explanation, explanationOf, OF_NOTHING } from './explain.ts'
import { FlowGraph } from './flow-graph.ts'
import { type Evidence, type Model, NOTHING, opinionOf } from './model.ts'
import type { Opinion } from './tiers.ts'
import { testimonyOf, type Word } from './words.ts'

/** What the scores are computed from, which a StatementSet is. */
export interface Source {
  readonly epoch: number
  attestationBy(iss: Did, sub: Did, ctx: string): Attestation | null
  /** Every slot in which an attestation may stand. */
  slots(): Iterable<Slot>
  /** Everybody of whom a suspension is held, whether it is over, lasts, or is yet to come. */
  suspended(): Iterable<Did>
  isRevoked(did: Did): boolean
  isSuspended(did: Did, now: number): boolean
  /** When that may next change, in ms. */
  nextHoldOf(did: Did, now: number): number
}

/** What a graph is of, and as of when. */
export interface Occasion {
  readonly model: Model
  readonly roots: ReadonlySet<Did>
  readonly source: Source
  readonly ctx: string
  readonly now: number
}

/** The graph of one context, with Dids for numbers: what stands in the source, at a time that moves on. */
export class ContextGraph {
  readonly #model: Model
  readonly #source: Source
  /** The context and those above it, nearest first. */
  readonly #lineage: readonly string[]
  readonly #graph: FlowGraph
  readonly #numbers = new Map<Did, number>()
  readonly #dids: Did[] = []
  /** Numbers of nodes that nothing mentions any more. */
  readonly #spare: number[] = []
  /** Nodes of which that may have become true. */
  readonly #loose = new Set<number>()
  /** When an edge has to be read again, and the status of a node. */
  readonly #edgesDue = new Agenda()
  readonly #nodesDue = new Agenda()
  #now: number

  constructor({ model, roots, source, ctx, now }: Occasion) {
    this.#model = model
    this.#source = source
    this.#lineage = lineageOf(ctx)
    this.#graph = new FlowGraph(model)
    this.#now = now
    for (const root of roots) this.#graph.setRoot(this.#enter(root), true)
    for (const slot of source.slots()) this.read(slot)
    for (const did of source.suspended()) this.readStatus(did)
    this.#graph.moveTo(stepOf(now, model.halfLifeMs))
    this.#graph.settle()
  }

  /** Time has come to this. */
  advance(now: number): void {
    this.#now = now
    this.#graph.moveTo(stepOf(now, this.#model.halfLifeMs))
    for (let edge = this.#edgesDue.next(now); edge !== null; edge = this.#edgesDue.next(now)) {
      const [source, subject] = this.#graph.pairOf(edge)
      this.#read(this.#dids[source] as Did, this.#dids[subject] as Did)
    }
    for (let node = this.#nodesDue.next(now); node !== null; node = this.#nodesDue.next(now)) {
      this.#readStatus(node)
    }
  }

  /** Another attestation may stand in a slot. */
  read({ iss, sub, ctx }: Slot): void {
    if (this.#lineage.includes(ctx)) this.#read(iss, sub)
  }

  /** A Did may have been revoked, suspended, or neither any more. */
  readStatus(did: Did): void {
    const node = this.#nodeOf(did)
    if (node !== null) this.#readStatus(node)
  }

  /** Makes all that was read count, and answers with whose opinion it has changed. */
  settle(): Did[] {
    const changed = this.#graph.settle().map((node) => this.#dids[node] as Did)
    for (const node of this.#loose) this.#leave(node)
    this.#loose.clear()
    return changed
  }

  /** As it was settled. */
  opinionOf(did: Did): Opinion {
    const node = this.#nodeOf(did)
    return node === null ? opinionOf(NOTHING, this.#model) : this.#graph.opinionOf(node)
  }

  /** R and S of a Did, as they were settled. */
  evidenceOf(did: Did): Evidence {
    const node = this.#nodeOf(did)
    return node === null ? NOTHING : this.#graph.evidenceOf(node)
  }

  /** What the words of a Did weigh, in 256ths. */
  creditOf(did: Did): number {
    const node = this.#nodeOf(did)
    return node === null ? 0 : this.#graph.creditOf(node)
  }

  /** Whether what a Did says counts for anything. */
  isHeard(did: Did): boolean {
    const node = this.#numbers.get(did)
    return node !== undefined && this.#graph.isHeard(node)
  }

  explain(did: Did): Explanation {
    const node = this.#nodeOf(did)
    return node === null ? OF_NOTHING : explanationOf(this.#graph, node, (number) => this.#dids[number] as Did)
  }

  /** Everybody who says something or of whom something is said, and the roots. */
  dids(): Iterable<Did> {
    return this.#numbers.keys()
  }

  #read(iss: Did, sub: Did): void {
    const words: Word[] = []
    for (const [above, ctx] of this.#lineage.entries()) {
      const attestation = this.#source.attestationBy(iss, sub, ctx)
      if (attestation) words.push([above, attestation])
    }
    const testimony = testimonyOf(words, this.#now, this.#model)
    if (testimony) {
      const { evidence, since, until } = testimony
      this.#edgesDue.set(this.#graph.setEdge(this.#enter(iss), this.#enter(sub), evidence, since), until)
    } else this.#forget(iss, sub)
  }

  #forget(iss: Did, sub: Did): void {
    const [source, subject] = [this.#numbers.get(iss), this.#numbers.get(sub)]
    if (source === undefined || subject === undefined) return
    const edge = this.#graph.removeEdge(source, subject)
    if (edge === null) return
    this.#edgesDue.set(edge, Number.POSITIVE_INFINITY)
    this.#loose.add(source).add(subject)
  }

  #readStatus(node: number): void {
    const did = this.#dids[node] as Did
    const isSilent = this.#isSilent(did)
    if (isSilent !== this.#graph.isSilent(node)) this.#graph.setSilent(node, isSilent)
    if (!isSilent) this.#loose.add(node)
    this.#nodesDue.set(node, this.#source.nextHoldOf(did, this.#now))
  }

  #isSilent(did: Did): boolean {
    return this.#source.isRevoked(did) || this.#source.isSuspended(did, this.#now)
  }

  #enter(did: Did): number {
    const known = this.#numbers.get(did)
    if (known !== undefined) return known
    const node = this.#spare.pop() ?? this.#graph.addNode()
    this.#numbers.set(did, node)
    this.#dids[node] = did
    this.#readStatus(node)
    return node
  }

  /** Whether a Did is silent, or time alone may make it so. */
  #isOnWatch(did: Did): boolean {
    return this.#isSilent(did) || Number.isFinite(this.#source.nextHoldOf(did, this.#now))
  }

  /** The node of a Did of which there is anything to know: it is mentioned, or revoked, or suspended, now or later. */
  #nodeOf(did: Did): number | null {
    return this.#numbers.get(did) ?? (this.#isOnWatch(did) ? this.#enter(did) : null)
  }

  /** Gives back the number of a Did that nothing mentions any more. */
  #leave(node: number): void {
    const did = this.#dids[node] as Did
    if (!this.#graph.isLoose(node) || this.#graph.isRoot(node) || this.#isOnWatch(did)) return
    this.#numbers.delete(did)
    this.#nodesDue.set(node, Number.POSITIVE_INFINITY)
    this.#spare.push(node)
  }
}
