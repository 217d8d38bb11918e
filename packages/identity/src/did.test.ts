import { base58 } from '@scure/base'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { didOf, isDid, keyOf, parseDid } from './did.ts'
import { engine } from './ed25519/native.ts'
import { identityFromSeed } from './identity.ts'
import { IdentityError } from './identity-error.ts'

/** How often base58 was decoded. */
const arithmetic = vi.hoisted(() => ({ decoded: 0 }))
vi.mock('@scure/base', async (importOriginal) => {
  const { base58: original, ...rest } = await importOriginal<typeof import('@scure/base')>()
  const decode = (text: string): Uint8Array => {
    arithmetic.decoded++
    return original.decode(text)
  }
  return { ...rest, base58: { ...original, decode } }
})

const alice = identityFromSeed(new Uint8Array(32).fill(1)).did
/** A key that no Did has been made of yet. */
const fresh = (byte: number): Uint8Array => engine.secret(new Uint8Array(32).fill(byte)).publicKey
const prefixed = (...prefix: number[]): Uint8Array => Uint8Array.of(...prefix, ...keyOf(alice))
const spelled = (bytes: Uint8Array): string => `did:key:z${base58.encode(bytes)}`

const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof IdentityError) return error.code
    throw error
  }
  return 'accepted'
}

describe('parseDid', () => {
  it.each([
    `${alice}#${alice.slice(8)}`,
    `${alice}?versionId=1`,
    `${alice};p`,
    `${alice}/path`,
    alice.toUpperCase(),
    `DID:KEY:${alice.slice(8)}`,
    alice.replace('z6Mk', 'z6mk'),
    alice.replace(':', '%3A'),
    `${alice} `,
    ` ${alice}`,
    `${alice}\n`,
    `${alice}\0`,
    `${alice}\u200B`,
    alice.slice(0, -1),
    `${alice}1`,
    '',
    'did:key:',
    'did:web:example.com',
  ])('I1 refuses %j, another spelling of a Did', (text) => {
    expect(codeOf(() => parseDid(text))).toBe('did.malformed')
  })

  it('I1 gives back what it accepts, byte for byte, and refuses every mutation of it', () => {
    const original = [...alice]
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.string({ minLength: 0, maxLength: 2, unit: 'binary' }), (at, put) => {
        const text = [...original.slice(0, at), put, ...original.slice(at + 1)].join('')
        if (!isDid(text)) return
        expect(didOf(keyOf(text))).toBe(text)
      }),
      { numRuns: 3000 },
    )
  })

  it('I2 refuses a leading base58 `1`, which decodes to a zero byte in front', () => {
    expect(codeOf(() => parseDid(`did:key:z1${alice.slice(9)}`))).toBe('did.malformed')
    expect(codeOf(() => parseDid(spelled(prefixed(0, 0xed, 0x01))))).toBe('did.malformed')
  })

  it.each([
    ['x25519', [0xec, 0x01]],
    ['secp256k1', [0xe7, 0x01]],
    ['a varint that is not minimal', [0xed, 0x81, 0x00]],
    ['no multicodec', []],
  ])('I3 refuses %s', (_, prefix) => {
    expect(codeOf(() => parseDid(spelled(prefixed(...prefix))))).toBe('did.malformed')
  })

  it.each(['m', 'u', 'f', 'Z', ''])('I4 refuses the multibase %j', (multibase) => {
    expect(codeOf(() => parseDid(`did:key:${multibase}${alice.slice(9)}`))).toBe('did.malformed')
  })

  it('I4 refuses values that are not strings', () => {
    for (const value of [null, undefined, 1, {}, [alice], new String(alice)]) {
      expect(codeOf(() => parseDid(value))).toBe('did.malformed')
    }
  })

  it('I1 does no base58 arithmetic, which is quadratic, on a text that the pattern refuses', () => {
    const before = arithmetic.decoded
    for (const text of [
      `z6Mk${'1'.repeat(100_000)}`,
      `${alice.slice(8)}1`,
      `${alice.slice(8)}#`,
      `z1${alice.slice(9)}`,
    ]) {
      expect(codeOf(() => parseDid(`did:key:${text}`))).toBe('did.malformed')
    }
    expect(arithmetic.decoded).toBe(before)
    // So that its silence means something.
    isDid(`did:key:z6Mk${'1'.repeat(44)}`)
    expect(arithmetic.decoded).toBe(before + 1)
  })

  it('I13 is not fooled by what it has seen before', () => {
    parseDid(alice)
    expect(isDid(`${alice}#`)).toBe(false)
    // Keys that are seen for the first time, in both classes: `slice` copies a Uint8Array and shares a Buffer.
    for (const [i, key] of [fresh(201), Buffer.from(fresh(202))].entries()) {
      const did = didOf(key)
      key[0] = (key[0] as number) ^ 1
      expect(keyOf(did)).toEqual(fresh(201 + i))
      expect(didOf(keyOf(did))).toBe(did)
      expect(didOf(fresh(201 + i))).toBe(did)
    }
  })

  it.each([
    ['a Cyrillic е', alice.replace('key', 'k\u0435y')],
    ['a full-width z', alice.replace(':z6', ':\uFF5A6')],
    ['a right-to-left override', `${alice.slice(0, 20)}\u202E${alice.slice(20)}`],
    ['a soft hyphen', `${alice.slice(0, 20)}\u00AD${alice.slice(20)}`],
    ['a combining mark', `${alice}\u0301`],
    ['a full-width digit', alice.replace('z6', 'z\uFF16')],
  ])('I10 refuses %s: a Did is ASCII', (_, text) => {
    expect(text).not.toBe(alice)
    expect(codeOf(() => parseDid(text))).toBe('did.malformed')
  })

  it('accepts the canonical spelling of any key that the guard lets pass', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const { did } = identityFromSeed(seed)
        expect(parseDid(did)).toBe(did)
        expect(did).toMatch(/^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/)
      }),
      { numRuns: 200 },
    )
  })
})
