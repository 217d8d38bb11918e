import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bob, carol } from '../../test/cast.ts'
import { FAULTS } from '../../test/faults.ts'
import { dave, erin, type Plot, play, plot } from '../../test/plot.ts'
import type { ChainVerdict } from '../chain/chain.ts'
import type { Standing } from '../standing.ts'
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

  it('D7 lets no verdict of an older epoch allow anything', async () => {
    const chain = await play(plot())
    const asked = { ...occasion, epoch: 2 }
    const standing = { ...davesStanding, epoch: 2 }
    expect(codeOf(decide({ standing, chain }, needed(plot()), asked))).toBe('chain.stale')
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
  /** What the fix of a code asks for is that the fault is not there: whoever made it makes that part anew, and rightly. */
  const mend = (faults: ReadonlySet<number>): Plot => {
    const told = plot()
    // Later faults first, as the earlier of two in one place has to be the one that shows.
    for (const fault of [...faults].sort((a, b) => b - a)) FAULTS[fault]?.[1](told, 1)
    return told
  }

  it('is true: whoever follows one after the other is let in, and mends nothing twice', async () => {
    const some = fc.uniqueArray(fc.nat(FAULTS.length - 1), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(some, async (chosen) => {
        const faults = new Set(chosen)
        const verdict = async (): Promise<string> => codeOf(verdictOn(await play(mend(faults)), needed(plot())))
        const first = await verdict()
        expect(first).not.toBe('allowed')
        for (let code = first; code !== 'allowed'; code = await verdict()) {
          const fault = FAULTS.findIndex(([each]) => each === code)
          // Two that spoil the same thing may make a third of it.
          fc.pre(faults.has(fault))
          faults.delete(fault)
        }
      }),
      { numRuns: 1000 },
    )
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
