/** Strict msgpack, both ways. The only file that imports msgpackr; everything that it decodes has passed the scan. */

import { Packr } from 'msgpackr'
import { IdentityError } from './identity-error.ts'
import { BODY, type ScanLimits, STRICT, scan } from './strict-scan.ts'

/** What a document holds. Numbers are integers within ±(2^53 − 1); in message bodies, any finite number. */
export type Encodable =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Encodable[]
  | { readonly [key: string]: Encodable | undefined }

/** One stateless instance: no records, references or classes, so that decoding never depends on what came before (threat S11). */
const packr = new Packr({
  useRecords: false,
  structuredClone: false,
  moreTypes: false,
  copyBuffers: true,
  variableMapSize: true,
  int64AsType: 'number',
})

/** Decodes one strict document. Throws {@link IdentityError} with an `encoding.*` code. */
export function decode(bytes: Uint8Array, limits: ScanLimits = STRICT): unknown {
  scan(bytes, limits)
  // A view of its own, because msgpackr leaves a property behind on what it reads; and never a Buffer, whose class it would pass on.
  return packr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}

/**
 * Encodes a value so that {@link decode} accepts it, fields with the value `undefined` left out.
 * Throws {@link IdentityError} with an `encoding.*` code for what no document can hold.
 */
export function encode(value: Encodable, limits: ScanLimits = STRICT): Uint8Array {
  const packed = packr.pack(prepared(value, limits.floats))
  // msgpackr hands out a view of its pool: what is kept must be a copy.
  const bytes = new Uint8Array(packed)
  scan(bytes, limits)
  return bytes
}

/** {@link encode} for the body of a message, which may hold any finite number. */
export function encodeBody(value: Encodable): Uint8Array {
  return encode(value, BODY)
}

/** {@link decode} for the body of a message. */
export function decodeBody(bytes: Uint8Array): unknown {
  return decode(bytes, BODY)
}

type Packable = Encodable | bigint | Packable[] | { [key: string]: Packable }

/** msgpackr writes integers beyond 32 bits as floats unless they are bigints; and drops nothing that is undefined. */
function prepared(value: Encodable, floats: boolean, depth = 0): Packable {
  if (depth > STRICT.maxDepth) throw new IdentityError('encoding.depth')
  switch (typeof value) {
    case 'number':
      if (Number.isSafeInteger(value)) return value > 0xffff_ffff || value < -0x8000_0000 ? BigInt(value) : value
      if (!Number.isFinite(value) || !floats) throw new IdentityError('encoding.float')
      return value
    case 'string':
      return wellFormed(value)
    case 'boolean':
      return value
    case 'object':
      break
    default:
      throw new IdentityError('encoding.unsupported')
  }
  if (value === null) return value
  if (value instanceof Uint8Array) {
    // A Buffer or a view of a larger buffer packs alike once it is a plain Uint8Array.
    return value.constructor === Uint8Array ? value : new Uint8Array(value)
  }
  if (Array.isArray(value)) return value.map((item) => prepared(item, floats, depth + 1))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new IdentityError('encoding.unsupported')
  const copy: { [key: string]: Packable } = {}
  for (const [key, item] of Object.entries(value as { [key: string]: Encodable | undefined })) {
    // Assigning to it would set the prototype and lose the field without a word.
    if (key === '__proto__') throw new IdentityError('encoding.forbidden-key')
    if (item !== undefined) copy[wellFormed(key)] = prepared(item, floats, depth + 1)
  }
  return copy
}

/** A lone surrogate would turn into U+FFFD on the way, and another string would arrive. */
function wellFormed(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new IdentityError('encoding.utf8')
  return text
}
