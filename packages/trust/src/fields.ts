/** The fields that the schemas of this package are made of, from the wire and back; and how a schema is read. */

import { commonFields, type Did, didOf, isDid, keyOf, type StatementId } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { TrustError, type TrustErrorCode } from './trust-error.ts'

/** A SHA-256 hash. */
export const hash = z.custom<Uint8Array>(isBytes32)
/** Milliseconds since the Unix epoch. */
export const time = commonFields.iat
/** A Did as its canonical string. */
export const didText = z.custom<Did>(isDid)

/** A Did, on the wire as its 32 raw key bytes. The key guard stands here, as at every mention of a Did (threat I5). */
export const didKey = converted((bytes: Uint8Array) => didOf(bytes32(bytes)), keyOf)

/** The id of a statement, on the wire as 32 bytes. */
export const statementId = converted((bytes: Uint8Array) => hex(bytes32(bytes)) as StatementId, bytesOf)

/** What is converted from the wire and back by functions that throw on bad input. */
export function converted<Wire, Value>(decode: (wire: Wire) => Value, encode: (value: Value) => Wire) {
  return z.codec(unchecked<Wire>(), unchecked<Value>(), { decode: orIssue(decode), encode: orIssue(encode) })
}

/** An end of a codec whose halves refuse by themselves what they cannot convert: to ask twice takes longer than to convert. */
function unchecked<T>(): z.ZodMiniType<T, T> {
  return z.unknown() as z.ZodMiniType<T, T>
}

/** What throws on bad input, as the half of a codec: it is the codec that refuses. */
function orIssue<In, Out>(convert: (input: In) => Out): (input: In, context: z.core.ParsePayload) => Out {
  return (input, context) => {
    try {
      return convert(input)
    } catch {
      context.issues.push({ code: 'custom', input })
      return z.NEVER
    }
  }
}

function bytes32(input: unknown): Uint8Array {
  if (!isBytes32(input)) throw new RangeError('not 32 bytes')
  return input
}

function isBytes32(input: unknown): input is Uint8Array {
  return input instanceof Uint8Array && input.length === 32
}

function bytesOf(id: StatementId): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(id)) throw new RangeError('not an id')
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(id.slice(2 * i, 2 * i + 2), 16))
}

/**
 * Characters that forge a line or its order where text is shown (threat A7): controls, line separators, bidi controls.
 * The same in every version of Unicode, as any rule of what is valid has to be: the nodes of a mesh must agree on it.
 */
const FORGING = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** One line of text for people, at most `max` UTF-16 units. */
export function line(max: number): z.ZodMiniCustom<string, string> {
  return z.custom<string, string>((text) => isLine(text, max))
}

/** Whether it is such a line. */
export function isLine(text: unknown, max: number): text is string {
  return typeof text === 'string' && text.length <= max && !FORGING.test(text)
}

/** What a schema makes of the input. Throws {@link TrustError} with the code, and without what the input was. */
export function read<S extends z.ZodMiniType>(schema: S, input: unknown, code: TrustErrorCode): z.output<S> {
  const result = z.safeParse(schema, input)
  if (!result.success) throw new TrustError(code)
  return result.data
}

/**
 * The same for what is asked about again and again: what it has made once is frozen and known, and is not looked at
 * again. The fields of the schema have to be values that do not change.
 */
export function reader<S extends z.ZodMiniObject>(
  schema: S,
  code: TrustErrorCode,
): (input: unknown) => Readonly<z.output<S>> {
  const known = new WeakSet<object>()
  return (input) => {
    if (typeof input === 'object' && input !== null && known.has(input)) return input as z.output<S>
    const output = Object.freeze(read(schema, input, code))
    known.add(output)
    return output
  }
}

/** A value of which nothing can be changed, however deep; bytes apart, which cannot be frozen. */
export type Frozen<T> = T extends string | number | boolean | null | undefined | Uint8Array
  ? T
  : { readonly [K in keyof T]: Frozen<T[K]> }

/** Freezes documents, with all that is in them: what many are handed, none of them changes. */
export function frozen<T>(value: T): Frozen<T> {
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    for (const each of Object.values(value)) frozen(each)
    Object.freeze(value)
  }
  return value as Frozen<T>
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case hex digits. */
export function hex(bytes: Uint8Array): string {
  let digits = ''
  for (const byte of bytes) digits += HEX[byte]
  return digits
}

/** Whether two byte strings are equal. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
