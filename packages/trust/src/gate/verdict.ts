import * as z from 'zod/mini'
import { capability } from '../chain/capability.ts'
import { CHAIN_CODES, type ChainCode } from '../chain/chain-fault.ts'
import { didText, line, read } from '../fields.ts'
import { TIERS } from '../scoring/tiers.ts'
import { STATUSES, share } from '../standing.ts'
import { freshness, freshnessHeld } from './freshness.ts'

/** The tiers that can be required: unknown Dids are on probation, to which nothing may stand open (threat T13). */
export const requirableTier = z.enum(['known', 'trusted', 'vouched'])
/** A tier that can be required: `probation` and below cannot. */
export type RequirableTier = z.infer<typeof requirableTier>
/** Most UTF-16 units of what an agent calls itself, and of what a kind is called. */
export const NAME_LENGTH = 64
export const KIND_LENGTH = 128
/** What an agent calls itself: for people to read, and never a reason for anything (threat I10). */
const peerName = line(NAME_LENGTH)
/** The kind of message or action that is asked for. */
const actionKind = line(KIND_LENGTH)

const GATE_CODES = [
  'gate.error',
  'gate.manifest-drift',
  'gate.no-chain',
  'gate.revoked',
  'gate.stale',
  'gate.stale-standing',
  'gate.suspended',
  'gate.tier-too-low',
  'gate.unknown-standing',
  'gate.where',
] as const
/** What a gate can find wrong by itself. */
export type GateCode = (typeof GATE_CODES)[number]
/** Why somebody is denied; those of a chain are the codes of its first fault. */
export type DenialCode = GateCode | ChainCode

const DENIAL_CODES: readonly DenialCode[] = [...GATE_CODES, ...Object.values(CHAIN_CODES).flat(), 'chain.error']

const denialSchema = z.strictObject({
  code: z.enum(DENIAL_CODES as readonly [DenialCode, ...DenialCode[]]),
  peer: z.strictObject({ did: didText, name: z.optional(peerName) }),
  /** What the peer has; `null` where that is not known. */
  have: z.nullable(
    z.strictObject({
      status: z.enum(STATUSES),
      tier: z.enum(TIERS),
      score: share,
      confidence: share,
      /** What there is of the freshness that is needed. */
      freshness: z.optional(freshnessHeld),
      /** It describes itself otherwise than was approved. */
      manifest: z.optional(z.literal('drifted')),
    }),
  ),
  /** What the action needs; `null` where that could not be read. */
  need: z.nullable(
    z.strictObject({
      kind: actionKind,
      minTier: requirableTier,
      score: share,
      confidence: share,
      /** The capability that a chain has to grant, and the authority that it has to come from. */
      can: z.optional(capability),
      root: z.optional(didText),
      freshness: z.optional(freshness),
      /** What it describes itself by has to be approved. */
      manifest: z.optional(z.literal('approved')),
    }),
  ),
  /** The reasons, one sentence each. */
  why: z.array(line(512)).check(z.maxLength(8)),
  /** What would turn the verdict. */
  fix: line(512),
})

/** A refusal: the same object in the log, the SDK, the API, and on its way to whoever was refused. */
export type Denial = Readonly<z.infer<typeof denialSchema>>

/** An answer of the gate; an allowance is good until the epoch moves on. */
export type Verdict =
  | { readonly allow: true; readonly epoch: number }
  | { readonly allow: false; readonly denial: Denial }

/** A denial that came over the wire. Throws `denial.malformed`. */
export function parseDenial(input: unknown): Denial {
  return read(denialSchema, input, 'denial.malformed')
}
