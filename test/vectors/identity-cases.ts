/** `vectors/identity.json`: Dids and documents, each valid with its meaning or invalid with its code. */

import { didOf } from '@trustmesh/identity'
import { type Bytes, seedOf } from './golden.ts'
import { ed25519Key, sha256 } from './reference.ts'

export interface DidCase {
  readonly seed: Bytes
  readonly key: Bytes
  readonly did: string
  /** The mesh whose root this Did is. */
  readonly net: Bytes
}

export interface DidFault {
  readonly name: string
  readonly did: string
  readonly code: string
}

export interface KeyFault {
  readonly name: string
  readonly key: Bytes
  readonly code: string
}

/** A value in JSON; byte strings stand as `{"hex": …}`. */
export interface DocumentCase {
  readonly name: string
  readonly bytes: string
  readonly value: unknown
}

export interface DocumentFault {
  readonly name: string
  readonly bytes: string
  readonly code: string
}

/** A document for people: a value, and its bytes in hex, written by hand. */
const ok = (name: string, bytes: string, value: unknown): DocumentCase => ({
  name,
  bytes: bytes.replaceAll(' ', ''),
  value,
})
const bad = (name: string, bytes: string, code: string): DocumentFault => ({
  name,
  bytes: bytes.replaceAll(' ', ''),
  code,
})

export const DIDS: readonly DidCase[] = [1, 2, 3, 4, 0, 255].map((byte) => {
  const seed = seedOf(byte)
  const key = ed25519Key(seed)
  return { seed, key, did: didOf(key), net: sha256(key) }
})

const ALICE = 'did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX'

export const DID_FAULTS: readonly DidFault[] = [
  ['nothing', ''],
  ['the method alone', 'did:key:'],
  ['another method', 'did:web:example.com'],
  ['another case of the scheme', ALICE.replace('did', 'DID')],
  ['another case of the key', ALICE.toLowerCase()],
  ['a space in front', ` ${ALICE}`],
  ['a space behind', `${ALICE} `],
  ['a line feed behind', `${ALICE}\n`],
  ['a NUL behind', `${ALICE}\0`],
  ['a fragment', `${ALICE}#${ALICE.slice(8)}`],
  ['a query', `${ALICE}?versionId=1`],
  ['a path', `${ALICE}/path`],
  ['a parameter', `${ALICE};a=b`],
  ['percent-encoding', ALICE.replace('z6Mk', '%7A6Mk')],
  ['a character too few', ALICE.slice(0, -1)],
  ['a character too many', `${ALICE}1`],
  ['a character that base58 does not have', `${ALICE.slice(0, -1)}0`],
  ['a leading 1', ALICE.replace('z6Mk', 'z16Mk')],
  [
    'the same bytes in multibase base16',
    `did:key:fed01${'8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c'}`,
  ],
  ['another multibase prefix', ALICE.replace('z6Mk', 'Z6Mk')],
  ['a homoglyph', ALICE.replace('o', 'о')],
  ['an X25519 key', 'did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc'],
  ['a secp256k1 key', 'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme'],
  ['a P-256 key', 'did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169'],
  ['characters that give another prefix', `did:key:z6Mk${'z'.repeat(44)}`],
].map(([name, did]) => ({ name: name as string, did: did as string, code: 'did.malformed' }))

const FF30 = 'ff'.repeat(30)
const key = (name: string, hex: string, code: string): KeyFault => ({
  name,
  key: new Uint8Array(Buffer.from(hex, 'hex')),
  code,
})

export const KEY_FAULTS: readonly KeyFault[] = [
  key('no bytes', '', 'key.length'),
  key('31 bytes', '01'.repeat(31), 'key.length'),
  key('33 bytes', '01'.repeat(33), 'key.length'),
  ...[
    ['00'.repeat(32), `${'00'.repeat(31)}80`],
    [`01${'00'.repeat(31)}`, `01${'00'.repeat(30)}80`],
    [`ec${FF30}7f`, `ec${FF30}ff`],
    [`ed${FF30}7f`, `ed${FF30}ff`],
    [`ee${FF30}7f`, `ee${FF30}ff`],
    [
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    ],
    [
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    ],
  ].flatMap(([even, odd], row) => [
    key(`small order, row ${row + 1}`, even as string, 'key.small-order'),
    key(`small order, row ${row + 1}, with the sign bit`, odd as string, 'key.small-order'),
  ]),
  key('y = p + 2', `ef${FF30}7f`, 'key.non-canonical'),
  key('y = p + 2, with the sign bit', `ef${FF30}ff`, 'key.non-canonical'),
  key('y = 2^255 − 1', 'ff'.repeat(32), 'key.non-canonical'),
]

const nested = (depth: number): string => `${'91'.repeat(depth)}00`
const deep = (depth: number): unknown => (depth === 0 ? 0 : [deep(depth - 1)])

/** Valid as documents and as bodies. */
export const DOCUMENTS: readonly DocumentCase[] = [
  ok('nil', 'c0', null),
  ok('false', 'c2', false),
  ok('true', 'c3', true),
  ok('0', '00', 0),
  ok('127', '7f', 127),
  ok('128', 'cc80', 128),
  ok('255', 'ccff', 255),
  ok('256', 'cd0100', 256),
  ok('256 as int 16', 'd10100', 256),
  ok('32,767 as int 16', 'd17fff', 32_767),
  ok('32,768', 'cd8000', 32_768),
  ok('65,535', 'cdffff', 65_535),
  ok('65,536', 'ce00010000', 65_536),
  ok('65,536 as int 32', 'd200010000', 65_536),
  ok('2^31 − 1 as int 32', 'd27fffffff', 2 ** 31 - 1),
  ok('2^32 − 1', 'ceffffffff', 2 ** 32 - 1),
  ok('2^32', 'cf0000000100000000', 2 ** 32),
  ok('2^32 as int 64', 'd30000000100000000', 2 ** 32),
  ok('2^53 − 1', 'cf001fffffffffffff', Number.MAX_SAFE_INTEGER),
  ok('2^53 − 1 as int 64', 'd3001fffffffffffff', Number.MAX_SAFE_INTEGER),
  ok('−1', 'ff', -1),
  ok('−32', 'e0', -32),
  ok('−33', 'd0df', -33),
  ok('−128', 'd080', -128),
  ok('−129', 'd1ff7f', -129),
  ok('−32,768', 'd18000', -32_768),
  ok('−32,769', 'd2ffff7fff', -32_769),
  ok('−2^31', 'd280000000', -(2 ** 31)),
  ok('−2^31 − 1', 'd3ffffffff7fffffff', -(2 ** 31) - 1),
  ok('−(2^53 − 1)', 'd3ffe0000000000001', Number.MIN_SAFE_INTEGER),
  ok('an empty text', 'a0', ''),
  ok('a text of 31 bytes', `bf${'61'.repeat(31)}`, 'a'.repeat(31)),
  ok('a text of 32 bytes', `d920${'61'.repeat(32)}`, 'a'.repeat(32)),
  ok('a text of 256 bytes', `da0100${'61'.repeat(256)}`, 'a'.repeat(256)),
  ok('two, three and four bytes a character', 'a9 c3a9 e282ac f09d849e', 'é€𝄞'),
  ok('NUL and a line feed', 'a2000a', '\0\n'),
  ok('a byte order mark that is not first', 'a461efbbbf', 'a\uFEFF'),
  ok('no bytes', 'c400', { hex: '' }),
  ok('a byte string', 'c403010203', { hex: '010203' }),
  ok('a byte string of 256 bytes', `c50100${'ab'.repeat(256)}`, { hex: 'ab'.repeat(256) }),
  ok('an empty array', '90', []),
  ok('15 values', `9f${'c0'.repeat(15)}`, Array(15).fill(null)),
  ok('16 values', `dc0010${'c0'.repeat(16)}`, Array(16).fill(null)),
  ok('an empty map', '80', {}),
  ok('a map', '82 a161 01 a162 93 c0 c3 a2c3a9', { a: 1, b: [null, true, 'é'] }),
  ok('a map in another order', '82 a162 02 a161 01', { b: 2, a: 1 }),
  ok('an empty key', '81 a0 01', { '': 1 }),
  ok('a key of 32 bytes', `81 d920${'61'.repeat(32)} 01`, { ['a'.repeat(32)]: 1 }),
  ok('keys that are methods elsewhere', '82 a8746f537472696e67 01 a776616c75654f66 02', { toString: 1, valueOf: 2 }),
  ok('equal keys in different maps', '92 81a16101 81a16102', [{ a: 1 }, { a: 2 }]),
  ok('8 levels', nested(8), deep(8)),
  ok('4,096 items', `dc0fff${'00'.repeat(4095)}`, Array(4095).fill(0)),
]

/** Invalid as documents, and as bodies too. */
export const DOCUMENT_FAULTS: readonly DocumentFault[] = [
  bad('S16: no bytes', '', 'encoding.truncated'),
  bad('S16: two documents', '0102', 'encoding.trailing'),
  bad('S16: a document and the beginning of another', '80cd', 'encoding.trailing'),
  bad('cut off in an integer', 'cd01', 'encoding.truncated'),
  bad('cut off in a text', 'a261', 'encoding.truncated'),
  bad('cut off in a map', '81a161', 'encoding.truncated'),
  bad('S1: 9 levels', nested(9), 'encoding.depth'),
  bad('S1: 1,000 levels', nested(1000), 'encoding.depth'),
  bad('S2: an array of 2^32 − 1 values', 'ddffffffff', 'encoding.truncated'),
  bad('S2: a map of 2^32 − 1 entries', 'dfffffffff', 'encoding.truncated'),
  bad('S2: a text of 2^32 − 1 bytes', 'dbffffffff', 'encoding.truncated'),
  bad('S2: a byte string of 2^32 − 1 bytes', 'c6ffffffff', 'encoding.truncated'),
  bad('S3: a header that promises a value too many', '92c0', 'encoding.truncated'),
  bad('S4: 4,097 items', `dc1000${'00'.repeat(4096)}`, 'encoding.items'),
  bad('S5: a duplicate key', '82a16101a16102', 'encoding.duplicate-key'),
  bad('S5: a duplicate key with a value between', '83a16101a16201a16102', 'encoding.duplicate-key'),
  bad('S6: __proto__', '81a95f5f70726f746f5f5f80', 'encoding.forbidden-key'),
  bad('S6: constructor', '81ab636f6e7374727563746f7280', 'encoding.forbidden-key'),
  bad('S6: prototype', '81a970726f746f7479706580', 'encoding.forbidden-key'),
  bad('S7: an integer for a key', '810102', 'encoding.key-type'),
  bad('S7: nil for a key', '81c002', 'encoding.key-type'),
  bad('S7: a byte string for a key', '81c4016102', 'encoding.key-type'),
  bad('S7: an array for a key', '819002', 'encoding.key-type'),
  bad('S8: fixext 1', 'd40100', 'encoding.extension'),
  bad('S8: fixext 2', 'd5010000', 'encoding.extension'),
  bad('S8: a timestamp of 32 bits', 'd6ff5a4af6a5', 'encoding.extension'),
  bad('S8: fixext 8', `d701${'00'.repeat(8)}`, 'encoding.extension'),
  bad('S8: fixext 16', `d801${'00'.repeat(16)}`, 'encoding.extension'),
  bad('S8: ext 8', 'c7010100', 'encoding.extension'),
  bad('S8: ext 16', 'c800010100', 'encoding.extension'),
  bad('S8: ext 32', 'c9000000010100', 'encoding.extension'),
  bad('S9: a reference', 'd66900000001', 'encoding.extension'),
  bad('S10: a record', 'd4724091a16101', 'encoding.extension'),
  bad('the reserved byte', 'c1', 'encoding.reserved'),
  bad('S12: float 32', 'ca3f800000', 'encoding.float'),
  bad('S12: NaN', 'cb7ff8000000000000', 'encoding.float'),
  bad('S12: infinity', 'cb7ff0000000000000', 'encoding.float'),
  bad('S13: 2^53', 'cf0020000000000000', 'encoding.integer-range'),
  bad('S13: 2^64 − 1', 'cfffffffffffffffff', 'encoding.integer-range'),
  bad('S13: −2^53', 'd3ffe0000000000000', 'encoding.integer-range'),
  bad('S13: −2^63', 'd38000000000000000', 'encoding.integer-range'),
  bad('S14: 5 as uint 8', 'cc05', 'encoding.not-shortest'),
  bad('S14: 5 as uint 16', 'cd0005', 'encoding.not-shortest'),
  bad('S14: 5 as uint 32', 'ce00000005', 'encoding.not-shortest'),
  bad('S14: 5 as uint 64', 'cf0000000000000005', 'encoding.not-shortest'),
  bad('S14: 5 as int 8', 'd005', 'encoding.not-shortest'),
  bad('S14: −1 as int 8', 'd0ff', 'encoding.not-shortest'),
  bad('S14: −128 as int 16', 'd1ff80', 'encoding.not-shortest'),
  bad('S14: 128 as int 16', 'd10080', 'encoding.not-shortest'),
  bad('S14: 32,768 as int 32', 'd200008000', 'encoding.not-shortest'),
  bad('S14: 2^32 − 1 as int 64', 'd300000000ffffffff', 'encoding.not-shortest'),
  bad('S14: a text of one byte as str 8', 'd90161', 'encoding.not-shortest'),
  bad('S14: a byte string of one byte as bin 16', 'c5000161', 'encoding.not-shortest'),
  bad('S14: an array of one value as array 16', 'dc0001c0', 'encoding.not-shortest'),
  bad('S14: a map of one entry as map 16', 'de0001a161c0', 'encoding.not-shortest'),
  bad('S15: an overlong NUL', 'a2c080', 'encoding.utf8'),
  bad('S15: a lone surrogate', 'a3eda080', 'encoding.utf8'),
  bad('S15: beyond U+10FFFF', 'a4f4908080', 'encoding.utf8'),
  bad('S15: a continuation byte alone', 'a180', 'encoding.utf8'),
  bad('S15: a byte order mark', 'a4efbbbf61', 'encoding.utf8'),
  bad('S15: a byte order mark in a key', '81a4efbbbf6101', 'encoding.utf8'),
]

/** Valid in the body of a message alone; elsewhere `encoding.float`. */
export const BODIES: readonly DocumentCase[] = [
  ok('0.5', 'cb3fe0000000000000', 0.5),
  ok('−1.5', 'cbbff8000000000000', -1.5),
  ok('2^53, which no integer form holds', 'cb4340000000000000', 2 ** 53),
  ok('the greatest', 'cb7fefffffffffffff', Number.MAX_VALUE),
  ok('the least above 0', 'cb0000000000000001', Number.MIN_VALUE),
  ok('among others', '92a46b696e64cb3fb999999999999a', ['kind', 0.1]),
]

/** Invalid in a body with this code; elsewhere `encoding.float`. */
export const BODY_FAULTS: readonly DocumentFault[] = [
  bad('S12: −0', 'cb8000000000000000', 'encoding.not-shortest'),
  bad('S12: 1 as a float', 'cb3ff0000000000000', 'encoding.not-shortest'),
  bad('S12: 2^53 − 1 as a float', 'cb433fffffffffffff', 'encoding.not-shortest'),
  bad('S12: NaN with a payload', 'cb7ff8000000000001', 'encoding.float'),
  bad('S12: minus infinity', 'cbfff0000000000000', 'encoding.float'),
  bad('S12: float 32', 'ca3f000000', 'encoding.float'),
]
