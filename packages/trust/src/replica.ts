import type { Did, Statement, Verified } from '@trustmesh/identity'
import type { Explanation } from './scoring/explain.ts'
import { DEFAULT_MODEL, type Model } from './scoring/model.ts'
import { Scorer } from './scoring/scorer.ts'
import type { Change, Purge } from './set/change.ts'
import { StatementSet, type StatementSetOptions } from './set/statement-set.ts'
import { type Standing, standingBy } from './standing.ts'

/** How a replica is made. */
export interface ReplicaOptions extends StatementSetOptions {
  readonly model?: Model
}

/** What adding a statement did to everybody. */
export interface Effect {
  readonly change: Change
  /** Whose status or opinion it has changed, directly or over others; with those whom time alone has, meanwhile. */
  readonly affected: readonly Did[]
}

/**
 * The statements of a mesh as one of its verifiers holds them, with what follows from them now: standings, and an epoch
 * that moves whenever one of them changes. It is told the time, and expects it to move on.
 */
export class Replica {
  readonly set: StatementSet
  readonly model: Model
  readonly #scorer: Scorer
  /** How often opinions have changed. */
  #turns = 0
  /** Whom time has changed, and nobody has been told. */
  readonly #untold = new Set<Did>()

  /** Throws a `TrustError`: `set.malformed` or `policy.malformed`. */
  constructor({ model = DEFAULT_MODEL, ...options }: ReplicaOptions) {
    this.set = new StatementSet(options)
    this.model = model
    this.#scorer = new Scorer(model, this.set.policy.roots, this.set)
  }

  /** What was decided in an older epoch has to be decided again. */
  get epoch(): number {
    return this.set.epoch + this.#turns + this.#scorer.forgotten
  }

  /** Adds a statement, at a time in ms. */
  add(statement: Verified<Statement>, now: number): Effect {
    const change = this.set.add(statement)
    const scored = this.#turn(this.#scorer.apply(change, now))
    return { change, affected: [...new Set([...change.affected, ...scored, ...this.#tell()])] }
  }

  /** Whose standing time alone has changed, up to now and since somebody was last told. */
  advance(now: number): readonly Did[] {
    this.#advance(now)
    return this.#tell()
  }

  /** Forgets what no longer makes a difference: see {@link StatementSet.purge}. */
  purge(horizonMs: number, now: number): Purge {
    const purge = this.set.purge(horizonMs)
    for (const did of this.#turn(this.#scorer.apply(purge, now))) this.#untold.add(did)
    return purge
  }

  /** The standing of a Did now, in the general context unless told otherwise. */
  standingOf(did: Did, now: number, ctx = ''): Standing {
    this.#advance(now)
    const standing = standingBy(this.#scorer, did, ctx, 0)
    // Asked for last: to look into another context may move it.
    return { ...standing, epoch: this.epoch }
  }

  /** Whether the scores in a context are kept up; if not, to ask for one is to compute all of them. */
  holds(ctx: string): boolean {
    return this.#scorer.holds(ctx)
  }

  /**
   * Whether any attestation that is held names a context or one above it, the general one apart. If not, scores in it
   * are those of the general one, discounted by how far that is above.
   */
  names(ctx: string): boolean {
    return this.set.names(ctx)
  }

  /** Who made the score of a Did what it is now, to the micro-unit. */
  explain(did: Did, now: number, ctx = ''): Explanation {
    this.#advance(now)
    return this.#scorer.explain(did, ctx)
  }

  /** Whose words count for anything, now; to be asked in the same turn. */
  hearing(now: number, ctx = ''): (did: Did) => boolean {
    this.#advance(now)
    return (did) => this.#scorer.isHeard(did, ctx)
  }

  #advance(now: number): void {
    for (const did of this.#turn(this.#scorer.advance(now))) this.#untold.add(did)
  }

  #turn(changed: readonly Did[]): readonly Did[] {
    if (changed.length > 0) this.#turns++
    return changed
  }

  #tell(): readonly Did[] {
    const untold = [...this.#untold]
    this.#untold.clear()
    return untold
  }
}
