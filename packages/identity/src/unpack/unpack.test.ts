import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Encodable, encodeBody } from '../encoding.ts'
import { bodyLimits, scan } from '../strict-scan.ts'
import { unpack as byLibrary } from './library.ts'
import { unpack as byOurs } from './portable.ts'

const limits = bodyLimits()
const readers = { byLibrary, byOurs }

function documents(maxDepth: number): fc.Arbitrary<Encodable> {
  const key = fc.string().filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name))
  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    key,
  )
  return fc.letrec<{ any: Encodable }>((tie) => ({
    any: fc.oneof(
      { maxDepth },
      leaf,
      fc.array(tie('any'), { maxLength: 5 }),
      fc.dictionary(key, tie('any'), { maxKeys: 5 }),
    ),
  })).any
}

/** What a reader makes of bytes that pass the scan; nothing where they do not. */
function read(bytes: Uint8Array): [unknown, unknown] | null {
  try {
    scan(bytes, limits)
  } catch {
    return null
  }
  return [readers.byLibrary(bytes), readers.byOurs(bytes)]
}

describe('both readers', () => {
  it('I9 S11 read the same from whatever we write', () => {
    fc.assert(
      fc.property(documents(6), fc.uint8Array(), (value, bytes) => {
        const [a, b] = read(encodeBody([value, bytes])) ?? []
        expect(isDeepStrictEqual(a, b)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('I9 read the same from whatever else passes the scan', () => {
    let passed = 0
    fc.assert(
      fc.property(
        documents(3).map((value) => encodeBody(value)),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        (bytes, changes) => {
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          const both = read(bytes)
          if (!both) return
          passed++
          expect(isDeepStrictEqual(both[0], both[1])).toBe(true)
        },
      ),
      { numRuns: 5_000 },
    )
    expect(passed).toBeGreaterThan(500)
  })
})
