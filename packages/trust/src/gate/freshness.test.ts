import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, attest, bob, carol, codeOf, NOW, net, olga, policy, revoke, standingOf } from '../../test/cast.ts'
import { StatementSet } from '../set/statement-set.ts'
import type { Standing } from '../standing.ts'
import { decide } from './gate.ts'
import { type Occasion, parseRequirement, type Requirement } from './gate-case.ts'
import { type Denial, parseDenial } from './verdict.ts'

const set = new StatementSet({ net, policy })
set.add(await attest(alice, { sub: bob.did, value: 800 }))
const standing = standingOf(set, bob.did, NOW)
const occasion: Occasion = { peer: bob.did, kind: 'pay', epoch: set.epoch, self: carol.did, decider: 'carol' }
const requireFreshness = { maxAgeMs: 10_000, members: 2 }

/** What the gate says where members attested so long ago; nothing where it allows. */
function denialAt(ages: unknown, requirement: Requirement = { requireFreshness }, held = standing): Denial | null {
  const verdict = decide({ standing: held, freshness: ages as readonly number[] }, requirement, occasion)
  return verdict.allow ? null : verdict.denial
}

describe('a requirement of freshness', () => {
  it.each<[string, unknown]>([
    ['nobody', { ...requireFreshness, members: 0 }],
    ['17 members', { ...requireFreshness, members: 17 }],
    ['half a member', { ...requireFreshness, members: 1.5 }],
    ['members without end', { ...requireFreshness, members: Number.POSITIVE_INFINITY }],
    ['no time', { ...requireFreshness, maxAgeMs: 0 }],
    ['more than a day', { ...requireFreshness, maxAgeMs: 86_400_001 }],
    ['a time that is no number', { ...requireFreshness, maxAgeMs: Number.NaN }],
    ['no members at all', { maxAgeMs: 1 }],
    ['something more', { ...requireFreshness, since: 0 }],
    ['nothing', null],
  ])('F6 is refused where it asks for %s', async (_, asked) => {
    expect(await codeOf(() => parseRequirement({ requireFreshness: asked }))).toBe('requirement.malformed')
  })

  it('is not changed by whoever has been handed it', () => {
    const parsed = parseRequirement({ requireFreshness: { ...requireFreshness } })
    expect(() => Object.assign(parsed.requireFreshness as object, { members: 1 })).toThrow(TypeError)
  })

  it.each<[string, unknown]>([
    ['nothing is known of it', undefined],
    ['nobody attests it', []],
    ['too few attest it', [0]],
    ['it is too old', [0, 10_001, 10_002]],
    ['a time is no number', [0, Number.NaN, '1', null, undefined]],
    ['a time is still to come', [0, -1]],
    ['it is no list', { 0: 0, 1: 0, length: 2, filter: () => [0, 0] }],
  ])('R1 R2 M12 denies where %s', (_, ages) => {
    expect(denialAt(ages)?.code).toBe('gate.stale')
  })

  it('R1 R2 allows exactly where so many members have attested it within the time', () => {
    const time = fc.integer({ min: 0, max: 20 })
    fc.assert(
      fc.property(
        fc.array(time, { maxLength: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 16 }),
        (ages, maxAgeMs, members) => {
          const young = ages.sort((a, b) => a - b)[members - 1] ?? Number.POSITIVE_INFINITY
          const denial = denialAt(ages, { requireFreshness: { maxAgeMs, members } })
          expect(denial === null).toBe(young <= maxAgeMs)
          if (denial) expect(parseDenial(structuredClone(denial))).toEqual(denial)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('says what there is of what is needed, and what would turn the verdict', () => {
    const denial = denialAt([0, 10_001])
    expect(denial).toMatchObject({
      have: { tier: 'trusted', freshness: { maxAgeMs: 10_000, members: 1 } },
      need: { kind: 'pay', freshness: requireFreshness },
      why: ['what carol knows of revocations is attested by 1 of 2 members within 10000 ms'],
    })
    const [, members, maxAgeMs] = /that (\d+) members, .* within (\d+) ms$/.exec(denial?.fix ?? '') ?? []
    expect(denialAt(Array(Number(members)).fill(Number(maxAgeMs)))).toBeNull()
  })

  it('is looked at behind the standing of the peer, and ahead of its chain', async () => {
    const codeAt = (held: Standing): string | undefined =>
      denialAt([], { requireFreshness, minTier: 'trusted', can: '/pay' }, held)?.code
    expect(codeAt({ ...standing, status: 'suspended' })).toBe('gate.suspended')
    expect(codeAt({ ...standing, score: 400, confidence: 0, tier: 'known' })).toBe('gate.tier-too-low')
    expect(codeAt(standing)).toBe('gate.stale')
    expect(denialAt([0, 0], { requireFreshness, can: '/pay' })?.code).toBe('gate.no-chain')
    const revoked = new StatementSet({ net, policy: { ...policy, threshold: 1 } })
    revoked.add(await revoke(olga, { did: bob.did }))
    expect(codeAt(standingOf(revoked, bob.did, NOW))).toBe('gate.revoked')
  })

  it('names no more members than a denial may name', () => {
    const denial = denialAt(Array(17).fill(0), { requireFreshness, can: '/pay' })
    expect(denial?.have?.freshness?.members).toBe(16)
    expect(parseDenial(denial)).toEqual(denial)
  })

  it('asks for nothing where it is left out', () => {
    expect(denialAt(undefined, {})).toBeNull()
    expect(denialAt(undefined, { can: '/pay' })?.need).not.toHaveProperty('freshness')
  })
})
