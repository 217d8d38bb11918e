import { type Claim, keyOf, sealStatement, sha256 } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, at, attest, bob, carol, codeOf, NOW, net, random } from '../../test/cast.ts'
import { issueReceipt, parseReceipt } from './receipt.ts'

const BODY = sha256(Uint8Array.of(1))
const parsed = async (fields: Claim): Promise<string> => {
  const claim = { net, iat: NOW, nonce: random(16), to: keyOf(carol.did), body: BODY }
  const statement = await sealStatement(bob, 'receipt', { ...claim, ...fields })
  return codeOf(() => parseReceipt(statement))
}

describe('parseReceipt', () => {
  it('H7 refuses a statement of another type', async () => {
    const statement = await attest(alice, { sub: bob.did, value: 1 })
    expect(await codeOf(() => parseReceipt(statement))).toBe('receipt.type')
  })

  it.each<[string, Claim]>([
    ['recipient with a small-order key (I5)', { to: new Uint8Array(32) }],
    ['missing recipient', { to: undefined }],
    ['body in place of its hash', { body: new Uint8Array(33) }],
    ['missing body', { body: undefined }],
    ['answered receipt by anything but its id', { re: new Uint8Array(31) }],
  ])('refuses a %s', async (_, fields) => {
    expect(await parsed({})).toBe('accepted')
    expect(await parsed(fields)).toBe('receipt.malformed')
  })

  it('S18 refuses any unknown field in a signed claim', async () => {
    const known = ['net', 'iat', 'nonce', 'to', 'body', 're', '__proto__', 'constructor', 'prototype']
    const field = fc.string().filter((name) => !known.includes(name))
    await fc.assert(
      fc.asyncProperty(field, async (name) => {
        expect(await parsed({ [name]: 1 })).toBe('receipt.malformed')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('issueReceipt', () => {
  it('signs nothing that would not be read', async () => {
    let signed = 0
    const spy = { ...bob, sign: () => Promise.reject(signed++) }
    const outcome = await codeOf(() => issueReceipt(spy, { to: carol.did, body: Uint8Array.of(1) }, at(NOW)))
    expect([outcome, signed]).toEqual(['receipt.malformed', 0])
  })

  it('makes what parseReceipt reads back', async () => {
    const asked = await issueReceipt(bob, { to: carol.did, body: BODY }, at(NOW))
    const answered = await issueReceipt(carol, { to: bob.did, body: BODY, re: asked.id }, at(NOW))
    expect(parseReceipt(asked)).toMatchObject({ iss: bob.did, to: carol.did, body: BODY, iat: NOW })
    expect(parseReceipt(asked).re).toBeUndefined()
    expect(parseReceipt(answered)).toMatchObject({ iss: carol.did, to: bob.did, re: asked.id })
  })

  it('fits beside a message', async () => {
    const { id } = await issueReceipt(bob, { to: carol.did, body: BODY }, at(NOW))
    const { bytes } = await issueReceipt(bob, { to: carol.did, body: BODY, re: id }, at(Number.MAX_SAFE_INTEGER))
    expect(bytes.length).toBeLessThan(1_024)
  })
})
