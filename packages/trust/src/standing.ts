import type { Did } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { didText, read } from './fields.ts'
import { DEFAULT_MODEL, evidenceOf, type Model, opinionOf } from './scoring/model.ts'
import { type Opinion, TIERS, tierOf } from './scoring/tiers.ts'
import type { StatementSet } from './statement-set.ts'

/** In thousandths. */
export const share = z.int().check(z.gte(0), z.lte(1000))
/** `unknown`: nothing that counts speaks for or against the Did. */
export const STATUSES = ['unknown', 'active', 'revoked'] as const

const standingSchema = z
  .strictObject({
    did: didText,
    status: z.enum(STATUSES),
    score: share,
    tier: z.enum(TIERS),
    confidence: share,
    epoch: z.int().check(z.nonnegative()),
  })
  .check(z.refine((standing) => standing.tier === tierOf(standing)))

/** What is held of a Did now: its status, its score and confidence with the tier that they reach, as of an epoch. */
export type Standing = Readonly<z.infer<typeof standingSchema>>

/** A standing that came from elsewhere. Throws `standing.malformed`, also where the tier is not that of the score. */
export function parseStanding(input: unknown): Standing {
  return read(standingSchema, input, 'standing.malformed')
}

/** The standing of a Did by a set, at a time in ms: a pure function of both. */
export function standingOf(set: StatementSet, did: Did, now: number, model: Model = DEFAULT_MODEL): Standing {
  const { status, ...opinion } = assess(set, did, now, model)
  return { did, status, ...opinion, tier: tierOf(opinion), epoch: set.epoch }
}

type Assessment = Opinion & Pick<Standing, 'status'>

function assess(set: StatementSet, did: Did, now: number, model: Model): Assessment {
  if (set.isRevoked(did)) return { status: 'revoked', score: 0, confidence: 1000 }
  if (set.policy.roots.has(did)) return { status: 'active', score: 1000, confidence: 1000 }
  // Looked up root by root: what strangers heap up about a Did costs nothing (threat T12).
  const heard = [...set.policy.roots].flatMap((root) => set.attestationBy(root, did) ?? [])
  const evidence = evidenceOf(heard, now, model)
  const isKnown = evidence.positive > 0 || evidence.negative > 0
  return { status: isKnown ? 'active' : 'unknown', ...opinionOf(evidence, model) }
}
