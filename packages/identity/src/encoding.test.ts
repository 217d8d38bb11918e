import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { decode, decodeBody, type Encodable, encode, encodeBody } from './encoding.ts'
import { identityFromSeed } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import { openStatement, sealStatement } from './statement.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const refused = (code: unknown): unknown => expect.objectContaining({ name: 'IdentityError', code })

const text = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ unit: 'grapheme', maxLength: 300 }))
  .filter((value) => !value.startsWith('\uFEFF'))
const key = text.filter((value) => !['__proto__', 'constructor', 'prototype'].includes(value))
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value)),
  // A view into the middle of a larger buffer.
  fc.uint8Array({ minLength: 2, maxLength: 40 }).map((value) => value.subarray(1, -1)),
)
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc
    .tuple(fc.nat(53), fc.integer({ min: -2, max: 2 }))
    .map(([bits, add]) => Math.min(2 ** bits + add, Number.MAX_SAFE_INTEGER)),
)
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)

function documents(leaf: fc.Arbitrary<Encodable>): fc.Arbitrary<Encodable> {
  return fc.letrec<{ node: Encodable }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 7, depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('node'), { maxLength: 20 }),
      fc.dictionary(key, tie('node'), { maxKeys: 20 }),
    ),
  })).node
}

const leaf = fc.oneof(fc.constant(null), fc.boolean(), integer, text, bytes)
const strict = documents(leaf)
const body = documents(fc.oneof(leaf, real))

/** What is expected back: byte strings come out as plain Uint8Arrays, and objects without an inherited prototype's quirks. */
function plain(value: Encodable): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item as Encodable)]))
}

describe('decode', () => {
  it('S6 refuses what the decoder would rename, and never touches a prototype', () => {
    const pollution = hex('81 a95f5f70726f746f5f5f 81 a8706f6c6c75746564 c3')
    expect(() => decode(pollution)).toThrow(refused('encoding.forbidden-key'))
    expect(() => decodeBody(pollution)).toThrow(refused('encoding.forbidden-key'))
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('S10 S11 does not take a number for a record after somebody has tried to define one', () => {
    const definition = hex('d47240 92a161a162 0102')
    expect(decode(hex('40'))).toBe(64)
    expect(() => decode(definition)).toThrow(refused('encoding.extension'))
    expect(decode(hex('40'))).toBe(64)
    expect(decode(hex('9240d0df'))).toEqual([64, -33])
  })

  it('S11 gives the same for 10,000 documents in any order, refused ones among them', () => {
    const document = strict.map((value) => encode(value))
    const samples = fc.sample(fc.oneof(document, mutated(document)), { numRuns: 2500, seed: 11 })
    const outcome = (input: Uint8Array): unknown => {
      try {
        return decode(input)
      } catch (error) {
        return (error as IdentityError).code
      }
    }
    const alone = samples.map(outcome)
    const refusals = alone.filter((value) => typeof value === 'string' && value.startsWith('encoding.'))
    expect(refusals.length).toBeGreaterThan(250)
    expect(refusals.length).toBeLessThan(2250)
    const fourTimes = samples.flatMap((_, i) => [i, i, i, i])
    fc.assert(
      fc.property(fc.shuffledSubarray(fourTimes, { minLength: fourTimes.length }), (order) => {
        for (const i of order) {
          if (isDeepStrictEqual(outcome(samples[i] as Uint8Array), alone[i])) continue
          throw new Error(`document ${i} decodes otherwise than it did`)
        }
      }),
      { numRuns: 3, endOnFailure: true },
    )
  })

  it('S12 S13 never gives a NaN, an infinity, a negative zero or a bigint', () => {
    for (const document of [
      'cb7ff8000000000000',
      'cb7ff0000000000000',
      'cbfff0000000000000',
      'cb8000000000000000',
      'cf0020000000000000',
    ]) {
      expect(() => decode(hex(document))).toThrow(
        refused(document.startsWith('cf') ? 'encoding.integer-range' : 'encoding.float'),
      )
      expect(() => decodeBody(hex(document))).toThrow(IdentityError)
    }
    for (const [document, value] of [
      ['cf001fffffffffffff', Number.MAX_SAFE_INTEGER],
      ['d3001fffffffffffff', Number.MAX_SAFE_INTEGER],
      ['d3ffe0000000000001', Number.MIN_SAFE_INTEGER],
      ['cf0000000100000000', 2 ** 32],
      ['d3ffffffff7fffffff', -(2 ** 31) - 1],
      ['ce80000000', 2 ** 31],
    ] as const) {
      expect(decode(hex(document))).toBe(value)
    }
  })

  it('S12 gives finite numbers that are no integers in bodies alone', () => {
    expect(() => decode(hex('cb3fe0000000000000'))).toThrow(refused('encoding.float'))
    expect(decodeBody(hex('cb3fe0000000000000'))).toBe(0.5)
    expect(decodeBody(hex('cb4340000000000000'))).toBe(2 ** 53)
  })

  it('gives plain byte strings that share nothing with the input, whatever class the input has', () => {
    const document = encode({ a: Uint8Array.of(1, 2, 3), b: [Uint8Array.of(4)] })
    const pool = Buffer.alloc(100)
    pool.set(document, 7)
    for (const input of [document, Buffer.from(document), pool.subarray(7, 7 + document.length)]) {
      const value = decode(input) as { a: Uint8Array; b: Uint8Array[] }
      expect(value.a.constructor).toBe(Uint8Array)
      input.fill(0)
      expect(value).toStrictEqual({ a: Uint8Array.of(1, 2, 3), b: [Uint8Array.of(4)] })
      input.set(encode({ a: Uint8Array.of(1, 2, 3), b: [Uint8Array.of(4)] }))
    }
  })

  it('leaves the input as it was', () => {
    const document = encode({ a: [1, 'x'.repeat(300)] })
    const copy = document.slice()
    decode(document)
    expect(document).toStrictEqual(copy)
    expect(Object.keys(document)).toHaveLength(document.length)
  })

  it('refuses, or gives a value that encodes to as many bytes and decodes to itself, and never fails otherwise', () => {
    const sources = [
      { decoded: decode, encoded: encode, document: strict.map((value) => encode(value)) },
      { decoded: decodeBody, encoded: encodeBody, document: body.map((value) => encodeBody(value)) },
    ]
    for (const { decoded, encoded, document } of sources) {
      const seen = { refused: 0, accepted: 0 }
      fc.assert(
        fc.property(
          fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated(document), mutated(document), tokens),
          (input) => {
            let value: unknown
            try {
              value = decoded(input)
            } catch (error) {
              if (!(error instanceof IdentityError) || !error.code.startsWith('encoding.')) throw error
              seen.refused++
              return
            }
            seen.accepted++
            const again = encoded(value as Encodable)
            if (again.length !== input.length) throw new Error(`${input.length} bytes became ${again.length}`)
            if (!isDeepStrictEqual(decoded(again), value)) throw new Error('another value came back')
          },
        ),
        { numRuns: 12_000 },
      )
      // A property that only ever saw one side would prove nothing of the other.
      expect(seen.refused).toBeGreaterThan(1000)
      expect(seen.accepted).toBeGreaterThan(1000)
    }
  })
})

describe('encode', () => {
  it.each([
    ['NaN', Number.NaN],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['−Inf', Number.NEGATIVE_INFINITY],
  ])('S12 refuses %s, in bodies too', (_, value) => {
    for (const put of [value, [value], { score: value }]) {
      expect(() => encode(put)).toThrow(refused('encoding.float'))
      expect(() => encodeBody(put)).toThrow(refused('encoding.float'))
    }
  })

  it('S12 refuses what is not an integer, and what lies beyond the integers, outside bodies', () => {
    for (const value of [0.5, -1.5, 2 ** 53, -(2 ** 53), 1e300, Number.MIN_VALUE]) {
      expect(() => encode([value])).toThrow(refused('encoding.float'))
      expect(decodeBody(encodeBody([value]))).toStrictEqual([value])
    }
  })

  it('S12 writes −0 as 0', () => {
    expect(hexOf(encode(-0))).toBe('00')
    expect(hexOf(encodeBody([-0]))).toBe('9100')
  })

  it('S13 refuses bigints', () => {
    expect(() => encode(5n as never)).toThrow(refused('encoding.unsupported'))
  })

  it.each(['\uD800', '\uDFFF', 'a\uD83Cb', '\uDF7A\uD83C'])(
    'S15 refuses the lone surrogate in %j, in values and in keys, short and long',
    (bad) => {
      for (const around of ['', 'x'.repeat(80), 'x'.repeat(300)]) {
        const name = `${around}${bad}`
        expect(() => encode(name)).toThrow(refused('encoding.utf8'))
        expect(() => encode([{ a: name }])).toThrow(refused('encoding.utf8'))
        expect(() => encode({ [name]: 1 })).toThrow(refused('encoding.utf8'))
        expect(() => encodeBody({ [name]: 0.5 })).toThrow(refused('encoding.utf8'))
      }
    },
  )

  it('S15 refuses a byte order mark in front, which decoders would drop', () => {
    for (const value of ['\uFEFF', '\uFEFFa', `\uFEFF${'a'.repeat(300)}`]) {
      expect(() => encode(value)).toThrow(refused('encoding.utf8'))
      expect(() => encode({ [value]: 1 })).toThrow(refused('encoding.utf8'))
    }
  })

  it.each(['__proto__', 'constructor', 'prototype'])('S6 refuses the key %j, whatever its value', (name) => {
    for (const value of [null, 1, 'x', {}, [], { a: 1 }, new Uint8Array(1)]) {
      const claim = JSON.parse(`{"a":1,${JSON.stringify(name)}:0}`) as Record<string, Encodable>
      Object.defineProperty(claim, name, { value, enumerable: true })
      expect(() => encode(claim)).toThrow(refused('encoding.forbidden-key'))
      expect(() => encode([{ b: claim }])).toThrow(refused('encoding.forbidden-key'))
    }
  })

  it('S8 refuses values that only an extension could carry', () => {
    const values = [
      undefined,
      Symbol('a'),
      () => 1,
      new Date(0),
      new Map(),
      new Set([1]),
      /a/,
      new Error('a'),
      new Float64Array(1),
      new ArrayBuffer(1),
      new (class A {})(),
      [undefined],
      new Array(2),
    ]
    for (const value of values) {
      for (const put of [value, [value], { a: [value] }]) {
        expect(() => encode(put as never)).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^encoding\.(unsupported|extension)$/) }),
        )
      }
    }
  })

  it('S1 S9 refuses cycles', () => {
    const cycle: Encodable[] = []
    cycle.push(cycle)
    expect(() => encode(cycle)).toThrow(refused('encoding.depth'))
    const map: Record<string, Encodable> = {}
    map['self'] = map
    expect(() => encode(map)).toThrow(refused('encoding.depth'))
  })

  it('S1 S3 S4 refuses what no decoder would take back', () => {
    const nested = (levels: number): Encodable => (levels === 0 ? [] : [nested(levels - 1)])
    expect(() => encode(nested(8))).toThrow(refused('encoding.depth'))
    expect(decode(encode(nested(7)))).toEqual(nested(7))
    expect(() => encode(Array.from({ length: 4096 }, () => 0))).toThrow(refused('encoding.items'))
    expect(encode(Array.from({ length: 4095 }, () => 0))).toHaveLength(4098)
    expect(() => encode(new Uint8Array(65_534))).toThrow(refused('encoding.size'))
    expect(encode(new Uint8Array(65_533))).toHaveLength(65_536)
  })

  it('leaves out fields that are undefined, and nothing else', () => {
    expect(encode({ a: undefined, b: null, c: 0, d: '', e: false })).toStrictEqual(
      encode({ b: null, c: 0, d: '', e: false }),
    )
  })

  it('writes fields in the order in which they stand', () => {
    expect(hexOf(encode({ b: 1, a: 2 }))).toBe('82a16201a16102')
  })

  it('gives bytes that nobody else holds', () => {
    const first = encode({ a: 1 })
    const copy = first.slice()
    for (let i = 0; i < 100; i++) encode({ b: 'x'.repeat(i) })
    expect(first).toStrictEqual(copy)
    expect(first.constructor).toBe(Uint8Array)
    expect(first.buffer.byteLength).toBe(first.length)
  })

  it('gives bytes of its own where a getter among the fields encodes something meanwhile', () => {
    const nested = {
      get a() {
        return encode({ other: 'x'.repeat(200) })
      },
      b: 'y'.repeat(100),
    }
    const outer: Encodable = { before: [1, 2, 3], nested }
    // So that there is room that both could write in.
    encode('x'.repeat(1000))
    expect(decode(encode(outer))).toStrictEqual({
      before: [1, 2, 3],
      nested: { a: encode({ other: 'x'.repeat(200) }), b: 'y'.repeat(100) },
    })
  })

  it('S2 refuses a text that is too long before it is looked through', () => {
    expect(() => encode('\uD800'.repeat(65_537))).toThrow(refused('encoding.size'))
  })

  it('S14 writes what another implementation reads', () => {
    const others = new Packr({ useRecords: false, int64AsType: 'number', copyBuffers: true })
    fc.assert(
      fc.property(body, (value) => {
        expect(plain(others.unpack(encodeBody(value)) as Encodable)).toStrictEqual(plain(value))
      }),
      { numRuns: 3000 },
    )
  })

  it.each<[string, Encodable]>([
    ['text', 'a'.repeat(70_000)],
    ['text that is not ASCII', 'é'.repeat(70_000)],
    ['bytes', new Uint8Array(70_000).fill(7)],
    ['an array', Array.from({ length: 70_000 }, (_, i) => i % 100)],
    ['a map', Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`${i}`, true]))],
  ])('S14 takes %s of more than 65,535 in a body that may be as large', (_, value) => {
    expect(() => encodeBody(value, 65_536)).toThrow(refused(expect.stringMatching(/size|items/)))
    expect(decodeBody(encodeBody(value, 4 << 20), 4 << 20)).toStrictEqual(value)
  })

  it('S14 refuses a key of more than 65,535 bytes, however large the body may be', () => {
    expect(() => encodeBody({ ['é'.repeat(40_000)]: 1 }, 1 << 20)).toThrow(refused('encoding.key-type'))
    expect(() => encodeBody({ ['a'.repeat(65_535)]: 1 }, 1 << 20)).not.toThrow()
  })

  it('S14 always yields what decode accepts and gives back: any text, keys, integers, buffers and views of them', () => {
    fc.assert(
      fc.property(strict, (value) => {
        expect(decode(encode(value))).toStrictEqual(plain(value))
      }),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(body, (value) => {
        expect(decodeBody(encodeBody(value))).toStrictEqual(plain(value))
      }),
      { numRuns: 3000 },
    )
  })
})

describe('IdentityError', () => {
  it('S19 repeats nothing of what was refused, in its message, its stack or its causes', async () => {
    const canary = 'CANARY-7f3a'
    const bytesOf = utf8(canary)
    const str = [0xa0 | bytesOf.length, ...bytesOf]
    const alice = identityFromSeed(new Uint8Array(32).fill(1))
    const { bytes: envelope } = await sealStatement(alice, 'note', {
      net: new Uint8Array(32),
      iat: 0,
      nonce: new Uint8Array(16),
      canary,
    })
    const [version, type, payload, signer, signature] = decode(envelope) as [
      number,
      string,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const forged = signature.map((byte, i) => (i === 40 ? byte ^ 1 : byte))
    const sealedWith = async (claim: Record<string, Encodable>): Promise<Uint8Array> => {
      const signed = await alice.sign('note', claim)
      return encode([1, 'note', signed.payload, signer, signed.signature])
    }
    const documents: readonly [string, Uint8Array][] = [
      ['encoding.duplicate-key', Uint8Array.of(0x82, ...str, 0, ...str, 0)],
      ['encoding.trailing', Uint8Array.of(...str, ...str)],
      ['encoding.truncated', Uint8Array.of(0x92, ...str)],
      ['encoding.truncated', Uint8Array.of(0xd9, 0xff, ...bytesOf)],
      ['encoding.utf8', Uint8Array.of(0xd9, 0x21, ...bytesOf, ...new Uint8Array(33 - bytesOf.length).fill(0xff))],
      [
        'encoding.utf8',
        Uint8Array.of(0x81, 0xd9, 0x21, ...bytesOf, ...new Uint8Array(33 - bytesOf.length).fill(0xff), 0),
      ],
      ['encoding.extension', Uint8Array.of(0x92, ...str, 0xc7, bytesOf.length, 1, ...bytesOf)],
      ['encoding.key-type', Uint8Array.of(0x81, 0xc4, bytesOf.length, ...bytesOf, 0)],
      ['encoding.forbidden-key', Uint8Array.of(0x82, ...str, 0, 0xa9, ...utf8('__proto__'), ...str)],
      ['encoding.not-shortest', Uint8Array.of(0xd9, bytesOf.length, ...bytesOf)],
      ['statement.malformed', encode(canary)],
      ['statement.malformed', encode([1, canary])],
      ['statement.version', encode([canary])],
      ['statement.type', encode([version, canary, payload, signer, signature])],
      ['statement.signature', encode([version, type, payload, signer, forged])],
      ['key.length', encode([version, type, payload, bytesOf, signature])],
      ['statement.claim', await sealedWith({ [canary]: canary, iat: canary, nonce: canary, net: canary })],
      ['statement.claim', await sealedWith({ canary, net: new Uint8Array(32), iat: -1, nonce: new Uint8Array(16) })],
    ]
    for (const [code, document] of documents) {
      const error = thrownBy(() => openStatement(document))
      expect(error).toEqual(refused(code))
      const said = reachable(error)
      expect(said).toContain(code)
      for (const form of [
        canary,
        hexOf(bytesOf),
        Buffer.from(bytesOf).toString('base64').slice(0, 12),
        [...bytesOf].join(','),
      ])
        expect(said).not.toContain(form)
    }
    for (const value of [
      { [`${canary}\uD800`]: 1 },
      `${canary}\uD800`,
      [canary, Number.NaN],
      { [canary]: undefined, a: 1n as never },
    ]) {
      const said = reachable(thrownBy(() => encode(value)))
      expect(said).toContain('encoding.')
      expect(said).not.toContain(canary)
    }
  })
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** All that a log could print of an error, its causes and its own fields, enumerable or not. */
function reachable(error: unknown, seen = new Set<unknown>()): string {
  if (typeof error !== 'object' || error === null || seen.has(error)) return String(error)
  seen.add(error)
  const fields = Object.getOwnPropertyNames(error).map((name) =>
    reachable((error as Record<string, unknown>)[name], seen),
  )
  return [String(error), JSON.stringify(error), ...fields].join('\n')
}

/** A document with up to three bytes replaced, inserted or removed; now and then untouched. */
function mutated(document: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({ at: fc.nat(), put: fc.uint8Array({ maxLength: 2 }), drop: fc.nat(2) })
  return fc.tuple(document, fc.array(edit, { maxLength: 3 })).map(([original, edits]) =>
    edits.reduce((bytesNow, { at, put, drop }) => {
      const from = at % (bytesNow.length + 1)
      return Uint8Array.of(...bytesNow.subarray(0, from), ...put, ...bytesNow.subarray(from + drop))
    }, original),
  )
}

/** Bytes that look like msgpack: headers, small lengths, edges of the integer forms. */
const tokens: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      fc.constantFrom(0, 1, 0x7f, 0x80, 0x81, 0x90, 0x91, 0x92, 0xa0, 0xa1, 0xbf, 0xff),
      fc.integer({ min: 0xc0, max: 0xdf }),
      fc.nat(255),
    ),
    { maxLength: 24 },
  )
  .map((values) => Uint8Array.from(values))
