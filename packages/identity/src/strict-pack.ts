/** The writer of strict msgpack: `docs/spec/identity.md`, ENC-1 to ENC-12. What it writes passes the scan. */

import type { Encodable } from './encoding.ts'
import { IdentityError, type IdentityErrorCode } from './identity-error.ts'
import { FORBIDDEN_KEYS, type ScanLimits } from './strict-scan.ts'

const utf8 = new TextEncoder()
const float64 = new DataView(new ArrayBuffer(8))

const NONE = new Uint8Array()
/** What one large document has taken up is not held for good. */
const MAX_POOL_BYTES = 262_144
/** Where documents are written before they are copied out: as long as the longest so far. */
let pool = NONE

/**
 * Throws {@link IdentityError} with an `encoding.*` code for what no document within the limits can hold. What is given to
 * `copyOut` is written over by the next document.
 */
export function pack(
  value: Encodable,
  limits: ScanLimits,
  copyOut: (written: Uint8Array) => Uint8Array = copied,
): Uint8Array {
  const packing = new Packing(pool, limits)
  // A getter among the fields may pack something itself: that is written elsewhere.
  pool = NONE
  try {
    return copyOut(packing.document(value))
  } finally {
    if (packing.bytes.length <= MAX_POOL_BYTES) pool = packing.bytes
  }
}

function copied(written: Uint8Array): Uint8Array {
  return written.slice()
}

type Fields = { readonly [key: string]: Encodable | undefined }

class Packing {
  bytes: Uint8Array<ArrayBuffer>
  readonly #limits: ScanLimits
  #at = 0
  #items = 0

  constructor(bytes: Uint8Array<ArrayBuffer>, limits: ScanLimits) {
    this.bytes = bytes
    this.#limits = limits
  }

  document(value: Encodable): Uint8Array {
    this.#value(value, 0)
    return this.bytes.subarray(0, this.#at)
  }

  #value(value: Encodable | undefined, depth: number): void {
    this.#count()
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
        return Number.isSafeInteger(value) ? this.#integer(value) : this.#float64(value)
      case 'boolean':
        return this.#byte(value ? 0xc3 : 0xc2)
      case 'object':
        break
      default:
        return fail('encoding.unsupported')
    }
    if (value === null) return this.#byte(0xc0)
    if (value instanceof Uint8Array) return this.#binary(value)
    if (depth >= this.#limits.maxDepth) fail('encoding.depth')
    if (Array.isArray(value)) this.#array(value, depth)
    else this.#map(value as Fields, depth)
  }

  #array(items: readonly Encodable[], depth: number): void {
    this.#header(items.length, 0x90, 0xdc)
    for (const item of items) this.#value(item, depth + 1)
  }

  /** In the order in which the fields stand, without those that are undefined. */
  #map(fields: Fields, depth: number): void {
    const prototype = Object.getPrototypeOf(fields)
    if (prototype !== Object.prototype && prototype !== null) fail('encoding.unsupported')
    const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
    this.#header(entries.length, 0x80, 0xde)
    for (const [key, value] of entries) {
      this.#count()
      this.#key(key)
      this.#value(value, depth + 1)
    }
  }

  #key(key: string): void {
    if (FORBIDDEN_KEYS.has(key)) fail('encoding.forbidden-key')
    const start = this.#at
    this.#text(key)
    if (this.bytes[start] === 0xdb) fail('encoding.key-type')
  }

  /** Of two forms that are equally short, `cc` to `ce` and `d3`. */
  #integer(n: number): void {
    if (n >= -0x20 && n < 0x80) return this.#byte(n)
    if (n >= 0x1_0000_0000 || n < -0x8000_0000) {
      this.#uint(0xd3, 4, Math.floor(n / 0x1_0000_0000))
      return this.#bigEndian(4, n)
    }
    if (n >= 0) return this.#sized(0xcc, n)
    if (n >= -0x80) return this.#uint(0xd0, 1, n)
    this.#uint(n >= -0x8000 ? 0xd1 : 0xd2, n >= -0x8000 ? 2 : 4, n)
  }

  #float64(n: number): void {
    if (!Number.isFinite(n) || !this.#limits.floats) fail('encoding.float')
    float64.setFloat64(0, n)
    this.#byte(0xcb)
    this.#append(new Uint8Array(float64.buffer))
  }

  #binary(bytes: Uint8Array): void {
    this.#sized(0xc4, bytes.length)
    this.#append(bytes)
  }

  #text(text: string): void {
    if (text.length < 0x100 && this.#ascii(text)) return
    this.#need(text.length)
    // A lone surrogate would turn into U+FFFD on the way, and another string would arrive; a byte order mark would be dropped.
    if (/^\uFEFF|\p{Surrogate}/u.test(text)) fail('encoding.utf8')
    const bytes = utf8.encode(text)
    if (bytes.length < 0x20) this.#byte(0xa0 | bytes.length)
    else this.#sized(0xd9, bytes.length)
    this.#append(bytes)
  }

  /** Whether it is ASCII, which nearly all short strings are, and has been written: an encoder takes longer to call than to loop. */
  #ascii(text: string): boolean {
    const { length } = text
    const start = this.#at
    if (length < 0x20) this.#byte(0xa0 | length)
    else this.#sized(0xd9, length)
    this.#need(length)
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code >= 0x80) {
        this.#at = start
        return false
      }
      this.bytes[this.#at++] = code
    }
    return true
  }

  #header(length: number, short: number, token: number): void {
    if (length < 0x10) this.#byte(short | length)
    else if (length < 0x1_0000) this.#uint(token, 2, length)
    else this.#uint(token + 1, 4, length)
  }

  /** Tokens for a number of 1, 2 and 4 bytes stand in a row. */
  #sized(token: number, n: number): void {
    if (n < 0x100) this.#uint(token, 1, n)
    else if (n < 0x1_0000) this.#uint(token + 1, 2, n)
    else this.#uint(token + 2, 4, n)
  }

  #uint(token: number, size: 1 | 2 | 4, n: number): void {
    this.#byte(token)
    this.#bigEndian(size, n)
  }

  /** The lowest bytes of an integer. */
  #bigEndian(size: number, n: number): void {
    this.#need(size)
    for (let shift = (size - 1) * 8; shift >= 0; shift -= 8) this.bytes[this.#at++] = n >>> shift
  }

  #byte(byte: number): void {
    this.#need(1)
    this.bytes[this.#at++] = byte
  }

  #append(bytes: Uint8Array): void {
    this.#need(bytes.length)
    this.bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #need(length: number): void {
    const end = this.#at + length
    if (end > this.#limits.maxBytes) fail('encoding.size')
    if (end <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(end, 1024, this.bytes.length * 2))
    larger.set(this.bytes)
    this.bytes = larger
  }

  #count(): void {
    if (++this.#items > this.#limits.maxItems) fail('encoding.items')
  }
}

function fail(code: IdentityErrorCode): never {
  throw new IdentityError(code)
}
