import { describe, expect, it } from 'vitest'
import { alice, codeOf, olga, otto, policy } from '../test/cast.ts'
import { parsePolicy } from './policy.ts'

describe('parsePolicy', () => {
  it.each([
    null,
    {},
    { ...policy, threshold: 0 },
    { ...policy, threshold: 1.5 },
    { ...policy, threshold: Number.NaN },
    { ...policy, roots: [`${alice.did}#1`] },
    { ...policy, authorities: 'all' },
    { ...policy, admins: [] },
  ])('refuses %j', async (input) => {
    expect(await codeOf(() => parsePolicy(input))).toBe('policy.malformed')
  })

  it('refuses a threshold that the authorities cannot reach, each counted once', async () => {
    const authorities = [olga.did, otto.did, olga.did]
    expect(await codeOf(() => parsePolicy({ roots: [], authorities, threshold: 3 }))).toBe('policy.malformed')
    expect(await codeOf(() => parsePolicy({ roots: [], authorities, threshold: 2 }))).toBe('accepted')
  })

  it('accepts a verifier who trusts nobody', () => {
    expect(parsePolicy({ roots: [], authorities: [], threshold: 1 }).roots.size).toBe(0)
  })
})
