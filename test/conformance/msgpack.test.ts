import { decode, decodeBody } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { hasShared, readShared } from '../shared.ts'

const SUITE = 'vectors/msgpack/msgpack-test-suite.json'

/** One value, and every encoding of it. */
interface Case {
  readonly msgpack: readonly string[]
  readonly binary?: string
  readonly number?: number
  readonly bignum?: string
  readonly [kind: string]: unknown
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll('-', ''), 'hex'))
const isFloat = (encoding: string): boolean => encoding.startsWith('ca') || encoding.startsWith('cb')
const isExtension = (one: Case): boolean => 'ext' in one || 'timestamp' in one
const isInteger = (one: Case): boolean =>
  ('number' in one || 'bignum' in one) && Number.isSafeInteger(Number(one.bignum ?? one.number))
const isBeyond = (one: Case): boolean => 'bignum' in one && !isInteger(one)

/** The encodings that the rules let pass: of the shortest length without a float, in range, no extension. */
function permitted(one: Case): string[] {
  if (isExtension(one) || isBeyond(one)) return []
  const candidates = one.msgpack.filter((encoding) => !isFloat(encoding))
  const shortest = Math.min(...candidates.map((encoding) => encoding.length))
  return candidates.filter((encoding) => encoding.length === shortest)
}

/** In bodies also the float64 of a number that no integer expresses. */
function permittedInBody(one: Case): string[] {
  const isReal = 'number' in one && !isInteger(one)
  return [...permitted(one), ...(isReal ? one.msgpack.filter((encoding) => encoding.startsWith('cb')) : [])]
}

function expected(one: Case): unknown {
  if ('binary' in one) return hex(one.binary as string)
  if ('bignum' in one) return Number(one.bignum)
  const [kind] = Object.keys(one).filter((name) => name !== 'msgpack') as [string]
  return one[kind]
}

describe.runIf(hasShared(SUITE))('strict msgpack by msgpack-test-suite', () => {
  const suite = hasShared(SUITE) ? (JSON.parse(readShared(SUITE)) as Record<string, readonly Case[]>) : {}
  const cases = Object.values(suite).flat()

  it.each([
    ['signed documents', decode, permitted, 57],
    ['bodies', decodeBody, permittedInBody, 59],
  ] as const)(
    'S8 S12 S13 S14 accepts in %s exactly the shortest encodings, and gives the value of the case',
    (_, decoded, rule, count) => {
      let accepted = 0
      let refused = 0
      for (const one of cases) {
        const allowed = new Set(rule(one))
        for (const encoding of one.msgpack) {
          if (allowed.has(encoding)) {
            expect(decoded(hex(encoding)), encoding).toStrictEqual(expected(one))
            accepted++
          } else {
            const code = expect.stringMatching(/^encoding\.(not-shortest|float|integer-range|extension)$/)
            expect(() => decoded(hex(encoding)), encoding).toThrow(
              expect.objectContaining({ name: 'IdentityError', code }),
            )
            refused++
          }
        }
      }
      expect([accepted, refused]).toEqual([count, 233 - count])
      expect(cases).toHaveLength(85)
    },
  )

  it('S8 refuses every timestamp and every other extension', () => {
    const extensions = cases.filter(isExtension)
    expect(extensions).toHaveLength(26)
    for (const encoding of extensions.flatMap(({ msgpack }) => msgpack)) {
      for (const decoded of [decode, decodeBody]) {
        expect(() => decoded(hex(encoding)), encoding).toThrow(expect.objectContaining({ code: 'encoding.extension' }))
      }
    }
  })
})
