import { type Claim, keyOf, sealStatement } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, at, bob, carol, codeOf, DAY_MS, mallory, NOW, net, random } from '../../test/cast.ts'
import type { Constraint } from '../chain/constraints.ts'
import { type Delegation, issueDelegation, type NewDelegation, parseDelegation } from './delegation.ts'

const YEAR_MS = 365 * DAY_MS
const executors = { op: 'executors' as const, dids: [carol.did] }
const wireExecutors = { op: 'executors', dids: [keyOf(carol.did)] }
const parsed = async (fields: Claim): Promise<string> => {
  const statement = await sealStatement(alice, 'delegation', {
    ...{ net, iat: NOW, nonce: random(16), aud: keyOf(bob.did), root: keyOf(alice.did), can: '/tool', where: [] },
    ...{ exp: NOW + DAY_MS, depth: 1, parent: null },
    ...fields,
  })
  return codeOf(() => parseDelegation(statement))
}
const delegate = async (by: typeof alice, delegation: NewDelegation): Promise<Delegation> =>
  parseDelegation(await issueDelegation(by, delegation, at(NOW)))
const nested = (depth: number): Constraint =>
  depth === 0 ? { op: 'eq', at: [], value: 1 } : { op: 'not', of: nested(depth - 1) as never }

describe('parseDelegation', () => {
  it('refuses a statement of another type', async () => {
    const statement = await sealStatement(alice, 'note', { net, iat: NOW, nonce: random(16) })
    expect(await codeOf(() => parseDelegation(statement))).toBe('delegation.type')
  })

  it.each<[string, Claim]>([
    ['capability outside the grammar', { can: 'tool' }],
    ['capability with dots', { can: '/tool/..' }],
    ['audience as text', { aud: bob.did }],
    ['depth below 0', { depth: -1 }],
    ['depth that needs eleven links', { depth: 10 }],
    ['parent left out', { parent: undefined }],
    ['parent that is no id', { parent: new Uint8Array(31) }],
    ['empty list of revokers', { revokers: [] }],
    ['ninth revoker', { revokers: Array.from({ length: 9 }, () => keyOf(bob.did)) }],
    ['constraint of a later version', { where: [{ op: 'regex', at: [], value: 'a' }] }],
    ['constraint with a field more', { where: [{ op: 'eq', at: [], value: 1, or: 2 }] }],
    ['constraint with a field less', { where: [{ op: 'eq', value: 1 }] }],
    ['constraint that compares with bytes', { where: [{ op: 'eq', at: [], value: new Uint8Array(1) }] }],
    ['constraint that orders texts', { where: [{ op: 'lt', at: [], value: 'a' }] }],
    ['text of 257', { where: [{ op: 'glob', at: [], value: 'a'.repeat(257) }] }],
    ['path of nine', { where: [{ op: 'eq', at: Array(9).fill('a'), value: 1 }] }],
    ['choice of none', { where: [{ op: 'in', at: [], values: [] }] }],
    ['term inside `or`', { where: [{ op: 'or', of: [{ op: 'minTier', tier: 'known' }] }] }],
    ['term inside `not`', { where: [{ op: 'not', of: wireExecutors }] }],
    ['tier that cannot be required', { where: [{ op: 'minTier', tier: 'probation' }] }],
    ['limit of none', { where: [wireExecutors, { op: 'maxCalls', limit: 0 }] }],
    ['window of none', { where: [wireExecutors, { op: 'rate', limit: 1, windowMs: 0 }] }],
    ['executor with a small-order key', { where: [{ op: 'executors', dids: [new Uint8Array(32)] }] }],
    ['65 constraints', { where: Array.from({ length: 65 }, () => ({ op: 'and', of: [] })) }],
    ['65 constraints in one', { where: [{ op: 'and', of: Array.from({ length: 64 }, () => ({ op: 'or', of: [] })) }] }],
  ])('refuses a %s', async (_, fields) => {
    expect(await parsed(fields)).toBe('delegation.malformed')
  })

  it('I5 refuses a small-order key wherever a Did stands', async () => {
    for (const fields of [
      { aud: new Uint8Array(32) },
      { root: new Uint8Array(32) },
      { revokers: [new Uint8Array(32)] },
    ]) {
      expect(await parsed(fields)).toBe('delegation.malformed')
    }
  })

  it('S18 refuses any unknown field', async () => {
    const known = ['net', 'iat', 'nonce', 'aud', 'root', 'can', 'where', 'nbf', 'exp', 'depth', 'parent', 'revokers']
    const forbidden = ['__proto__', 'constructor', 'prototype']
    const field = fc.string().filter((name) => ![...known, ...forbidden].includes(name))
    await fc.assert(
      fc.asyncProperty(field, async (name) => {
        expect(await parsed({ [name]: 1 })).toBe('delegation.malformed')
      }),
      { numRuns: 1000 },
    )
  })

  it('D11 refuses a delegation to its issuer', async () => {
    expect(await parsed({ aud: keyOf(alice.did) })).toBe('delegation.self')
  })

  it.each([{ exp: NOW }, { exp: NOW + YEAR_MS + 1 }, { nbf: NOW + 5, exp: NOW + 5 }])(
    'refuses the window %j: empty, or longer than a year',
    async (fields) => {
      expect(await parsed(fields)).toBe('delegation.expiry')
    },
  )

  it.each<[string, Claim]>([
    ['nobody', { where: [{ op: 'maxCalls', limit: 1 }] }],
    [
      'two',
      {
        where: [
          { op: 'executors', dids: [keyOf(bob.did), keyOf(carol.did)] },
          { op: 'maxCalls', limit: 1 },
        ],
      },
    ],
    ['nobody, in a window', { where: [{ op: 'rate', limit: 1, windowMs: 1 }] }],
  ])('D10 refuses a count that is left to %s', async (_, fields) => {
    expect(await parsed(fields)).toBe('delegation.uncountable')
  })

  it('refuses more than 4 KiB', async () => {
    const where = Array.from({ length: 16 }, () => ({ op: 'eq', at: [], value: 'a'.repeat(256) }))
    expect(await parsed({ where })).toBe('delegation.size')
    expect(await parsed({ where: where.slice(3) })).toBe('accepted')
  })

  it('accepts every field at its limits', async () => {
    const where = [wireExecutors, { op: 'rate', limit: 1_000_000_000, windowMs: YEAR_MS }, { op: 'maxCalls', limit: 1 }]
    const revokers = Array.from({ length: 8 }, () => keyOf(carol.did))
    expect(await parsed({ where, revokers, depth: 9, nbf: 0, exp: NOW + YEAR_MS, parent: new Uint8Array(32) })).toBe(
      'accepted',
    )
    expect(await parsed({ where: Array.from({ length: 64 }, () => ({ op: 'or', of: [] })), exp: NOW + 1 })).toBe(
      'accepted',
    )
  })
})

describe('issueDelegation', () => {
  const refusals: [NewDelegation, string][] = [
    [{ aud: bob.did, can: '/Tool' }, 'delegation.malformed'],
    [{ aud: 'did:key:bob' as typeof bob.did, can: '/tool' }, 'delegation.malformed'],
    [{ aud: alice.did, can: '/tool' }, 'delegation.self'],
    [{ aud: bob.did, can: '/tool', exp: NOW }, 'delegation.expiry'],
    [{ aud: bob.did, can: '/tool', where: [{ op: 'maxCalls', limit: 1 }] }, 'delegation.uncountable'],
  ]
  it.each(refusals)('signs nothing for %j', async (delegation, code) => {
    let signed = 0
    const spy = { ...alice, sign: () => Promise.reject(signed++) }
    expect(await codeOf(() => issueDelegation(spy, delegation, at(NOW)))).toBe(code)
    expect(signed).toBe(0)
  })

  it('refuses what is larger than 4 KiB, and what is nested deeper than a document may be', async () => {
    const where = Array.from({ length: 16 }, () => ({ op: 'eq' as const, at: [], value: 'a'.repeat(256) }))
    expect(await codeOf(() => issueDelegation(alice, { aud: bob.did, can: '/tool', where }, at(NOW)))).toBe(
      'delegation.size',
    )
    const deep = issueDelegation(alice, { aud: bob.did, can: '/tool', where: [nested(8)] }, at(NOW))
    await expect(deep).rejects.toMatchObject({ code: 'encoding.depth' })
  })

  it('D1 signs nothing that grants more than its parent', async () => {
    const parent = await delegate(alice, { aud: bob.did, can: '/tool/search', depth: 2, nbf: NOW + 5, exp: NOW + 100 })
    const fine = { aud: carol.did, can: '/tool/search', depth: 1, parent }
    const wider: [typeof alice, NewDelegation][] = [
      [mallory, fine],
      [bob, { ...fine, depth: 2 }],
      [bob, { ...fine, can: '/tool' }],
      [bob, { ...fine, can: '/tool/searching' }],
      [bob, { ...fine, exp: NOW + 101 }],
      [bob, { ...fine, nbf: NOW + 4 }],
    ]
    for (const [by, delegation] of wider) {
      expect(await codeOf(() => issueDelegation(by, delegation, at(NOW)))).toBe('delegation.widens')
    }
    expect(await codeOf(() => issueDelegation(bob, fine, at(NOW)))).toBe('accepted')
  })

  it('signs nothing under a parent whose id is none', async () => {
    const parent = await delegate(alice, { aud: bob.did, can: '/tool', depth: 1 })
    for (const id of ['', 'x'.repeat(64), parent.id.toUpperCase(), parent.id.slice(1)]) {
      const delegation = { aud: carol.did, can: '/tool', parent: { ...parent, id: id as typeof parent.id } }
      expect(await codeOf(() => issueDelegation(bob, delegation, at(NOW)))).toBe('delegation.malformed')
    }
  })

  it('makes what parseDelegation reads back', async () => {
    const where: Constraint[] = [executors, { op: 'maxCalls', limit: 3 }, { op: 'or', of: [nested(1) as never] }]
    const fields = { aud: bob.did, can: '/tool', where, nbf: NOW + 1, exp: NOW + 9, depth: 3, revokers: [carol.did] }
    const { id, nonce, ...rest } = await delegate(alice, fields)
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(nonce).toHaveLength(16)
    expect(rest).toEqual({ ...fields, iss: alice.did, root: alice.did, net, iat: NOW, parent: null })
  })

  it('is unrestricted, final and for a day where it is not told otherwise', async () => {
    const { where, depth, exp, nbf, parent } = await delegate(alice, { aud: bob.did, can: '/tool' })
    expect({ where, depth, exp, nbf, parent }).toEqual({
      where: [],
      depth: 0,
      exp: NOW + DAY_MS,
      nbf: undefined,
      parent: null,
    })
  })

  it('keeps to the window of its parent, and to its root', async () => {
    const parent = await delegate(alice, { aud: bob.did, can: '/tool', depth: 1, nbf: NOW + 5, exp: NOW + 100 })
    const child = await delegate(bob, { aud: carol.did, can: '/tool/x', parent })
    expect(child).toMatchObject({ nbf: NOW + 5, exp: NOW + 100, root: alice.did, parent: parent.id })
  })
})
