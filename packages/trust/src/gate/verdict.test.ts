import { describe, expect, it } from 'vitest'
import { bob, codeOf } from '../../test/cast.ts'
import { type Denial, parseDenial } from './verdict.ts'

const denial: Denial = {
  code: 'gate.tier-too-low',
  peer: { did: bob.did, name: 'bob' },
  have: { status: 'unknown', tier: 'probation', score: 300, confidence: 0 },
  need: { kind: 'task', minTier: 'trusted', score: 600, confidence: 500 },
  why: ['no root that alice trusts has vouched for bob'],
  fix: 'a root that alice trusts attests bob with value 500, and nothing that counts speaks against it',
}

describe('parseDenial', () => {
  it.each<[string, unknown]>([
    ['nothing', null],
    ['code of another version', { ...denial, code: 'gate.mood' }],
    ['field too many', { ...denial, stack: 'at …' }],
    ['field too many of the peer', { ...denial, peer: { ...denial.peer, key: 1 } }],
    ['missing fix', { ...denial, fix: undefined }],
    ['score that is no number', { ...denial, have: { ...denial.have, score: Number.NaN } }],
    ['requirement of probation', { ...denial, need: { ...denial.need, minTier: 'probation' } }],
    ['Did that is not canonical', { ...denial, peer: { did: `${bob.did}/` } }],
    ['ninth reason', { ...denial, why: Array.from({ length: 9 }, () => 'because') }],
    ['fix of 513 characters', { ...denial, fix: 'x'.repeat(513) }],
  ])('refuses a %s', async (_, input) => {
    expect(await codeOf(() => parseDenial(input))).toBe('denial.malformed')
  })

  it.each(['name', 'why', 'fix', 'kind'])('A7 refuses a %s that would forge a line of a log', async (field) => {
    const text = 'ok\n2026-01-01 mallory allowed'
    const forged = {
      name: { ...denial, peer: { did: bob.did, name: text } },
      why: { ...denial, why: [text] },
      fix: { ...denial, fix: text },
      kind: { ...denial, need: { ...denial.need, kind: text } },
    }[field]
    expect(await codeOf(() => parseDenial(forged))).toBe('denial.malformed')
  })

  it('accepts a denial, with and without what may be unknown', () => {
    expect(parseDenial(denial)).toEqual(denial)
    const bare = { ...denial, peer: { did: bob.did }, have: null, need: null }
    expect(parseDenial(bare)).toEqual(bare)
  })
})
