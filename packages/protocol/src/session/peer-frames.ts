/** What agents say to each other: `docs/spec/peers.md`. */

import * as z from 'zod/mini'
import { LIMITS } from '../limits.ts'
import { bytes, count } from './fields.ts'

/** What a `say` is. The first three begin something, the others are about what the other side has begun. */
export const SAY_KINDS = ['one-way', 'request', 'stream', 'reply', 'error', 'item', 'end', 'credit', 'cancel'] as const
/** What a `say` is. */
export type SayKind = (typeof SAY_KINDS)[number]

const KINDS: ReadonlySet<unknown> = new Set(SAY_KINDS)

export function isSayKind(value: unknown): value is SayKind {
  return KINDS.has(value)
}

/** Frames with nothing to say but themselves. */
const BARE: ReadonlySet<SayKind> = new Set(['end', 'credit', 'cancel'])
const BEGINNINGS: ReadonlySet<SayKind> = new Set(['one-way', 'request', 'stream'])

/** What of a `say` hangs together. */
export interface Said {
  readonly kind: SayKind
  readonly re?: number | undefined
  readonly more?: true | undefined
  readonly grant?: number | undefined
  readonly receipt?: Uint8Array | undefined
  readonly calls?: number | undefined
  readonly body: Uint8Array
}

/** Whether what a `say` has is what its kind has. */
export function isCoherent({ kind, re, more, grant, receipt, calls, body }: Said): boolean {
  if ((re === undefined) !== BEGINNINGS.has(kind)) return false
  if ((grant !== undefined) !== (kind === 'stream' || kind === 'credit')) return false
  if (calls !== undefined && (kind !== 'reply' || more)) return false
  if (receipt !== undefined && more) return false
  // Parts are as few as they can be, so that none costs its receiver more than it brings.
  if (more && body.length < LIMITS.sayBytes) return false
  return !BARE.has(kind) || (body.length === 0 && more === undefined)
}

/** W3C trace context, version 00. */
export const TRACE = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/
/** Of a `say` on its line: counted from 1. */
const place = z.int().check(z.gte(1))

export const peerFields = {
  /**
   * Between agents: which line the sender's `say` frames are on and which of them comes next, the size of the messages that it
   * takes, and how far it has heard the line of the other side.
   */
  greet: z.strictObject({
    line: bytes(8),
    next: place,
    maxBytes: count,
    heard: z.optional(z.strictObject({ line: bytes(8), n: count })),
  }),
  /** Between agents: a message, or with `more` a part of one. */
  say: z
    .strictObject({
      n: place,
      kind: z.enum(SAY_KINDS),
      /** Whose answer it is, or whom it is about: `n` of a `say` of the other side. */
      re: z.optional(place),
      more: z.optional(z.literal(true)),
      /** How many items the sender takes beyond those that it has been sent. */
      grant: z.optional(z.int().check(z.gte(1), z.lte(LIMITS.grant))),
      /** What shows later that the sender said it: a statement. */
      receipt: z.optional(bytes(1, LIMITS.receiptBytes)),
      /** How many more uses of the chain it came with are left, as the sender counts them. */
      calls: z.optional(count),
      /** W3C trace context, `traceparent`. */
      trace: z.optional(z.string().check(z.regex(TRACE))),
      body: bytes(0, LIMITS.sayBytes),
    })
    .check(z.refine(isCoherent)),
  /** Between agents: everything up to this `n` has been taken in. */
  heard: z.strictObject({ n: count }),
} as const
