import { randomInt } from 'node:crypto'
import { decode, type Encodable, encode, keyOf } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import {
  alice,
  bob,
  COOKIES,
  drawn,
  type End,
  hexOf,
  initiatorOf,
  meet,
  responderOf,
  responderState,
  resuming,
  TICKET_SECRET,
  WELCOME,
} from '../../../test/protocol-kit.ts'
import { agreement, handshakeKeys, seal, sessionKeys, transcript } from '../../../test/vectors/reference.ts'
import { isCloseCode } from './close-codes.ts'
import {
  parseChallenge,
  parseHello,
  parseOutcome,
  parseProof,
  parseResponse,
  parseRetry,
  parseWelcome,
} from './handshake/frames.ts'
import { stepInitiator } from './handshake/initiator.ts'
import { stepResponder } from './handshake/responder.ts'
import type { HandshakeEffect, HandshakeEvent, Step } from './handshake/step.ts'
import { ProtocolError } from './protocol-error.ts'
import { Session } from './session/session.ts'

const DOCUMENTS = Number(process.env['TRUSTMESH_FUZZ'] ?? 200_000)
const SEED = Number(process.env['TRUSTMESH_FUZZ_SEED'] ?? randomInt(2 ** 32))
console.info(`hostile documents: TRUSTMESH_FUZZ=${DOCUMENTS} TRUSTMESH_FUZZ_SEED=${SEED}`)

/** Reproducible randomness (mulberry32). */
class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}

/** Tokens of msgpack with something to them: containers, lengths of every width, extensions, floats, the reserved one. */
const TOKENS = [
  0x80,
  0x81,
  0x8f,
  0x90,
  0x91,
  0x92,
  0x9f,
  0xa0,
  0xbf,
  ...Array.from({ length: 32 }, (_, n) => 0xc0 + n),
  0xff,
]
const LONG = [
  [0xc6, 0xff, 0xff, 0xff, 0xff],
  [0xdb, 0x7f, 0xff, 0xff, 0xff],
  [0xdd, 0xff, 0xff, 0xff, 0xff],
  [0xdf, 0x00, 0x01, 0x00, 0x00],
  [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0],
  [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  [0xa9, 0x5f, 0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f],
  [0xd4, 0x72, 0x40],
  [0xc0],
  [0xa3, 0xef, 0xbb, 0xbf],
]

/** A document that is good, bad or none at all: mostly good ones with something wrong. */
function hostile(dice: Dice, corpus: readonly Uint8Array[]): Uint8Array {
  const way = dice.below(20)
  if (way === 0) return dice.bytes(dice.below(80))
  if (way === 1) return Uint8Array.from({ length: dice.below(80) }, () => dice.pick(TOKENS))
  if (way === 2) return encode(anyValue(dice, 5))
  if (way === 3) return new Uint8Array(dice.below(8000)).fill(dice.pick(TOKENS))
  if (way === 4) return dice.pick(corpus)
  let document = way < 8 ? changedField(dice, dice.pick(corpus)) : dice.pick(corpus)
  if (way < 7) return document
  for (let edits = 1 + dice.below(3); edits > 0; edits--) document = edited(dice, document, corpus)
  return document
}

/** Still a document, but not the one that it was. */
function changedField(dice: Dice, bytes: Uint8Array): Uint8Array {
  const change = (value: Encodable, depth: number): Encodable => {
    if (dice.below(5) === 0 || depth === 0) return anyValue(dice, 2)
    if (Array.isArray(value))
      return value.length === 0 ? [null] : value.with(dice.below(value.length), change(dice.pick(value), depth - 1))
    if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return anyValue(dice, 1)
    const fields = value as { [key: string]: Encodable }
    const key = dice.below(6) === 0 ? 'added' : (dice.pick(Object.keys(fields)) ?? 'added')
    return { ...fields, [key]: change(fields[key] ?? null, depth - 1) }
  }
  return encode(change(decode(bytes) as Encodable, 4))
}

function edited(dice: Dice, bytes: Uint8Array, corpus: readonly Uint8Array[]): Uint8Array {
  const at = dice.below(bytes.length + 1)
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (dice.below(8)) {
    case 0:
      return head
    case 1:
      return Uint8Array.of(...head, ...tail.subarray(1 + dice.below(8)))
    case 2:
      return Uint8Array.of(...head, ...dice.bytes(1 + dice.below(4)), ...tail)
    case 3:
      return Uint8Array.of(...head, ...dice.pick(LONG), ...tail)
    case 4:
      return Uint8Array.of(...head, ...dice.pick(corpus).subarray(dice.below(40)))
    case 5:
      return Uint8Array.of(...head, ...head.subarray(-dice.below(16)), ...tail)
    case 6:
      return Uint8Array.of(...head, dice.pick(TOKENS), ...tail.subarray(1))
    default: {
      const turned = bytes.slice()
      if (turned.length > 0) turned[dice.below(turned.length)]! ^= 1 << dice.below(8)
      return turned
    }
  }
}

function anyValue(dice: Dice, depth: number): Encodable {
  const leaf = (): Encodable =>
    dice.pick<Encodable>([
      null,
      dice.below(2) === 1,
      dice.below(200),
      -dice.below(2 ** 32),
      Number.MAX_SAFE_INTEGER,
      dice.pick(['', 'ping', 'request', 'revoked', 'agent', 'rekey', 'ä€𝄞', 'x'.repeat(70)]),
      dice.bytes(dice.pick([0, 1, 16, 32, 64, 65])),
    ])
  if (depth === 0) return leaf()
  switch (dice.below(4)) {
    case 0:
      return Array.from({ length: dice.below(6) }, () => anyValue(dice, depth - 1))
    case 1:
      return Object.fromEntries(
        Array.from({ length: dice.below(6) }, () => [
          dice.pick(['v', 'n', 'e', 'id', 'did', 'sig', 'code', 'refusal', 'limits', 'ticket', 'toString', '']),
          anyValue(dice, depth - 1),
        ]),
      )
    default:
      return leaf()
  }
}

/** What came of a document: `accepted`, or a code. Anything but a ProtocolError is thrown on. */
function outcomeOf(decoder: () => unknown): string {
  try {
    decoder()
    return 'accepted'
  } catch (error) {
    if (!(error instanceof ProtocolError) || !isCloseCode(error.code) || error.message !== error.code) throw error
    return error.code
  }
}

/** The same of a step: it fails with a code and does nothing else, or it goes on. */
function outcomeOfStep({ state, effects }: Step<unknown>): string {
  const failed = effects.find(
    (effect): effect is Extract<HandshakeEffect, { type: 'failed' }> => effect.type === 'failed',
  )
  if (!failed) return 'accepted'
  expect([isCloseCode(failed.code), effects.length, state]).toEqual([true, 1, { phase: 'done' }])
  return failed.code
}

/** Feeds the share of this target, and says how often what came of it. */
function feed(
  share: number,
  corpus: readonly Uint8Array[],
  target: (document: Uint8Array) => string,
): Map<string, number> {
  const dice = new Dice(SEED)
  const outcomes = new Map<string, number>()
  for (let n = 0; n < DOCUMENTS * share; n++) {
    const document = hostile(dice, corpus)
    let outcome: string
    try {
      outcome = target(document)
    } catch (cause) {
      throw new Error(`seed ${SEED}, document ${n}: ${hexOf(document)}`, { cause })
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  return outcomes
}

/** Both good and bad came through, or the target has looked at nothing. */
function expectMixed(outcomes: Map<string, number>, ...codes: readonly string[]): void {
  if (DOCUMENTS < 100_000) return
  for (const code of ['accepted', ...codes]) expect(outcomes.get(code) ?? 0, code).toBeGreaterThan(0)
}

const bytes = (length: number): Uint8Array => drawn('bytes', length)
const frameOf = (document: Uint8Array): HandshakeEvent => ({ type: 'frame', bytes: document, at: 0 })

/** A resumption, in which no signature hides what comes behind it; and whatever an onlooker can never know of it. */
const a = initiatorOf({ ...resuming(), attachments: [bytes(80)] })
const b = responderOf({ ...resuming(), attachments: [bytes(90), bytes(1)] })
const [HELLO, CHALLENGE, RESPONSE, WELCOMING] = (await meet(a, b)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
const [, CLEAR] = decode(CHALLENGE) as [number, Uint8Array, Uint8Array]
const [, HELLO_BODY] = decode(HELLO) as [number, { e: Uint8Array }]
const SECRET = agreement(drawn(' responder ephemeral'), HELLO_BODY.e, TICKET_SECRET)
const KEYS = sessionKeys(SECRET, transcript(HELLO, CHALLENGE, RESPONSE))
const waiting = <S extends { phase: string }>(end: End<S>, phase: S['phase']): S =>
  end.history.find(({ state }) => state.phase === phase)!.state

const HANDSHAKE = [
  HELLO,
  ...[{ v: 2 }, { net: bytes(32) }].map((changes) => encode([1, { ...HELLO_BODY, ...changes }])),
  CHALLENGE,
  RESPONSE,
  WELCOMING,
  ...(await meet(initiatorOf({ cookies: COOKIES }), responderOf({ cookies: COOKIES }))),
]
const PROOFS: Uint8Array[] = [
  { did: keyOf(alice.did), attachments: [] },
  { did: keyOf(bob.did), attachments: [] },
  { did: keyOf(alice.did), attachments: [bytes(3), bytes(70)] },
  { did: keyOf(bob.did), attachments: [bytes(3), bytes(70)] },
  { did: keyOf(bob.did), sig: bytes(64), attachments: [] },
  { did: bytes(32), attachments: [bytes(1)] },
].map((proof) => encode(proof))
const OUTCOMES: Uint8Array[] = [
  WELCOME,
  { ...WELCOME, ticket: { id: bytes(16), ttlMs: 600_000 } },
  { refusal: 'revoked', proof: [bytes(5), bytes(60)] },
  { refusal: 'busy', proof: [] },
].map((outcome) => encode(outcome))
const SESSION: Uint8Array[] = [
  [['message', { id: bytes(16), to: bytes(32), body: bytes(20) }]],
  [['message', { id: bytes(16), to: bytes(32), from: bytes(32), body: bytes(0) }]],
  [['statement', { bytes: bytes(100) }]],
  [['query', { did: bytes(32) }]],
  [['standing', { did: bytes(32), status: 'active', score: 800, tier: 'known', confidence: 10, epoch: 70_000 }]],
  [
    ['ack', { re: bytes(16) }],
    ['ack', { re: bytes(32), code: 'message.recipient-offline' }],
  ],
  [
    ['ping', { n: 1 }],
    ['pong', { n: 2 ** 40 }],
  ],
  [['notice', { code: 'revoked', proof: [bytes(50), bytes(1)] }]],
  [['close', { code: 'session.closed' }]],
  [
    ['ping', { n: 1 }],
    ['rekey', {}],
  ],
  [
    ['rekey', {}],
    ['ping', { n: 1 }],
  ],
].map((list) => encode(list))
const BETWEEN_AGENTS: Uint8Array[] = [
  [['greet', { line: bytes(8), next: 1, maxBytes: 2 ** 20 }]],
  [['greet', { line: bytes(8), next: 2 ** 33, maxBytes: 0, heard: { line: bytes(8), n: 70_000 } }]],
  [
    ['heard', { n: 3 }],
    ['say', { n: 1, kind: 'request', body: bytes(50), trace: `00-${'a1'.repeat(16)}-${'0'.repeat(16)}-01` }],
  ],
  [['say', { n: 2, kind: 'one-way', receipt: bytes(60), body: bytes(0) }]],
  [['say', { n: 3, kind: 'stream', grant: 16, body: bytes(5) }]],
  [
    ['say', { n: 4, kind: 'credit', re: 1, grant: 8, body: bytes(0) }],
    ['say', { n: 5, kind: 'cancel', re: 1, body: bytes(0) }],
  ],
  [['say', { n: 6, kind: 'reply', re: 2, calls: 3, body: bytes(40) }]],
  [['say', { n: 7, kind: 'item', re: 2, body: bytes(1) }]],
  [['close', { code: 'session.closed' }]],
  [
    ['heard', { n: 9 }],
    ['rekey', {}],
  ],
  [['ping', { n: 1 }]],
].map((list) => encode(list))

describe(`${DOCUMENTS} hostile documents`, () => {
  it.each([
    ['agent', SESSION],
    ['peer', BETWEEN_AGENTS],
  ] as const)(
    'S1 S4 S8 S16 S18 end a session of an %s with a code, and in no other way, however well they are sealed',
    (purpose, corpus) => {
      const outcomes = feed(0.2, corpus, (document) => {
        const session = new Session({ established: { ...b.established!, purpose }, role: 'responder', at: 0 })
        return outcomeOf(() => session.open(seal(KEYS.initiatorKey, 0, document, KEYS.id)))
      })
      expectMixed(outcomes, 'frame.malformed', 'frame.unexpected')
    },
  )

  it('S1 S4 S8 S16 S18 are refused with a code by every decoder of the handshake, and in no other way', () => {
    const decoders = [parseHello, parseRetry, parseChallenge, parseResponse, parseWelcome, parseProof, parseOutcome]
    const outcomes = feed(0.2, [...HANDSHAKE, ...PROOFS, ...OUTCOMES, CLEAR], (document) => {
      const each = decoders.map((decoder) => outcomeOf(() => decoder(document)))
      // What frame it is, it says itself: none is taken for two, but for the retry, which is asked about first.
      expect(each.filter((outcome, index) => index !== 1 && outcome === 'accepted').length).toBeLessThanOrEqual(1)
      return each.find((outcome, index) => index !== 1 && outcome === 'accepted') ?? each[0]!
    })
    expectMixed(outcomes, 'handshake.malformed', 'handshake.unexpected', 'handshake.version', 'frame.too-big')
  })

  it.each<[string, string, (document: Uint8Array) => Step<unknown>]>([
    [
      'a responder that listens',
      'handshake.mesh',
      (document) => stepResponder(responderState({ cookies: COOKIES }), frameOf(document)),
    ],
    [
      'an initiator that awaits a challenge',
      'handshake.unsealed',
      (document) => stepInitiator(waiting(a, 'challenged'), frameOf(document)),
    ],
    [
      'a responder that awaits a response',
      'handshake.unsealed',
      (document) => stepResponder(waiting(b, 'challenged'), frameOf(document)),
    ],
    [
      'an initiator that awaits a welcome',
      'handshake.unsealed',
      (document) => stepInitiator(waiting(a, 'welcomed'), frameOf(document)),
    ],
  ])('S1 S4 S8 S16 S18 H4 end the handshake of %s', (_, code, step) => {
    expectMixed(
      feed(0.05, HANDSHAKE, (document) => outcomeOfStep(step(document))),
      code,
      'handshake.malformed',
      'handshake.unexpected',
    )
  })

  it.each<[string, readonly Uint8Array[], (document: Uint8Array) => Step<unknown>]>([
    [
      'an initiator, sealed in a challenge',
      PROOFS,
      (document) => {
        const t1 = transcript(HELLO, CLEAR)
        const sealed = seal(handshakeKeys(SECRET, t1).responder, 0, document, t1)
        return stepInitiator(waiting(a, 'challenged'), frameOf(encode([2, CLEAR, sealed])))
      },
    ],
    [
      'an initiator, in the open part of a challenge',
      [CLEAR],
      (document) => {
        const t1 = transcript(HELLO, document)
        const sealed = seal(handshakeKeys(SECRET, t1).responder, 0, PROOFS[1]!, t1)
        return stepInitiator(waiting(a, 'challenged'), frameOf(encode([2, document, sealed])))
      },
    ],
    [
      'a responder, sealed in a response',
      PROOFS,
      (document) => {
        const key = handshakeKeys(SECRET, transcript(HELLO, CLEAR)).initiator
        const sealed = seal(key, 0, document, transcript(HELLO, CHALLENGE))
        return stepResponder(waiting(b, 'challenged'), frameOf(encode([3, sealed])))
      },
    ],
    [
      'an initiator, sealed in a welcome',
      OUTCOMES,
      (document) =>
        stepInitiator(waiting(a, 'welcomed'), frameOf(encode([4, seal(KEYS.responderKey, 0, document, KEYS.id)]))),
    ],
  ])('S1 S4 S8 S16 S18 end the handshake of %s, however well they are sealed', (_, corpus, step) => {
    expectMixed(
      feed(0.05, corpus, (document) => outcomeOfStep(step(document))),
      'handshake.malformed',
    )
  })

  it('S11 leave nothing behind: what was good is as good afterwards', async () => {
    const [again, there] = [initiatorOf(), responderOf()]
    await meet(again, there)
    expect(again.established?.secrets).toEqual(there.established?.secrets)
    for (const document of SESSION.slice(0, -1)) {
      const session = new Session({ established: b.established!, role: 'responder', at: 0 })
      const frames = session.open(seal(KEYS.initiatorKey, 0, document, KEYS.id))
      const listed = decode(document) as [string, object][]
      expect(frames).toEqual(listed.filter(([type]) => type !== 'rekey').map(([type, fields]) => ({ type, ...fields })))
    }
  })
})
