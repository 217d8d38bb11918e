import { type Claim, keyOf, sealStatement } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, at, attest, bob, carol, codeOf, DAY_MS, NOW, net, random } from '../../test/cast.ts'
import { issueLease, parseLease } from './lease.ts'

const parsed = async (fields: Claim): Promise<string> => {
  const claim = { net, iat: NOW, nonce: random(16), node: keyOf(carol.did), seq: NOW, exp: NOW + DAY_MS }
  const statement = await sealStatement(bob, 'lease', { ...claim, ...fields })
  return codeOf(() => parseLease(statement))
}

describe('parseLease', () => {
  it('refuses a statement of another type', async () => {
    const statement = await attest(alice, { sub: bob.did, value: 1 })
    expect(await codeOf(() => parseLease(statement))).toBe('lease.type')
  })

  it.each<[string, Claim]>([
    ['node with a small-order key (I5)', { node: new Uint8Array(32) }],
    ['negative end', { exp: -1 }],
    ['missing node', { node: undefined }],
  ])('refuses a %s', async (_, fields) => {
    expect(await parsed(fields)).toBe('lease.malformed')
  })

  it('refuses an end at its beginning, or more than 30 days after its seq', async () => {
    expect(await parsed({ exp: NOW })).toBe('lease.expiry')
    expect(await parsed({ exp: NOW + 30 * DAY_MS + 1 })).toBe('lease.expiry')
    expect(await parsed({ seq: NOW - 1, exp: NOW + 30 * DAY_MS })).toBe('lease.expiry')
    expect(await parsed({ exp: NOW + 30 * DAY_MS })).toBe('accepted')
  })

  it('refuses a seq ahead of the time of issue, which would take its slot for ever', async () => {
    expect(await parsed({ seq: NOW + 1 })).toBe('lease.seq')
  })

  it('S18 refuses any unknown field in a signed claim', async () => {
    const known = ['net', 'iat', 'nonce', 'node', 'seq', 'exp', '__proto__', 'constructor', 'prototype']
    const field = fc.string().filter((name) => !known.includes(name))
    await fc.assert(
      fc.asyncProperty(field, async (name) => {
        expect(await parsed({ [name]: 1 })).toBe('lease.malformed')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('issueLease', () => {
  it('signs nothing that would not be read', async () => {
    let signed = 0
    const spy = { ...bob, sign: () => Promise.reject(signed++) }
    expect(await codeOf(() => issueLease(spy, { node: carol.did, exp: NOW }, at(NOW)))).toBe('lease.expiry')
    expect(signed).toBe(0)
  })

  it('makes what parseLease reads back, after the one before', async () => {
    const { node, seq, iat, exp, iss } = parseLease(
      await issueLease(bob, { node: carol.did, previousSeq: NOW + 1 }, at(NOW)),
    )
    expect({ node, seq, iat, exp, iss }).toEqual({
      ...{ node: carol.did, seq: NOW + 2, iat: NOW + 2, exp: NOW + 2 + 30 * DAY_MS, iss: bob.did },
    })
  })
})
