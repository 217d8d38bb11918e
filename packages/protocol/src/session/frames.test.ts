import { type Encodable, encode, keyOf, MAX_STATEMENT_BYTES } from '@trustmesh/identity'
import { STATUSES, TIERS } from '@trustmesh/trust'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice } from '../../../../test/protocol-kit.ts'
import { CLOSE_CODES, type CloseCode, REFUSALS } from '../close-codes.ts'
import { LIMITS } from '../limits.ts'
import { encodeFrame, type Frame, type FrameOf, joinFrames, MAX_FRAMES, parseFrames } from './frames.ts'

const refused = (code: string): unknown => expect.objectContaining({ name: 'ProtocolError', code })
const exactly = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const share = fc.integer({ min: 0, max: 1000 })
const code = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}(\.[a-z0-9-]{1,20}){0,2}$/)
const statement = fc.uint8Array({ minLength: 1, maxLength: 500 })

const context = fc.stringMatching(/^[a-z0-9-]{1,32}(\/[a-z0-9-]{1,32}){0,7}$/)

/** The key of a Did; any 32 bytes but the weak ones are. */
const didKey = exactly(32).map((key) => key.with(31, 0x20))
const MUST: ('type' | 'id' | 'kind' | 'to' | 'body')[] = ['type', 'id', 'kind', 'to', 'body']
const message = {
  type: fc.constant('message' as const),
  id: exactly(16),
  to: didKey,
  from: didKey,
  body: fc.uint8Array({ maxLength: 500 }),
}

/** One of each type; the compiler sees to it that none is left out. */
const frames: { [T in Frame['type']]: fc.Arbitrary<FrameOf<T>> } = {
  message: fc.oneof(
    fc.record({ ...message, kind: fc.constantFrom('one-way' as const, 'request' as const) }, { requiredKeys: MUST }),
    fc.record(
      { ...message, kind: fc.constantFrom('reply' as const, 'error' as const), re: exactly(16) },
      { requiredKeys: [...MUST, 're'] },
    ),
  ),
  statement: fc.record({ type: fc.constant('statement' as const), bytes: statement }),
  query: fc.record(
    { type: fc.constant('query' as const), did: didKey, ctx: context },
    { requiredKeys: ['type', 'did'] },
  ),
  lookup: fc.record(
    {
      type: fc.constant('lookup' as const),
      id: exactly(16),
      dids: fc.array(didKey, { maxLength: 11 }),
      ctx: context,
      links: fc.array(fc.tuple(didKey, exactly(32)), { maxLength: 10 }),
    },
    { requiredKeys: ['type', 'id', 'dids', 'links'] },
  ),
  status: fc.record({
    type: fc.constant('status' as const),
    re: exactly(16),
    epoch: fc.maxSafeNat(),
    void: fc.array(exactly(32), { maxLength: 10 }),
  }),
  standing: fc.record(
    {
      type: fc.constant('standing' as const),
      did: didKey,
      ctx: context,
      status: fc.constantFrom(...STATUSES),
      score: share,
      tier: fc.constantFrom(...TIERS),
      confidence: share,
      epoch: fc.maxSafeNat(),
    },
    { requiredKeys: ['type', 'did', 'status', 'score', 'tier', 'confidence', 'epoch'] },
  ),
  ack: fc.record(
    { type: fc.constant('ack' as const), re: fc.oneof(exactly(16), exactly(32)), code },
    { requiredKeys: ['type', 're'] },
  ),
  ping: fc.record({ type: fc.constant('ping' as const), n: fc.maxSafeNat() }),
  pong: fc.record({ type: fc.constant('pong' as const), n: fc.maxSafeNat() }),
  notice: fc.record({
    type: fc.constant('notice' as const),
    code: fc.constantFrom(...REFUSALS),
    proof: fc.array(statement, { maxLength: 16 }),
  }),
  close: fc.record({
    type: fc.constant('close' as const),
    code: fc.constantFrom(...(Object.keys(CLOSE_CODES) as CloseCode[])),
  }),
  rekey: fc.record({ type: fc.constant('rekey' as const) }),
}
const frame: fc.Arbitrary<Frame> = fc.oneof(...Object.values(frames))

/** Of each type: the fields that it must have, and those that it may. */
const FIELDS: { [T in Frame['type']]: readonly [must: readonly string[], may: readonly string[]] } = {
  message: [
    ['id', 'kind', 'to', 'body'],
    ['from', 're'],
  ],
  statement: [['bytes'], []],
  query: [['did'], ['ctx']],
  lookup: [['id', 'dids', 'links'], ['ctx']],
  status: [['re', 'epoch', 'void'], []],
  standing: [['did', 'status', 'score', 'tier', 'confidence', 'epoch'], ['ctx']],
  ack: [['re'], ['code']],
  ping: [['n'], []],
  pong: [['n'], []],
  notice: [['code', 'proof'], []],
  close: [['code'], []],
  rekey: [[], []],
}

type Fields = { readonly [field: string]: Encodable | undefined }
const fieldsOf = ({ type, ...fields }: Frame): Fields => fields as Fields
const parse = (type: Encodable, fields: Encodable): Frame[] => parseFrames(encode([[type, fields]]))
const FORBIDDEN = ['__proto__', 'constructor', 'prototype']

describe('parseFrames', () => {
  it.each<[string, Encodable]>([
    ['no list', { ping: { n: 1 } }],
    ['nil', null],
    ['a text', 'ping'],
    ['an empty list', []],
    ['65 frames', Array.from({ length: 65 }, (_, n) => ['ping', { n }])],
    ['one frame, not in a list', ['ping', { n: 1 }]],
    ['a frame that is a map', [{ type: 'ping', n: 1 }]],
    ['a frame without fields', [['ping']]],
    ['a frame with a part too many', [['ping', { n: 1 }, null]]],
    ['a type that is a number', [[1, { n: 1 }]]],
    ['a type that is a byte string', [[new TextEncoder().encode('ping'), { n: 1 }]]],
    ['fields that are nil', [['rekey', null]]],
    ['fields that are a list', [['rekey', []]]],
    [
      'one bad frame among good ones',
      [
        ['ping', { n: 1 }],
        ['ping', { n: -1 }],
        ['ping', { n: 1 }],
      ],
    ],
  ])('S18 refuses %s', (_, document) => {
    expect(() => parseFrames(encode(document))).toThrow(refused('frame.malformed'))
  })

  it.each(['', 'Ping', 'ping ', 'pang', 'hello', 'toString', 'hasOwnProperty', 'valueOf', 'constructor', '__proto__'])(
    'S18 refuses a frame of the unknown type %j',
    (type) => {
      expect(() => parse(type, { n: 1 })).toThrow(refused('frame.malformed'))
      expect(() => parse(type, {})).toThrow(refused('frame.malformed'))
    },
  )

  it('S18 refuses every frame with a field that its type does not have', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 12 }),
      fc.constantFrom('type', 'toString', ...Object.values(FIELDS).flatMap(([must, may]) => [...must, ...may])),
    )
    const value = fc.oneof(fc.constant(null), fc.boolean(), fc.nat(), fc.string(), fc.uint8Array({ maxLength: 40 }))
    fc.assert(
      fc.property(frame, name, value, (good, key, added) => {
        fc.pre(!FIELDS[good.type].flat().includes(key) && !FORBIDDEN.includes(key))
        expect(() => parse(good.type, { ...fieldsOf(good), [key]: added })).toThrow(refused('frame.malformed'))
      }),
      { numRuns: 1000 },
    )
  })

  it('S18 refuses every frame without a field that its type must have, or with nil in any', () => {
    fc.assert(
      fc.property(frame, (good) => {
        const [must, may] = FIELDS[good.type]
        for (const key of must) {
          expect(() => parse(good.type, { ...fieldsOf(good), [key]: undefined })).toThrow(refused('frame.malformed'))
        }
        for (const key of [...must, ...may]) {
          expect(() => parse(good.type, { ...fieldsOf(good), [key]: null })).toThrow(refused('frame.malformed'))
        }
      }),
      { numRuns: 500 },
    )
  })

  const bytes = (length: number): Uint8Array => new Uint8Array(length)
  const key = keyOf(alice.did)
  const good = {
    request: { id: bytes(16), kind: 'request', to: key, from: key, body: bytes(1) },
    reply: { id: bytes(16), kind: 'reply', to: key, re: bytes(16), body: bytes(1) },
    standing: { did: key, status: 'active', score: 1, tier: 'known', confidence: 1, epoch: 1 },
    ack: { re: bytes(16), code: 'message.recipient-offline' },
    notice: { code: 'busy', proof: [bytes(1)] },
  }

  it.each<[Frame['type'], string, Fields, readonly Encodable[]]>([
    ['message', 'id', good.request, [bytes(0), bytes(15), bytes(17), 'x'.repeat(16), 16]],
    ['message', 'kind', good.request, ['', 'Request', 'oneway', 0, new TextEncoder().encode('request')]],
    ['message', 'to', good.request, [bytes(31), key.slice(1), Uint8Array.of(...key, 0), alice.did, [key]]],
    ['message', 'from', good.request, [bytes(0), key.slice(1), Uint8Array.of(...key, 0), false]],
    ['message', 're', good.reply, [bytes(0), bytes(15), bytes(32), 0]],
    ['message', 'body', good.request, [bytes(LIMITS.bodyBytes + 1), 'text', {}, []]],
    ['statement', 'bytes', { bytes: bytes(1) }, [bytes(0), bytes(MAX_STATEMENT_BYTES + 1), 'text', [1, 2]]],
    ['query', 'did', { did: key }, [key.slice(1), Uint8Array.of(...key, 0), alice.did]],
    ['standing', 'did', good.standing, [key.slice(1), alice.did]],
    ['standing', 'status', good.standing, ['', 'Active', 'banned', 1]],
    ['standing', 'score', good.standing, [-1, 1001, '1', true]],
    ['standing', 'tier', good.standing, ['', 'root', 3]],
    ['standing', 'confidence', good.standing, [-1, 1001, '1', []]],
    ['standing', 'epoch', good.standing, [-1, '1', bytes(1)]],
    ['ack', 're', good.ack, [bytes(0), bytes(15), bytes(17), bytes(31), bytes(33), 'x'.repeat(16)]],
    ['ack', 'code', good.ack, ['', 'Message', 'a b', 'a..b', '.a', 'a.', 'a\n', 'ä', 'a'.repeat(65), 1]],
    ['ping', 'n', { n: 1 }, [-1, '1', true, bytes(1)]],
    ['pong', 'n', { n: 1 }, [-1, '1', false, []]],
    ['notice', 'code', good.notice, ['', 'session.revoked', 'Revoked', 4404]],
    [
      'notice',
      'proof',
      good.notice,
      [bytes(1), [bytes(0)], ['text'], [bytes(MAX_STATEMENT_BYTES + 1)], Array(17).fill(bytes(1)), {}],
    ],
    ['close', 'code', { code: 'session.closed' }, ['', 'revoked', 'toString', 'constructor', '__proto__', 4404]],
  ])('S18 refuses a %s whose %s is out of bounds', (type, field, fields, values) => {
    expect(parse(type, fields)).toEqual([{ type, ...fields }])
    for (const value of values) {
      expect(() => parse(type, { ...fields, [field]: value })).toThrow(refused('frame.malformed'))
    }
  })

  it.each<[string, Fields]>([
    ['a one-way message that answers something', { ...good.reply, kind: 'one-way' }],
    ['a request that answers something', { ...good.reply, kind: 'request' }],
    ['a reply to nothing', { ...good.request, kind: 'reply' }],
    ['an error about nothing', { ...good.request, kind: 'error' }],
  ])('S18 refuses %s', (_, fields) => {
    expect(() => parse('message', fields)).toThrow(refused('frame.malformed'))
  })

  it.each<[Frame['type'], string, Fields]>([
    ['message', 'to', good.request],
    ['message', 'from', good.request],
    ['query', 'did', { did: key }],
    ['standing', 'did', good.standing],
  ])('I5 I6 refuses a %s whose %s is a weak key, and every frame beside it', (type, field, fields) => {
    const weak = [bytes(32), Uint8Array.of(1, ...bytes(31)), Uint8Array.of(0xef, ...bytes(30).fill(0xff), 0x7f)]
    for (const did of weak) {
      const document: Encodable = [
        ['ping', { n: 1 }],
        [type, { ...fields, [field]: did }],
      ]
      expect(() => parseFrames(encode(document))).toThrow(refused('frame.malformed'))
    }
  })

  it.each<[string, number[]]>([
    ['nothing', []],
    ['what follows the list', [0x91, 0x92, 0xa5, 0x72, 0x65, 0x6b, 0x65, 0x79, 0x80, 0xc0]],
    ['a longer form than needed', [0xdc, 0, 1, 0x92, 0xa5, 0x72, 0x65, 0x6b, 0x65, 0x79, 0x80]],
    ['a duplicate field', [0x91, 0x92, 0xa4, 0x70, 0x69, 0x6e, 0x67, 0x82, 0xa1, 0x6e, 1, 0xa1, 0x6e, 2]],
    ['a float', [0x91, 0x92, 0xa4, 0x70, 0x69, 0x6e, 0x67, 0x81, 0xa1, 0x6e, 0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]],
    ['an extension', [0x91, 0x92, 0xa4, 0x70, 0x69, 0x6e, 0x67, 0x81, 0xa1, 0x6e, 0xd4, 0x72, 0x40]],
  ])('S5 S8 S12 S14 S16 refuses what is not strict: %s', (_, document) => {
    expect(() => parseFrames(Uint8Array.from(document))).toThrow(refused('frame.malformed'))
  })

  it('S11 gives every message the same frames, whatever came before it', () => {
    const messages = fc.array(
      fc.oneof(
        frame.map((one) => joinFrames([encodeFrame(one)])),
        fc.uint8Array({ maxLength: 40 }),
      ),
      {
        minLength: 2,
        maxLength: 8,
      },
    )
    const outcome = (plaintext: Uint8Array): unknown => {
      try {
        return parseFrames(plaintext)
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    fc.assert(
      fc.property(messages, (list) => {
        const forward = list.map(outcome)
        expect(list.toReversed().map(outcome).toReversed()).toEqual(forward)
      }),
      { numRuns: 2000 },
    )
  })

  it.each(Object.entries(frames))('gives back every %s', (_, arbitrary: fc.Arbitrary<Frame>) => {
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: MAX_FRAMES }), (list) => {
        expect(parseFrames(joinFrames(list.map(encodeFrame)))).toEqual(list)
      }),
      { numRuns: 100 },
    )
  })

  it('gives back any frames in their order, as plain byte arrays', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: MAX_FRAMES }), (list) => {
        const parsed = parseFrames(Buffer.from(joinFrames(list.map(encodeFrame))))
        expect(parsed).toEqual(list)
        for (const value of parsed.flatMap((one) => Object.values(one))) {
          if (value instanceof Uint8Array) expect(value.constructor).toBe(Uint8Array)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('keeps its bounds: 61,440 bytes of body, 40,960 of a statement, 16 statements, 2^53 − 1', () => {
    const largest: Frame[] = [
      { type: 'message', id: bytes(16), kind: 'reply', to: key, re: bytes(16), body: bytes(61_440) },
      { type: 'statement', bytes: bytes(40_960) },
      { type: 'notice', code: 'revoked', proof: Array.from({ length: 16 }, () => bytes(1)) },
      { type: 'ping', n: Number.MAX_SAFE_INTEGER },
      { type: 'ack', re: bytes(32), code: `${'a'.repeat(32)}.${'b'.repeat(31)}` },
    ]
    for (const one of largest) expect(parseFrames(joinFrames([encodeFrame(one)]))).toEqual([one])
  })
})

describe('joinFrames', () => {
  const rekey = encodeFrame({ type: 'rekey' })

  it('refuses 65 frames', () => {
    expect(() => joinFrames(Array.from({ length: 65 }, () => rekey))).toThrow(refused('frame.too-big'))
  })

  it.each([1, 15, 16, 63, 64])('writes a list of %i frames as the encoder of documents would', (count) => {
    const list = Array.from({ length: count }, (): Encodable => ['rekey', {}])
    expect(joinFrames(list.map(() => rekey))).toEqual(encode(list))
  })
})
