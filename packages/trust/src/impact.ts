import type { Did, StatementId } from '@trustmesh/identity'
import type { Replica } from './replica.ts'
import { Scorer } from './scoring/scorer.ts'
import { type Tier, tierOf } from './scoring/tiers.ts'
import type { StatementSet } from './set/statement-set.ts'
import { MAX_SKEW_MS } from './skew.ts'
import type { Delegation } from './statements/delegation.ts'
import type { RevocationTarget } from './statements/revocation.ts'

/** Somebody who would stand otherwise. */
export interface TierChange {
  readonly did: Did
  readonly ctx: string
  readonly from: Tier
  readonly to: Tier
}

/** What a revocation would cause. */
export interface Impact {
  /** Whose session would be closed. */
  readonly sessions: readonly Did[]
  /** Delegations that would hold no longer: what goes on from one that is void is void with it. None that has ended by itself. */
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
 * What it would cause to revoke this, by somebody with the authority to; nothing is changed by asking. It computes all
 * scores anew, twice: it is for people who are about to revoke.
 */
export function impactOf(
  { set, model }: Pick<Replica, 'set' | 'model'>,
  target: RevocationTarget,
  { now, sessions, contexts = [''] }: ImpactQuestion,
): Impact {
  const here = [...sessions]
  const view = (): View => {
    const scorer = new Scorer(model, set.policy.roots, set)
    scorer.advance(now)
    const known = new Set([...set.policy.roots, ...here, ...[...set.slots()].map(({ sub }) => sub)])
    return {
      banned: new Set(here.filter((did) => set.isRevoked(did) || set.isSuspended(did, now))),
      over: new Set([...set.delegations()].filter((link) => isOver(set, link, now)).map(({ id }) => id)),
      tiers: contexts.flatMap((ctx) =>
        [...known].map((did) => ({ did, ctx, tier: tierOf(scorer.opinionOf(did, ctx)) })),
      ),
    }
  }
  const before = view()
  const after = set.supposing(target, view)
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

/** Whether a delegation, or one of those that it goes on from as far as they are held, has ended or been cut off. */
function isOver(set: StatementSet, { iss, aud, id, parent, exp }: Delegation, now: number): boolean {
  if (exp + MAX_SKEW_MS <= now || set.isVoid(iss, id) || set.isRevoked(iss) || set.isRevoked(aud)) return true
  const before = parent && set.delegation(parent)
  return before ? isOver(set, before, now) : false
}
