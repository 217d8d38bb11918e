import type { Did, StatementId } from '@trustmesh/identity'
import type { Replica } from './replica.ts'
import { Scorer } from './scoring/scorer.ts'
import { type Tier, tierOf } from './scoring/tiers.ts'
import type { StatementSet } from './set/statement-set.ts'
import type { Supposition } from './set/supposition.ts'
import { MAX_SKEW_MS } from './skew.ts'
import type { Delegation } from './statements/delegation.ts'

/** Somebody who would stand otherwise. */
export interface TierChange {
  readonly did: Did
  readonly ctx: string
  readonly from: Tier
  readonly to: Tier
}

/** What it would cause to revoke or to suspend somebody. */
export interface Impact {
  /** Whose session would be closed. */
  readonly sessions: readonly Did[]
  /**
   * Delegations that would hold no longer, or not while the suspension lasts: what goes on from one that is void is void with
   * it. None that has ended by itself.
   */
  readonly delegations: readonly StatementId[]
  readonly tiers: readonly TierChange[]
}

/** As of when, for whom, and in which contexts: the general one unless told otherwise. */
export interface ImpactQuestion {
  /** ms. */
  readonly now: number
  /** Who is in session. */
  readonly sessions: Iterable<Did>
  readonly contexts?: readonly string[]
}

/**
 * What it would cause if this were so; nothing is changed by asking. It computes all scores anew, twice: it is for people who
 * are about to do it.
 */
export function impactOf(
  { set, model }: Pick<Replica, 'set' | 'model'>,
  supposition: Supposition,
  { now, sessions, contexts = [''] }: ImpactQuestion,
): Impact {
  const here = [...sessions]
  const isOut = outBy(set, supposition, now)
  const view = (): View => {
    const scorer = new Scorer(model, set.policy.roots, set)
    scorer.advance(now)
    const known = new Set([...set.policy.roots, ...here, ...[...set.slots()].map(({ sub }) => sub)])
    return {
      banned: new Set(here.filter((did) => set.isRevoked(did) || set.isSuspended(did, now))),
      over: new Set([...set.delegations()].filter((link) => isOver(set, link, { now, isOut })).map(({ id }) => id)),
      tiers: contexts.flatMap((ctx) =>
        [...known].map((did) => ({ did, ctx, tier: tierOf(scorer.opinionOf(did, ctx)) })),
      ),
    }
  }
  const before = view()
  const after = set.supposing(supposition, view)
  return {
    sessions: here.filter((did) => after.banned.has(did) && !before.banned.has(did)),
    delegations: [...after.over].filter((id) => !before.over.has(id)),
    tiers: after.tiers.flatMap(({ tier: to, ...whose }, i) => {
      const from = before.tiers[i]?.tier ?? to
      return from === to ? [] : [{ ...whose, from, to }]
    }),
  }
}

/** What can be seen of a set that a revocation may change. */
interface View {
  readonly banned: ReadonlySet<Did>
  readonly over: ReadonlySet<StatementId>
  /** In the same order whenever it is looked at. */
  readonly tiers: readonly { readonly did: Did; readonly ctx: string; readonly tier: Tier }[]
}

/** Whose delegations hold no longer. A hold counts where it is asked about one: it takes away nothing for good. */
function outBy(set: StatementSet, { suspended = [] }: Supposition, now: number): (did: Did) => boolean {
  if (suspended.length === 0) return (did) => set.isRevoked(did)
  return (did) => set.isRevoked(did) || set.isSuspended(did, now)
}

/** By when, and whose. */
export interface Ends {
  /** ms. */
  readonly now: number
  readonly isOut: (did: Did) => boolean
}

/** Whether a delegation, or one of those that it goes on from as far as they are held, has ended or been cut off. */
export function isOver(set: StatementSet, { iss, aud, id, parent, exp }: Delegation, ends: Ends): boolean {
  if (exp + MAX_SKEW_MS <= ends.now || set.isVoid(iss, id) || ends.isOut(iss) || ends.isOut(aud)) return true
  const before = parent && set.delegation(parent)
  return before ? isOver(set, before, ends) : false
}
