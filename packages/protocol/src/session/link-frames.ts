/** What nodes say to each other: `docs/spec/replication.md`, RE-20 onwards. */

import * as z from 'zod/mini'
import { LIMITS } from '../limits.ts'
import { KEY_LENGTH, KEY_NIBBLES, MAX_DAY } from '../replication/key.ts'
import { bytes, count, didKey, stableCode } from './fields.ts'

/** What a round of reconciliation is about: revocations alone, which come first, or all statements. */
export const COLLECTIONS = ['revocations', 'statements'] as const
/** What a round of reconciliation is about. */
export type Collection = (typeof COLLECTIONS)[number]

/** Part of a key of replication, one nibble a byte. */
const prefix = z.custom<Uint8Array>(
  (value) => value instanceof Uint8Array && value.length <= KEY_NIBBLES && value.every((nibble) => nibble < 16),
)
const day = z.int().check(z.gte(0), z.lte(MAX_DAY))
/** A range of a `compare`, by its place there. */
const place = z.int().check(z.gte(0), z.lt(LIMITS.ranges))
const hops = z.int().check(z.gte(0), z.lte(LIMITS.hops))

export const linkFields = {
  /** Between nodes: ids of statements that the sender holds. */
  have: z.strictObject({ ids: z.array(bytes(32)).check(z.minLength(1), z.maxLength(LIMITS.haves)) }),
  /** Between nodes: ids of statements that the receiver is asked for; answered by `statement` of each that it holds. */
  want: z.strictObject({ ids: z.array(bytes(32)).check(z.minLength(1), z.maxLength(LIMITS.wants)) }),
  /** Between nodes: what the sender holds in these ranges of keys, as [prefix, fingerprint]; answered by `differ`. */
  compare: z.strictObject({
    id: bytes(16),
    of: z.enum(COLLECTIONS),
    /** The first day that counts. */
    horizon: day,
    ranges: z.array(z.tuple([prefix, bytes(32)])).check(z.minLength(1), z.maxLength(LIMITS.ranges)),
  }),
  /** Where the answerer holds something else, by the place of each range in the `compare`. */
  differ: z.strictObject({
    re: bytes(16),
    /** The first day that counted: that of the `compare` or a later one. */
    horizon: day,
    /** How many of the ranges it has looked at, from the first on. */
    looked: z.int().check(z.gte(0), z.lte(LIMITS.ranges)),
    /** Ranges in which it holds more keys than it lists. */
    deeper: z.array(place).check(z.maxLength(LIMITS.ranges)),
    /** Ranges in which it holds few, with all of them in order. */
    listed: z
      .array(z.tuple([place, z.array(bytes(KEY_LENGTH)).check(z.maxLength(LIMITS.listedKeys))]))
      .check(z.maxLength(LIMITS.ranges)),
  }),
  /** Between nodes: a signed head, handed on once. */
  head: z.strictObject({ bytes: bytes(1, LIMITS.headBytes) }),
  /** Between nodes: the newest checkpoint of the sender's audit log, which the receiver is asked to cosign: `docs/spec/audit.md`. */
  checkpoint: z.strictObject({
    /** A signed note. */
    note: bytes(1, LIMITS.noteBytes),
    /** The delegation by which the sender's log has its key. */
    link: bytes(1, LIMITS.linkBytes),
    /** The size that the log goes on from, and the proof that it does. */
    old: count,
    proof: z.array(bytes(32)).check(z.maxLength(LIMITS.proofHashes)),
  }),
  /** The answer: with a cosignature, or with a checkpoint of the same log that it has to be shown to go on from. */
  cosigned: z.strictObject({
    /** Of the checkpoint that it is about. */
    size: count,
    /** The line of the cosignature, and the delegation by which the answerer has the key for it. */
    line: z.optional(bytes(1, LIMITS.noteBytes)),
    link: z.optional(bytes(1, LIMITS.linkBytes)),
    known: z.optional(bytes(1, LIMITS.noteBytes)),
  }),
  /** Between nodes: a checkpoint of another member's log that the sender has cosigned. */
  witnessed: z.strictObject({ note: bytes(1, LIMITS.noteBytes) }),
  /** Between nodes: a message on its way from the node `origin` to the node `dest`. */
  carry: z.strictObject({
    origin: didKey,
    dest: didKey,
    hops,
    id: bytes(16),
    from: didKey,
    to: didKey,
    body: bytes(0, LIMITS.bodyBytes),
  }),
  /** Between nodes: what became of the message `re`, on its way back to the node `origin`; with a code: it was not handed on. */
  carried: z.strictObject({
    origin: didKey,
    re: bytes(16),
    code: z.optional(stableCode),
    hops,
  }),
  /** Between nodes: which of these revocations and suspensions are in force and on its disk, answered by `confirmed`. */
  confirm: z.strictObject({ ids: z.array(bytes(32)).check(z.minLength(1), z.maxLength(LIMITS.confirms)) }),
  /** Between nodes: these are. */
  confirmed: z.strictObject({ ids: z.array(bytes(32)).check(z.minLength(1), z.maxLength(LIMITS.confirms)) }),
} as const
