import * as z from 'zod/mini'
import { didText, line, read } from './fields.ts'
import { TIERS } from './scoring/tiers.ts'
import { STATUSES, share } from './standing.ts'

/** The tiers that can be required: unknown Dids are on probation, to which nothing may stand open (threat T13). */
export const requirableTier = z.enum(['known', 'trusted', 'vouched'])
export type RequirableTier = z.infer<typeof requirableTier>
/** What an agent calls itself: for people to read, and never a reason for anything (threat I10). */
export const peerName = line(64)
/** The kind of message or action that is asked for. */
export const actionKind = line(128)

const denialSchema = z.strictObject({
  code: z.enum(['gate.error', 'gate.revoked', 'gate.stale-standing', 'gate.tier-too-low', 'gate.unknown-standing']),
  peer: z.strictObject({ did: didText, name: z.optional(peerName) }),
  /** What the peer has; `null` where that is not known. */
  have: z.nullable(z.strictObject({ status: z.enum(STATUSES), tier: z.enum(TIERS), score: share, confidence: share })),
  /** What the action needs; `null` where that could not be read. */
  need: z.nullable(z.strictObject({ kind: actionKind, minTier: requirableTier, score: share, confidence: share })),
  /** The reasons, one sentence each. */
  why: z.array(line(512)).check(z.maxLength(8)),
  /** What would turn the verdict. */
  fix: line(512),
})

/** A refusal: the same object in the log, the SDK, the API, and on its way to whoever was refused. */
export type Denial = Readonly<z.infer<typeof denialSchema>>
export type DenialCode = Denial['code']

/** An answer of the gate; an allowance is good until the epoch moves on. */
export type Verdict =
  | { readonly allow: true; readonly epoch: number }
  | { readonly allow: false; readonly denial: Denial }

/** A denial that came over the wire. Throws `denial.malformed`. */
export function parseDenial(input: unknown): Denial {
  return read(denialSchema, input, 'denial.malformed')
}
