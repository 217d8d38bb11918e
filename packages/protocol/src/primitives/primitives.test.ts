import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  alice,
  bob,
  End,
  hexOf,
  initiatorOf,
  initiatorState,
  meet,
  responderOf,
  responderState,
  resuming,
  turned,
} from '../../../../test/protocol-kit.ts'
import { type InitiatorState, stepInitiator } from '../handshake/initiator.ts'
import type { ResponderState } from '../handshake/responder.ts'
import { generateKeyPair, primitives as native } from './native.ts'
import { primitives as portable } from './portable.ts'
import { isAllZero, type Primitives, TAG_LENGTH } from './primitives.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const both: [string, Primitives][] = [
  ['native', native],
  ['portable', portable],
]
const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 })
const some = fc.uint8Array({ maxLength: 300 })
const pair = fc.constantFrom<[Primitives, Primitives]>([native, portable], [portable, native])
const ascii = fc.string({
  unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
})

describe.each(both)('the %s primitives', (_, { keyPair, hkdf, sha256, seal, open }) => {
  it('open nothing that is shorter than a tag', () => {
    for (let length = 0; length <= TAG_LENGTH; length++) {
      expect(open(new Uint8Array(32), new Uint8Array(12), new Uint8Array(length), new Uint8Array())).toBeNull()
    }
  })

  it('open nothing of which one bit is turned: key, nonce, sealed or associated', () => {
    const parts = [
      new Uint8Array(32).fill(1),
      new Uint8Array(12).fill(2),
      Uint8Array.of(3, 4),
      Uint8Array.of(5),
    ] as const
    const [k, n, plaintext, associated] = parts
    const sealed = seal(...parts)
    expect(open(k, n, sealed, associated)).toEqual(plaintext)
    for (const [at, part] of [k, n, sealed, associated].entries()) {
      for (let bit = 0; bit < part.length * 8; bit++) {
        const changed = [k, n, sealed, associated].map((same, index) => (index === at ? turned(same, bit) : same))
        expect(open(...(changed as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]))).toBeNull()
      }
    }
  })

  it('agree upon nothing with a key of small order', () => {
    const zero = new Uint8Array(32)
    expect(keyPair(new Uint8Array(32).fill(7)).agree(zero)).toBeNull()
    expect(keyPair(new Uint8Array(32).fill(7)).agree(turned(zero, 0))).toBeNull()
  })

  it('compute the X25519 of RFC 7748 §6.1', () => {
    const a = keyPair(hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'))
    const b = keyPair(hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'))
    expect(hexOf(a.publicKey)).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
    expect(hexOf(b.publicKey)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
    expect([a.agree(b.publicKey), b.agree(a.publicKey)].map((secret) => hexOf(secret!))).toEqual([shared, shared])
  })

  it('compute the ChaCha20-Poly1305 of RFC 8439 §2.8.2', () => {
    const text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    const plaintext = new TextEncoder().encode(text)
    const k = hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f')
    const [n, associated] = [hex('070000004041424344454647'), hex('50515253c0c1c2c3c4c5c6c7')]
    const sealed = seal(k, n, plaintext, associated)
    expect(hexOf(sealed)).toBe(
      'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b' +
        '1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc' +
        '3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691',
    )
    expect(open(k, n, sealed, associated)).toEqual(plaintext)
  })

  it('compute the HKDF-SHA256 of RFC 5869, test case 3', () => {
    const okm = hkdf(new Uint8Array(22).fill(0x0b), new Uint8Array(), '', 42)
    expect(hexOf(okm)).toBe('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8')
  })

  it('compute the SHA-256 of FIPS 180-4 over parts as over the whole', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(hexOf(sha256(new TextEncoder().encode('abc')))).toBe(abc)
    expect(hexOf(sha256(...['a', '', 'bc'].map((part) => new TextEncoder().encode(part))))).toBe(abc)
  })

  it('give back plain byte arrays, that nothing else shares', () => {
    const results = [
      keyPair(new Uint8Array(32).fill(7)).publicKey,
      keyPair(new Uint8Array(32).fill(7)).agree(keyPair(new Uint8Array(32).fill(8)).publicKey)!,
      hkdf(new Uint8Array(32), new Uint8Array(), 'label', 32),
      sha256(),
      seal(new Uint8Array(32), new Uint8Array(12), Uint8Array.of(1), new Uint8Array()),
    ]
    for (const bytes of results) expect(bytes.constructor).toBe(Uint8Array)
  })
})

describe('native and portable primitives', () => {
  it('derive the same keys', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        const [n, p] = [native, portable].map(({ keyPair }) => ({ mine: keyPair(one), theirs: keyPair(other) }))
        expect(n!.mine.publicKey).toEqual(p!.mine.publicKey)
        expect(n!.mine.agree(p!.theirs.publicKey)).toEqual(p!.theirs.agree(n!.mine.publicKey))
        // Whatever 32 bytes a peer sends.
        expect(n!.mine.agree(other)).toEqual(p!.mine.agree(other))
      }),
    )
  })

  it('hash and expand alike', () => {
    fc.assert(
      fc.property(some, some, ascii, fc.integer({ min: 1, max: 256 }), (secret, salt, info, length) => {
        expect(native.hkdf(secret, salt, info, length)).toEqual(portable.hkdf(secret, salt, info, length))
        expect(native.sha256(secret, salt)).toEqual(portable.sha256(secret, salt))
      }),
    )
  })

  it('seal alike, and open what the other sealed', () => {
    fc.assert(
      fc.property(pair, key, nonce, some, some, ([one, other], k, n, plaintext, associated) => {
        const sealed = one.seal(k, n, plaintext, associated)
        expect(other.seal(k, n, plaintext, associated)).toEqual(sealed)
        expect(other.open(k, n, sealed, associated)).toEqual(plaintext)
      }),
    )
  })

  it('refuse alike what was changed by anything', () => {
    fc.assert(
      fc.property(pair, key, nonce, some, some, fc.nat(), ([one, other], k, n, plaintext, associated, bit) => {
        const sealed = one.seal(k, n, plaintext, associated)
        const changed = turned(sealed, bit % (sealed.length * 8))
        expect([one.open(k, n, changed, associated), other.open(k, n, changed, associated)]).toEqual([null, null])
      }),
    )
  })

  it('meet in one handshake, in full and by a ticket', async () => {
    vi.resetModules()
    vi.doMock('#primitives', () => ({ primitives: portable }))
    const { initiator, stepInitiator: initiatorStep } = await import('../handshake/initiator.ts')
    const { responder, stepResponder: responderStep } = await import('../handshake/responder.ts')
    vi.doUnmock('#primitives')
    expect(initiatorStep).not.toBe(stepInitiator)
    const used = vi.spyOn(portable, 'hkdf')

    for (const meeting of [() => ({}), resuming]) {
      const expected = [initiatorOf(meeting()), responderOf(meeting())] as const
      await meet(...expected)
      const { options: ofAlice } = initiatorState(meeting()) as Extract<InitiatorState, { options: unknown }>
      const { options: ofBob } = responderState(meeting()) as Extract<ResponderState, { options: unknown }>
      const mixes = [
        [new End(initiator(ofAlice), initiatorStep, { identity: alice }), responderOf(meeting())],
        [initiatorOf(meeting()), new End(responder(ofBob), responderStep, { identity: bob, ...meeting() })],
      ] as const
      for (const [a, b] of mixes) {
        await meet(a, b)
        expect([a.established, b.established]).toEqual(expected.map(({ established }) => established))
      }
    }
    expect(used).toHaveBeenCalledTimes(8)
  })
})

describe('generateKeyPair', () => {
  it('H1 gives another pair each time', () => {
    const keys = Array.from({ length: 1000 }, () => hexOf(generateKeyPair().publicKey))
    expect(new Set(keys).size).toBe(1000)
  })

  it('gives a pair that agrees with every other, of either implementation', () => {
    fc.assert(
      fc.property(key, (secret) => {
        const fresh = generateKeyPair()
        expect([fresh.publicKey.constructor, fresh.publicKey.length]).toEqual([Uint8Array, 32])
        for (const other of [native.keyPair(secret), portable.keyPair(secret), generateKeyPair()]) {
          expect(fresh.agree(other.publicKey)).toEqual(other.agree(fresh.publicKey))
          expect(fresh.agree(other.publicKey)).toHaveLength(32)
        }
      }),
    )
  })

  it('H4 gives a pair that agrees upon nothing with a key of small order', () => {
    for (const u of [new Uint8Array(32), turned(new Uint8Array(32), 0), turned(new Uint8Array(32), 255)]) {
      expect(generateKeyPair().agree(u)).toBeNull()
    }
  })
})

describe('isAllZero', () => {
  it('holds for nothing with a bit in it', () => {
    expect(isAllZero(new Uint8Array(32))).toBe(true)
    for (let bit = 0; bit < 256; bit++) expect(isAllZero(turned(new Uint8Array(32), bit))).toBe(false)
  })
})
