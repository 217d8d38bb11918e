/** The fields that the schemas of this package are made of, from the wire and back; and how a schema is read. */

import { type Did, didOf, isDid, keyOf, type StatementId } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { TrustError, type TrustErrorCode } from './trust-error.ts'

const bytes32 = z.custom<Uint8Array>((v) => v instanceof Uint8Array && v.length === 32)

/** A SHA-256 hash. */
export const hash = bytes32
/** Milliseconds since the Unix epoch. */
export const time = z.int().check(z.nonnegative())
/** A Did as its canonical string. */
export const didText = z.custom<Did>(isDid)

/** A Did, on the wire as its 32 raw key bytes. The key guard stands here, as at every mention of a Did (threat I5). */
export const didKey = z.codec(bytes32, didText, {
  decode: (key, context) => {
    try {
      return didOf(key)
    } catch {
      context.issues.push({ code: 'custom', input: key })
      return z.NEVER
    }
  },
  encode: keyOf,
})

/** The id of a statement, on the wire as 32 bytes. */
export const statementId = z.codec(
  bytes32,
  z.custom<StatementId>((v) => typeof v === 'string' && /^[0-9a-f]{64}$/.test(v)),
  {
    decode: (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') as StatementId,
    encode: (id) => Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(id.slice(2 * i, 2 * i + 2), 16)),
  },
)

/**
 * Characters that forge a line or its order where text is shown (threat A7): controls, line separators, bidi controls.
 * The same in every version of Unicode, as any rule of what is valid has to be: the nodes of a mesh must agree on it.
 */
const FORGING = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** One line of text for people, at most `max` UTF-16 units. */
export function line(max: number): z.ZodMiniString<string> {
  return z.string().check(
    z.maxLength(max),
    z.refine((text) => !FORGING.test(text)),
  )
}

/** What a schema makes of the input. Throws {@link TrustError} with the code, and without what the input was. */
export function read<S extends z.ZodMiniType>(schema: S, input: unknown, code: TrustErrorCode): z.output<S> {
  const result = z.safeParse(schema, input)
  if (!result.success) throw new TrustError(code)
  return result.data
}
