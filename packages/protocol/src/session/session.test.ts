import { inspect } from 'node:util'
import { encode } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bob, drawn, hexOf, turned, WELCOME } from '../../../../test/protocol-kit.ts'
import { open as openWith, rekeyed, seal as sealWith } from '../../../../test/vectors/reference.ts'
import type { Purpose } from '../handshake/frames.ts'
import type { Established } from '../handshake/step.ts'
import { LIMITS } from '../limits.ts'
import { ProtocolError } from '../protocol-error.ts'
import type { Frame } from './frames.ts'
import { Session } from './session.ts'

const HOUR_MS = 3_600_000
const refused = (code: string): unknown => expect.objectContaining({ name: 'ProtocolError', code, message: code })

interface Terms {
  readonly draw?: string
  readonly framesPerKey?: number
  readonly purpose?: Purpose
}

function establishedBy(draw: string, purpose: Purpose = 'agent'): Established {
  const [initiatorKey, responderKey, id, resumption] = ['i', 'r', 'id', 'resumption'].map((name) =>
    drawn(`${draw} ${name}`),
  )
  const secrets = { id, initiatorKey, responderKey, resumption } as Established['secrets']
  return { peer: bob.did, purpose, resumed: false, secrets, welcome: WELCOME, attachments: [] }
}

function sessionOf(
  role: 'initiator' | 'responder',
  { draw = '', framesPerKey = LIMITS.framesPerKey, purpose }: Terms = {},
): Session {
  return new Session({ established: establishedBy(draw, purpose), role, at: 0, framesPerKey })
}

/** Both ends of one session. */
function ends(terms?: Terms): [alice: Session, bob: Session] {
  return [sessionOf('initiator', terms), sessionOf('responder', terms)]
}

const ping = (n: number): Frame => ({ type: 'ping', n })

/** One message that holds these frames. */
function say(session: Session, frames: readonly Frame[], at = 0): Uint8Array {
  for (const frame of frames) session.push(frame)
  const messages = session.flush(at)
  expect(messages).toHaveLength(1)
  return messages[0]!
}

const several = (session: Session, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, n) => say(session, [ping(n)]))

/** What is inside a message of alice, by the specification alone. */
function plaintextOf(message: Uint8Array, count: number, key = establishedBy('').secrets.initiatorKey): Uint8Array {
  return openWith(key, count, message, establishedBy('').secrets.id)
}

/** A message of alice that holds this plaintext. */
function sealed(plaintext: Uint8Array, count = 0, key = establishedBy('').secrets.initiatorKey): Uint8Array {
  return sealWith(key, count, plaintext, establishedBy('').secrets.id)
}

describe('Session.open', () => {
  it('M1 refuses every message that it has opened before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (count, which) => {
        const [a, b] = ends()
        const messages = several(a, count)
        for (const [n, message] of messages.entries()) expect(b.open(message)).toEqual([ping(n)])
        expect(() => b.open(messages[which % count]!)).toThrow(refused('frame.unsealed'))
      }),
    )
  })

  it('M2 refuses messages in any order but theirs', () => {
    const order = fc.integer({ min: 2, max: 8 }).chain((count) =>
      fc.shuffledSubarray(
        Array.from({ length: count }, (_, n) => n),
        { minLength: 1 },
      ),
    )
    fc.assert(
      fc.property(order, (list) => {
        const [a, b] = ends()
        const messages = several(a, 8)
        const inOrder = list.findIndex((n, index) => n !== index)
        for (const [index, n] of list.entries()) {
          if (index === inOrder) {
            expect(() => b.open(messages[n]!)).toThrow(refused('frame.unsealed'))
            break
          }
          expect(b.open(messages[n]!)).toEqual([ping(n)])
        }
      }),
    )
  })

  it.each([0, 1, 2, 5])('M2 refuses what comes after a gap, at message %i', (gap) => {
    const [a, b] = ends()
    const messages = several(a, 8)
    for (const message of messages.slice(0, gap)) b.open(message)
    expect(() => b.open(messages[gap + 1]!)).toThrow(refused('frame.unsealed'))
  })

  it.each<[string, (message: Uint8Array) => Uint8Array, string]>([
    ['does not open', (message) => turned(message, 0), 'frame.unsealed'],
    ['is no list of frames', () => sealed(encode({}), 0), 'frame.malformed'],
    ['is too large', () => new Uint8Array(LIMITS.messageBytes + 1), 'frame.too-big'],
  ])('M2 is over after a message that %s: neither it nor the next opens any more', (_, broken, code) => {
    const [a, b] = ends()
    const messages = several(a, 3)
    expect(() => b.open(broken(messages[0]!))).toThrow(refused(code))
    for (const message of messages) expect(() => b.open(message)).toThrow(refused('session.closed'))
  })

  it('M3 refuses messages of another session of the same pair', () => {
    const [a] = ends({ draw: 'one' })
    const [, b] = ends({ draw: 'two' })
    expect(() => b.open(say(a, [ping(1)]))).toThrow(refused('frame.unsealed'))
  })

  it.each<[string, (secrets: Established['secrets'], other: Established['secrets']) => Established['secrets']]>([
    ['session id', (secrets, { id }) => ({ ...secrets, id })],
    ['key', (secrets, { initiatorKey }) => ({ ...secrets, initiatorKey })],
  ])('M3 refuses messages of a session that differs in its %s alone', (_, differ) => {
    const [a] = ends()
    const established = {
      ...establishedBy(''),
      secrets: differ(establishedBy('').secrets, establishedBy('other').secrets),
    }
    const b = new Session({ established, role: 'responder', at: 0 })
    expect(() => b.open(say(a, [ping(1)]))).toThrow(refused('frame.unsealed'))
  })

  it('M3 refuses messages of its own direction, whatever their number', () => {
    for (const role of ['initiator', 'responder'] as const) {
      for (const message of several(sessionOf(role), 4)) {
        expect(() => sessionOf(role).open(message)).toThrow(refused('frame.unsealed'))
      }
    }
  })

  it('M3 refuses the welcome as a first message: its number is used', () => {
    const { id, responderKey } = establishedBy('').secrets
    const welcome = sealWith(responderKey, 0, encode([['ping', { n: 1 }]]), id)
    expect(() => sessionOf('initiator').open(welcome)).toThrow(refused('frame.unsealed'))
    const first = sealWith(responderKey, 1, encode([['ping', { n: 1 }]]), id)
    expect(sessionOf('initiator').open(first)).toEqual([ping(1)])
  })

  it('M2 refuses a message of which any bit is turned, or any byte cut off or put behind', () => {
    const [a] = ends()
    const message = say(a, [ping(1), { type: 'message', id: drawn('id', 16), to: drawn('to'), body: drawn('body') }])
    for (let bit = 0; bit < message.length * 8; bit++) {
      expect(() => sessionOf('responder').open(turned(message, bit))).toThrow(refused('frame.unsealed'))
    }
    for (let length = 0; length < message.length; length++) {
      expect(() => sessionOf('responder').open(message.subarray(0, length))).toThrow(refused('frame.unsealed'))
    }
    expect(() => sessionOf('responder').open(Uint8Array.of(...message, 0))).toThrow(refused('frame.unsealed'))
    expect(sessionOf('responder').open(message)).toHaveLength(2)
  })

  it.each<[Purpose, Frame]>([
    ['agent', { type: 'want', ids: [new Uint8Array(32)] }],
    ['peer', { type: 'head', bytes: new Uint8Array(1) }],
    ['node', { type: 'ack', re: new Uint8Array(16) }],
  ])('F2 refuses in a session for an %s what belongs into another, and opens nothing after it', (purpose, frame) => {
    const [alice, bob] = ends({ purpose })
    const [message, next] = [say(alice, [ping(1), frame]), say(alice, [ping(2)])]
    expect(() => bob.open(message)).toThrow(refused('frame.unexpected'))
    expect(() => bob.open(next)).toThrow(refused('session.closed'))
  })

  it.each<[Purpose, number]>([
    ['agent', LIMITS.messageBytes],
    ['node', LIMITS.messageBytes],
    ['peer', LIMITS.packetBytes],
  ])(
    'M5 refuses in a session of an %s more than %i bytes before it opens anything, and takes exactly that',
    (purpose, most) => {
      const larger = sealed(new Uint8Array(most - 15))
      expect(larger).toHaveLength(most + 1)
      expect(() => sessionOf('responder', { purpose }).open(larger)).toThrow(refused('frame.too-big'))
      // Of exactly the bound, it is opened, and then judged by what is in it.
      const exact = sealed(new Uint8Array(most - 16))
      expect(() => sessionOf('responder', { purpose }).open(exact)).toThrow(refused('frame.malformed'))
    },
  )
})

describe('rekeying', () => {
  /** Alice's key after `times` rekeyings, by the specification. */
  const keyAfter = (times: number): Uint8Array => {
    const { id, initiatorKey } = establishedBy('').secrets
    return Array.from({ length: times }).reduce<Uint8Array>((key) => rekeyed(key, id), initiatorKey)
  }
  const REKEY = encode(['rekey', {}])
  const endsWithRekey = (plaintext: Uint8Array): boolean => hexOf(plaintext).endsWith(hexOf(REKEY))

  it('M1 refuses a message beyond the bound without a rekey, before it opens it', () => {
    const a = sessionOf('initiator', { framesPerKey: 100 })
    const b = sessionOf('responder', { framesPerKey: 4 })
    const messages = several(a, 5)
    for (const message of messages.slice(0, 4)) b.open(message)
    expect(() => b.open(messages[4]!)).toThrow(refused('frame.unexpected'))

    // The welcome has used one of the responder's.
    const [ofAlice, ofBob] = [
      sessionOf('initiator', { framesPerKey: 4 }),
      sessionOf('responder', { framesPerKey: 100 }),
    ]
    const fromBob = several(ofBob, 4)
    for (const message of fromBob.slice(0, 3)) ofAlice.open(message)
    expect(() => ofAlice.open(fromBob[3]!)).toThrow(refused('frame.unexpected'))
  })

  it.each<[string, unknown[]]>([
    [
      'first',
      [
        ['rekey', {}],
        ['ping', { n: 1 }],
      ],
    ],
    [
      'in the middle',
      [
        ['ping', { n: 1 }],
        ['rekey', {}],
        ['ping', { n: 2 }],
      ],
    ],
    [
      'twice',
      [
        ['rekey', {}],
        ['rekey', {}],
      ],
    ],
  ])('M1 refuses a rekey that comes %s', (_, frames) => {
    expect(() => sessionOf('responder').open(sealed(encode(frames as never)))).toThrow(refused('frame.unexpected'))
  })

  it('M1 refuses a rekey with anything in it', () => {
    const message = sealed(encode([['rekey', { key: drawn('key') }]]))
    expect(() => sessionOf('responder').open(message)).toThrow(refused('frame.malformed'))
  })

  it('M1 refuses under the new key what was sealed under the old one, whatever its number', () => {
    for (const count of [0, 1, 2, 3]) {
      const b = sessionOf('responder')
      expect(b.open(sealed(encode([['rekey', {}]]), 0))).toEqual([])
      expect(() => b.open(sealed(encode([['ping', { n: 1 }]]), count))).toThrow(refused('frame.unsealed'))
    }
  })

  it('is done by whoever receives a rekey at any time, which may come alone', () => {
    const b = sessionOf('responder')
    expect(
      b.open(
        sealed(
          encode([
            ['ping', { n: 1 }],
            ['rekey', {}],
          ]),
          0,
        ),
      ),
    ).toEqual([ping(1)])
    expect(b.open(sealed(encode([['rekey', {}]]), 0, keyAfter(1)))).toEqual([])
    expect(b.open(sealed(encode([['ping', { n: 2 }]]), 0, keyAfter(2)))).toEqual([ping(2)])
    expect(b.open(sealed(encode([['ping', { n: 3 }]]), 1, keyAfter(2)))).toEqual([ping(3)])
  })

  it.each([1, 2, 3, 4, 7])('comes with the last of every %i messages', (framesPerKey) => {
    const a = sessionOf('initiator', { framesPerKey })
    const b = sessionOf('responder', { framesPerKey })
    for (let n = 0; n < framesPerKey * 3 + 1; n++) {
      const message = say(a, [ping(n)])
      const plaintext = plaintextOf(message, n % framesPerKey, keyAfter(Math.floor(n / framesPerKey)))
      expect(endsWithRekey(plaintext)).toBe((n + 1) % framesPerKey === 0)
      expect(b.open(message)).toEqual([ping(n)])
    }
  })

  it('comes a message earlier from the responder, whose first was the welcome', () => {
    const b = sessionOf('responder', { framesPerKey: 3 })
    const a = sessionOf('initiator', { framesPerKey: 3 })
    const { id, responderKey } = establishedBy('').secrets
    const messages = several(b, 5)
    expect(messages.map((message) => a.open(message))).toEqual([0, 1, 2, 3, 4].map((n) => [ping(n)]))
    expect(endsWithRekey(openWith(responderKey, 1, messages[0]!, id))).toBe(false)
    expect(endsWithRekey(openWith(responderKey, 2, messages[1]!, id))).toBe(true)
    expect(endsWithRekey(openWith(rekeyed(responderKey, id), 2, messages[4]!, id))).toBe(true)
  })

  it('comes after 2^20 messages, where nothing else is agreed', () => {
    expect(LIMITS.framesPerKey).toBe(2 ** 20)
    const session = new Session({ established: establishedBy(''), role: 'initiator', at: 0 })
    expect(endsWithRekey(plaintextOf(say(session, [ping(0)]), 0))).toBe(false)
  })

  it('comes with the first message from an hour on, by the clock that is given, and then not for another hour', () => {
    const [a, b] = ends()
    const at = [0, HOUR_MS - 1, HOUR_MS, HOUR_MS + 1, 2 * HOUR_MS - 1, 2 * HOUR_MS, 9 * HOUR_MS]
    const place: [key: number, count: number, last: boolean][] = [
      [0, 0, false],
      [0, 1, false],
      [0, 2, true],
      [1, 0, false],
      [1, 1, false],
      [1, 2, true],
      [2, 0, true],
    ]
    for (const [index, [key, count, last]] of place.entries()) {
      const message = say(a, [ping(index)], at[index]!)
      expect(endsWithRekey(plaintextOf(message, count, keyAfter(key)))).toBe(last)
      expect(b.open(message)).toEqual([ping(index)])
    }
  })

  it('is a matter of each direction by itself', () => {
    const [a, b] = ends({ framesPerKey: 2 })
    for (let n = 0; n < 9; n++) expect(b.open(say(a, [ping(n)]))).toEqual([ping(n)])
    for (let n = 0; n < 5; n++) expect(a.open(say(b, [ping(n)]))).toEqual([ping(n)])
    expect(b.open(say(a, [ping(9)]))).toEqual([ping(9)])
  })
})

describe('Session.push', () => {
  const notice = (size: number): Frame => ({
    type: 'notice',
    code: 'busy',
    proof: [new Uint8Array(40_000), new Uint8Array(size)],
  })
  /** As much as one message holds: 64 KiB without a tag, a rekey and the longest list header. */
  const CAPACITY = 65_536 - 16 - encode(['rekey', {}]).length - 3
  const largest =
    CAPACITY - encode(['notice', { code: 'busy', proof: [new Uint8Array(40_000), new Uint8Array(1000)] }]).length + 1000

  it('M5 refuses a frame that no message can hold, before anything is sent, and stays as it was', () => {
    const [a, b] = ends()
    a.push(ping(1))
    const { backlog } = a
    expect(() => a.push(notice(largest + 1))).toThrow(refused('frame.too-big'))
    expect(a.backlog).toBe(backlog)
    expect(a.flush(0).map((message) => b.open(message))).toEqual([[ping(1)]])
  })

  it('M5 takes the largest frame, and its message holds 64 KiB and no more, also with a rekey', () => {
    for (const framesPerKey of [1, 100]) {
      const [a, b] = ends({ framesPerKey })
      const message = say(a, [notice(largest)])
      expect(message.length).toBeLessThanOrEqual(LIMITS.messageBytes)
      expect(message.length).toBeGreaterThan(LIMITS.messageBytes - 16)
      expect(b.open(message)).toEqual([notice(largest)])
    }
  })

  it('M5 takes the largest body, whatever else the message says, and refuses a body of a byte more', () => {
    const [a, b] = ends()
    const named = { id: drawn('id', 16), to: drawn('to'), from: drawn('from') }
    const message = { type: 'message' as const, ...named, body: new Uint8Array(LIMITS.bodyBytes) }
    expect(b.open(say(a, [message]))).toEqual([message])
    const larger = { ...message, body: new Uint8Array(LIMITS.bodyBytes + 1) }
    expect(() => b.open(say(a, [larger]))).toThrow(refused('frame.malformed'))
  })

  it('M5 takes the largest part of a message between agents, whatever else is said with it', () => {
    const [a, b] = ends({ purpose: 'peer', framesPerKey: 1 })
    const trace = `00-${'f'.repeat(32)}-${'f'.repeat(16)}-01`
    const said: Frame = {
      ...{ type: 'say', n: Number.MAX_SAFE_INTEGER, kind: 'reply', re: Number.MAX_SAFE_INTEGER, trace },
      ...{
        calls: Number.MAX_SAFE_INTEGER,
        receipt: new Uint8Array(LIMITS.receiptBytes),
        body: new Uint8Array(LIMITS.sayBytes),
      },
    }
    const message = say(a, [said])
    expect(16 + message.length).toBeLessThanOrEqual(LIMITS.bodyBytes)
    expect(b.open(message)).toEqual([said])
  })

  it('M5 makes of what agents say packets that fit in a body each, and no more of them than that takes', () => {
    const [a, b] = ends({ purpose: 'peer', framesPerKey: 2 })
    const part = (n: number): Frame => ({ type: 'say', n, kind: 'one-way', body: new Uint8Array(n * 1_000) })
    const frames = Array.from({ length: 57 }, (_, n) => part(n + 1))
    for (const frame of frames) a.push(frame)
    const messages = a.flush(0)
    expect(Math.max(...messages.map(({ length }) => 16 + length))).toBeLessThanOrEqual(LIMITS.bodyBytes)
    expect(messages.flatMap((message) => b.open(message))).toEqual(frames)
    expect(() => a.push({ type: 'greet', line: new Uint8Array(LIMITS.packetBytes), next: 1, maxBytes: 1 })).toThrow(
      refused('frame.too-big'),
    )
  })

  it('tells the first frame in line from the others', () => {
    const [a] = ends()
    expect([a.push(ping(1)), a.push(ping(2)), a.push(ping(3))]).toEqual([true, false, false])
    a.flush(0)
    expect([a.push(ping(4)), a.push(ping(5))]).toEqual([true, false])
  })

  it('counts what waits', () => {
    const [a] = ends()
    expect(a.backlog).toBe(0)
    a.push(ping(1))
    a.push(ping(2))
    expect(a.backlog).toBe(2 * encode(['ping', { n: 1 }]).length)
    a.flush(0)
    expect(a.backlog).toBe(0)
  })
})

describe('Session.flush', () => {
  it('sends nothing where nothing waits', () => {
    const [a] = ends()
    expect(a.flush(0)).toEqual([])
    expect(a.flush(10 * HOUR_MS)).toEqual([])
  })

  it('puts all frames of a turn into one message, in order', () => {
    const [a, b] = ends()
    const frames = Array.from({ length: 10 }, (_, n) => ping(n))
    expect(b.open(say(a, frames))).toEqual(frames)
  })

  it('fills a message to its last byte, with 512 frames and a rekey among them', () => {
    const [a, b] = ends({ framesPerKey: 1 })
    const lengthOf = (size: number): number => encode(['statement', { bytes: new Uint8Array(size) }]).length
    const rest = 65_536 - 16 - 8 - 3 - 510 * lengthOf(100)
    const sizes = [...Array.from({ length: 510 }, () => 100), rest - (lengthOf(1000) - 1000)]
    const frames: Frame[] = sizes.map((size) => ({ type: 'statement', bytes: new Uint8Array(size) }))
    const message = say(a, frames)
    expect(message).toHaveLength(LIMITS.messageBytes)
    expect(b.open(message)).toEqual(frames)
  })

  it.each([
    [511, [511]],
    [512, [511, 1]],
    [1100, [511, 511, 78]],
  ])('M5 puts no more than 511 of %i frames into a message, which leaves room for a rekey', (count, batches) => {
    for (const framesPerKey of [1, 100]) {
      const [a, b] = ends({ framesPerKey })
      for (let n = 0; n < count; n++) a.push(ping(n))
      expect(a.flush(0).map((message) => b.open(message).length)).toEqual(batches)
    }
  })

  it('M5 makes as few messages as hold the frames, none of more than 512 frames and 64 KiB, in order', () => {
    const size = fc.oneof(fc.nat(200), fc.integer({ min: 1, max: 40_000 }))
    const framesPerKey = fc.constantFrom(1, 2, 3, LIMITS.framesPerKey)
    fc.assert(
      fc.property(fc.array(size, { maxLength: 200 }), framesPerKey, (sizes, perKey) => {
        const [a, b] = ends({ framesPerKey: perKey })
        const frames: Frame[] = sizes.map((length, n) =>
          length < 100 ? ping(n) : { type: 'statement', bytes: new Uint8Array(length) },
        )
        for (const frame of frames) a.push(frame)
        const messages = a.flush(0)
        const opened = messages.map((message) => b.open(message))
        expect(opened.flat()).toEqual(frames)
        for (const message of messages) expect(message.length).toBeLessThanOrEqual(LIMITS.messageBytes)
        for (const [index, batch] of opened.entries()) {
          expect(batch.length).toBeLessThanOrEqual(511)
          // No message had room for the first frame of the next.
          const next = opened[index + 1]
          if (!next) continue
          const bytes = [...batch, next[0]!].reduce(
            (sum, { type, ...rest }) => sum + encode([type, rest as never]).length,
            0,
          )
          expect(batch.length === 511 || bytes > 65_536 - 16 - 8 - 3).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('Session.flush of frames with many items', () => {
  it('S4 makes messages that the other end opens, however many items are in line', () => {
    const [alice, bob] = ends({ purpose: 'node', framesPerKey: 3 })
    const differ: Frame = {
      ...{ type: 'differ', re: new Uint8Array(16), horizon: 1, looked: 128, listed: [] },
      deeper: Array.from({ length: 128 }, (_, place) => place),
    }
    for (let i = 0; i < 62; i++) alice.push(differ)
    expect(alice.flush(0).flatMap((message) => bob.open(message))).toEqual(Array(62).fill(differ))
  })
})

describe('Session', () => {
  it('says whose it is, and what for', () => {
    const [a] = ends()
    expect([a.peer, a.purpose, hexOf(a.id)]).toEqual([bob.did, 'agent', hexOf(establishedBy('').secrets.id)])
  })

  it('S19 fails with a code and nothing of what it was given', () => {
    const canary = sealed(encode([['canary', { secret: 'canary' }]]))
    let error: unknown
    try {
      sessionOf('responder').open(canary)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(ProtocolError)
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('canary')
  })
})
