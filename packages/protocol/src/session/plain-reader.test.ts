import { decode } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame, type Frame, joinFrames } from './frames.ts'
import { SAY_KINDS } from './peer-frames.ts'
import { readPlain } from './plain-reader.ts'

const bytes = (max: number) => fc.uint8Array({ maxLength: max })
const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ type: fc.constant('heard' as const), n: fc.oneof(fc.nat(300), fc.maxSafeNat()) }),
  fc.record({ type: fc.constant('ack' as const), re: bytes(40) }),
  fc.record({ type: fc.constant('message' as const), id: bytes(16), to: bytes(32), body: bytes(40) }),
  fc.record({
    ...{ type: fc.constant('say' as const), n: fc.nat(), kind: fc.constantFrom(...SAY_KINDS) },
    ...{ more: fc.constantFrom(true as const, undefined), body: bytes(400) },
  }),
)

/** What `decode` makes of a document, where it makes anything of it. */
function decoded(document: Uint8Array): unknown {
  try {
    return decode(document)
  } catch {
    return null
  }
}

describe(readPlain, () => {
  it('I9 M5 leaves to `decode` whatever is not plain, and reads nothing that `decode` refuses, or reads otherwise', () => {
    let [plain, hostile] = [0, 0]
    fc.assert(
      fc.property(
        fc.array(frames, { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.constantFrom(0, 0, 0, -1, 1),
        (list, changes, longer) => {
          const joined = joinFrames(list.map(encodeFrame))
          const document = new Uint8Array(Math.max(0, joined.length + longer))
          document.set(joined.subarray(0, document.length))
          for (const [at, byte] of changes) document[at % document.length] = byte
          const read = readPlain(document)
          if (read === null) return
          expect(read).toEqual(decoded(document))
          if (changes.length > 0) hostile++
          else plain++
        },
      ),
      { numRuns: 5_000 },
    )
    expect(plain).toBeGreaterThan(200)
    expect(hostile).toBeGreaterThan(50)
  })

  it('I9 leaves the limits of a document to `decode`: items and size', () => {
    const say = (size: number) => encodeFrame({ type: 'say', n: 1, kind: 'one-way', body: new Uint8Array(size) })
    const largest = 65_536 - 1 - say(60_000).length - say(1_000).length + 1_000
    const sized = [largest, largest + 1].map((size) => joinFrames([say(60_000), say(size)]))
    expect(sized.map((document) => [document.length, readPlain(document)?.length])).toEqual([
      [65_536, 2],
      [65_537, undefined],
    ])
    const heard = encodeFrame({ type: 'heard', n: 1 })
    // The list, and five items each.
    expect(readPlain(joinFrames(Array.from({ length: 500 }, () => heard)))).toHaveLength(500)
    const listOf = (count: number) => {
      const document = new Uint8Array(3 + count * heard.length).fill(0)
      document.set([0xdc, count >> 8, count])
      for (let i = 0; i < count; i++) document.set(heard, 3 + i * heard.length)
      return document
    }
    expect(readPlain(listOf(819))).toHaveLength(819)
    expect(readPlain(listOf(820))).toBeNull()
  })

  it.each([
    ['a field twice', ['n', 'n']],
    ...['constructor', '__proto__', 'prototype'].map((name): [string, string[]] => [`a field "${name}"`, [name]]),
  ])('I9 leaves %s to `decode`, which refuses it', (_, names) => {
    const text = (word: string): number[] => [0xa0 | word.length, ...new TextEncoder().encode(word)]
    const fields = names.flatMap((name) => [...text(name), 1])
    const document = Uint8Array.of(0x91, 0x92, ...text('heard'), 0x80 | names.length, ...fields)
    expect(() => decode(document)).toThrow(expect.objectContaining({ name: 'IdentityError' }))
    expect(readPlain(document)).toBeNull()
  })

  it('copies out what may be kept for long, and gives views of bodies', () => {
    const document = Buffer.from(
      joinFrames([
        encodeFrame({ type: 'say', n: 1, kind: 'one-way', body: new Uint8Array(300) }),
        encodeFrame({ type: 'ack', re: new Uint8Array(300) }),
      ]),
    )
    const [say, ack] = readPlain(document) as [[string, { body: Uint8Array }], [string, { re: Uint8Array }]]
    expect(say[1].body.buffer).toBe(document.buffer)
    expect(ack[1].re.buffer.byteLength).toBe(300)
  })
})
