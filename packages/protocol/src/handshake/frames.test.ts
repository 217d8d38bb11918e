import { inspect } from 'node:util'
import { type Encodable, encode } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { drawn, initiatorOf, meet, responderOf } from '../../../../test/protocol-kit.ts'
import { LIMITS } from '../limits.ts'
import {
  isHello,
  parseChallenge,
  parseHello,
  parseOutcome,
  parseProof,
  parseResponse,
  parseRetry,
  parseWelcome,
} from './frames.ts'

const refused = (code: string): unknown => expect.objectContaining({ name: 'ProtocolError', code, message: code })

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (thrown) {
    return thrown
  }
  return undefined
}

/** A frame that begins well and is nothing. */
const garbage = (size: number, ...head: number[]): Uint8Array =>
  Uint8Array.of(...head, ...new Uint8Array(size - head.length))

describe('a frame of the handshake', () => {
  it.each<[string, (frame: Uint8Array) => unknown, number, number]>([
    ['hello', parseHello, 1, LIMITS.helloBytes],
    ['retry', parseRetry, 0, LIMITS.helloBytes],
    ['challenge', parseChallenge, 2, LIMITS.handshakeBytes],
    ['response', parseResponse, 3, LIMITS.handshakeBytes],
    ['welcome', parseWelcome, 4, LIMITS.handshakeBytes],
  ])('M5 is refused unread, if it is a %s and too large', (_, parse, place, limit) => {
    expect(() => parse(garbage(limit + 1, 0x92, place))).toThrow(refused('frame.too-big'))
    expect(() => parse(garbage(limit, 0x92, place))).toThrow(refused('handshake.malformed'))
  })

  it('M5 begins a handshake if it can be read as the first, of this version or another, and not merely looks so', () => {
    const hello = { v: 1, suites: [1], net: drawn('net'), purpose: 'peer', e: drawn('e'), n: drawn('n') }
    expect([encode([1, hello]), encode([1, { ...hello, v: 2 }]), encode([1, { v: 9 }])].map(isHello)).toEqual([
      true,
      true,
      true,
    ])
    const others = [
      garbage(200, 0x92, 1),
      encode([1, { ...hello, e: drawn('e', 31) }]),
      encode([2, hello]),
      garbage(LIMITS.helloBytes + 1, 0x92, 1),
    ]
    expect([...others, new Uint8Array()].map(isHello)).toEqual([false, false, false, false, false])
  })

  it('M5 is small: 1,024 bytes of a stranger, 49,152 of whoever answers', () => {
    expect([LIMITS.helloBytes, LIMITS.handshakeBytes]).toEqual([1024, 49_152])
  })

  it('M5 carries 16 attachments, of 48 KiB in all', async () => {
    const attachments = Array.from({ length: 16 }, (_, n) => drawn(`attachment ${n}`, 3000))
    const meeting = { attachments }
    const [a, b] = [initiatorOf(meeting), responderOf(meeting)]
    await meet(a, b)
    expect([a.established?.attachments, b.established?.attachments]).toEqual([attachments, attachments])
  })

  it('S19 is refused with a code, and nothing of what is in it', () => {
    const canary = encode([1, { canary: 'a secret' }])
    expect(() => parseHello(canary)).toThrow(refused('handshake.malformed'))
    expect(
      inspect(
        thrownBy(() => parseHello(canary)),
        { depth: Infinity, showHidden: true },
      ),
    ).not.toMatch(/canary|a secret/)
  })
})

describe('parseProof', () => {
  const good = { did: drawn('did'), sig: drawn('sig', 64), attachments: [drawn('statement')] }

  it.each<[string, Encodable]>([
    ['an unknown field', { ...good, name: 'alice' }],
    ['17 attachments', { ...good, attachments: Array(17).fill(drawn('statement')) }],
    ['an empty attachment', { ...good, attachments: [new Uint8Array()] }],
    ['attachments that are one', { ...good, attachments: drawn('statement') }],
    ['a signature of 65 bytes', { ...good, sig: drawn('sig', 65) }],
    ['a Did as text', { ...good, did: 'did:key:z6Mk' }],
    ['nil', null],
  ])('S18 refuses %s', (_, document) => {
    expect(() => parseProof(encode(document))).toThrow(refused('handshake.malformed'))
  })

  it('says which rule of the encoding was broken, to those who read logs and not to the other side', () => {
    const { cause } = thrownBy(() => parseProof(Uint8Array.of(0xc1))) as Error
    expect(cause).toEqual(expect.objectContaining({ name: 'IdentityError', code: 'encoding.reserved' }))
    expect(parseProof(encode(good))).toEqual(good)
  })
})

describe('parseOutcome', () => {
  const limits = { messageBytes: 65_536, idleMs: 60_000 }

  it.each<[string, Encodable]>([
    ['both a welcome and a refusal', { limits, refusal: 'revoked', proof: [] }],
    ['a refusal without its proof', { refusal: 'revoked' }],
    ['a refusal that nobody knows', { refusal: 'disliked', proof: [] }],
    ['a refusal that is nil', { limits, refusal: null }],
    ['F6 a limit below zero', { limits: { ...limits, idleMs: -1 } }],
    ['an unknown limit', { limits: { ...limits, more: 1 } }],
    ['a ticket with more in it', { limits, ticket: { id: drawn('id', 16), ttlMs: 1, secret: drawn('secret') } }],
    ['a list', [limits]],
  ])('S18 refuses %s', (_, document) => {
    expect(() => parseOutcome(encode(document))).toThrow(refused('handshake.malformed'))
  })
})
