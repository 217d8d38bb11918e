/** What travels in a session: `docs/spec/session.md`, SE-20 onwards. A frame is `[type, {fields}]`, a message a list of frames. */

import { concatBytes } from '@noble/hashes/utils.js'
import { decode, didOf, type Encodable, encode, MAX_STATEMENT_BYTES } from '@trustmesh/identity'
import { isContext, STATUSES, TIERS } from '@trustmesh/trust'
import * as z from 'zod/mini'
import { CLOSE_CODES, type CloseCode, REFUSALS } from '../close-codes.ts'
import type { Purpose } from '../handshake/frames.ts'
import { LIMITS } from '../limits.ts'
import { ProtocolError } from '../protocol-error.ts'
import { KEY_LENGTH, KEY_NIBBLES, MAX_DAY } from '../replication/key.ts'

const bytes = (min: number, max: number = min): z.ZodMiniCustom<Uint8Array> =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length >= min && value.length <= max)
/** The key bytes of a Did. The key guard stands here, as at every mention of one (threat I5). */
const didKey = z.custom<Uint8Array>((value) => value instanceof Uint8Array && isDidKey(value))
/** Not the general one: what is left out has no second spelling. */
const context = z.string().check(z.refine((ctx) => ctx !== '' && isContext(ctx)))
const count = z.number().check(z.int(), z.nonnegative())
const thousandths = z.number().check(z.int(), z.minimum(0), z.maximum(1000))
const stableCode = z.string().check(z.regex(/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/), z.maxLength(64))

/** Part of a key of replication, one nibble a byte. */
const prefix = z.custom<Uint8Array>(
  (value) => value instanceof Uint8Array && value.length <= KEY_NIBBLES && value.every((nibble) => nibble < 16),
)
const day = z.int().check(z.gte(0), z.lte(MAX_DAY))
/** A range of a `compare`, by its place there. */
const place = z.int().check(z.gte(0), z.lt(LIMITS.ranges))
const hops = z.int().check(z.gte(0), z.lte(LIMITS.hops))

/** Frames in one message, and items in its document: what the strict scan allows. */
export const MAX_FRAMES = 64
export const MAX_ITEMS = 4096

/** The kinds of message. A reply or an error answers a request; `re` is its id. */
export const MESSAGE_KINDS = ['one-way', 'request', 'reply', 'error'] as const
export type MessageKind = (typeof MESSAGE_KINDS)[number]

/** What a round of reconciliation is about: revocations alone, which come first, or all statements. */
export const COLLECTIONS = ['revocations', 'statements'] as const
export type Collection = (typeof COLLECTIONS)[number]

const answersRequest = ({ kind, re }: { kind: MessageKind; re?: Uint8Array | undefined }): boolean =>
  (re !== undefined) === (kind === 'reply' || kind === 'error')

const fields = {
  /** From an agent: `to` whom. To an agent: `from` whom as well; the node puts the session's Did there. */
  message: z
    .strictObject({
      id: bytes(16),
      kind: z.enum(MESSAGE_KINDS),
      to: didKey,
      from: z.optional(didKey),
      re: z.optional(bytes(16)),
      body: bytes(0, LIMITS.bodyBytes),
    })
    .check(z.refine(answersRequest)),
  statement: z.strictObject({ bytes: bytes(1, MAX_STATEMENT_BYTES) }),
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
  /** A message (16 bytes) has been handed on, or a statement (the hash of its envelope, 32 bytes) is durable; with a code: it was not, or what was asked is not answered. */
  ack: z.strictObject({ re: z.union([bytes(16), bytes(32)]), code: z.optional(stableCode) }),
  ping: z.strictObject({ n: count }),
  pong: z.strictObject({ n: count }),
  /** Something about the receiver itself, with the statements that show it. */
  notice: z.strictObject({
    code: z.enum(REFUSALS),
    proof: z.array(bytes(1, MAX_STATEMENT_BYTES)).check(z.maxLength(LIMITS.attachments)),
  }),
  close: z.strictObject({ code: z.enum(Object.keys(CLOSE_CODES) as [CloseCode, ...CloseCode[]]) }),
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
  /** Between nodes: a message on its way from the node `origin` to the node `dest`. */
  carry: z
    .strictObject({
      origin: didKey,
      dest: didKey,
      hops,
      id: bytes(16),
      kind: z.enum(MESSAGE_KINDS),
      from: didKey,
      to: didKey,
      re: z.optional(bytes(16)),
      body: bytes(0, LIMITS.bodyBytes),
    })
    .check(z.refine(answersRequest)),
  /** Between nodes: what became of the message `re`, on its way back to the node `origin`; with a code: it was not handed on. */
  carried: z.strictObject({
    origin: didKey,
    re: bytes(16),
    code: z.optional(stableCode),
    hops,
  }),
  /** Last in its message: whatever follows in this direction is under the next key. */
  rekey: z.strictObject({}),
} as const

type Fields = typeof fields
/** A frame, told apart by `type`. */
export type Frame =
  | { [T in Exclude<keyof Fields, 'rekey'>]: { readonly type: T } & Readonly<z.infer<Fields[T]>> }[Exclude<
      keyof Fields,
      'rekey'
    >]
  | { readonly type: 'rekey' }
export type FrameOf<T extends Frame['type']> = Extract<Frame, { type: T }>

const EITHER = ['statement', 'ping', 'pong', 'close', 'rekey'] as const
const LINK_FRAMES: ReadonlySet<string> = new Set<Frame['type']>([
  ...EITHER,
  ...(['have', 'want', 'compare', 'differ', 'head', 'carry', 'carried'] as const),
])
const AGENT_FRAMES: ReadonlySet<string> = new Set<Frame['type']>([
  ...EITHER,
  ...(['message', 'query', 'lookup', 'status', 'standing', 'ack', 'notice'] as const),
])

/** Whether a frame of this type may travel in a session of this purpose, in one direction at least. */
export function belongs(type: Frame['type'], purpose: Purpose): boolean {
  return (purpose === 'node' ? LINK_FRAMES : AGENT_FRAMES).has(type)
}

/** How many items of a document a value is, with all that is in it. */
export function itemsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1
  let items = 1
  if (Array.isArray(value)) for (const each of value) items += itemsOf(each)
  else for (const each of Object.values(value)) items += 1 + itemsOf(each)
  return items
}

export function encodeFrame({ type, ...rest }: Frame): Uint8Array {
  return encode([type, rest as { [key: string]: Encodable }])
}

/** A message of frames that are encoded already: a list header, and they behind it. */
export function joinFrames(frames: readonly Uint8Array[]): Uint8Array {
  if (frames.length > MAX_FRAMES) throw new ProtocolError('frame.too-big')
  const header = frames.length < 16 ? Uint8Array.of(0x90 | frames.length) : Uint8Array.of(0xdc, 0, frames.length)
  return concatBytes(header, ...frames)
}

/** The frames of a message. Throws {@link ProtocolError} `frame.malformed`. */
export function parseFrames(plaintext: Uint8Array): Frame[] {
  let document: unknown
  try {
    document = decode(plaintext)
  } catch (cause) {
    throw new ProtocolError('frame.malformed', { cause })
  }
  if (!Array.isArray(document) || document.length === 0 || document.length > MAX_FRAMES) {
    throw new ProtocolError('frame.malformed')
  }
  return document.map(parseFrame)
}

function parseFrame(value: unknown): Frame {
  const [type, body] = Array.isArray(value) && value.length === 2 ? (value as [unknown, unknown]) : []
  if (typeof type !== 'string' || !Object.hasOwn(fields, type)) throw new ProtocolError('frame.malformed')
  const parsed = fields[type as keyof Fields].safeParse(body)
  if (!parsed.success) throw new ProtocolError('frame.malformed')
  return { type, ...parsed.data } as Frame
}

function isDidKey(key: Uint8Array): boolean {
  try {
    didOf(key)
    return true
  } catch {
    return false
  }
}
