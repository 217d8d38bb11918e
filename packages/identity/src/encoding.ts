/** Strict msgpack, both ways; everything that is decoded has passed the scan. */

import { unpack } from '#unpack'
import { pack } from './strict-pack.ts'
import { bodyLimits, type ScanLimits, STRICT, scan } from './strict-scan.ts'

/** What a document holds. Numbers are integers within ±(2^53 − 1); in message bodies, any finite number. */
export type Encodable =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Encodable[]
  | { readonly [key: string]: Encodable | undefined }

/** Decodes one strict document. Throws {@link IdentityError} with an `encoding.*` code. */
export function decode(bytes: Uint8Array, limits: ScanLimits = STRICT): unknown {
  scan(bytes, limits)
  return unpack(bytes)
}

/**
 * Encodes a value so that {@link decode} accepts it, fields with the value `undefined` left out.
 * Throws {@link IdentityError} with an `encoding.*` code for what no document can hold.
 */
export function encode(value: Encodable, limits: ScanLimits = STRICT): Uint8Array {
  return pack(value, limits)
}

/**
 * {@link encode} for the body of a message, which may hold any finite number; of 64 KiB unless told otherwise. `copyOut` is given
 * bytes that are good for as long as it runs.
 */
export function encodeBody(
  value: Encodable,
  maxBytes?: number,
  copyOut?: (written: Uint8Array) => Uint8Array,
): Uint8Array {
  return pack(value, bodyLimits(maxBytes), copyOut)
}

/** {@link decode} for the body of a message. */
export function decodeBody(bytes: Uint8Array, maxBytes?: number): unknown {
  return decode(bytes, bodyLimits(maxBytes))
}
