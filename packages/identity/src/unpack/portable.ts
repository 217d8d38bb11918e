/** The reader of strict msgpack for pages, which wait for every kilobyte. What it reads has passed the scan: nothing is checked here. */

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** The value of a document that {@link scan} has let pass. Byte strings are copied out. */
export function unpack(bytes: Uint8Array): unknown {
  return new Unpacking(bytes).value()
}

class Unpacking {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    // Never a Buffer, whose slices share its memory.
    this.#bytes = new Uint8Array(buffer, byteOffset, byteLength)
    this.#view = new DataView(buffer, byteOffset, byteLength)
  }

  value(): unknown {
    const token = this.#uint(1)
    if (token < 0x80) return token
    if (token < 0x90) return this.#map(token & 0x0f)
    if (token < 0xa0) return this.#array(token & 0x0f)
    if (token < 0xc0) return this.#text(token & 0x1f)
    if (token >= 0xe0) return token - 0x100
    switch (token) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
        return this.#binary(this.#uint(1))
      case 0xc5:
        return this.#binary(this.#uint(2))
      case 0xc6:
        return this.#binary(this.#uint(4))
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8))
      case 0xcc:
        return this.#uint(1)
      case 0xcd:
        return this.#uint(2)
      case 0xce:
        return this.#uint(4)
      case 0xcf:
      case 0xd3: // Within ±(2^53 − 1), where the two are alike.
        return this.#view.getInt32(this.#skip(4)) * 0x1_0000_0000 + this.#uint(4)
      case 0xd0:
        return this.#view.getInt8(this.#skip(1))
      case 0xd1:
        return this.#view.getInt16(this.#skip(2))
      case 0xd2:
        return this.#view.getInt32(this.#skip(4))
      case 0xd9:
        return this.#text(this.#uint(1))
      case 0xda:
        return this.#text(this.#uint(2))
      case 0xdb:
        return this.#text(this.#uint(4))
      case 0xdc:
        return this.#array(this.#uint(2))
      case 0xdd:
        return this.#array(this.#uint(4))
      case 0xde:
        return this.#map(this.#uint(2))
      default: // df
        return this.#map(this.#uint(4))
    }
  }

  #array(length: number): unknown[] {
    const items: unknown[] = []
    for (let i = 0; i < length; i++) items.push(this.value())
    return items
  }

  #map(length: number): object {
    const fields: Record<string, unknown> = {}
    for (let i = 0; i < length; i++) fields[this.value() as string] = this.value()
    return fields
  }

  #binary(length: number): Uint8Array {
    const start = this.#skip(length)
    return this.#bytes.slice(start, start + length)
  }

  #text(length: number): string {
    const start = this.#skip(length)
    return this.#ascii(start, length) ?? utf8.decode(this.#bytes.subarray(start, start + length))
  }

  /** If it is short and ASCII, as keys are: a decoder takes longer to call than to loop. */
  #ascii(start: number, length: number): string | null {
    if (length > 32) return null
    let text = ''
    for (let i = start; i < start + length; i++) {
      const byte = this.#bytes[i] as number
      if (byte >= 0x80) return null
      text += String.fromCharCode(byte)
    }
    return text
  }

  #uint(size: 1 | 2 | 4): number {
    const at = this.#skip(size)
    return size === 1 ? (this.#bytes[at] as number) : size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at)
  }

  /** Where it was before. */
  #skip(length: number): number {
    const at = this.#at
    this.#at += length
    return at
  }
}
