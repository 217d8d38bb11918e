/** What agents and nodes say to each other: `docs/spec/session.md`, SE-20 onwards. */

import { MAX_STATEMENT_BYTES } from '@trustmesh/identity'
import { isCapability, STATUSES, TIERS } from '@trustmesh/trust/words'
import * as z from 'zod/mini'
import { REFUSALS } from '../close-codes.ts'
import { LIMITS } from '../limits.ts'
import { bytes, context, count, didKey, stableCode, thousandths } from './fields.ts'

const capability = z.string().check(z.refine(isCapability))

export const agentFields = {
  /**
   * From an agent: `to` whom. To an agent: `from` whom as well; the node puts the session's Did there. What the body says only
   * the two at the ends can read.
   */
  message: z.strictObject({
    id: bytes(16),
    to: didKey,
    from: z.optional(didKey),
    body: bytes(0, LIMITS.bodyBytes),
  }),
  /** Asks for the standing of a Did, in the general context unless it names one; answered by `standing`. */
  query: z.strictObject({ did: didKey, ctx: z.optional(context) }),
  /** Asks for all that the status of a chain hangs on; answered by a `standing` of each Did, and `status` behind them. */
  lookup: z.strictObject({
    id: bytes(16),
    dids: z.array(didKey).check(z.maxLength(LIMITS.chainDids)),
    ctx: z.optional(context),
    links: z.array(z.tuple([didKey, bytes(32)])).check(z.maxLength(LIMITS.chainLinks)),
  }),
  /**
   * Which of the links that a `lookup` asked for are void, as of an epoch; and how long ago, in ms, the node and those
   * members of whom it knows all revocations attested them.
   */
  status: z.strictObject({
    re: bytes(16),
    epoch: count,
    void: z.array(bytes(32)).check(z.maxLength(LIMITS.chainLinks)),
    fresh: z.array(count).check(z.maxLength(LIMITS.attested)),
  }),
  standing: z.strictObject({
    did: didKey,
    ctx: z.optional(context),
    status: z.enum(STATUSES),
    score: thousandths,
    tier: z.enum(TIERS),
    confidence: thousandths,
    epoch: count,
  }),
  /**
   * Asks for agents that offer a capability or one that covers it, in the order of their keys; from a tier on, if it names
   * one. Answered by a `standing` of each, and `found` behind them.
   */
  find: z.strictObject({
    id: bytes(16),
    can: capability,
    minTier: z.optional(z.enum(TIERS)),
    /** The key behind which to go on. */
    after: z.optional(didKey),
    limit: z.int().check(z.gte(1), z.lte(LIMITS.found)),
  }),
  /** Manifests, and, where there may be others, the key behind which they are. */
  found: z.strictObject({
    re: bytes(16),
    manifests: z.array(bytes(1, MAX_STATEMENT_BYTES)).check(z.maxLength(LIMITS.found)),
    more: z.optional(didKey),
  }),
  /** Asks who made the score of a Did what it is; answered by its `standing`, and `explained` behind it. */
  explain: z.strictObject({ id: bytes(16), did: didKey, ctx: z.optional(context) }),
  /** What speaks for the Did and against it, in micro-units, by whom most of that is, and what all others say. */
  explained: z.strictObject({
    re: bytes(16),
    positive: count,
    negative: count,
    contributions: z
      .array(
        z.strictObject({
          rater: didKey,
          share: z.int(),
          credit: thousandths,
          path: z.array(didKey).check(z.minLength(1), z.maxLength(LIMITS.path)),
        }),
      )
      .check(z.maxLength(LIMITS.contributions)),
    rest: z.strictObject({ raters: count, positive: count, negative: count }),
  }),
  /** Asks for the statements from which that follows; answered by the `standing`, and `proofs` behind it. */
  evidence: z.strictObject({
    id: bytes(16),
    did: didKey,
    ctx: z.optional(context),
    /** The id of the statement behind which to go on. */
    after: z.optional(bytes(32)),
  }),
  /** Statements in the order of their ids, and, where there are others, the id behind which they are. */
  proofs: z.strictObject({
    re: bytes(16),
    statements: z.array(bytes(1, MAX_STATEMENT_BYTES)).check(z.maxLength(LIMITS.proofs)),
    more: z.optional(bytes(32)),
  }),
  /** A message (16 bytes) has been handed on, or a statement (the hash of its envelope, 32 bytes) is durable; with a code: it was not, or what was asked is not answered. */
  ack: z.strictObject({ re: z.union([bytes(16), bytes(32)]), code: z.optional(stableCode) }),
  /** Something about the receiver itself, with the statements that show it. */
  notice: z.strictObject({
    code: z.enum(REFUSALS),
    proof: z.array(bytes(1, MAX_STATEMENT_BYTES)).check(z.maxLength(LIMITS.attachments)),
  }),
} as const
