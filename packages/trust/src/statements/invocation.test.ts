import { type Claim, encodeBody, keyOf, sealStatement, sha256 } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { alice, at, bob, carol, codeOf, mallory, NOW, net, random } from '../../test/cast.ts'
import { issueDelegation, parseDelegation } from './delegation.ts'
import { issueInvocation, MAX_INVOCATION_MS, parseInvocation } from './invocation.ts'

const leaf = parseDelegation(await issueDelegation(alice, { aud: bob.did, can: '/tool' }, at(NOW)))
const args = encodeBody({ query: 'cats' })
const parsed = async (fields: Claim, type = 'invocation'): Promise<string> => {
  const statement = await sealStatement(bob, type, {
    ...{ net, iat: NOW, nonce: random(16), aud: keyOf(carol.did), leaf: new Uint8Array(32), can: '/tool' },
    ...{ args: new Uint8Array(32), exp: NOW + 1 },
    ...fields,
  })
  return codeOf(() => parseInvocation(statement))
}

describe('parseInvocation', () => {
  it('refuses a statement of another type', async () => {
    expect(await parsed({}, 'delegation')).toBe('invocation.type')
  })

  it.each<[string, Claim]>([
    ['capability outside the grammar', { can: '/tool/..' }],
    ['leaf that is no id', { leaf: new Uint8Array(31) }],
    ['hash of another length', { args: new Uint8Array(20) }],
    ['executor with a small-order key', { aud: new Uint8Array(32) }],
    ['field more', { extra: 1 }],
    ['field less', { args: undefined }],
  ])('refuses a %s', async (_, fields) => {
    expect(await parsed(fields)).toBe('invocation.malformed')
  })

  it.each([NOW, NOW - 1, NOW + MAX_INVOCATION_MS + 1])(
    'refuses an end at %i, outside the five minutes',
    async (exp) => {
      expect(await parsed({ exp })).toBe('invocation.expiry')
    },
  )

  it('accepts five minutes, and a millisecond', async () => {
    expect(await parsed({ exp: NOW + MAX_INVOCATION_MS })).toBe('accepted')
    expect(await parsed({ exp: NOW + 1 })).toBe('accepted')
  })
})

describe('issueInvocation', () => {
  const asked = { aud: carol.did, leaf, can: '/tool/search', args }

  it.each([
    [mallory, asked, 'invocation.issuer'],
    [bob, { ...asked, can: '/toolbox' }, 'invocation.capability'],
    [bob, { ...asked, aud: 'carol' as typeof carol.did }, 'invocation.malformed'],
    [bob, { ...asked, ttlMs: 0 }, 'invocation.expiry'],
    [bob, { ...asked, ttlMs: MAX_INVOCATION_MS + 1 }, 'invocation.expiry'],
  ])('signs nothing that an executor would refuse', async (by, invocation, code) => {
    let signed = 0
    const spy = { ...by, sign: () => Promise.reject(signed++) }
    expect(await codeOf(() => issueInvocation(spy, invocation, at(NOW)))).toBe(code)
    expect(signed).toBe(0)
  })

  it('makes what parseInvocation reads back', async () => {
    const { id, nonce, ...rest } = parseInvocation(await issueInvocation(bob, asked, at(NOW)))
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(nonce).toHaveLength(16)
    expect(rest).toEqual({
      ...{ net, iat: NOW, iss: bob.did, aud: carol.did, leaf: leaf.id, can: '/tool/search', args: sha256(args) },
      exp: NOW + 60_000,
    })
  })
})
