import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, bob, carol, mallory, NOW } from '../../test/cast.ts'
import { FAULTS } from '../../test/faults.ts'
import { dave, erin, issueChain, type Plot, type PlottedLink, play, plot } from '../../test/plot.ts'
import { followed } from '../../test/remedies.ts'
import type { ChainVerdict } from '../chain/chain.ts'
import type { ChainFault } from '../chain/chain-fault.ts'
import type { Standing } from '../standing.ts'
import { remedyOf } from './chain-remedy.ts'
import { fixOf } from './chain-texts.ts'
import { decide } from './gate.ts'
import type { Occasion, Requirement } from './gate-case.ts'
import { parseDenial, type Verdict } from './verdict.ts'

const CAN = '/tool/search'
const held = { status: 'active', score: 1000, tier: 'vouched', confidence: 1000, epoch: 1 } as const
const davesStanding: Standing = { did: dave.did, ctx: '', ...held }
const needed = (told: Plot): Requirement => ({ can: CAN, root: told.links[0]?.by.did as Standing['did'] })
const occasion: Occasion = { peer: dave.did, kind: 'search', epoch: 1, self: erin.did, decider: 'erin' }

const verdictOn = (chain: ChainVerdict | undefined, requirement: Requirement, asked = occasion): Verdict =>
  decide({ standing: davesStanding, chain }, requirement, asked)
const codeOf = (verdict: Verdict): string => (verdict.allow ? 'allowed' : verdict.denial.code)

describe('decide, where a chain is required', () => {
  it('D4 denies whoever shows none, however well it stands', () => {
    expect(codeOf(verdictOn(undefined, needed(plot())))).toBe('gate.no-chain')
  })

  it('D4 wants the authority of the decider itself, where no other is named', async () => {
    const chain = await play(plot())
    expect(codeOf(verdictOn(chain, { can: CAN }))).toBe('chain.root')
    expect(
      codeOf(verdictOn(chain, { can: CAN }, { ...occasion, self: plot().links[0]?.by.did as Standing['did'] })),
    ).toBe('allowed')
  })

  it('D1, D9 holds a verdict to what it was given for: another capability, peer or root', async () => {
    const chain = await play(plot())
    expect(codeOf(verdictOn(chain, { ...needed(plot()), can: '/tool' }))).toBe('chain.capability')
    expect(codeOf(verdictOn(chain, { ...needed(plot()), root: bob.did }))).toBe('chain.root')
    const standing: Standing = { ...davesStanding, did: carol.did }
    const asCarol = decide({ standing, chain }, needed(plot()), { ...occasion, peer: carol.did })
    expect(codeOf(asCarol)).toBe('chain.peer')
  })

  it('D7, R9 lets no verdict of an older epoch allow anything', async () => {
    const chain = await play(plot())
    const asked = { ...occasion, epoch: 2 }
    const standing = { ...davesStanding, epoch: 2 }
    expect(codeOf(decide({ standing, chain }, needed(plot()), asked))).toBe('chain.stale')
  })

  it('R1, R2 denies where what has been revoked is not known of late', async () => {
    for (const [age, code] of [
      [10_000, 'allowed'],
      [10_001, 'chain.stale'],
    ] as const) {
      const told = plot()
      told.moment = { freshAsOf: NOW - age }
      expect(codeOf(verdictOn(await play(told), needed(told)))).toBe(code)
    }
  })

  it('T7 trusts whoever acts through others no more than the least of them', async () => {
    const told = plot()
    told.executor = {
      standingOf: (did) => (did === bob.did ? { score: 500, confidence: 500 } : { score: 900, confidence: 900 }),
    }
    const chain = await play(told)
    expect(chain).toMatchObject({ allow: true, effective: { score: 500, confidence: 500 } })
    expect(codeOf(verdictOn(chain, { ...needed(told), minTier: 'known' }))).toBe('allowed')
    expect(codeOf(verdictOn(chain, { ...needed(told), minTier: 'trusted' }))).toBe('chain.standing')
  })

  it.each(FAULTS)('says %s, why, and what would turn it, in a form that the denied can parse', async (code, spoil) => {
    const told = plot()
    spoil(told, 1)
    const verdict = verdictOn(await play(told), needed(told))
    if (verdict.allow) throw new Error('allowed')
    const { denial } = verdict
    expect(denial).toMatchObject({ code, need: { can: CAN, root: needed(told).root } })
    expect(parseDenial(structuredClone(denial))).toEqual(denial)
    for (const text of [...denial.why, denial.fix]) expect(text).not.toMatch(/undefined|null|\[object/)
  })
})

describe('the fix of a denial over a chain', () => {
  /** The plot as it stands: what has been issued is not issued again unless somebody does. */
  const issue = async (told: Plot): Promise<void> => {
    for (const [i, issued] of (await issueChain(told.links)).entries()) (told.links[i] as PlottedLink).issued = issued
  }
  const next = async (told: Plot): Promise<ChainFault | null> => {
    await issue(told)
    const chain = await play(told)
    if (chain.allow) return null
    const fault = { code: chain.code, link: chain.link, ...(chain.detail !== undefined && { detail: chain.detail }) }
    const verdict = verdictOn(chain, { can: CAN, root: alice.did })
    const request = { peer: dave.did, decider: 'erin', can: CAN, root: alice.did, minTier: 'known' }
    // What is said is what is carried out below.
    if (verdict.allow || verdict.denial.fix !== fixOf(remedyOf(fault), fault, request)) throw new Error(fault.code)
    return fault
  }

  it.each(FAULTS)('is true of %s', async (_, spoil) => {
    const told = plot()
    spoil(told, 1)
    expect(await followed(told, next)).toBe('allowed')
  })

  it('is true of a chain that another began than whose authority it is', async () => {
    const told = { ...plot(), executor: { root: alice.did } }
    Object.assign(told.links[0] as PlottedLink, { by: mallory })
    expect(await followed(told, next)).toBe('allowed')
  })

  it('is true: whoever carries out one after the other is let in, and is told nothing twice', async () => {
    const some = fc.uniqueArray(fc.nat(FAULTS.length - 1), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(some, async (chosen) => {
        const told = plot()
        // Later faults first, as the earlier of two in one place has to be the one that shows.
        for (const fault of chosen.sort((a, b) => b - a)) FAULTS[fault]?.[1](told, 1)
        expect(await followed(told, next)).toBe('allowed')
      }),
      { numRuns: 1000 },
    )
  })

  it('tells every act in words of its own', () => {
    const told = new Map<string, string>()
    const request = { peer: dave.did, decider: 'erin', can: CAN, root: alice.did, minTier: 'known' }
    for (const [code] of FAULTS) {
      const fault = { code, link: 1 }
      const act = JSON.stringify(remedyOf(fault))
      expect([act, undefined]).toContain(told.get(fixOf(remedyOf(fault), fault, request)))
      told.set(fixOf(remedyOf(fault), fault, request), act)
    }
    const again = fixOf({ do: 'reissue', from: 0, term: 'again' }, { code: 'chain.void', link: 0 }, request)
    expect(again).toMatch(/link 0 .*each link after it/)
  })

  it('is true of a Did that is suspended: once that has ended, it is let in', () => {
    const suspended: Standing = {
      did: dave.did,
      ctx: '',
      status: 'suspended',
      score: 0,
      tier: 'untrusted',
      confidence: 1000,
      epoch: 1,
    }
    expect(codeOf(decide({ standing: suspended }, {}, occasion))).toBe('gate.suspended')
    expect(codeOf(decide({ standing: davesStanding }, {}, occasion))).toBe('allowed')
  })
})
