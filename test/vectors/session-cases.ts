/** `vectors/session.json`: sealed messages from keys and frames, by the reference; and messages that end a session. */

import { type Encodable, encode } from '@trustmesh/identity'
import type { Purpose } from '@trustmesh/protocol'
import { type Bytes, named, turned } from './golden.ts'
import { concat, type Document, documentBytes, rekeyed, seal } from './reference.ts'

type Role = 'initiator' | 'responder'
type Frame = readonly [type: string, fields: { readonly [field: string]: Encodable | undefined }]

interface Keys {
  readonly id: Bytes
  readonly initiatorKey: Bytes
  readonly responderKey: Bytes
}

interface Message {
  readonly from: Role
  /** When it is sent, in ms after the session began. */
  readonly at: number
  readonly frames: readonly Frame[]
  /** Whether the sender puts a rekey behind them. */
  readonly rekeys: boolean
  readonly key: Bytes
  readonly count: number
  readonly plaintext: Bytes
  readonly sealed: Bytes
}

export interface SessionCase {
  readonly name: string
  readonly about: string
  readonly purpose: Purpose
  readonly session: Keys
  readonly messagesPerKey: number
  readonly messages: readonly Message[]
}

export interface SessionFault {
  readonly name: string
  readonly purpose: Purpose
  readonly to: Role
  readonly session: Keys
  readonly messagesPerKey: number
  readonly received: readonly Bytes[]
  readonly message: Bytes
  readonly code: string
}

const HOUR_MS = 3_600_000
const PER_KEY = 2 ** 20
const REKEY: Frame = ['rekey', {}]
const ping = (n: number): Frame => ['ping', { n }]

function keysOf(name: string): Keys {
  const [id, initiatorKey, responderKey] = ['id', 'initiator', 'responder'].map((part) =>
    named(`session ${name} ${part}`),
  )
  return { id, initiatorKey, responderKey } as Keys
}

/** One direction: the messages under each key in turn. */
class Direction {
  readonly #id: Bytes
  #key: Bytes
  #count: number

  constructor(keys: Keys, role: Role) {
    this.#id = keys.id
    this.#key = role === 'initiator' ? keys.initiatorKey : keys.responderKey
    // The welcome was the responder's message 0.
    this.#count = role === 'initiator' ? 0 : 1
  }

  say(plaintext: Bytes, rekeys: boolean): { key: Bytes; count: number; plaintext: Bytes; sealed: Bytes } {
    const [key, count] = [this.#key, this.#count]
    this.#count = rekeys ? 0 : count + 1
    if (rekeys) this.#key = rekeyed(key, this.#id)
    return { key, count, plaintext, sealed: seal(key, count, plaintext, this.#id) }
  }
}

function session(
  name: string,
  about: string,
  messagesPerKey: number,
  said: readonly (readonly [from: Role, frames: readonly Frame[], at?: number])[],
  purpose: Purpose = 'agent',
): SessionCase {
  const keys = keysOf(name)
  const directions = { initiator: new Direction(keys, 'initiator'), responder: new Direction(keys, 'responder') }
  const used = { initiator: 0, responder: 1 }
  const keyedAt = { initiator: 0, responder: 0 }
  const messages = said.map(([from, frames, at = 0]): Message => {
    used[from] += 1
    const rekeys = used[from] === messagesPerKey || at - keyedAt[from] >= HOUR_MS
    if (rekeys) {
      used[from] = 0
      keyedAt[from] = at
    }
    const plaintext = encode((rekeys ? [...frames, REKEY] : frames) as Encodable)
    return { from, at, frames, rekeys, ...directions[from].say(plaintext, rekeys) }
  })
  return { name, about, purpose, session: keys, messagesPerKey, messages }
}

const LINES = [named('line of the initiator', 8), named('line of the responder', 8)]
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const [ALICE, BOB] = [named('did alice'), named('did bob')]
const LOOKUP = { id: named('lookup', 16), dids: [ALICE, BOB], links: [[BOB, named('link', 32)]] }
const STATUS = { re: LOOKUP.id, epoch: 70_000, void: [], fresh: [0, 1_250] }
const STANDING = { did: BOB, status: 'active', score: 650, tier: 'trusted', confidence: 512, epoch: 70_000 }
const EXPLAINED = {
  re: named('explain', 16),
  positive: 1_900_000,
  negative: 250,
  contributions: [
    { rater: ALICE, share: 1_900_000, credit: 1000, path: [ALICE] },
    { rater: BOB, share: -200, credit: 33, path: [ALICE, BOB] },
  ],
  rest: { raters: 2, positive: 0, negative: 50 },
}

export const SESSIONS: readonly SessionCase[] = [
  session(
    'each',
    'Every type of frame between an agent and a node, each in a message of its own. The responder’s first message has count 1.',
    PER_KEY,
    [
      ['initiator', [['message', { id: named('1', 16), to: BOB, body: named('packet', 24) }]]],
      ['responder', [['ack', { re: named('1', 16) }]]],
      ['initiator', [['message', { id: named('2', 16), to: BOB, from: ALICE, body: new Uint8Array() }]]],
      ['responder', [['ack', { re: named('2', 16), code: 'message.recipient-offline' }]]],
      ['responder', [['message', { id: named('3', 16), to: ALICE, from: BOB, body: named('packet', 16) }]]],
      ['initiator', [['statement', { bytes: named('statement') }]]],
      ['responder', [['ack', { re: named('statement hash'), code: 'statement.signature' }]]],
      ['initiator', [['query', { did: BOB }]]],
      ['responder', [['standing', STANDING]]],
      [
        'responder',
        [['standing', { did: BOB, status: 'unknown', score: 0, tier: 'untrusted', confidence: 0, epoch: 0 }]],
      ],
      ['initiator', [['query', { did: BOB, ctx: 'tool/search' }]]],
      [
        'responder',
        [
          [
            'standing',
            {
              did: BOB,
              ctx: 'tool/search',
              status: 'suspended',
              score: 0,
              tier: 'untrusted',
              confidence: 1000,
              epoch: 7,
            },
          ],
        ],
      ],
      ['initiator', [['lookup', LOOKUP]]],
      ['responder', [['status', { ...STATUS, void: [named('link', 32)] }]]],
      ['initiator', [['explain', { id: named('explain', 16), did: BOB, ctx: 'tool' }]]],
      ['responder', [['explained', EXPLAINED]]],
      ['initiator', [['evidence', { id: named('evidence', 16), did: BOB }]]],
      [
        'responder',
        [['proofs', { re: named('evidence', 16), statements: [named('statement')], more: named('last', 32) }]],
      ],
      ['initiator', [['evidence', { id: named('rest', 16), did: BOB, ctx: 'tool', after: named('last', 32) }]]],
      ['responder', [['proofs', { re: named('rest', 16), statements: [] }]]],
      ['initiator', [['find', { id: named('find', 16), can: '/tool/search', minTier: 'known', limit: 64 }]]],
      ['responder', [['found', { re: named('find', 16), manifests: [named('manifest')], more: BOB }]]],
      ['initiator', [['find', { id: named('found', 16), can: '/tool', after: BOB, limit: 1 }]]],
      ['responder', [['found', { re: named('found', 16), manifests: [] }]]],
      ['initiator', [ping(0)]],
      ['responder', [['pong', { n: 0 }]]],
      ['initiator', [ping(Number.MAX_SAFE_INTEGER)]],
      ['responder', [['notice', { code: 'revoked', proof: [named('proof')] }]]],
      ['responder', [['notice', { code: 'draining', proof: [] }]]],
      ['responder', [['close', { code: 'session.revoked' }]]],
      ['initiator', [['close', { code: 'session.closed' }]]],
    ],
  ),
  session(
    'between agents',
    'Every frame of a session between two agents, and every kind of `say`.',
    PER_KEY,
    [
      ['initiator', [['greet', { line: LINES[0], next: 1, maxBytes: 1_048_576 }]]],
      ['responder', [['greet', { line: LINES[1], next: 7, maxBytes: 16_777_216, heard: { line: LINES[0], n: 0 } }]]],
      ['initiator', [['say', { n: 1, kind: 'one-way', body: encode(['note', { n: 1 }]) }]]],
      ['responder', [['heard', { n: 1 }]]],
      ['initiator', [['say', { n: 2, kind: 'request', trace: TRACE, body: encode(['task', null]) }]]],
      ['responder', [['say', { n: 7, kind: 'reply', re: 2, calls: 3, body: encode(null) }]]],
      ['initiator', [['say', { n: 3, kind: 'request', receipt: named('receipt'), body: encode(['task', null]) }]]],
      ['responder', [['say', { n: 8, kind: 'error', re: 3, body: encode({ code: 'failed' }) }]]],
      ['initiator', [['say', { n: 4, kind: 'stream', grant: 1, body: encode(['task', null]) }]]],
      ['responder', [['say', { n: 9, kind: 'item', re: 4, body: encode('item') }]]],
      ['initiator', [['say', { n: 5, kind: 'credit', re: 4, grant: 1_024, body: new Uint8Array() }]]],
      ['responder', [['say', { n: 10, kind: 'end', re: 4, body: new Uint8Array() }]]],
      ['initiator', [['say', { n: 6, kind: 'cancel', re: 4, body: new Uint8Array() }]]],
      ['initiator', [['heard', { n: 10 }]]],
      ['responder', [['close', { code: 'session.closed' }]]],
    ],
    'peer',
  ),
  session(
    'coalesced',
    'Several frames in one message: two, 15 and 16 (from where on the list has a longer header), and 511.',
    PER_KEY,
    [
      ['initiator', [['query', { did: BOB }], ping(1)]],
      [
        'responder',
        [
          ['standing', STANDING],
          ['message', { id: named('5', 16), to: ALICE, from: BOB, body: named('body') }],
        ],
      ],
      ...[15, 16, 511].map((count): [Role, Frame[]] => ['initiator', Array.from({ length: count }, (_, n) => ping(n))]),
    ],
  ),
  session(
    'rekeyed by number',
    'With 3 messages under a key instead of 2^20: each third message (of the responder, counting the welcome) ends with a rekey.',
    3,
    [0, 1, 2, 3, 4, 5, 6, 7].map((n) => [n < 4 || n > 5 ? 'initiator' : 'responder', [ping(n)]]),
  ),
  session('rekeyed by time', 'From an hour after the last change of key on, a message ends with a rekey.', PER_KEY, [
    ['initiator', [ping(0)], 0],
    ['initiator', [ping(1)], HOUR_MS - 1],
    ['initiator', [ping(2)], HOUR_MS],
    ['initiator', [ping(3)], HOUR_MS + 1],
    ['initiator', [ping(4)], 2 * HOUR_MS - 1],
    ['initiator', [ping(5)], 2 * HOUR_MS],
  ]),
]

function faults(): SessionFault[] {
  const keys = keysOf('faults')
  const others = keysOf('others')
  const sealed = (document: Document, count = 0, { id, initiatorKey } = keys): Bytes =>
    seal(initiatorKey, count, documentBytes(document), id)
  const good = [0, 1, 2, 3].map((n) => sealed([ping(n)] as Encodable, n))
  const [first, second, third] = good as [Bytes, Bytes, Bytes]
  const fault = (name: string, message: Bytes, code: string, received: readonly Bytes[] = []): SessionFault => ({
    name,
    purpose: 'agent',
    to: 'responder',
    session: keys,
    messagesPerKey: PER_KEY,
    received,
    message,
    code,
  })
  const unsealed = (name: string, message: Bytes, received?: readonly Bytes[]): SessionFault =>
    fault(name, message, 'frame.unsealed', received)
  const malformed = (name: string, document: Document): SessionFault => fault(name, sealed(document), 'frame.malformed')
  const frame = (name: string, type: string, fields: Encodable): SessionFault => malformed(name, [[type, fields]])
  const peer = (name: string, type: string, fields: Encodable, code = 'frame.malformed'): SessionFault => ({
    ...fault(name, sealed([[type, fields]]), code),
    purpose: 'peer',
  })
  const message = { id: named('6', 16), to: BOB, body: new Uint8Array() }
  const greet = { line: named('line', 8), next: 1, maxBytes: 0 }
  const say = { n: 1, kind: 'one-way', body: new Uint8Array() }
  const about = { ...say, kind: 'cancel', re: 1 }
  const rekeying = sealed([ping(0), REKEY] as Encodable)
  return [
    unsealed('M1: a message again', first, [first]),
    unsealed('M1: an older message again', first, [first, second]),
    unsealed('M2: the second message first', second),
    unsealed('M2: a gap', third, [first]),
    unsealed('M2: one bit turned, at the beginning', turned(first, 0)),
    unsealed('M2: one bit turned, at the end', turned(first, first.length * 8 - 1)),
    unsealed('M2: no bytes', new Uint8Array()),
    unsealed('M2: 15 bytes', named('short', 15)),
    unsealed('M2: a tag alone', first.slice(-16)),
    unsealed('M2: cut off', first.slice(0, -1)),
    unsealed('M2: a byte behind it', concat(first, Uint8Array.of(0))),
    unsealed('M3: of another session', sealed([ping(0)] as Encodable, 0, others)),
    unsealed('M3: of another session with the same key', sealed([ping(0)] as Encodable, 0, { ...keys, id: others.id })),
    unsealed('M3: of its own direction', seal(keys.responderKey, 1, encode([ping(0)] as Encodable), keys.id)),
    unsealed(
      'M3: of its own direction, under its own count',
      seal(keys.responderKey, 0, encode([ping(0)] as Encodable), keys.id),
    ),
    unsealed('M1: under the old key after a rekey, as message 0', sealed([ping(1)] as Encodable), [rekeying]),
    unsealed('M1: under the old key after a rekey, as message 1', second, [rekeying]),
    unsealed(
      'M1: under the new key without a rekey',
      seal(rekeyed(keys.initiatorKey, keys.id), 0, encode([ping(1)] as Encodable), keys.id),
      [first],
    ),
    {
      ...fault(
        'M3: a welcome once more',
        seal(keys.responderKey, 0, encode([ping(0)] as Encodable), keys.id),
        'frame.unsealed',
      ),
      to: 'initiator',
    },
    {
      ...fault('SE-6: a fourth message under a key for three', good[3]!, 'frame.unexpected', good.slice(0, 3)),
      messagesPerKey: 3,
    },
    fault('SE-6: a rekey first', sealed([REKEY, ping(1)] as Encodable), 'frame.unexpected'),
    fault('SE-6: two rekeys', sealed([REKEY, REKEY] as Encodable), 'frame.unexpected'),
    malformed('no document', { raw: Uint8Array.of(0xc1) }),
    malformed('no plaintext', { raw: new Uint8Array() }),
    malformed('a byte behind the list', { raw: concat(encode([ping(0)] as Encodable), Uint8Array.of(0)) }),
    malformed('a header longer than needed', { raw: concat(Uint8Array.of(0xdc, 0, 1), encode(ping(0) as Encodable)) }),
    malformed('a map', {}),
    malformed('an empty list', []),
    malformed('a frame that is in no list', ping(0) as Encodable),
    malformed('513 frames', Array.from({ length: 513 }, (_, n) => ping(n)) as Encodable),
    malformed('a good frame and a bad one', [ping(0), ['ping', {}]] as Encodable),
    malformed('a frame without fields', [['rekey']]),
    malformed('a frame with a part too many', [['ping', { n: 1 }, {}]]),
    frame('an unknown type', 'pang', { n: 1 }),
    frame('a type that names a method', 'toString', {}),
    malformed('a type that is a number', [[1, { n: 1 }]]),
    frame('fields that are a list', 'rekey', []),
    frame('fields that are bytes', 'rekey', new Uint8Array()),
    frame('S18: an unknown field in a ping', 'ping', { n: 1, more: 1 }),
    frame('S18: an unknown field in a rekey', 'rekey', { key: named('key') }),
    frame('S18: an unknown field in a message', 'message', { ...message, urgent: true }),
    frame('S18: a message that says what it is', 'message', { ...message, kind: 'one-way' }),
    frame('I5: a message to a key of small order', 'message', { ...message, to: new Uint8Array(32) }),
    frame('I5: a query about a key of small order', 'query', { did: new Uint8Array(32) }),
    malformed('I6: a key that is not canonical, behind a good frame', [
      ping(1),
      ['query', { did: new Uint8Array(32).fill(255) }],
    ] as Encodable),
    frame('a nil in place of an absent field', 'message', { ...message, from: null }),
    frame('a message without a body', 'message', { id: message.id, to: message.to }),
    frame('a message with an id of 15 bytes', 'message', { ...message, id: named('6', 15) }),
    frame('a message to a Did as text', 'message', { ...message, to: 'did:key:z6Mk' }),
    frame('a message with a text for a body', 'message', { ...message, body: 'text' }),
    frame('a statement of no bytes', 'statement', { bytes: new Uint8Array() }),
    frame('a query about 31 bytes', 'query', { did: named('did', 31) }),
    frame('a query in the general context by name', 'query', { did: BOB, ctx: '' }),
    frame('a query in a context that there cannot be', 'query', { did: BOB, ctx: 'Tool' }),
    frame('a lookup of 12 Dids', 'lookup', { ...LOOKUP, dids: Array(12).fill(BOB) }),
    frame('a lookup of 11 links', 'lookup', { ...LOOKUP, links: Array(11).fill([BOB, named('link', 32)]) }),
    frame('a lookup of a link without its issuer', 'lookup', { ...LOOKUP, links: [[named('link', 32)]] }),
    frame('I5: a lookup of a link by a key of small order', 'lookup', {
      ...LOOKUP,
      links: [[new Uint8Array(32), named('link', 32)]],
    }),
    frame('a status with 11 void links', 'status', { ...STATUS, void: Array(11).fill(named('link', 32)) }),
    frame('a status that 17 members attest', 'status', { ...STATUS, fresh: Array(17).fill(0) }),
    frame('a status that is attested in time to come', 'status', { ...STATUS, fresh: [-1] }),
    frame('a standing with a score of 1001', 'standing', { ...STANDING, score: 1001 }),
    frame('a standing with an unknown tier', 'standing', { ...STANDING, tier: 'root' }),
    frame('a standing with an unknown status', 'standing', { ...STANDING, status: 'fine' }),
    frame('a find of what is no capability', 'find', { id: named('find', 16), can: 'tool', limit: 1 }),
    frame('a find of 65', 'find', { id: named('find', 16), can: '/tool', limit: 65 }),
    frame('I5: a find behind a key of small order', 'find', {
      ...{ id: named('find', 16), can: '/tool', limit: 1 },
      after: new Uint8Array(32),
    }),
    frame('a list of 65 manifests', 'found', { re: named('find', 16), manifests: Array(65).fill(Uint8Array.of(1)) }),
    frame('an explanation that names 17 raters', 'explained', {
      ...EXPLAINED,
      contributions: Array(17).fill(EXPLAINED.contributions[0] as Encodable),
    }),
    frame('an explanation with a path that leads nowhere', 'explained', {
      ...EXPLAINED,
      contributions: [{ rater: ALICE, share: 1, credit: 1000, path: [] }],
    }),
    frame('S18: an unknown field in a contribution', 'explained', {
      ...EXPLAINED,
      contributions: [{ rater: ALICE, share: 1, credit: 1000, path: [ALICE], name: 'alice' }],
    }),
    frame('evidence behind an id of 16 bytes', 'evidence', {
      id: named('evidence', 16),
      did: BOB,
      after: named('last', 16),
    }),
    frame('513 proofs', 'proofs', { re: named('evidence', 16), statements: Array(513).fill(Uint8Array.of(1)) }),
    frame('an ack of 20 bytes', 'ack', { re: named('re', 20) }),
    frame('an ack with a code that is none', 'ack', { re: named('re', 16), code: 'Not A Code' }),
    frame('a ping with a negative number', 'ping', { n: -1 }),
    frame('a notice with an unknown code', 'notice', { code: 'hello', proof: [] }),
    frame('a notice with 17 statements', 'notice', { code: 'revoked', proof: Array(17).fill(Uint8Array.of(1)) }),
    frame('a close with an unknown code', 'close', { code: 'session.bored' }),
    fault('a say to a node', sealed([['say', say]]), 'frame.unexpected'),
    fault('a greet to a node', sealed([['greet', greet]]), 'frame.unexpected'),
    peer('a message in a session between agents', 'message', message, 'frame.unexpected'),
    peer('a query in a session between agents', 'query', { did: BOB }, 'frame.unexpected'),
    peer('a ping in a session between agents', 'ping', { n: 1 }, 'frame.unexpected'),
    peer('PE-10: a reply to nothing', 'say', { ...say, kind: 'reply' }),
    peer('PE-10: a request that answers something', 'say', { ...say, kind: 'request', re: 1 }),
    peer('PE-10: a stream that grants nothing', 'say', { ...say, kind: 'stream' }),
    peer('PE-10: a request that grants something', 'say', { ...say, kind: 'request', grant: 1 }),
    peer('PE-10: a credit that grants nothing', 'say', { ...about, kind: 'credit' }),
    peer('PE-10: a credit of 1,025 items', 'say', { ...about, kind: 'credit', grant: 1_025 }),
    peer('PE-10: a cancel with a body', 'say', { ...about, body: Uint8Array.of(0xc0) }),
    peer('PE-10: an end with more', 'say', { ...about, kind: 'end', more: true }),
    peer('PE-11: a part that is not full, and not the last', 'say', { ...say, more: true, body: new Uint8Array(32) }),
    peer('PE-11: a receipt on a part that is not the last', 'say', {
      ...{ ...say, more: true, receipt: named('receipt'), body: new Uint8Array(57_344) },
    }),
    peer('PE-16: calls in what is no reply', 'say', { ...about, kind: 'error', calls: 0 }),
    peer('a say of an unknown kind', 'say', { ...say, kind: 'shout' }),
    peer('a say that is number 0', 'say', { ...say, n: 0 }),
    peer('an answer to number 0', 'say', { ...about, re: 0 }),
    peer('a say with more, and yet not', 'say', { ...say, more: false }),
    peer('a receipt of no bytes', 'say', { ...say, receipt: new Uint8Array() }),
    peer('a receipt of 1,025 bytes', 'say', { ...say, receipt: new Uint8Array(1_025) }),
    peer('a trace in upper case', 'say', { ...say, trace: TRACE.toUpperCase() }),
    peer('a trace of another version', 'say', { ...say, trace: TRACE.replace('00-', '01-') }),
    peer('S18: a say to somebody', 'say', { ...say, to: BOB }),
    peer('a line of 7 bytes', 'greet', { ...greet, line: named('line', 7) }),
    peer('a line that goes on with number 0', 'greet', { ...greet, next: 0 }),
    peer('a greeting without a line', 'greet', { next: 1, maxBytes: 0 }),
    peer('a greeting that has heard of a line nothing', 'greet', { ...greet, heard: { line: greet.line } }),
    peer('a heard of less than nothing', 'heard', { n: -1 }),
  ]
}

export const SESSION_FAULTS: readonly SessionFault[] = faults()
