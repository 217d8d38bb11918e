/**
 * The scan that every msgpack document passes before the decoder sees it: `docs/spec/identity.md`, ENC-1 to ENC-12.
 *
 * The decoder's own defaults are not safe on hostile bytes: extensions build classes and cyclic graphs, duplicate keys
 * collapse, long headers allocate. The scan allocates nothing that grows with the input but the keys of the maps that are open.
 */

import { IdentityError, type IdentityErrorCode } from './identity-error.ts'

/** What a document may be. Sizes in bytes, depth and items counted over the whole document. */
export interface ScanLimits {
  readonly maxBytes: number
  readonly maxDepth: number
  readonly maxItems: number
  /** Whether float64 is allowed (message bodies), and only for what no integer form can hold. */
  readonly floats: boolean
}

/** For whatever is signed, and for every frame. */
export const STRICT: ScanLimits = { maxBytes: 65_536, maxDepth: 8, maxItems: 4096, floats: false }

/** For the bodies of messages, which belong to applications: as many items a byte as in everything else. */
export function bodyLimits(maxBytes: number = STRICT.maxBytes): ScanLimits {
  const times = Math.max(1, Math.ceil(maxBytes / STRICT.maxBytes))
  return { maxBytes, maxDepth: STRICT.maxDepth, maxItems: STRICT.maxItems * times, floats: true }
}

/** Names that mean something else to JavaScript. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const float64 = new DataView(new ArrayBuffer(8))

/** An open array or map: how many values are still to come, keys among them; in a map, the keys so far; and what it stands in. */
interface Open {
  remaining: number
  readonly keys: Set<string> | null
  readonly outer: Open | null
}

/** Throws {@link IdentityError} with an `encoding.*` code unless `bytes` is exactly one document within the limits. */
export function scan(bytes: Uint8Array, limits: ScanLimits = STRICT): void {
  if (bytes.length > limits.maxBytes) fail('encoding.size')
  new Scanner(bytes, limits).document()
}

class Scanner {
  readonly #bytes: Uint8Array
  readonly #limits: ScanLimits
  #open: Open | null = null
  #depth = 0
  #at = 0
  #items = 0

  constructor(bytes: Uint8Array, limits: ScanLimits) {
    this.#bytes = bytes
    this.#limits = limits
  }

  document(): void {
    do {
      this.#value()
      while (this.#open?.remaining === 0) {
        this.#open = this.#open.outer
        this.#depth--
      }
    } while (this.#open)
    if (this.#at !== this.#bytes.length) fail('encoding.trailing')
  }

  #value(): void {
    if (++this.#items > this.#limits.maxItems) fail('encoding.items')
    const token = this.#uint(1)
    const open = this.#open
    // What is left of a map before a key is even.
    if (open && open.remaining-- % 2 === 0 && open.keys) return this.#key(token, open.keys)
    if (token < 0x80 || token >= 0xe0) return
    if (token < 0x90) return this.#map(token & 0x0f)
    if (token < 0xa0) return this.#array(token & 0x0f)
    if (token < 0xc0) return this.#text(token & 0x1f)
    switch (token) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return
      case 0xc1:
        return fail('encoding.reserved')
      case 0xc4:
        return this.#skip(this.#length(1, 0))
      case 0xc5:
        return this.#skip(this.#length(2, 0x100))
      case 0xc6:
        return this.#skip(this.#length(4, 0x10000))
      case 0xca:
        return fail('encoding.float')
      case 0xcb:
        return this.#float64()
      case 0xcc:
        return atLeast(this.#uint(1), 0x80)
      case 0xcd:
        return atLeast(this.#uint(2), 0x100)
      case 0xce:
        return atLeast(this.#uint(4), 0x10000)
      case 0xcf:
        return this.#wideInteger(false)
      case 0xd0:
        return this.#signed(1, -0x20, 0x80)
      case 0xd1:
        return this.#signed(2, -0x80, 0x100)
      case 0xd2:
        return this.#signed(4, -0x8000, 0x10000)
      case 0xd3:
        return this.#wideInteger(true)
      case 0xd9:
        return this.#text(this.#length(1, 0x20))
      case 0xda:
        return this.#text(this.#length(2, 0x100))
      case 0xdb:
        return this.#text(this.#length(4, 0x10000))
      case 0xdc:
        return this.#array(this.#length(2, 0x10))
      case 0xdd:
        return this.#array(this.#length(4, 0x10000))
      case 0xde:
        return this.#map(this.#length(2, 0x10))
      case 0xdf:
        return this.#map(this.#length(4, 0x10000))
      default: // c7–c9, d4–d8
        return fail('encoding.extension')
    }
  }

  #key(token: number, keys: Set<string>): void {
    let length: number
    if (token >= 0xa0 && token < 0xc0) length = token & 0x1f
    else if (token === 0xd9) length = this.#length(1, 0x20)
    else if (token === 0xda) length = this.#length(2, 0x100)
    else return fail('encoding.key-type')
    const key = this.#ascii(length) ?? this.#decodeText(length)
    if (FORBIDDEN_KEYS.has(key)) fail('encoding.forbidden-key')
    if (keys.has(key)) fail('encoding.duplicate-key')
    keys.add(key)
  }

  #array(count: number): void {
    this.#descend(count, null)
  }

  #map(count: number): void {
    this.#descend(count * 2, new Set())
  }

  #descend(values: number, keys: Set<string> | null): void {
    if (this.#depth >= this.#limits.maxDepth) fail('encoding.depth')
    // Each value takes a byte at least: a header that promises more than is left is refused before anything is read.
    if (values > this.#bytes.length - this.#at) fail('encoding.truncated')
    if (values > this.#limits.maxItems) fail('encoding.items')
    this.#open = { remaining: values, keys, outer: this.#open }
    this.#depth++
  }

  /** A string; ASCII, which nearly all are, is passed without decoding. */
  #text(length: number): void {
    const start = this.#at
    this.#skip(length)
    for (let i = start; i < this.#at; i++) {
      if ((this.#bytes[i] as number) >= 0x80) {
        this.#at = start
        this.#decodeText(length)
        return
      }
    }
  }

  /** The next text, if it is short and ASCII, as keys are: a decoder takes longer to call than to loop. */
  #ascii(length: number): string | null {
    if (length > 32 || length > this.#bytes.length - this.#at) return null
    let text = ''
    for (let i = this.#at; i < this.#at + length; i++) {
      const byte = this.#bytes[i] as number
      if (byte >= 0x80) return null
      text += String.fromCharCode(byte)
    }
    this.#at += length
    return text
  }

  #decodeText(length: number): string {
    const start = this.#at
    this.#skip(length)
    let text: string
    try {
      text = utf8.decode(this.#bytes.subarray(start, this.#at))
    } catch {
      return fail('encoding.utf8')
    }
    // Decoders drop a byte order mark, so that two encodings would become one string.
    if (text.startsWith('\uFEFF')) fail('encoding.utf8')
    return text
  }

  #float64(): void {
    if (!this.#limits.floats) fail('encoding.float')
    float64.setUint32(0, this.#uint(4))
    float64.setUint32(4, this.#uint(4))
    const value = float64.getFloat64(0)
    if (!Number.isFinite(value)) fail('encoding.float')
    if (Number.isSafeInteger(value)) fail('encoding.not-shortest')
  }

  /** An 8-byte integer: beyond 32 bits, within ±(2^53 − 1). */
  #wideInteger(isSigned: boolean): void {
    const high = this.#uint(4)
    const value = (isSigned ? high | 0 : high) * 0x1_0000_0000 + this.#uint(4)
    if (!Number.isSafeInteger(value)) fail('encoding.integer-range')
    if (value >= -0x8000_0000 && value < 0x1_0000_0000) fail('encoding.not-shortest')
  }

  /** A signed integer of `size` bytes: below `negative`, or at least `positive`, else a shorter form exists. */
  #signed(size: 1 | 2 | 4, negative: number, positive: number): void {
    const unused = 32 - 8 * size
    const value = (this.#uint(size) << unused) >> unused
    if (value >= negative && value < positive) fail('encoding.not-shortest')
  }

  #length(size: 1 | 2 | 4, least: number): number {
    const length = this.#uint(size)
    atLeast(length, least)
    return length
  }

  #uint(size: 1 | 2 | 4): number {
    this.#need(size)
    let value = 0
    for (const end = this.#at + size; this.#at < end; this.#at++)
      value = (value << 8) | (this.#bytes[this.#at] as number)
    return value >>> 0
  }

  #skip(length: number): void {
    this.#need(length)
    this.#at += length
  }

  #need(length: number): void {
    if (length > this.#bytes.length - this.#at) fail('encoding.truncated')
  }
}

function atLeast(value: number, least: number): void {
  if (value < least) fail('encoding.not-shortest')
}

function fail(code: IdentityErrorCode): never {
  throw new IdentityError(code)
}
