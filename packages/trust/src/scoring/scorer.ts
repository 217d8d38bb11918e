import type { Did } from '@trustmesh/identity'
import type { Slot } from '../set/change.ts'
import { ContextGraph, type Source } from './context-graph.ts'
import type { Explanation } from './explain.ts'
import type { Evidence, Model } from './model.ts'
import type { Opinion } from './tiers.ts'

/** At most this many contexts are held; of more, the one asked for longest ago gives way, and is computed anew. */
const MAX_CONTEXTS = 8
/** A clock that goes back by this much, in ms, is believed; by less, time stands still until it has caught up. */
const BACKWARDS_MS = 60_000

/** What a Change or a Purge says of itself. */
export interface Changed {
  readonly slots: readonly Slot[]
  readonly affected?: readonly Did[]
}

/**
 * The scores of all Dids by the statements of a source, kept up as these change and as time passes. They are a function
 * of the source's statements, the roots, the model and the time alone (threats T9, T14).
 */
export class Scorer {
  readonly source: Source
  readonly model: Model
  readonly #roots: ReadonlySet<Did>
  /** By context, the one asked for longest ago first. */
  readonly #graphs = new Map<string, ContextGraph>()
  #now = Number.NaN
  #forgotten = 0

  /** It knows no time before {@link advance}: until then nothing that was said counts. */
  constructor(model: Model, roots: ReadonlySet<Did>, source: Source) {
    this.source = source
    this.model = model
    this.#roots = roots
  }

  /** How often a context has given way: what was found in it before is not kept up any more, and nobody is told of it. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Whether a context is kept up; if not, to ask for it is to compute it anew. */
  holds(ctx: string): boolean {
    return this.#graphs.has(ctx)
  }

  /** Time has come to this, in ms. Whose opinion has changed, in any context that is held. */
  advance(now: number): Did[] {
    return this.apply({ slots: [] }, now)
  }

  /** Something has changed in the source. Whose opinion has changed, by that or by time, in any context that is held. */
  apply({ slots, affected = [] }: Changed, now: number): Did[] {
    if (!(now >= this.#now - BACKWARDS_MS)) return this.#restart(now)
    this.#now = Math.max(this.#now, now)
    const changed = [...this.#graphs.values()].flatMap((graph) => {
      graph.advance(this.#now)
      for (const slot of slots) graph.read(slot)
      for (const did of affected) graph.readStatus(did)
      return graph.settle()
    })
    return [...new Set(changed)]
  }

  /** 300 with confidence 0, by the usual model, of somebody of whom nothing is known. */
  opinionOf(did: Did, ctx = ''): Opinion {
    return this.#graphOf(ctx).opinionOf(did)
  }

  /** R and S: nothing, of a Did that is unknown. */
  evidenceOf(did: Did, ctx = ''): Evidence {
    return this.#graphOf(ctx).evidenceOf(did)
  }

  /** What the words of a Did weigh, in 256ths. */
  creditOf(did: Did, ctx = ''): number {
    return this.#graphOf(ctx).creditOf(did)
  }

  /** Whether what a Did says counts for anything. */
  isHeard(did: Did, ctx = ''): boolean {
    return this.#graphOf(ctx).isHeard(did)
  }

  /** Who made it so, to the micro-unit. */
  explain(did: Did, ctx = ''): Explanation {
    return this.#graphOf(ctx).explain(did)
  }

  isRoot(did: Did): boolean {
    return this.#roots.has(did)
  }

  /** Whether the Did has been suspended, now. */
  isSuspended(did: Did): boolean {
    return this.source.isSuspended(did, this.#now)
  }

  #graphOf(ctx: string): ContextGraph {
    const held = this.#graphs.get(ctx)
    const graph = held ?? this.#compute(ctx)
    // Last in the order of a Map is what was entered last.
    this.#graphs.delete(ctx)
    this.#graphs.set(ctx, graph)
    return graph
  }

  #compute(ctx: string): ContextGraph {
    const [longestAgo] = this.#graphs.keys()
    if (longestAgo !== undefined && this.#graphs.size >= MAX_CONTEXTS) {
      this.#graphs.delete(longestAgo)
      this.#forgotten++
    }
    return new ContextGraph({ model: this.model, roots: this.#roots, source: this.source, ctx, now: this.#now })
  }

  #restart(now: number): Did[] {
    const known = [...this.#graphs.values()].flatMap((graph) => [...graph.dids()])
    this.#graphs.clear()
    this.#now = now
    return [...new Set(known)]
  }
}
