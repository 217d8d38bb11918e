import { type Claim, keyOf, sealStatement } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as cast from '../../test/cast.ts'
import { alice, at, attest, bob, carol, codeOf, mallory, NOW, net, olga, random, rotate } from '../../test/cast.ts'
import { commitmentTo, issueRotation, parseRotation, proveSuccession } from './rotation.ts'

const next = commitmentTo(alice.did)
/** A rotation from bob to carol, with fields replaced, signed whatever it says. */
const parsed = async (fields: Claim, by = bob): Promise<string> => {
  const proof = await proveSuccession(carol, { net, from: bob.did, next })
  const claim = { net, iat: NOW, nonce: random(16), to: keyOf(carol.did), next, proof }
  const statement = await sealStatement(by, 'rotation', { ...claim, ...fields })
  return codeOf(() => parseRotation(statement))
}

describe('parseRotation', () => {
  it('refuses a statement of another type', async () => {
    const statement = await attest(alice, { sub: bob.did, value: 1 })
    expect(await codeOf(() => parseRotation(statement))).toBe('rotation.type')
  })

  it.each<[string, Claim]>([
    ['successor with a small-order key (I5)', { to: new Uint8Array(32) }],
    ['commitment that is no hash', { next: new Uint8Array(33) }],
    ['proof of 63 bytes', { proof: new Uint8Array(63) }],
    ['missing commitment', { next: undefined }],
    ['missing proof', { proof: undefined }],
  ])('refuses a %s', async (_, fields) => {
    expect(await parsed(fields)).toBe('rotation.malformed')
  })

  it('refuses a rotation to itself', async () => {
    expect(await parsed({ to: keyOf(bob.did) })).toBe('rotation.self')
    expect(await parsed({ from: keyOf(carol.did) })).toBe('rotation.self')
  })

  it('I12 refuses a rotation that its successor has not agreed to, exactly so', async () => {
    const prove = async (by = carol, agreement = {}): Promise<Claim> => ({
      proof: await proveSuccession(by, { net, from: bob.did, next, ...agreement }),
    })
    expect(await parsed(await prove())).toBe('accepted')
    expect(await parsed(await prove(mallory))).toBe('rotation.proof')
    expect(await parsed(await prove(carol, { from: mallory.did }))).toBe('rotation.proof')
    expect(await parsed(await prove(carol, { net: cast.otherNet }))).toBe('rotation.proof')
    expect(await parsed(await prove(carol, { next: commitmentTo(mallory.did) }))).toBe('rotation.proof')
    expect(await parsed({}, mallory)).toBe('rotation.proof')
    expect(await parsed({ from: keyOf(bob.did) }, olga)).toBe('accepted')
  })

  it('H7 refuses as a proof what the successor has signed as something else', async () => {
    const { signature } = await carol.sign('rotation', { net, from: keyOf(bob.did), next })
    expect(await parsed({ proof: signature })).toBe('rotation.proof')
  })

  it('S18 refuses any unknown field in a signed claim', async () => {
    const known = ['net', 'iat', 'nonce', 'from', 'to', 'next', 'proof', '__proto__', 'constructor', 'prototype']
    const field = fc.string().filter((name) => !known.includes(name))
    await fc.assert(
      fc.asyncProperty(field, async (name) => {
        expect(await parsed({ [name]: 1 })).toBe('rotation.malformed')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('issueRotation', () => {
  it('signs nothing without the consent of the successor', async () => {
    let signed = 0
    const spy = { ...bob, sign: () => Promise.reject(signed++) }
    const rotation = { to: carol.did, next, proof: new Uint8Array(64) }
    expect(await codeOf(() => issueRotation(spy, rotation, at(NOW)))).toBe('rotation.proof')
    expect(signed).toBe(0)
  })

  it('makes what parseRotation reads back, by the old key and by an authority', async () => {
    expect(parseRotation(await rotate(bob, carol, { next }))).toMatchObject({
      iss: bob.did,
      from: bob.did,
      to: carol.did,
      next,
    })
    const vote = parseRotation(await rotate(bob, carol, { by: olga }))
    expect(vote).toMatchObject({ iss: olga.did, from: bob.did, to: carol.did })
  })
})
