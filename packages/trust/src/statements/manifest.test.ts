import { type Claim, keyOf, sealStatement } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, at, attest, bob, carol, codeOf, NOW, net, otherNet, present, random } from '../../test/cast.ts'
import { isAlike, isBare, issueFirstManifest, issueManifest, parseManifest } from './manifest.ts'
import { commitmentTo } from './rotation.ts'

const claim = { net, iat: NOW, name: 'bob', version: '1', capabilities: ['/tool/search'], bom: [], seq: 0 }
const component = { name: 'left-pad', version: '1.3.0', sha256: new Uint8Array(32) }
const parsed = async (fields: Claim): Promise<string> => {
  const statement = await sealStatement(bob, 'manifest', { ...claim, nonce: random(16), ...fields })
  return codeOf(() => parseManifest(statement))
}

describe('parseManifest', () => {
  it('refuses a statement of another type', async () => {
    const statement = await attest(alice, { sub: bob.did, value: 1 })
    expect(await codeOf(() => parseManifest(statement))).toBe('manifest.type')
  })

  it.each<[string, Claim]>([
    ['name of 65 characters', { name: 'a'.repeat(65) }],
    ['name that forges a line (A7)', { name: 'bob\n' }],
    ['model that forges a line (A7)', { model: 'm\u202e' }],
    ['capability that is no path', { capabilities: ['tool'] }],
    ['capability with a wildcard', { capabilities: ['/tool/*'] }],
    ['list of 65 capabilities', { capabilities: Array.from({ length: 65 }, (_, i) => `/tool/${i}`) }],
    ['bill of materials without hashes', { bom: [{ name: 'left-pad', version: '1' }] }],
    ['bill of materials with more than it may say', { bom: [{ ...component, licence: 'MIT' }] }],
    ['bill of 257 materials', { bom: Array.from({ length: 257 }, () => component) }],
    ['commitment that is no hash', { next: new Uint8Array(31) }],
    ['recovery key of small order (I5)', { recovery: new Uint8Array(32) }],
    ['missing field', { bom: undefined }],
  ])('refuses a %s', async (_, fields) => {
    expect(await parsed(fields)).toBe('manifest.malformed')
  })

  it('refuses a seq ahead of the time of issue, which would take its slot for ever', async () => {
    expect(await parsed({ seq: NOW + 1 })).toBe('manifest.seq')
  })

  it('I12 refuses a commitment or a recovery key in any but the first', async () => {
    for (const fields of [{ next: commitmentTo(carol.did) }, { recovery: keyOf(carol.did) }]) {
      expect(await parsed({ ...fields, seq: 1 })).toBe('manifest.commitment')
      expect(await parsed({ ...fields, seq: 0 })).toBe('accepted')
    }
  })

  it('S18 refuses any unknown field in a signed claim', async () => {
    const known = [...Object.keys(claim), 'nonce', 'model', 'next', 'recovery', '__proto__', 'constructor', 'prototype']
    const field = fc.string().filter((name) => !known.includes(name))
    await fc.assert(
      fc.asyncProperty(field, async (name) => {
        expect(await parsed({ [name]: 1 })).toBe('manifest.malformed')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('issueManifest', () => {
  it.each([
    [{ name: 'a\nb', version: '1' }, 'manifest.malformed'],
    [{ name: 'a', version: '1', recovery: carol.did, previousSeq: 0 }, 'manifest.commitment'],
  ])('signs nothing for %j', async (manifest, code) => {
    let signed = 0
    const spy = { ...bob, sign: () => Promise.reject(signed++) }
    expect(await codeOf(() => issueManifest(spy, manifest, at(NOW)))).toBe(code)
    expect(signed).toBe(0)
  })

  it('makes what parseManifest reads back: the first, unless it follows another', async () => {
    const said = {
      model: 'm',
      capabilities: ['/tool'],
      bom: [component],
      next: commitmentTo(carol.did),
      recovery: alice.did,
    }
    const first = parseManifest(await present(bob, said))
    expect(first).toMatchObject({ ...said, name: 'agent', iss: bob.did, seq: 0, iat: NOW })
    const { seq, iat } = parseManifest(await present(bob, { previousSeq: NOW + 1 }))
    expect({ seq, iat }).toEqual({ seq: NOW + 2, iat: NOW + 2 })
  })
})

describe('issueFirstManifest', () => {
  const commitment = { next: commitmentTo(carol.did), recovery: alice.did }

  it('I12 says the same whenever it is said, so that nobody contradicts itself', async () => {
    const first = await issueFirstManifest(bob, commitment, net)
    expect((await issueFirstManifest(bob, { ...commitment }, net)).id).toBe(first.id)
    const { next } = commitment
    for (const other of [{}, { next }, { ...commitment, recovery: carol.did }, { next: commitmentTo(bob.did) }]) {
      expect((await issueFirstManifest(bob, other, net)).id).not.toBe(first.id)
    }
    expect((await issueFirstManifest(carol, commitment, net)).id).not.toBe(first.id)
    expect((await issueFirstManifest(bob, commitment, otherNet)).id).not.toBe(first.id)
  })

  it('commits, and describes nobody', async () => {
    const first = parseManifest(await issueFirstManifest(bob, commitment, net))
    expect(first).toMatchObject({ ...commitment, iss: bob.did, net, seq: 0, iat: 0, capabilities: [], bom: [] })
    expect(isBare(first)).toBe(true)
    const said = [{ name: 'b' }, { version: '1' }, { model: '' }, { capabilities: ['/tool'] }, { bom: [component] }]
    for (const more of [...said, { seq: 1 }]) expect(isBare({ ...first, ...more })).toBe(false)
  })
})

describe('isAlike', () => {
  it('I14 sees every change of what an agent says it is', async () => {
    const one = parseManifest(await present(bob, { capabilities: ['/tool'], bom: [component] }))
    expect(
      isAlike(one, parseManifest(await present(bob, { capabilities: ['/tool'], bom: [component] }, NOW + 1))),
    ).toBe(true)
    const changes = [
      ...[{ name: 'bobby' }, { version: '2' }, { model: 'm' }, { capabilities: ['/tool', '/code'] }, { bom: [] }],
      { bom: [{ ...component, sha256: new Uint8Array(32).fill(1) }] },
    ]
    for (const change of changes) expect(isAlike(one, { ...one, ...change })).toBe(false)
  })
})
