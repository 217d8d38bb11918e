import { type Claim, generateIdentity, keyOf, sealStatement } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, at, attest, bob, carol, codeOf, mallory, NOW, net, otherNet, policy, random } from '../../test/cast.ts'
import { StatementSet } from '../set/statement-set.ts'
import { issueHead, MAX_HEAD_LINKS, type NewHead, parseHead } from './head.ts'

const head: NewHead = {
  ...{ count: 3, set: random(32), revoked: random(32), links: [bob.did, carol.did], state: 'serving' },
}
const links = (...keys: Uint8Array[]): Claim => ({ links: keys })

const parsed = async (fields: Claim): Promise<string> => {
  const { set, revoked } = head
  const claim = { net, iat: NOW, nonce: random(16), seq: NOW, count: 3, set, revoked, links: [], state: 'syncing' }
  const statement = await sealStatement(alice, 'head', { ...claim, ...fields })
  return codeOf(() => parseHead(statement))
}

describe('parseHead', () => {
  it('refuses a statement of another type', async () => {
    const statement = await attest(alice, { sub: bob.did, value: 1 })
    expect(await codeOf(() => parseHead(statement))).toBe('head.type')
  })

  it.each<[string, Claim]>([
    ['negative count (F6)', { count: -1 }],
    ['fingerprint of 31 bytes', { set: random(31) }],
    ['fingerprint of the revocations of 33 bytes', { revoked: random(33) }],
    ['negative seq (F6)', { seq: -1 }],
    ['link with a small-order key (I5)', links(new Uint8Array(32))],
    ['state that there is not', { state: 'draining' }],
    ['missing state', { state: undefined }],
    ['number of links beyond 64 (F4)', links(...Array(MAX_HEAD_LINKS + 1).fill(keyOf(bob.did)))],
  ])('refuses a %s', async (_, fields) => {
    expect(await parsed(fields)).toBe('head.malformed')
  })

  it('refuses a link twice, and one with itself', async () => {
    expect(await parsed(links(keyOf(bob.did), keyOf(bob.did)))).toBe('head.links')
    expect(await parsed(links(keyOf(bob.did), keyOf(alice.did)))).toBe('head.links')
    expect(await parsed(links(keyOf(bob.did)))).toBe('accepted')
  })

  it('refuses a seq ahead of the time of issue, after which no head of the node would count', async () => {
    expect(await parsed({ seq: NOW + 1 })).toBe('head.seq')
    expect(await parsed({ seq: NOW - 1 })).toBe('accepted')
  })

  it('S18 refuses any unknown field in a signed claim', async () => {
    const known = ['net', 'iat', 'nonce', 'seq', 'count', 'set', 'revoked', 'links', 'state']
    const field = fc.string().filter((name) => ![...known, '__proto__', 'constructor', 'prototype'].includes(name))
    await fc.assert(
      fc.asyncProperty(field, async (name) => {
        expect(await parsed({ [name]: 1 })).toBe('head.malformed')
      }),
      { numRuns: 200 },
    )
  })
})

describe('issueHead', () => {
  it('signs nothing that would not be read', async () => {
    let signed = 0
    const spy = { ...alice, sign: () => Promise.reject(signed++) }
    expect(await codeOf(() => issueHead(spy, { ...head, links: [alice.did] }, at(NOW)))).toBe('head.links')
    expect(await codeOf(() => issueHead(spy, { ...head, count: 0.5 }, at(NOW)))).toBe('head.malformed')
    expect(signed).toBe(0)
  })

  it('makes what parseHead reads back, after the one before', async () => {
    const {
      id: _,
      nonce: __,
      net: ___,
      ...rest
    } = parseHead(await issueHead(alice, { ...head, previousSeq: NOW }, at(NOW)))
    expect(rest).toEqual({ ...head, seq: NOW + 1, iat: NOW + 1, iss: alice.did })
  })

  it('makes no more than 4,096 bytes, however much it says', async () => {
    const many = Array.from({ length: MAX_HEAD_LINKS }, () => generateIdentity(random))
    const full = { ...head, count: Number.MAX_SAFE_INTEGER, links: many.map(({ did }) => did) }
    expect((await issueHead(alice, full, at(NOW))).bytes.length).toBeLessThanOrEqual(4096)
  })
})

describe('StatementSet.add', () => {
  it('F4 keeps no head, whoever it is of', async () => {
    const set = new StatementSet({ net, policy })
    for (const node of [alice, mallory]) {
      expect(set.add(await issueHead(node, head, at(NOW)))).toMatchObject({ kind: 'ignored', code: 'head.type' })
    }
    expect(set.add(await issueHead(alice, head, { ...at(NOW), net: otherNet }))).toMatchObject({ kind: 'ignored' })
    expect(set.size).toBe(0)
  })
})
