/** The reader of the frames of which nearly all are, without the detour by way of a document: most messages have no others. */

import { SAY_KINDS } from './peer-frames.ts'

const MAX_WORD = 0x1f
/** All texts that are plain, by their length: to find one takes less time than to make one. None means anything to JavaScript. */
const WORDS: readonly (readonly string[])[] = wordsByLength([
  ...['ack', 're', 'heard', 'n', 'message', 'id', 'to', 'from', 'body'],
  ...['say', 'kind', 'more', 'grant', 'receipt', 'calls'],
  ...SAY_KINDS,
])
/** Fields of a frame, and bytes and items of a document: `docs/spec/identity.md`. */
const MAX_FIELDS = 15
const MAX_BYTES = 65_536
const MAX_ITEMS = 4_096

/**
 * The list of frames that a document is, as `decode` gives it, but that bodies are views of the document: whoever keeps one
 * copies it. `null` where anything is not plain, or not as it should be: then `decode` has to look at it.
 */
export function readPlain(document: Uint8Array): [string, object][] | null {
  const reader = new PlainReader(document)
  const frames = reader.frames()
  return reader.isSound ? frames : null
}

class PlainReader {
  readonly #bytes: Uint8Array
  #at = 0
  #items = 1
  #isSound = true

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    // Never a Buffer, whose slices share its memory.
    this.#bytes = new Uint8Array(buffer, byteOffset, byteLength)
  }

  /** Whether everything was plain, nothing is left, and there is no more of it than there may be. */
  get isSound(): boolean {
    const { length } = this.#bytes
    return this.#isSound && this.#at === length && length <= MAX_BYTES && this.#items <= MAX_ITEMS
  }

  frames(): [string, object][] {
    const token = this.#byte()
    const count = token === 0xdc ? this.#uint(2, 0x10) : token >= 0x90 && token < 0xa0 ? token & 0x0f : this.#fail()
    const frames: [string, object][] = []
    while (this.#isSound && frames.length < count) frames.push(this.#frame())
    return frames
  }

  #frame(): [string, object] {
    if (this.#byte() !== 0x92) this.#fail()
    const type = this.#text(this.#byte())
    const token = this.#byte()
    if (token < 0x80 || token > 0x80 + MAX_FIELDS) this.#fail()
    const count = token & 0x0f
    this.#items += 3 + 2 * count
    const fields: Record<string, unknown> = {}
    for (let i = 0; i < count && this.#isSound; i++) {
      const name = this.#text(this.#byte())
      if (name in fields) this.#fail()
      else fields[name] = this.#value(name)
    }
    return [type, fields]
  }

  #value(name: string): unknown {
    const token = this.#byte()
    if (token < 0x80) return token
    if (token >= 0xa0 && token < 0xc0) return this.#text(token)
    switch (token) {
      case 0xc3:
        return true
      case 0xc4:
        return this.#binary(this.#uint(1, 0), name)
      case 0xc5:
        return this.#binary(this.#uint(2, 0x100), name)
      case 0xcc:
        return this.#uint(1, 0x80)
      case 0xcd:
        return this.#uint(2, 0x100)
      case 0xce:
        return this.#uint(4, 0x1_0000)
      default:
        return this.#fail()
    }
  }

  #text(token: number): string {
    const length = token - 0xa0
    const start = this.#at
    this.#at += length
    for (const word of WORDS[length] ?? []) if (this.#isAt(start, word)) return word
    return this.#fail('')
  }

  #isAt(start: number, word: string): boolean {
    for (let i = 0; i < word.length; i++) if (this.#bytes[start + i] !== word.charCodeAt(i)) return false
    return true
  }

  #binary(length: number, name: string): Uint8Array {
    const start = this.#at
    this.#at += length
    return name === 'body' ? this.#bytes.subarray(start, this.#at) : this.#bytes.slice(start, this.#at)
  }

  #uint(size: 1 | 2 | 4, least: number): number {
    let value = 0
    for (let i = 0; i < size; i++) value = value * 0x100 + this.#byte()
    return value >= least ? value : this.#fail()
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? this.#fail()
  }

  #fail(): number
  #fail<T>(instead: T): T
  #fail(instead: unknown = 0): unknown {
    this.#isSound = false
    return instead
  }
}

function wordsByLength(words: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: MAX_WORD + 1 }, (_, length) => words.filter((word) => word.length === length))
}
