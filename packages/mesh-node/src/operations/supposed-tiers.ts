import type { Did } from '@trustmesh/identity'
import { type Attestation, type Opinion, type Replica, reaches, Scorer, TIERS, type TierChange } from '@trustmesh/trust'

/** What of an attestation makes a difference to scores. */
export type Rating = Pick<Attestation, 'iss' | 'sub' | 'ctx' | 'value' | 'weight' | 'evidenceAt' | 'iat' | 'exp'>

/** Who would stand otherwise in its context if this were the last that its issuer has said there. All scores are computed for that, twice. */
export function tiersIf(rating: Rating, { set, model }: Replica, now: number): readonly TierChange[] {
  const { iss, sub, ctx } = rating
  const isIt = (by: Did, of: Did, where: string): boolean => by === iss && of === sub && where === ctx
  const supposed: ConstructorParameters<typeof Scorer>[2] = {
    epoch: set.epoch,
    attestationBy: (by, of, where) =>
      isIt(by, of, where) ? (rating as Attestation) : set.attestationBy(by, of, where),
    *slots() {
      yield { iss, sub, ctx }
      for (const slot of set.slots()) if (!isIt(slot.iss, slot.sub, slot.ctx)) yield slot
    },
    suspended: () => set.suspended(),
    isRevoked: (did) => set.isRevoked(did),
    isSuspended: (did, at) => set.isSuspended(did, at),
    nextHoldOf: (did, at) => set.nextHoldOf(did, at),
  }
  const [before, after] = [set, supposed].map((source) => {
    const scorer = new Scorer(model, set.policy.roots, source)
    scorer.advance(now)
    return scorer
  }) as [Scorer, Scorer]
  const known = new Set([sub, ...[...set.slots()].map((slot) => slot.sub)])
  return [...known].flatMap((did) => {
    const [from, to] = [before, after].map((scorer) => tierOf(scorer.opinionOf(did, ctx))) as [Tier, Tier]
    return from === to ? [] : [{ did, ctx, from, to }]
  })
}

/** Whether somebody would stand lower. */
export function isFall({ from, to }: TierChange): boolean {
  return TIERS.indexOf(to) < TIERS.indexOf(from)
}

type Tier = TierChange['from']

function tierOf(opinion: Opinion): Tier {
  return TIERS.findLast((tier) => reaches(opinion, tier)) ?? TIERS[0]
}
