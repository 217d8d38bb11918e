import { type Claim, keyOf } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, at, attest, bob, codeOf, mallory, NOW, olga, revoke, sealRevocation } from '../../test/cast.ts'
import { issueRevocation, parseRevocation } from './revocation.ts'

const parsed = async (fields: Claim): Promise<string> => {
  const statement = await sealRevocation(olga, fields)
  return codeOf(() => parseRevocation(statement))
}

describe('parseRevocation', () => {
  it('refuses a statement of another type', async () => {
    const statement = await attest(alice, { sub: bob.did, value: 1 })
    expect(await codeOf(() => parseRevocation(statement))).toBe('revocation.type')
  })

  it.each<[string, Claim]>([
    ['target that is both', { target: { did: keyOf(bob.did), iss: keyOf(bob.did), id: new Uint8Array(32) } }],
    ['target without an issuer', { target: { id: new Uint8Array(32) } }],
    ['target that is nothing', { target: {} }],
    ['target with a small-order key (I5)', { target: { did: new Uint8Array(32) } }],
    ['target with an id that is no hash', { target: { iss: keyOf(bob.did), id: new Uint8Array(33) } }],
    ['reason of 257 characters', { reason: 'a'.repeat(257) }],
    ['missing reason', { reason: undefined }],
    ['path of 17 envelopes', { path: Array.from({ length: 17 }, () => new Uint8Array(1)) }],
    ['path of text', { path: ['a'] }],
  ])('refuses a %s', async (_, fields) => {
    expect(await parsed(fields)).toBe('revocation.malformed')
  })

  it('K8 R7 refuses a path by whoever needs none: the Did itself, and the issuer of the statement', async () => {
    const path = [new Uint8Array(4096)]
    const key = keyOf(olga.did)
    expect(await parsed({ target: { did: key }, path })).toBe('revocation.malformed')
    expect(await parsed({ target: { iss: key, id: new Uint8Array(32) }, path })).toBe('revocation.malformed')
    expect(await parsed({ target: { iss: keyOf(bob.did), id: new Uint8Array(32) }, path })).toBe('accepted')
  })

  it.each(['\0', '\n', '\r', '\t', '\u001b[31m', '\u007f', '\u0085', '\u2028', '\u202e', '\u2066'])(
    'A7 refuses %j in a reason, which would forge a line',
    async (forging) => {
      expect(await parsed({ reason: `stolen${forging}key` })).toBe('revocation.malformed')
    },
  )

  it('S18 refuses any unknown field in a signed claim', async () => {
    const known = ['net', 'iat', 'nonce', 'target', 'reason', 'path', '__proto__', 'constructor', 'prototype']
    const field = fc.string().filter((name) => !known.includes(name))
    await fc.assert(
      fc.asyncProperty(field, async (name) => {
        expect(await parsed({ [name]: 1 })).toBe('revocation.malformed')
        expect(await parsed({ target: { did: keyOf(bob.did), [name]: 1 } })).toBe('revocation.malformed')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('issueRevocation', () => {
  it('signs nothing for a reason that is not fit to print', async () => {
    let signed = 0
    const spy = { ...olga, sign: () => Promise.reject(signed++) }
    const revocation = { target: { did: bob.did }, reason: 'a\nb' }
    expect(await codeOf(() => issueRevocation(spy, revocation, at(NOW)))).toBe('revocation.malformed')
    expect(signed).toBe(0)
  })

  it('K8 signs no path that nobody would look at', async () => {
    expect(await codeOf(() => revoke(bob, { did: bob.did }, [Uint8Array.of(1)]))).toBe('revocation.malformed')
  })

  it('makes what parseRevocation reads back, of a Did and of a statement', async () => {
    const { id } = await attest(bob, { sub: mallory.did, value: 1 })
    expect(parseRevocation(await revoke(olga, { did: bob.did })).target).toEqual({ did: bob.did })
    expect(parseRevocation(await revoke(bob, { iss: bob.did, id })).target).toEqual({ iss: bob.did, id })
  })

  it('keeps the path', async () => {
    const path = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    expect(parseRevocation(await revoke(bob, { did: mallory.did }, path)).path).toEqual(path)
    expect(parseRevocation(await revoke(olga, { did: mallory.did }))).not.toHaveProperty('path')
  })

  it('signs the reason in normal form C', async () => {
    const statement = await issueRevocation(olga, { target: { did: bob.did }, reason: 'e\u0301' }, at(NOW))
    expect(parseRevocation(statement).reason).toBe('\u00e9')
  })
})
