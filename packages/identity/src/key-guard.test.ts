import { base58 } from '@scure/base'
import { describe, expect, it } from 'vitest'
import { didOf, parseDid } from './did.ts'
import { engine as native } from './ed25519/native.ts'
import { engine as portable } from './ed25519/portable.ts'
import { verifyWith } from './ed25519/verify.ts'
import { encode } from './encoding.ts'
import { keyFault } from './key-guard.ts'
import { openStatement } from './statement.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const FF = 'ff'.repeat(30)
const Y = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${FF}7f`,
  `ed${FF}7f`,
  `ee${FF}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(hex)
/** All 14 encodings of points whose order divides 8: either sign bit. */
const SMALL_ORDER = Y.flatMap((y) => [y, Uint8Array.of(...y.subarray(0, 31), (y[31] as number) | 0x80)])

describe('keyFault', () => {
  it('I5 refuses all 14 encodings of small order wherever a key enters', () => {
    expect(new Set(SMALL_ORDER.map((key) => Buffer.from(key).toString('hex'))).size).toBe(14)
    for (const key of SMALL_ORDER) {
      expect(keyFault(key)).toBe('key.small-order')
      expect(() => didOf(key)).toThrow(expect.objectContaining({ code: 'key.small-order' }))
      const text = `did:key:z${base58.encode(Uint8Array.of(0xed, 0x01, ...key))}`
      expect(() => parseDid(text)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^key\.|^did\./) }))
      const envelope = encode([1, 'attestation', encode({}), key, new Uint8Array(64)])
      expect(() => openStatement(envelope)).toThrow(expect.objectContaining({ code: 'key.small-order' }))
    }
  })

  it('I5 refuses the forgery that a small-order key makes universal', () => {
    // With A of small order, R = [S]B verifies wherever [h]A vanishes: with the identity, for every message.
    const S = Uint8Array.of(1, ...new Uint8Array(31))
    const B = Uint8Array.of(0x58, ...new Uint8Array(31).fill(0x66))
    const signature = Uint8Array.of(...B, ...S)
    const identity = Y[1] as Uint8Array
    const message = new TextEncoder().encode('anything')
    expect(portable.holds(identity, message, signature)).toBe(true)
    for (const engine of [native, portable]) expect(verifyWith(engine, identity, message, signature)).toBe(false)
  })

  it('I6 refuses y ≥ p, and x = 0 with the sign bit set', () => {
    for (const low of [0xed, 0xee, 0xf0, 0xff]) {
      for (const top of [0x7f, 0xff]) {
        const key = Uint8Array.of(low, ...new Uint8Array(30).fill(0xff), top)
        expect(keyFault(key)).toMatch(/^key\.(non-canonical|small-order)$/)
      }
    }
    expect(keyFault(new Uint8Array(32).fill(0xff))).toBe('key.non-canonical')
    expect(keyFault(Uint8Array.of(1, ...new Uint8Array(30), 0x80))).toBe('key.small-order')
  })

  it('I6 verifies nothing under a key that is not on the curve, with either engine', () => {
    const offCurve = Uint8Array.of(2, ...new Uint8Array(31))
    expect(keyFault(offCurve)).toBeNull()
    const signature = Uint8Array.of(0x58, ...new Uint8Array(31).fill(0x66), 1, ...new Uint8Array(31))
    for (const engine of [native, portable]) {
      expect(verifyWith(engine, offCurve, new Uint8Array(1), signature)).toBe(false)
    }
  })

  it('refuses any length but 32', () => {
    for (const length of [0, 31, 33, 64]) expect(keyFault(new Uint8Array(length).fill(7))).toBe('key.length')
  })
})
