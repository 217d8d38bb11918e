import { type Encodable, encode, keyOf, MAX_STATEMENT_BYTES } from '@trustmesh/identity'
import { STATUSES, TIERS } from '@trustmesh/trust'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice } from '../../../../test/protocol-kit.ts'
import { CLOSE_CODES, type CloseCode, REFUSALS } from '../close-codes.ts'
import { LIMITS } from '../limits.ts'
import {
  belongs,
  encodeFrame,
  type Frame,
  type FrameOf,
  itemsOf,
  joinFrames,
  MAX_FRAMES,
  MAX_ITEMS,
  parseFrames,
} from './frames.ts'
import { COLLECTIONS } from './link-frames.ts'
import type { SayKind } from './peer-frames.ts'

const refused = (code: string): unknown => expect.objectContaining({ name: 'ProtocolError', code })
const exactly = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const share = fc.integer({ min: 0, max: 1000 })
const code = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}(\.[a-z0-9-]{1,20}){0,2}$/)
const statement = fc.uint8Array({ minLength: 1, maxLength: 500 })

const context = fc.stringMatching(/^[a-z0-9-]{1,32}(\/[a-z0-9-]{1,32}){0,7}$/)

/** The key of a Did; any 32 bytes but the weak ones are. */
const didKey = exactly(32).map((key) => key.with(31, 0x20))

/** Where something stands on a line, and what a `say` may have of its kind. */
const place = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const line = exactly(8)
const content = fc.uint8Array({ maxLength: 500 })
const grant = fc.integer({ min: 1, max: 1024 })
const trace = fc.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
const said = { type: fc.constant('say' as const), n: place, receipt: statement, trace, body: content }
const nothing = fc.constant(new Uint8Array())
const kinds = <K extends SayKind>(...kinds: K[]): fc.Arbitrary<K> => fc.constantFrom(...kinds)
const SAID: ('type' | 'n' | 'body' | 'kind')[] = ['type', 'n', 'body', 'kind']

const note = fc.uint8Array({ minLength: 1, maxLength: 1024 })
const day = fc.nat(0xffff)
const hops = fc.nat(8)
const prefix = fc.uint8Array({ max: 15, maxLength: 68 })
/** One of each type; the compiler sees to it that none is left out. */
const frames: { [T in Frame['type']]: fc.Arbitrary<FrameOf<T>> } = {
  message: fc.record(
    { type: fc.constant('message' as const), id: exactly(16), to: didKey, from: didKey, body: content },
    { requiredKeys: ['type', 'id', 'to', 'body'] },
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
    fresh: fc.array(fc.maxSafeNat(), { maxLength: 16 }),
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
  find: fc.record(
    {
      type: fc.constant('find' as const),
      id: exactly(16),
      can: fc.stringMatching(/^(\/[a-z0-9-]{1,32}){1,8}$/),
      minTier: fc.constantFrom(...TIERS),
      after: didKey,
      limit: fc.integer({ min: 1, max: 64 }),
    },
    { requiredKeys: ['type', 'id', 'can', 'limit'] },
  ),
  found: fc.record(
    {
      type: fc.constant('found' as const),
      re: exactly(16),
      manifests: fc.array(statement, { maxLength: 64 }),
      more: didKey,
    },
    { requiredKeys: ['type', 're', 'manifests'] },
  ),
  explain: fc.record(
    { type: fc.constant('explain' as const), id: exactly(16), did: didKey, ctx: context },
    { requiredKeys: ['type', 'id', 'did'] },
  ),
  explained: fc.record({
    type: fc.constant('explained' as const),
    re: exactly(16),
    positive: fc.maxSafeNat(),
    negative: fc.maxSafeNat(),
    contributions: fc.array(
      fc.record({
        rater: didKey,
        share: fc.maxSafeInteger(),
        credit: share,
        path: fc.array(didKey, { minLength: 1, maxLength: 9 }),
      }),
      { maxLength: 16 },
    ),
    rest: fc.record({ raters: fc.maxSafeNat(), positive: fc.maxSafeNat(), negative: fc.maxSafeNat() }),
  }),
  evidence: fc.record(
    { type: fc.constant('evidence' as const), id: exactly(16), did: didKey, ctx: context, after: exactly(32) },
    { requiredKeys: ['type', 'id', 'did'] },
  ),
  proofs: fc.record(
    {
      type: fc.constant('proofs' as const),
      re: exactly(16),
      statements: fc.array(statement, { maxLength: 512 }),
      more: exactly(32),
    },
    { requiredKeys: ['type', 're', 'statements'] },
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
  have: fc.record({ type: fc.constant('have' as const), ids: fc.array(exactly(32), { minLength: 1, maxLength: 256 }) }),
  want: fc.record({ type: fc.constant('want' as const), ids: fc.array(exactly(32), { minLength: 1, maxLength: 64 }) }),
  compare: fc.record({
    type: fc.constant('compare' as const),
    id: exactly(16),
    of: fc.constantFrom(...COLLECTIONS),
    horizon: day,
    ranges: fc.array(fc.tuple(prefix, exactly(32)), { minLength: 1, maxLength: 128 }),
  }),
  differ: fc.record({
    type: fc.constant('differ' as const),
    re: exactly(16),
    horizon: day,
    looked: fc.nat(128),
    deeper: fc.array(fc.nat(127), { maxLength: 128 }),
    listed: fc.array(fc.tuple(fc.nat(127), fc.array(exactly(34), { maxLength: 4 })), { maxLength: 128 }),
  }),
  head: fc.record({ type: fc.constant('head' as const), bytes: statement }),
  confirm: fc.record({
    type: fc.constant('confirm' as const),
    ids: fc.array(exactly(32), { minLength: 1, maxLength: 256 }),
  }),
  confirmed: fc.record({
    type: fc.constant('confirmed' as const),
    ids: fc.array(exactly(32), { minLength: 1, maxLength: 256 }),
  }),
  checkpoint: fc.record({
    ...{ type: fc.constant('checkpoint' as const), note, link: statement, old: fc.maxSafeNat() },
    proof: fc.array(exactly(32), { maxLength: 64 }),
  }),
  cosigned: fc.record(
    { type: fc.constant('cosigned' as const), size: fc.maxSafeNat(), line: note, link: statement, known: note },
    { requiredKeys: ['type', 'size'] },
  ),
  witnessed: fc.record({ type: fc.constant('witnessed' as const), note }),
  carry: fc.record({
    ...{ type: fc.constant('carry' as const), origin: didKey, dest: didKey, hops, id: exactly(16) },
    ...{ from: didKey, to: didKey, body: content },
  }),
  carried: fc.record(
    { type: fc.constant('carried' as const), origin: didKey, re: exactly(16), code, hops },
    { requiredKeys: ['type', 'origin', 're', 'hops'] },
  ),
  greet: fc.record(
    {
      ...{ type: fc.constant('greet' as const), line, next: place, maxBytes: fc.maxSafeNat() },
      heard: fc.record({ line, n: fc.maxSafeNat() }),
    },
    { requiredKeys: ['type', 'line', 'next', 'maxBytes'] },
  ),
  say: fc.oneof(
    fc.record({ ...said, kind: kinds('one-way', 'request') }, { requiredKeys: SAID }),
    fc.record({ ...said, kind: kinds('stream'), grant }, { requiredKeys: [...SAID, 'grant'] }),
    fc.record({ ...said, kind: kinds('error', 'item'), re: place }, { requiredKeys: [...SAID, 're'] }),
    fc.record({ ...said, kind: kinds('reply'), re: place, calls: fc.maxSafeNat() }, { requiredKeys: [...SAID, 're'] }),
    fc.record({ ...said, kind: kinds('end', 'cancel'), re: place, body: nothing }, { requiredKeys: [...SAID, 're'] }),
    fc.record(
      { ...said, kind: kinds('credit'), re: place, grant, body: nothing },
      { requiredKeys: [...SAID, 're', 'grant'] },
    ),
  ),
  heard: fc.record({ type: fc.constant('heard' as const), n: fc.maxSafeNat() }),
}
const frame: fc.Arbitrary<Frame> = fc.oneof(...Object.values(frames))

/** As many of them as one message holds. */
function fitting(list: readonly Frame[]): Frame[] {
  let items = 1
  return list.filter((one) => {
    items += itemsOf(one)
    return items <= MAX_ITEMS
  })
}

/** Of each type: the fields that it must have, and those that it may. */
const FIELDS: { [T in Frame['type']]: readonly [must: readonly string[], may: readonly string[]] } = {
  message: [['id', 'to', 'body'], ['from']],
  statement: [['bytes'], []],
  query: [['did'], ['ctx']],
  lookup: [['id', 'dids', 'links'], ['ctx']],
  status: [['re', 'epoch', 'void', 'fresh'], []],
  standing: [['did', 'status', 'score', 'tier', 'confidence', 'epoch'], ['ctx']],
  find: [
    ['id', 'can', 'limit'],
    ['minTier', 'after'],
  ],
  found: [['re', 'manifests'], ['more']],
  explain: [['id', 'did'], ['ctx']],
  explained: [['re', 'positive', 'negative', 'contributions', 'rest'], []],
  evidence: [
    ['id', 'did'],
    ['ctx', 'after'],
  ],
  proofs: [['re', 'statements'], ['more']],
  ack: [['re'], ['code']],
  ping: [['n'], []],
  pong: [['n'], []],
  notice: [['code', 'proof'], []],
  close: [['code'], []],
  rekey: [[], []],
  have: [['ids'], []],
  want: [['ids'], []],
  compare: [['id', 'of', 'horizon', 'ranges'], []],
  differ: [['re', 'horizon', 'looked', 'deeper', 'listed'], []],
  head: [['bytes'], []],
  confirm: [['ids'], []],
  confirmed: [['ids'], []],
  carry: [['origin', 'dest', 'hops', 'id', 'from', 'to', 'body'], []],
  carried: [['origin', 're', 'hops'], ['code']],
  checkpoint: [['note', 'link', 'old', 'proof'], []],
  cosigned: [['size'], ['line', 'link', 'known']],
  witnessed: [['note'], []],
  greet: [['line', 'next', 'maxBytes'], ['heard']],
  say: [
    ['n', 'kind', 'body'],
    ['re', 'more', 'grant', 'receipt', 'calls', 'trace'],
  ],
  heard: [['n'], []],
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
    ['513 frames', Array.from({ length: 513 }, (_, n) => ['ping', { n }])],
    ['one frame, not in a list', ['ping', { n: 1 }]],
    ['a frame that is a map', [{ type: 'ping', n: 1 }]],
    ['a frame without fields', [['ping']]],
    ['a frame with a part too many', [['ping', { n: 1 }, null]]],
    ['a type that is a number', [[1, { n: 1 }]]],
    ['a type that is a byte string', [[new TextEncoder().encode('ping'), { n: 1 }]]],
    ['fields that are nil', [['rekey', null]]],
    ['fields that are a list', [['rekey', []]]],
    ['fields that are bytes', [['rekey', new Uint8Array()]]],
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
    message: { id: bytes(16), to: key, from: key, body: bytes(1) },
    standing: { did: key, status: 'active', score: 1, tier: 'known', confidence: 1, epoch: 1 },
    status: { re: bytes(16), epoch: 1, void: [bytes(32)], fresh: [0] },
    find: { id: bytes(16), can: '/tool', minTier: 'known', after: key, limit: 64 },
    found: { re: bytes(16), manifests: [bytes(1)], more: key },
    explained: {
      ...{ re: bytes(16), positive: 1, negative: 0, rest: { raters: 0, positive: 0, negative: 0 } },
      contributions: [{ rater: key, share: -1, credit: 1000, path: [key] }],
    },
    evidence: { id: bytes(16), did: key, ctx: 'tool', after: bytes(32) },
    proofs: { re: bytes(16), statements: [bytes(1)], more: bytes(32) },
    ack: { re: bytes(16), code: 'message.recipient-offline' },
    notice: { code: 'busy', proof: [bytes(1)] },
    compare: { id: bytes(16), of: 'revocations', horizon: 0, ranges: [[bytes(68), bytes(32)]] },
    differ: { re: bytes(16), horizon: 65_535, looked: 128, deeper: [127], listed: [[0, [bytes(34)]]] },
    carry: {
      ...{ origin: key, dest: key, hops: 8, id: bytes(16), from: key, to: key },
      body: bytes(1),
    },
    carried: { origin: key, re: bytes(16), code: 'message.no-route', hops: 0 },
    checkpoint: { note: bytes(1), link: bytes(1), old: 0, proof: [bytes(32)] },
    greet: { line: bytes(8), next: 1, maxBytes: 0, heard: { line: bytes(8), n: 0 } },
    request: {
      n: 1,
      kind: 'request',
      body: bytes(1),
      receipt: bytes(1),
      trace: `00-${'0a'.repeat(16)}-${'0'.repeat(16)}-01`,
    },
    stream: { n: 1, kind: 'stream', grant: 1, body: bytes(1) },
    reply: { n: 1, kind: 'reply', re: 1, calls: 0, body: bytes(1) },
    part: { n: 1, kind: 'reply', re: 1, more: true, body: bytes(LIMITS.sayBytes) },
    end: { n: 1, kind: 'end', re: 1, body: bytes(0) },
    credit: { n: 1, kind: 'credit', re: 1, grant: 1, body: bytes(0) },
  }
  const range = (prefix: Encodable, print: Encodable = bytes(32)): Encodable => [[prefix, print]]
  const days = [-1, 65_536, '1', bytes(2), Number.MAX_SAFE_INTEGER]

  it.each<[Frame['type'], string, Fields, readonly Encodable[]]>([
    ['message', 'id', good.message, [bytes(0), bytes(15), bytes(17), 'x'.repeat(16), 16]],
    ['message', 'to', good.message, [bytes(31), key.slice(1), Uint8Array.of(...key, 0), alice.did, [key]]],
    ['message', 'from', good.message, [bytes(0), key.slice(1), Uint8Array.of(...key, 0), false]],
    ['message', 'body', good.message, [bytes(LIMITS.bodyBytes + 1), 'text', {}, []]],
    ['statement', 'bytes', { bytes: bytes(1) }, [bytes(0), bytes(MAX_STATEMENT_BYTES + 1), 'text', [1, 2]]],
    ['query', 'did', { did: key }, [key.slice(1), Uint8Array.of(...key, 0), alice.did]],
    ['standing', 'did', good.standing, [key.slice(1), alice.did]],
    ['standing', 'status', good.standing, ['', 'Active', 'banned', 1]],
    ['standing', 'score', good.standing, [-1, 1001, '1', true]],
    ['standing', 'tier', good.standing, ['', 'root', 3]],
    ['standing', 'confidence', good.standing, [-1, 1001, '1', []]],
    ['standing', 'epoch', good.standing, [-1, '1', bytes(1)]],
    ['status', 'void', good.status, [[bytes(31)], ['x'.repeat(32)], Array(11).fill(bytes(32)), bytes(32)]],
    ['status', 'fresh', good.status, [[-1], ['0'], [bytes(1)], Array(17).fill(0), 0]],
    ['find', 'id', good.find, [bytes(15), bytes(32), 'x'.repeat(16)]],
    ['find', 'can', good.find, ['', 'tool', '/', '/Tool', '/tool/', '/a/b/c/d/e/f/g/h/i', bytes(5)]],
    ['find', 'minTier', good.find, ['', 'root', 3]],
    ['find', 'after', good.find, [bytes(16), key.slice(1), alice.did]],
    ['find', 'limit', good.find, [0, -1, 65, '1', Number.MAX_SAFE_INTEGER]],
    [
      'found',
      'manifests',
      good.found,
      [bytes(1), [bytes(0)], [bytes(MAX_STATEMENT_BYTES + 1)], Array(65).fill(bytes(1))],
    ],
    ['found', 'more', good.found, [bytes(16), key.slice(1), true]],
    ['explained', 'positive', good.explained, [-1, '1', true]],
    [
      'explained',
      'contributions',
      good.explained,
      [
        ...[[{}], {}, [{ rater: key, share: 1, credit: 1001, path: [key] }]],
        ...[[], Array(10).fill(key), [alice.did]].map((path) => [{ rater: key, share: 1, credit: 1, path }]),
        [{ rater: key, share: 1, credit: 1, path: [key], name: 'alice' }],
        Array(17).fill(good.explained.contributions[0]),
      ],
    ],
    ['explained', 'rest', good.explained, [{}, { raters: -1, positive: 0, negative: 0 }, [0, 0, 0]]],
    ['evidence', 'after', good.evidence, [bytes(16), bytes(33), 'x'.repeat(32)]],
    ['evidence', 'ctx', good.evidence, ['', 'Tool', '/tool']],
    [
      'proofs',
      'statements',
      good.proofs,
      [bytes(1), [bytes(0)], [bytes(MAX_STATEMENT_BYTES + 1)], Array(513).fill(bytes(1))],
    ],
    ['proofs', 'more', good.proofs, [bytes(16), bytes(33), true]],
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
    ['have', 'ids', { ids: [bytes(32)] }, [[], [bytes(31)], [bytes(33)], Array(257).fill(bytes(32)), bytes(32)]],
    ['confirm', 'ids', { ids: [bytes(32)] }, [[], [bytes(31)], Array(257).fill(bytes(32)), bytes(32)]],
    ['confirmed', 'ids', { ids: [bytes(32)] }, [[], [bytes(33)], Array(257).fill(bytes(32)), bytes(32)]],
    ['want', 'ids', { ids: [bytes(32)] }, [[], [bytes(31)], ['x'.repeat(32)], Array(65).fill(bytes(32)), bytes(32)]],
    ['compare', 'id', good.compare, [bytes(15), bytes(32), 1]],
    ['compare', 'of', good.compare, ['', 'all', 'leases', 0]],
    ['compare', 'horizon', good.compare, days],
    [
      'compare',
      'ranges',
      good.compare,
      [
        ...[[], range(bytes(69)), range(Uint8Array.of(16)), range('0'), range(bytes(1), bytes(31))],
        ...[[[bytes(1)]], [[bytes(1), bytes(32), 1]], Array(129).fill([bytes(1), bytes(32)])],
      ],
    ],
    ['differ', 're', good.differ, [bytes(15), bytes(32)]],
    ['differ', 'horizon', good.differ, days],
    ['differ', 'looked', good.differ, [-1, 129, '1']],
    ['differ', 'deeper', good.differ, [[-1], [128], ['1'], Array(129).fill(0), 1]],
    [
      'differ',
      'listed',
      good.differ,
      [
        ...[[[128, []]], [[-1, []]], [[0]], [[0, [bytes(33)]]], [[0, [bytes(35)]]], [[0, bytes(34)]]],
        ...[[[0, Array(5).fill(bytes(34))]], Array(129).fill([0, []])],
      ],
    ],
    ['head', 'bytes', { bytes: bytes(4096) }, [bytes(0), bytes(4097), 'text']],
    ['carry', 'hops', good.carry, [-1, 9, '1', Number.MAX_SAFE_INTEGER]],
    ['carry', 'body', good.carry, [bytes(LIMITS.bodyBytes + 1), 'text']],
    ['greet', 'line', good.greet, [bytes(7), bytes(9), 'x'.repeat(8), 1]],
    ['greet', 'next', good.greet, [0, -1, '1', bytes(1)]],
    ['greet', 'maxBytes', good.greet, [-1, '1', true]],
    [
      'greet',
      'heard',
      good.greet,
      [
        0,
        {},
        { line: bytes(8) },
        { line: bytes(7), n: 0 },
        { line: bytes(8), n: -1 },
        { ...good.greet.heard, more: true },
      ],
    ],
    ['say', 'n', good.request, [0, -1, '1', bytes(1)]],
    ['say', 'kind', good.request, ['', 'Request', 'notice', 'toString', 0]],
    ['say', 'body', good.request, [bytes(LIMITS.sayBytes + 1), 'text', {}, []]],
    ['say', 'receipt', good.request, [bytes(0), bytes(LIMITS.receiptBytes + 1), 'text', true]],
    [
      'say',
      'trace',
      good.request,
      ['', good.request.trace.toUpperCase(), good.request.trace.replace('00', '01'), `${good.request.trace} `],
    ],
    ['say', 're', good.reply, [0, -1, '1', bytes(16)]],
    ['say', 'calls', good.reply, [-1, '1', true]],
    ['say', 'more', good.part, [false, 1, 'true']],
    ['say', 'grant', good.stream, [0, -1, LIMITS.grant + 1, Number.MAX_SAFE_INTEGER, '1']],
    ['say', 'grant', good.credit, [0, LIMITS.grant + 1]],
    ['say', 'body', good.end, [bytes(1)]],
    ['say', 'body', good.credit, [bytes(1)]],
    ['heard', 'n', { n: 0 }, [-1, '1', true, bytes(1)]],
    ['carried', 'hops', good.carried, [-1, 9]],
    ['checkpoint', 'note', good.checkpoint, [bytes(0), bytes(1025)]],
    ['checkpoint', 'link', good.checkpoint, [bytes(0), bytes(4097)]],
    ['checkpoint', 'old', good.checkpoint, [-1, '1']],
    ['checkpoint', 'proof', good.checkpoint, [[bytes(31)], Array.from({ length: 65 }, () => bytes(32))]],
    ['cosigned', 'size', { size: 1 }, [-1, '1']],
    ['cosigned', 'known', { size: 1, known: bytes(1) }, [bytes(0), bytes(1025)]],
    ['witnessed', 'note', { note: bytes(1) }, [bytes(0), bytes(1025)]],
    ['carried', 'code', good.carried, ['', 'Message', 'a'.repeat(65)]],
    ['close', 'code', { code: 'session.closed' }, ['', 'revoked', 'toString', 'constructor', '__proto__', 4404]],
  ])('S18 refuses a %s whose %s is out of bounds', (type, field, fields, values) => {
    expect(parse(type, fields)).toEqual([{ type, ...fields }])
    for (const value of values) {
      expect(() => parse(type, { ...fields, [field]: value })).toThrow(refused('frame.malformed'))
    }
  })

  const beginnings = ['one-way', 'request', 'stream'] as const
  const others = ['reply', 'error', 'item', 'end', 'credit', 'cancel'] as const
  const granted = (kind: SayKind): Fields => (kind === 'stream' || kind === 'credit' ? { grant: 1 } : {})
  const bare = (kind: SayKind): boolean => kind === 'end' || kind === 'credit' || kind === 'cancel'
  it.each<[string, Fields]>([
    ...beginnings.map((kind): [string, Fields] => [
      `a ${kind} about something`,
      { n: 1, kind, re: 1, ...granted(kind), body: bytes(0) },
    ]),
    ...others.map((kind): [string, Fields] => [
      `a ${kind} about nothing`,
      { n: 1, kind, ...granted(kind), body: bytes(0) },
    ]),
    ...(['one-way', 'request'] as const).map((kind): [string, Fields] => [
      `a ${kind} that grants`,
      { n: 1, kind, grant: 1, body: bytes(0) },
    ]),
    ...(['reply', 'error', 'item', 'end', 'cancel'] as const).map((kind): [string, Fields] => [
      `a ${kind} that grants`,
      { n: 1, kind, re: 1, grant: 1, body: bytes(0) },
    ]),
    ['a stream that grants nothing', { n: 1, kind: 'stream', body: bytes(0) }],
    ['a credit that grants nothing', { n: 1, kind: 'credit', re: 1, body: bytes(0) }],
    ['a cancel with something in it', { n: 1, kind: 'cancel', re: 1, body: bytes(1) }],
    ...others
      .filter(bare)
      .map((kind): [string, Fields] => [
        `a part of a ${kind}`,
        { n: 1, kind, re: 1, ...granted(kind), more: true, body: bytes(0) },
      ]),
    ['a part that is not full', { ...good.part, body: bytes(LIMITS.sayBytes - 1) }],
    ['a part with nothing in it', { ...good.part, body: bytes(0) }],
    ['a request that tells what is left', { ...good.request, calls: 1 }],
    ['a part that tells what is left', { ...good.part, calls: 1 }],
  ])('M5 M7 S18 refuses %s', (_, fields) => {
    expect(() => parse('say', fields)).toThrow(refused('frame.malformed'))
  })

  it('takes a part of anything that may have parts, if it is full', () => {
    for (const kind of [...beginnings, ...others].filter((kind) => !bare(kind))) {
      const re = others.includes(kind as 'reply') ? { re: 1 } : {}
      const fields = { n: 1, kind, ...re, ...granted(kind), more: true, body: bytes(LIMITS.sayBytes) }
      expect(parse('say', fields)).toEqual([{ type: 'say', ...fields }])
    }
  })

  it.each<[Frame['type'], string, Fields]>([
    ['message', 'to', good.message],
    ['message', 'from', good.message],
    ['query', 'did', { did: key }],
    ['standing', 'did', good.standing],
    ['carry', 'origin', good.carry],
    ['carry', 'dest', good.carry],
    ['carry', 'from', good.carry],
    ['carry', 'to', good.carry],
    ['carried', 'origin', good.carried],
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
        const held = fitting(list)
        expect(parseFrames(joinFrames(held.map(encodeFrame)))).toEqual(held)
      }),
      { numRuns: 100 },
    )
  })

  it('gives back any frames in their order, as plain byte arrays', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: MAX_FRAMES }), (list) => {
        const held = fitting(list)
        const parsed = parseFrames(Buffer.from(joinFrames(held.map(encodeFrame))))
        expect(parsed).toEqual(held)
        for (const value of parsed.flatMap((one) => Object.values(one))) {
          if (value instanceof Uint8Array) expect(value.constructor).toBe(Uint8Array)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('keeps its bounds: 61,440 bytes of body, 40,960 of a statement, 16 statements, 2^53 − 1', () => {
    const largest: Frame[] = [
      { type: 'message', id: bytes(16), to: key, from: key, body: bytes(61_440) },
      { type: 'say', n: Number.MAX_SAFE_INTEGER, kind: 'one-way', receipt: bytes(1_024), body: bytes(57_344) },
      { type: 'statement', bytes: bytes(40_960) },
      { type: 'notice', code: 'revoked', proof: Array.from({ length: 16 }, () => bytes(1)) },
      { type: 'ping', n: Number.MAX_SAFE_INTEGER },
      { type: 'ack', re: bytes(32), code: `${'a'.repeat(32)}.${'b'.repeat(31)}` },
    ]
    for (const one of largest) expect(parseFrames(joinFrames([encodeFrame(one)]))).toEqual([one])
  })
})

describe('belongs', () => {
  const OF = {
    agent: [
      ...['ack', 'evidence', 'explain', 'explained', 'find', 'found', 'lookup', 'message', 'notice', 'proofs', 'query'],
      ...['standing', 'status', 'ping', 'pong', 'statement', 'close', 'rekey'],
    ],
    node: [
      ...['carried', 'carry', 'checkpoint', 'compare', 'confirm', 'confirmed', 'cosigned', 'differ', 'have', 'head'],
      ...['want', 'witnessed'],
      ...['ping', 'pong', 'statement', 'close', 'rekey'],
    ],
    peer: ['greet', 'say', 'heard', 'close', 'rekey'],
  } as const

  it.each(['agent', 'node', 'peer'] as const)(
    'M3 has in a session of an %s what is said there, and nothing else',
    (purpose) => {
      const types = Object.keys(frames) as Frame['type'][]
      expect(types.filter((type) => belongs(type, purpose)).sort()).toEqual(OF[purpose].toSorted())
    },
  )
})

describe('itemsOf', () => {
  it('counts as the strict scan does', () => {
    fc.assert(
      fc.property(frame, (one) => {
        const spare = MAX_ITEMS - 1 - itemsOf(one)
        const filled = (count: number): Uint8Array => encode([Array(count).fill(null), [one.type, fieldsOf(one)]])
        // The list of nils is an item too.
        expect(filled(spare - 1)).toBeInstanceOf(Uint8Array)
        expect(() => filled(spare)).toThrow(expect.objectContaining({ code: 'encoding.items' }))
      }),
      { numRuns: 300 },
    )
  })
})

describe('joinFrames', () => {
  const rekey = encodeFrame({ type: 'rekey' })

  it('refuses 513 frames', () => {
    expect(() => joinFrames(Array.from({ length: 513 }, () => rekey))).toThrow(refused('frame.too-big'))
  })

  it.each([1, 15, 16, 255, 256, 512])('writes a list of %i frames as the encoder of documents would', (count) => {
    const list = Array.from({ length: count }, (): Encodable => ['rekey', {}])
    expect(joinFrames(list.map(() => rekey))).toEqual(encode(list))
  })
})
