import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyLimits, type ScanLimits, STRICT, scan } from './strict-scan.ts'

const BODY = bodyLimits()

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const join = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]))
const times = (count: number, ...bytes: number[]): Uint8Array =>
  Uint8Array.from({ length: count * bytes.length }, (_, i) => bytes[i % bytes.length] as number)
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const str = (text: string): Uint8Array => join([0xa0 | utf8(text).length], utf8(text))

const refuses = (bytes: Uint8Array, code: string, limits?: ScanLimits): void =>
  expect(() => scan(bytes, limits), Buffer.from(bytes.subarray(0, 32)).toString('hex')).toThrow(
    expect.objectContaining({ code }),
  )
const accepts = (bytes: Uint8Array, limits?: ScanLimits): void =>
  expect(() => scan(bytes, limits), Buffer.from(bytes.subarray(0, 32)).toString('hex')).not.toThrow()

/** Limits that leave only the guard under test in force. */
const ROOMY: ScanLimits = { ...STRICT, maxBytes: 4_000_000 }

describe('scan', () => {
  it('S1 refuses 10^6 nested arrays, by size and, where that is allowed, by depth', () => {
    refuses(times(1_000_000, 0x91), 'encoding.size')
    refuses(times(1_000_000, 0x91), 'encoding.depth', ROOMY)
    refuses(times(60_000, 0x91), 'encoding.depth')
    refuses(times(60_000, 0x81, 0xa0).subarray(0, 60_000), 'encoding.depth')
  })

  it.each([
    ['arrays', [0x91], [0x90]],
    ['maps', [0x81, 0xa0], [0x80]],
  ])('S1 refuses a ninth level of %s and accepts the eighth', (_, open, innermost) => {
    refuses(join(times(8, ...open), innermost), 'encoding.depth')
    refuses(join(times(8, ...open), open, [0]), 'encoding.depth')
    accepts(join(times(7, ...open), innermost))
    accepts(join(times(8, ...open), [0]))
  })

  it('S1 counts depth, not how many containers there are', () => {
    accepts(join([0x9f], ...Array.from({ length: 15 }, () => join(times(6, 0x91), [0x90]))))
  })

  it.each([
    ['bin32', 0xc6, 'encoding.truncated'],
    ['ext32', 0xc9, 'encoding.extension'],
    ['str32', 0xdb, 'encoding.truncated'],
    ['array32', 0xdd, 'encoding.truncated'],
    ['map32', 0xdf, 'encoding.truncated'],
  ])('S2 refuses a %s header of 2^32 − 1 and allocates nothing for it', (_, token, code) => {
    const header = [token, 0xff, 0xff, 0xff, 0xff]
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 1000; i++) refuses(Uint8Array.from(header), code)
    for (const around of [[], [0x91], [0x92, 0xc0], [0x81, 0xa1, 0x61]]) {
      refuses(join(around, header), code)
      refuses(join(around, header, [0]), code)
      refuses(join(around, header, new Uint8Array(60_000)), code)
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28)
  })

  it.each([
    ['bin8', [0xc4, 0xff], 255],
    ['bin16', [0xc5, 0xff, 0x00], 0xff00],
    ['fixstr', [0xbf], 31],
    ['str8', [0xd9, 0xff], 255],
    ['str16', [0xda, 0xff, 0x00], 0xff00],
    ['fixarray', [0x9f], 15],
    ['array16', [0xdc, 0x0f, 0xff], 4095],
    ['fixmap', [0x8f], 30],
    ['map16', [0xde, 0x07, 0xff], 4094],
  ])('S2 refuses a %s header that promises one byte more than is left', (_, header, content) => {
    refuses(join(header, new Uint8Array(content - 1)), 'encoding.truncated')
  })

  it('S2 refuses every proper prefix of a document, the empty one too', () => {
    const document = join(
      [0x83],
      str('a'),
      hex('cb3fe0000000000000'),
      str('b'),
      hex('dc0010'),
      times(16, 0xcc, 0xff),
      str('c'),
      hex('d980'),
      times(128, 0x61),
    )
    accepts(document, BODY)
    for (let length = 0; length < document.length; length++)
      refuses(document.subarray(0, length), 'encoding.truncated', BODY)
  })

  it('S3 refuses nested headers that each promise all that is left', () => {
    for (let depth = 2; depth <= 8; depth++) {
      const size = 4000
      const nested = times(size, 0)
      for (let level = 0, at = 0; level < depth; level++, at += 3) {
        const left = size - at - 3
        nested.set([0xdc, left >> 8, left & 0xff], at)
      }
      refuses(nested, 'encoding.truncated')
    }
    refuses(times(20_000, 0xdc, 0xea, 0x00), 'encoding.items')
  })

  it('S3 refuses more than 4,096 items in all, however they are spread', () => {
    const spread = (...counts: number[]): Uint8Array =>
      join([0x90 | counts.length], ...counts.map((count) => join([0xdc, count >> 8, count & 0xff], times(count, 0))))
    accepts(spread(1000, 1000, 1000, 1091))
    refuses(spread(1000, 1000, 1000, 1092), 'encoding.items')
    // Keys count as well as values.
    const keys = (count: number): Uint8Array =>
      join(
        [0xde, count >> 8, count & 0xff],
        ...Array.from({ length: count }, (_, i) => [0xa2, 0x41 + (i >> 6), 0x30 + (i & 0x3f), 0]),
      )
    accepts(join([0x92, 0], keys(2046)))
    refuses(join([0x92, 0], keys(2047)), 'encoding.items')
  })

  it('S4 refuses documents of more than 65,536 bytes, whatever is in them', () => {
    refuses(times(1_048_576, 0x80), 'encoding.size')
    refuses(join([0xc5, 0xff, 0xff], new Uint8Array(65_535)), 'encoding.size')
    accepts(join([0xc5, 0xff, 0xfd], new Uint8Array(65_533)))
  })

  it('S4 refuses a width bomb of empty maps that fits the size', () => {
    refuses(join([0xdc, 0xff, 0xff], times(65_535, 0x80)), 'encoding.items', ROOMY)
    refuses(join([0xdc, 0x10, 0x00], times(4096, 0x80)), 'encoding.items')
    refuses(join([0xdd, 0, 0x0f, 0xff, 0xfb], times(1_048_571, 0x80)), 'encoding.items', ROOMY)
    accepts(join([0xdc, 0x0f, 0xff], times(4095, 0x80)))
  })

  it('S5 refuses duplicate keys', () => {
    refuses(join([0x82], str('role'), str('user'), str('role'), str('admin')), 'encoding.duplicate-key')
    refuses(join([0x91, 0x81], str('x'), [0x83], str(''), [1], str('b'), [2], str(''), [3]), 'encoding.duplicate-key')
    refuses(join([0x82], str('❤'), [1], str('❤'), [1]), 'encoding.duplicate-key')
  })

  it('S5 refuses a duplicate wherever it stands among nested maps, and only within one map', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 6 }), { minLength: 1, maxLength: 7 }),
        fc.nat(),
        fc.nat(),
        (keys, from, to) => {
          fc.pre(keys.every((key) => !key.startsWith('\uFEFF') && utf8(key).length < 32))
          const map = (names: readonly string[]): Uint8Array =>
            join([0x80 | names.length], ...names.flatMap((name) => [str(name), join([0x81], str(name), [0xc0])]))
          accepts(map(keys))
          const twice = keys.toSpliced(to % (keys.length + 1), 0, keys[from % keys.length] as string)
          refuses(map(twice), 'encoding.duplicate-key')
        },
      ),
      { numRuns: 500 },
    )
  })

  it('S5 takes keys apart by their code points, not by their looks', () => {
    accepts(join([0x82], str('é'), [1], str('e\u0301'), [2]))
  })

  it.each(['__proto__', 'constructor', 'prototype'])(
    'S6 refuses the key %j at any depth and in any legal length of header',
    (key) => {
      refuses(join([0x81], str(key), [0x80]), 'encoding.forbidden-key')
      refuses(join([0x82], str('a'), [0x91, 0x81], str(key), [0], str('b'), [0]), 'encoding.forbidden-key')
      accepts(join([0x81], str(`${key}_`), str(key)))
    },
  )

  it('S7 refuses keys that are not strings: every token that does not begin one', () => {
    for (let token = 0; token < 256; token++) {
      if ((token >= 0xa0 && token < 0xc0) || token === 0xd9 || token === 0xda) continue
      refuses(join([0x81, token], new Uint8Array(40)), 'encoding.key-type', BODY)
      refuses(join([0x82], str('a'), [0, token], new Uint8Array(40)), 'encoding.key-type', BODY)
    }
    accepts(join([0x81, 0xd9, 0x20], times(32, 0x61), [0]))
    accepts(join([0x81, 0xda, 0x01, 0x00], times(256, 0x61), [0]))
  })

  it.each([0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8])(
    'S8 refuses the extension token %i of every extension type',
    (token) => {
      const lengths: Readonly<Record<number, readonly number[]>> = { 199: [4], 200: [0, 4], 201: [0, 0, 0, 4] }
      const size = lengths[token] ? 4 : 1 << (token - 0xd4)
      for (let type = 0; type < 256; type++) {
        const extension = join([token], lengths[token] ?? [], [type], new Uint8Array(size))
        for (const limits of [STRICT, BODY]) {
          refuses(extension, 'encoding.extension', limits)
          refuses(join([0x92, 0], extension), 'encoding.extension', limits)
          refuses(join([0x81], str('a'), extension), 'encoding.extension', limits)
        }
      }
    },
  )

  it('S8 refuses the token that msgpack reserves', () => {
    refuses(Uint8Array.of(0xc1), 'encoding.reserved')
    refuses(join([0x91], [0xc1]), 'encoding.reserved')
  })

  it('S9 refuses the shared references from which bombs and cycles are made', () => {
    const cycle = hex('d66900000001 91 d67000000001')
    refuses(cycle, 'encoding.extension')
    // Each level holds the one inside it and a reference to it: 2^levels leaves.
    const bomb = (levels: number): Uint8Array => {
      const ids = Array.from({ length: levels }, (_, i) => [0, 0, 0, i + 1])
      const opened = ids.toReversed().map((id) => join([0x92], hex('d669'), id))
      return join(...opened, [0x90], ...ids.map((id) => join(hex('d670'), id)))
    }
    expect(bomb(48)).toHaveLength(625)
    refuses(bomb(48), 'encoding.extension')
    refuses(bomb(7), 'encoding.extension')
  })

  it('S10 refuses the definition of a record, and after it a fixint is still a number', () => {
    refuses(hex('d47240 92a161a162 0102'), 'encoding.extension')
    refuses(hex('92 d47240 91a161 01 40'), 'encoding.extension')
    accepts(hex('40'))
  })

  it.each([
    ['NaN', 'cb7ff8000000000000', 'encoding.float'],
    ['NaN with a payload', 'cbfff8000000000001', 'encoding.float'],
    ['+Inf', 'cb7ff0000000000000', 'encoding.float'],
    ['−Inf', 'cbfff0000000000000', 'encoding.float'],
    ['−0', 'cb8000000000000000', 'encoding.not-shortest'],
    ['+0 as a float', 'cb0000000000000000', 'encoding.not-shortest'],
    ['1 as a float', 'cb3ff0000000000000', 'encoding.not-shortest'],
    ['2^53 − 1 as a float', 'cb433fffffffffffff', 'encoding.not-shortest'],
    ['−(2^53 − 1) as a float', 'cbc33fffffffffffff', 'encoding.not-shortest'],
    ['0.5 as float32', 'ca3f000000', 'encoding.float'],
    ['1 as float32', 'ca3f800000', 'encoding.float'],
    ['NaN as float32', 'ca7fc00000', 'encoding.float'],
  ])('S12 refuses %s, in a body too', (_, document, inBody) => {
    refuses(hex(document), 'encoding.float')
    refuses(join([0x91], hex(document)), 'encoding.float')
    refuses(hex(document), inBody, BODY)
  })

  it.each([
    ['0.5', 'cb3fe0000000000000'],
    ['the least subnormal', 'cb0000000000000001'],
    ['the greatest finite', 'cb7fefffffffffffff'],
    ['2^53, beyond the integers', 'cb4340000000000000'],
    ['−2^53', 'cbc340000000000000'],
  ])('S12 accepts %s in bodies alone', (_, document) => {
    refuses(hex(document), 'encoding.float')
    accepts(hex(document), BODY)
  })

  it.each([
    ['5 as uint64', 'cf0000000000000005', 'encoding.not-shortest'],
    ['5 as int64', 'd30000000000000005', 'encoding.not-shortest'],
    ['2^32 − 1 as uint64', 'cf00000000ffffffff', 'encoding.not-shortest'],
    ['−2^31 as int64', 'd3ffffffff80000000', 'encoding.not-shortest'],
    ['2^53', 'cf0020000000000000', 'encoding.integer-range'],
    ['2^53 + 1', 'cf0020000000000001', 'encoding.integer-range'],
    ['2^53 as int64', 'd30020000000000000', 'encoding.integer-range'],
    ['−2^53', 'd3ffe0000000000000', 'encoding.integer-range'],
    ['−2^53 − 1', 'd3ffdfffffffffffff', 'encoding.integer-range'],
    ['2^63', 'cf8000000000000000', 'encoding.integer-range'],
    ['2^64 − 1', 'cfffffffffffffffff', 'encoding.integer-range'],
    ['−2^63', 'd38000000000000000', 'encoding.integer-range'],
  ])('S13 refuses %s', (_, document, code) => {
    refuses(hex(document), code)
    refuses(hex(document), code, BODY)
  })

  it('S13 accepts the integers at both ends, in either form of that length', () => {
    for (const document of [
      'cf001fffffffffffff',
      'd3001fffffffffffff',
      'd3ffe0000000000001',
      'cf0000000100000000',
      'd3ffffffff7fffffff',
    ]) {
      accepts(hex(document))
    }
  })

  it('S14 accepts an integer exactly in the forms that are shortest for it', () => {
    const integer = fc.oneof(
      fc.maxSafeInteger(),
      fc.integer({ min: -70_000, max: 70_000 }),
      // Around each power of two a header begins or ends.
      fc
        .tuple(fc.nat(53), fc.integer({ min: -2, max: 2 }), fc.boolean())
        .map(([bits, add, negative]) => (negative ? -1 : 1) * Math.min(2 ** bits + add, Number.MAX_SAFE_INTEGER)),
    )
    fc.assert(
      fc.property(integer, (value) => {
        const forms = integerForms(value)
        const shortest = Math.min(...forms.map((form) => form.length))
        for (const form of forms) {
          if (form.length === shortest) accepts(form)
          else refuses(form, 'encoding.not-shortest')
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('S14 accepts strings, byte strings, arrays and maps with the shortest header alone', () => {
    const lengths = [0, 1, 15, 16, 31, 32, 33, 255, 256, 257, 2047, 4000, 4095, 65_530]
    for (const length of lengths) {
      for (const [forms, content, max] of [
        [stringHeaders(length), times(length, 0x61), 65_533],
        [binHeaders(length), new Uint8Array(length), 65_533],
        [arrayHeaders(length), times(length, 0xc0), 4095],
        [
          mapHeaders(length),
          join(
            ...Array.from({ length: length > 2047 ? 0 : length }, (_, i) => [
              0xa2,
              0x21 + (i >> 6),
              0x30 + (i & 0x3f),
              0,
            ]),
          ),
          2047,
        ],
      ] as const) {
        if (length > max) continue
        const shortest = Math.min(...forms.map((form) => form.length))
        for (const form of forms) {
          if (form.length === shortest) accepts(join(form, content))
          else refuses(join(form, content), 'encoding.not-shortest')
        }
      }
    }
  })

  it('S14 accepts keys with the shortest header alone', () => {
    for (const length of [0, 31, 32, 33, 255, 256, 257, 4000]) {
      for (const [i, form] of stringHeaders(length).entries()) {
        const document = join([0x81], form, times(length, 0x61), [0xc0])
        if (i === 0) accepts(document)
        else refuses(document, form[0] === 0xdb ? 'encoding.key-type' : 'encoding.not-shortest')
      }
    }
  })

  it('S14 refuses any document of which one header is longer than it need be', () => {
    const { node } = fc.letrec<{ node: Tree }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5, depthSize: 'small' },
        fc.maxSafeInteger(),
        fc.nat(300),
        fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.startsWith('\uFEFF')),
        fc.uint8Array({ maxLength: 40 }),
        fc.array(tie('node'), { maxLength: 18 }),
        fc
          .uniqueArray(fc.tuple(fc.string({ unit: 'grapheme-ascii', maxLength: 36 }), tie('node')), {
            selector: ([key]) => key,
            maxLength: 18,
          })
          .map((entries) => new Map(entries)),
      ),
    }))
    fc.assert(
      fc.property(node, fc.nat(), fc.nat(), (tree, at, pick) => {
        const headers: Uint8Array[][] = []
        const render = written(tree, headers)
        fc.pre(headers.length > 0 && !FORBIDDEN.some((key) => JSON.stringify([...keysOf(tree)]).includes(key)))
        accepts(render(() => 0))
        const longer = headers.map((forms, i) => (forms.length > 1 ? i : -1)).filter((i) => i >= 0)
        fc.pre(longer.length > 0)
        const target = longer[at % longer.length] as number
        const forms = headers[target] as Uint8Array[]
        const document = render((i) => (i === target ? 1 + (pick % (forms.length - 1)) : 0))
        refuses(document, document.length > STRICT.maxBytes ? 'encoding.size' : 'encoding.not-shortest')
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['an overlong NUL', 'c080'],
    ['an overlong slash', 'c0af'],
    ['an overlong slash of three bytes', 'e080af'],
    ['a truncated sequence', 'e282'],
    ['a truncated sequence in front of more text', 'e28261'],
    ['a lone high surrogate', 'eda080'],
    ['a lone low surrogate', 'edb080'],
    ['a surrogate pair as two sequences', 'eda080edb080'],
    ['a continuation byte alone', '80'],
    ['a code point past U+10FFFF', 'f4908080'],
    ['a byte that UTF-8 never uses', 'ff'],
    ['a byte order mark in front', 'efbbbf61'],
    ['a byte order mark alone', 'efbbbf'],
  ])('S15 refuses %s, in values and in keys, short and long', (_, text) => {
    const bad = hex(text)
    refuses(join([0xa0 | bad.length], bad), 'encoding.utf8')
    refuses(join([0x81, 0xa0 | bad.length], bad, [0]), 'encoding.utf8')
    const length = bad.length + 200
    // A mark is one only where a decoder would drop it: in front.
    const long = join(bad, times(200, 0x61))
    refuses(join([0xd9, length], long), 'encoding.utf8')
    refuses(join([0x81, 0xd9, length], long, [0]), 'encoding.utf8')
  })

  it('S15 accepts all that is UTF-8, and a byte order mark that is not in front', () => {
    for (const text of ['', '\0', 'é', '€', '🍺', '\u{10FFFF}', '\uFFFE', 'a\uFEFF', '\uFFFD', 'ￜ']) {
      accepts(join(str(text)))
      accepts(join([0x81], str(text), str(text)))
    }
  })

  it('S16 refuses trailing bytes and concatenated documents', () => {
    refuses(hex('0102'), 'encoding.trailing')
    refuses(hex('c0c0'), 'encoding.trailing')
    refuses(hex('9000'), 'encoding.trailing')
    refuses(hex('81a16101ff'), 'encoding.trailing')
    refuses(join(times(4096, 0)), 'encoding.trailing')
  })
})

const FORBIDDEN = ['__proto__', 'constructor', 'prototype']

/** What msgpack can hold, with maps as lists of pairs so that no key is special. */
type Tree = number | string | Uint8Array | Tree[] | Map<string, Tree>

function* keysOf(tree: Tree): Generator<string> {
  if (Array.isArray(tree)) for (const item of tree) yield* keysOf(item)
  if (tree instanceof Map) {
    for (const [key, item] of tree) {
      yield key
      yield* keysOf(item)
    }
  }
}

/** An encoder with a choice of form for each header, the shortest first; `headers` receives the forms in order. */
function written(tree: Tree, headers: Uint8Array[][]): (choose: (header: number) => number) => Uint8Array {
  type Render = (choose: (header: number) => number) => Uint8Array
  const header = (forms: readonly Uint8Array[]): Render => {
    const sorted = [...forms].sort((a, b) => a.length - b.length)
    const shortest = (sorted[0] as Uint8Array).length
    const kept = [sorted[0] as Uint8Array, ...sorted.filter((form) => form.length > shortest)]
    const index = headers.push(kept) - 1
    return (choose) => kept[choose(index)] as Uint8Array
  }
  const all =
    (...renders: readonly Render[]): Render =>
    (choose) =>
      join(...renders.map((render) => render(choose)))
  const text = (value: string): Render => all(header(stringHeaders(utf8(value).length)), () => utf8(value))
  // Keys have no form of 32 bits, which is refused as a key before its length is looked at.
  const key = (value: string): Render =>
    all(header(stringHeaders(utf8(value).length).filter((form) => form[0] !== 0xdb)), () => utf8(value))
  if (typeof tree === 'number') return header(integerForms(tree))
  if (typeof tree === 'string') return text(tree)
  if (tree instanceof Uint8Array) return all(header(binHeaders(tree.length)), () => tree)
  if (Array.isArray(tree)) return all(header(arrayHeaders(tree.length)), ...tree.map((item) => written(item, headers)))
  return all(header(mapHeaders(tree.size)), ...[...tree].flatMap(([name, item]) => [key(name), written(item, headers)]))
}

/** Every encoding of an integer as an integer. */
function integerForms(value: number): Uint8Array[] {
  const forms: Uint8Array[] = []
  const big = BigInt(value)
  const put = (token: number, bits: 8 | 16 | 32 | 64, isSigned: boolean): void => {
    const [min, max] = isSigned
      ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n]
      : [0n, (1n << BigInt(bits)) - 1n]
    if (big < min || big > max) return
    forms.push(
      hex(
        token.toString(16) +
          BigInt.asUintN(bits, big)
            .toString(16)
            .padStart(bits / 4, '0'),
      ),
    )
  }
  if (value >= -32 && value < 128) forms.push(Uint8Array.of(value & 0xff))
  for (const [i, bits] of ([8, 16, 32, 64] as const).entries()) {
    put(0xcc + i, bits, false)
    put(0xd0 + i, bits, true)
  }
  return forms
}

function headersOf(
  length: number,
  fix: { token: number; below: number } | null,
  tokens: readonly [1 | 2 | 4, number][],
): Uint8Array[] {
  const forms: Uint8Array[] = fix && length < fix.below ? [Uint8Array.of(fix.token | length)] : []
  for (const [size, token] of tokens) {
    if (length < 2 ** (8 * size)) forms.push(hex(token.toString(16) + length.toString(16).padStart(2 * size, '0')))
  }
  return forms
}

function stringHeaders(length: number): Uint8Array[] {
  return headersOf(length, { token: 0xa0, below: 32 }, [
    [1, 0xd9],
    [2, 0xda],
    [4, 0xdb],
  ])
}

function binHeaders(length: number): Uint8Array[] {
  return headersOf(length, null, [
    [1, 0xc4],
    [2, 0xc5],
    [4, 0xc6],
  ])
}

function arrayHeaders(length: number): Uint8Array[] {
  return headersOf(length, { token: 0x90, below: 16 }, [
    [2, 0xdc],
    [4, 0xdd],
  ])
}

function mapHeaders(length: number): Uint8Array[] {
  return headersOf(length, { token: 0x80, below: 16 }, [
    [2, 0xde],
    [4, 0xdf],
  ])
}
