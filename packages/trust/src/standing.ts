import type { Did } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { context } from './context.ts'
import { didText, reader } from './fields.ts'
import type { Scorer } from './scoring/scorer.ts'
import { type Opinion, TIERS, tierOf } from './scoring/tiers.ts'

/** In thousandths. */
export const share = z.int().check(z.gte(0), z.lte(1000))
/** `unknown`: nothing that counts speaks for or against the Did, or too little to show. */
export const STATUSES = ['unknown', 'active', 'suspended', 'revoked'] as const

const standingSchema = z
  .strictObject({
    did: didText,
    /** In which context the score is. */
    ctx: z._default(context, ''),
    status: z.enum(STATUSES),
    score: share,
    tier: z.enum(TIERS),
    confidence: share,
    epoch: z.int().check(z.nonnegative()),
  })
  .check(z.refine((standing) => standing.tier === tierOf(standing)))

/** What is held of a Did now: its status, its score and confidence with the tier that they reach, as of an epoch. */
export type Standing = Readonly<z.infer<typeof standingSchema>>

/** Whether a Did of this standing may have no session and send nothing. */
export function isCutOff({ status }: Pick<Standing, 'status'>): boolean {
  return status === 'revoked' || status === 'suspended'
}

/** A standing that came from elsewhere. Throws `standing.malformed`, also where the tier is not that of the score. */
export const parseStanding: (input: unknown) => Standing = reader(standingSchema, 'standing.malformed')

/** The standing of a Did in a context, by what its scorer knows, as of an epoch. */
export function standingBy(scorer: Scorer, did: Did, ctx: string, epoch: number): Standing {
  const opinion = scorer.opinionOf(did, ctx)
  return { did, ctx, status: statusOf(scorer, did, opinion), ...opinion, tier: tierOf(opinion), epoch }
}

function statusOf(scorer: Scorer, did: Did, { score, confidence }: Opinion): Standing['status'] {
  if (scorer.source.isRevoked(did)) return 'revoked'
  if (scorer.isSuspended(did)) return 'suspended'
  return score === scorer.model.baseline && confidence === 0 ? 'unknown' : 'active'
}
