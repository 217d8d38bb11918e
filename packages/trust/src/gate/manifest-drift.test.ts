import { describe, expect, it } from 'vitest'
import { alice, attest, bob, carol, codeOf, NOW, net, policy, standingOf } from '../../test/cast.ts'
import { StatementSet } from '../set/statement-set.ts'
import type { Standing } from '../standing.ts'
import { decide } from './gate.ts'
import { type Held, type Occasion, parseRequirement, type Requirement } from './gate-case.ts'
import { type Denial, parseDenial } from './verdict.ts'

const set = new StatementSet({ net, policy })
set.add(await attest(alice, { sub: bob.did, value: 800 }))
const standing = standingOf(set, bob.did, NOW)
const occasion: Occasion = { peer: bob.did, kind: 'pay', epoch: set.epoch, self: carol.did, decider: 'carol' }

/** What the gate says of a peer that has drifted, unless told otherwise; nothing where it allows. */
function denialOf(requirement: Requirement = {}, held: Partial<Held> = {}): Denial | null {
  const verdict = decide({ standing, drift: true, ...held }, requirement, occasion)
  return verdict.allow ? null : verdict.denial
}

describe('a peer that has come to describe itself otherwise', () => {
  it('I14 is denied whatever is required, unless that is of no matter', () => {
    for (const minTier of ['known', 'trusted'] as const) {
      expect(denialOf({ minTier })?.code).toBe('gate.manifest-drift')
      expect(denialOf({ minTier, manifest: 'any' })).toBeNull()
      expect(denialOf({ minTier }, { drift: false })).toBeNull()
    }
  })

  it.each([null, 0, '', 'false', Number.NaN, {}])('M12 is denied where %j stands for a yes or a no', (drift) => {
    expect(denialOf({}, { drift: drift as unknown as boolean })?.code).toBe('gate.manifest-drift')
  })

  it.each(['some', '', null, true, ['any']])('M12 cannot be asked for as %j', async (manifest) => {
    expect(await codeOf(() => parseRequirement({ manifest }))).toBe('requirement.malformed')
  })

  it('is denied behind its standing, and ahead of freshness and chain', () => {
    const asked = { minTier: 'trusted', can: '/pay', requireFreshness: { maxAgeMs: 1, members: 1 } } as const
    const codeAt = (changed: Partial<Standing>, requirement: Requirement = asked): string | undefined =>
      denialOf(requirement, { standing: { ...standing, ...changed } })?.code
    expect(codeAt({ status: 'revoked' })).toBe('gate.revoked')
    expect(codeAt({ status: 'suspended' })).toBe('gate.suspended')
    expect(codeAt({ score: 400, confidence: 0, tier: 'known' })).toBe('gate.tier-too-low')
    expect(codeAt({})).toBe('gate.manifest-drift')
    expect(codeAt({}, { ...asked, manifest: 'any' })).toBe('gate.stale')
  })

  it('is told so wherever it is denied, in a form that it can parse', () => {
    const denials = [denialOf(), denialOf({ minTier: 'vouched' }), denialOf({ can: '/pay', manifest: 'any' })]
    expect(denials.map((denial) => denial?.have?.manifest)).toEqual(['drifted', 'drifted', 'drifted'])
    expect(denials.map((denial) => denial?.need?.manifest)).toEqual(['approved', 'approved', undefined])
    for (const denial of denials) expect(parseDenial(structuredClone(denial))).toEqual(denial)
    const steady = denialOf({ minTier: 'vouched' }, { drift: false })
    expect(steady?.have).not.toHaveProperty('manifest')
    expect(steady?.need).not.toHaveProperty('manifest')
  })

  it('is told what would turn the verdict, and does', () => {
    const denial = denialOf()
    expect(denial?.why).toEqual([
      `${bob.did} describes itself otherwise than carol knows it, in version, capabilities, model or bill of materials`,
    ])
    expect(denial?.fix).toBe(`carol approves what ${bob.did} says of itself now`)
    expect(denialOf({}, { drift: false })).toBeNull()
  })
})
