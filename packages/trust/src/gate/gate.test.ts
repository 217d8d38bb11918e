import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, bob, carol, codeOf, mallory, NOW, net, policy, standingOf } from '../../test/cast.ts'
import { TIERS, tierOf } from '../scoring/tiers.ts'
import { StatementSet } from '../set/statement-set.ts'
import type { Standing } from '../standing.ts'
import { decide } from './gate.ts'
import { type Occasion, parseRequirement, type Requirement } from './gate-case.ts'
import { type Denial, parseDenial, type Verdict } from './verdict.ts'

const occasion: Occasion = {
  ...{ peer: bob.did, peerName: 'bob', kind: 'task' },
  ...{ epoch: 0, self: carol.did, decider: 'carol' },
}
const trusted: Requirement = { minTier: 'trusted' }
const unknown = standingOf(new StatementSet({ net, policy }), bob.did, NOW)
const vouched: Standing = { ...unknown, status: 'active', score: 1000, confidence: 1000, tier: 'vouched' }

const denialOf = (verdict: Verdict): Denial => {
  if (verdict.allow) throw new Error('allowed')
  return verdict.denial
}
const denied = (standing: unknown, requirement: unknown = trusted, asked: unknown = occasion): Denial =>
  denialOf(decide({ standing: standing as Standing }, requirement as Requirement, asked as Occasion))

const trap = (): never => {
  throw new Error('trapped')
}

describe('parseRequirement', () => {
  it.each(['untrusted', 'probation', 'Known', '', 600, null])(
    'T13 refuses the tier %j, which cannot be required',
    async (minTier) => {
      expect(await codeOf(() => parseRequirement({ minTier }))).toBe('requirement.malformed')
    },
  )

  it('refuses a requirement that it does not know', async () => {
    expect(await codeOf(() => parseRequirement({ minTier: 'known', minScore: 1 }))).toBe('requirement.malformed')
  })

  it('requires known where nothing else is said', () => {
    expect(parseRequirement({})).toEqual({ minTier: 'known', ctx: '' })
  })
})

describe('decide', () => {
  it('denies whom nothing is known of', () => {
    expect(denied(null)).toMatchObject({
      code: 'gate.unknown-standing',
      have: null,
      peer: { did: bob.did, name: 'bob' },
    })
  })

  it.each([undefined, 'known', 'trusted', 'vouched'] as const)(
    'T13 denies an unknown Did whatever is required: %s',
    (minTier) => {
      const denial = denied(unknown, minTier ? { minTier } : {})
      expect(denial).toMatchObject({ code: 'gate.tier-too-low', have: { tier: 'probation', score: 300 } })
      expect(denied({ ...vouched, status: 'unknown' }, minTier ? { minTier } : {}).code).toBe('gate.tier-too-low')
    },
  )

  it('denies whoever is revoked, before anything else is looked at', () => {
    expect(denied({ ...vouched, status: 'revoked' }).code).toBe('gate.revoked')
    expect(denied({ ...vouched, status: 'revoked', epoch: 1 }, trusted, { ...occasion, epoch: 9 }).code).toBe(
      'gate.revoked',
    )
  })

  it('denies whoever falls short by score or by confidence, and only them', () => {
    const share = fc.integer({ min: 0, max: 1000 })
    const tiers = ['known', 'trusted', 'vouched'] as const
    fc.assert(
      fc.property(share, share, fc.constantFrom(...tiers), (score, confidence, minTier) => {
        const tier = tierOf({ score, confidence })
        const verdict = decide({ standing: { ...vouched, score, confidence, tier } }, { minTier }, occasion)
        expect(verdict.allow).toBe(TIERS.indexOf(tier) >= TIERS.indexOf(minTier))
        if (!verdict.allow)
          expect(verdict.denial).toMatchObject({ code: 'gate.tier-too-low', have: { score, confidence } })
      }),
      { numRuns: 2000 },
    )
  })

  it('denies on a standing of an older epoch', () => {
    expect(denied({ ...vouched, epoch: 6 }, trusted, { ...occasion, epoch: 7 }).code).toBe('gate.stale-standing')
  })

  it.each<[string, unknown, unknown, unknown]>([
    ['a score that is no number', { ...vouched, score: Number.NaN }, trusted, occasion],
    ['a missing score', { ...vouched, score: undefined }, trusted, occasion],
    ['a score beyond all scores', { ...vouched, score: Number.POSITIVE_INFINITY }, trusted, occasion],
    ['a confidence as text', { ...vouched, confidence: '1000' }, trusted, occasion],
    ['a tier above the score (T10)', { ...unknown, status: 'active', tier: 'vouched' }, trusted, occasion],
    ['an epoch that is no number', { ...vouched, epoch: Number.NaN }, trusted, occasion],
    ['the standing of another', { ...vouched, did: mallory.did }, trusted, occasion],
    ['no standing at all', undefined, trusted, occasion],
    ['a standing that is a function', () => vouched, trusted, occasion],
    ['a tier that cannot be required', vouched, { minTier: 'probation' }, occasion],
    ['a requirement that is missing', vouched, null, occasion],
    ['an epoch of now that is no number', vouched, trusted, { ...occasion, epoch: Number.NaN }],
    ['an epoch of now that is missing', vouched, trusted, { ...occasion, epoch: undefined }],
    ['a kind that forges a line', vouched, trusted, { ...occasion, kind: 'a\nb' }],
  ])('M12 denies on %s', (_, standing, requirement, asked) => {
    expect(denied(standing, requirement, asked).code).toBe('gate.error')
  })

  it.each(['did', 'status', 'score', 'tier', 'confidence', 'epoch'])(
    'M12 denies where reading the %s throws',
    (field) => {
      const standing = Object.defineProperty({ ...vouched }, field, { enumerable: true, get: trap })
      expect(denied(standing).code).toBe('gate.error')
    },
  )

  it('M12 denies where reading the requirement throws', () => {
    expect(denied(vouched, Object.defineProperty({}, 'minTier', { enumerable: true, get: trap })).code).toBe(
      'gate.error',
    )
    expect(denied(vouched, new Proxy({}, { get: trap, ownKeys: trap, getPrototypeOf: trap })).code).toBe('gate.error')
  })

  it('M12 denies on whatever is no standing, requirement and occasion, and never throws', () => {
    const arbitrary = fc.record({
      standing: fc.anything(),
      requirement: fc.anything(),
      epoch: fc.anything(),
      kind: fc.anything(),
    })
    fc.assert(
      fc.property(arbitrary, ({ standing, requirement, epoch, kind }) => {
        denied(standing)
        denied(vouched, requirement === undefined ? null : { minTier: requirement ?? null })
        denied(vouched, trusted, { ...occasion, epoch: typeof epoch === 'number' ? -1 : epoch })
        denied(vouched, trusted, { ...occasion, kind: typeof kind === 'string' ? `${kind}\0` : kind })
      }),
      { numRuns: 1000 },
    )
  })

  it('I10 leaves out a name that is not fit to print', () => {
    for (const peerName of ['bob\nallowed', 'b'.repeat(65), '\u202ebob']) {
      const denial = denied(unknown, trusted, { ...occasion, peerName })
      expect(denial).toMatchObject({ code: 'gate.tier-too-low', peer: { did: bob.did } })
      expect(denial.peer).not.toHaveProperty('name')
      expect(parseDenial(denial)).toEqual(denial)
    }
  })

  it('says what the peer has and what it would need', () => {
    expect(denied(unknown)).toMatchObject({
      have: { status: 'unknown', tier: 'probation', score: 300, confidence: 0 },
      need: { kind: 'task', minTier: 'trusted', score: 600, confidence: 500 },
    })
  })

  it('allows who reaches the tier, in this epoch', () => {
    expect(decide({ standing: { ...vouched, epoch: 7 } }, trusted, { ...occasion, epoch: 7 })).toEqual({
      allow: true,
      epoch: 7,
    })
    const standing = standingOf(new StatementSet({ net, policy }), alice.did, NOW)
    expect(decide({ standing }, { minTier: 'vouched' }, { ...occasion, peer: alice.did })).toEqual({
      allow: true,
      epoch: 0,
    })
  })

  it('denies in a form that the denied can parse', () => {
    const revoked: Standing = { ...unknown, status: 'revoked', score: 0, tier: 'untrusted', confidence: 1000 }
    const stale = { ...occasion, epoch: 1 }
    const longest = { ...occasion, peerName: 'b'.repeat(64), decider: 'c'.repeat(64), kind: 'k'.repeat(128) }
    const deepest = Array(8).fill('c'.repeat(32)).join('/')
    for (const standing of [null, unknown, revoked, { ...unknown, score: Number.NaN }]) {
      for (const asked of [occasion, stale, longest]) {
        for (const ctx of ['', deepest]) {
          const denial = denied(standing && { ...standing, ctx }, { minTier: 'vouched', ctx }, asked)
          expect(parseDenial(structuredClone(denial))).toEqual(denial)
        }
      }
    }
  })
})
