import { createHash } from 'node:crypto'
import { Point } from '@noble/ed25519'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Ed25519Engine } from './engine.ts'
import { engine as native } from './native.ts'
import { engine as portable } from './portable.ts'
import { verifySoonWith, verifyWith } from './verify.ts'

const engines: readonly Ed25519Engine[] = [native, portable]
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })

function verdict(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const [a, b] = engines.map((engine) => verifyWith(engine, key, message, signature))
  expect(a).toBe(b)
  return a as boolean
}

function plus(signature: Uint8Array, add: bigint): Uint8Array {
  let s = BigInt(`0x${Buffer.from(signature.slice(32)).reverse().toString('hex')}`) + add
  const out = signature.slice()
  for (let i = 32; i < 64; i++, s >>= 8n) out[i] = Number(s & 0xffn)
  return out
}

describe('verifyWith', () => {
  it('I8 refuses S + L, and signatures that are not 64 bytes', () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 200 }), (seed, message) => {
        const { publicKey, sign } = native.secret(seed)
        const signature = sign(message)
        expect(verdict(publicKey, message, signature)).toBe(true)
        expect(verdict(publicKey, message, plus(signature, L))).toBe(false)
        expect(verdict(publicKey, message, signature.subarray(0, 63))).toBe(false)
        expect(verdict(publicKey, message, Uint8Array.of(...signature, 0))).toBe(false)
        expect(verdict(publicKey, message, new TextEncoder().encode(Buffer.from(signature).toString('hex')))).toBe(
          false,
        )
      }),
      { numRuns: 50 },
    )
  })

  it('I13 verifies under the key that it is given, whatever keys it has seen before', () => {
    const message = new TextEncoder().encode('anything')
    const signers = Array.from({ length: 100 }, (_, i) => native.secret(new Uint8Array(32).fill(i + 1)))
    const signatures = signers.map(({ sign }) => sign(message))
    // In one buffer that is written over, as a pool would be.
    const key = Buffer.alloc(32)
    for (let round = 0; round < 2; round++) {
      for (const [i, { publicKey }] of signers.entries()) {
        key.set(publicKey)
        expect(verifyWith(native, key, message, signatures[i] as Uint8Array)).toBe(true)
        expect(verifyWith(native, key, message, signatures[(i + 1) % 100] as Uint8Array)).toBe(false)
      }
    }
  })

  it('I9 gives one verdict with either engine on 1,000 mutated signatures, keys and messages', () => {
    fc.assert(
      fc.property(bytes(32), bytes(24), fc.nat(2), fc.nat(511), (seed, message, part, bit) => {
        const { publicKey, sign } = native.secret(seed)
        const parts = [publicKey.slice(), message.slice(), sign(message)] as const
        const mutated = parts[part] as Uint8Array
        const at = bit % (mutated.length * 8)
        mutated[at >> 3] = (mutated[at >> 3] as number) ^ (1 << (at & 7))
        expect(verdict(...parts)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('I9 gives the same verdict soon as at once, also where the key is no point or no key at all', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(32), bytes(24), fc.nat(2), fc.option(fc.nat(511)), async (seed, message, part, bit) => {
        const { publicKey, sign } = native.secret(seed)
        const parts = [publicKey.slice(), message.slice(), sign(message)] as const
        const mutated = parts[part] as Uint8Array
        const at = (bit ?? 0) % (mutated.length * 8)
        if (bit !== null) mutated[at >> 3] = (mutated[at >> 3] as number) ^ (1 << (at & 7))
        for (const engine of engines) expect(await verifySoonWith(engine, ...parts)).toBe(bit === null)
      }),
      { numRuns: 300 },
    )
    for (const engine of engines) {
      for (const key of [new Uint8Array(32), new Uint8Array(31), Uint8Array.of(2, ...new Uint8Array(31))]) {
        expect(await verifySoonWith(engine, key, key, new Uint8Array(64).fill(3, 0, 33))).toBe(false)
      }
    }
  })

  it('I9 signs alike with either engine', () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 300 }), (seed, message) => {
        const [a, b] = engines.map((engine) => engine.secret(seed))
        expect(a?.publicKey).toEqual(b?.publicKey)
        expect(a?.sign(message)).toEqual(b?.sign(message))
      }),
      { numRuns: 50 },
    )
  })

  it('I7 gives one verdict with either engine on keys that carry torsion', () => {
    const order8 = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')
    const verdicts = new Set<boolean>()
    fc.assert(
      fc.property(bytes(32), bytes(8), fc.integer({ min: 1, max: 7 }), (seed, message, times) => {
        const { publicKey, sign } = native.secret(seed)
        const torsioned = Point.fromBytes(publicKey)
          .add(order8.multiply(BigInt(times), false))
          .toBytes()
        verdicts.add(verdict(torsioned, message, sign(message)))
        // A signer who owns the torsioned key: h is taken over it, so that the equation may hold by chance of h mod 8.
        verdicts.add(verdict(torsioned, message, signTorsioned(seed, torsioned, message)))
      }),
      { numRuns: 200 },
    )
    expect(verdicts).toEqual(new Set([true, false]))
  })
})

function signTorsioned(seed: Uint8Array, key: Uint8Array, message: Uint8Array): Uint8Array {
  const r = 7n + BigInt(seed[0] as number)
  const R = Point.BASE.multiply(r, false).toBytes()
  const sha512 = (...parts: Uint8Array[]): bigint => {
    const digest = createHash('sha512')
    for (const part of parts) digest.update(part)
    return BigInt(`0x${digest.digest().reverse().toString('hex')}`)
  }
  const head = createHash('sha512').update(seed).digest().subarray(0, 32)
  head[0] = (head[0] as number) & 248
  head[31] = ((head[31] as number) & 127) | 64
  const a = BigInt(`0x${Buffer.from(head).reverse().toString('hex')}`)
  let S = (r + (sha512(R, key, message) % L) * a) % L
  const signature = new Uint8Array(64)
  signature.set(R)
  for (let i = 32; i < 64; i++, S >>= 8n) signature[i] = Number(S & 0xffn)
  return signature
}
