import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bob, carol } from '../test/cast.ts'
import { displayNameOf } from './display-name.ts'
import { decide } from './gate/gate.ts'
import type { Held, Occasion, Requirement } from './gate/gate-case.ts'

describe(displayNameOf, () => {
  it.each([
    ['a Cyrillic letter among Latin ones', 'p\u0430ypal'],
    ['a Greek letter among Latin ones', 'g\u03bfogle'],
    ['Cyrillic letters that look Latin throughout', '\u0441\u043e\u0440\u0435'],
    ['the same with digits and dashes', '\u0441\u043e\u0440\u0435-2'],
    ['a blank at its end', 'Admin '],
    ['a blank at its beginning', ' Admin'],
    ['two blanks in a row', 'Ad  min'],
    ['a blank that is not the usual one', 'Ad\u00a0min'],
    ['a character that does not show', 'Ad\u200bmin'],
    ['a soft hyphen', 'Ad\u00admin'],
    ['a filler that does not show', 'Admin\u3164'],
    ['wide letters', '\uff21dmin'],
    ['mathematical letters', '\u{1d400}dmin'],
    ['a ligature', 'o\ufb03ce'],
    ['a heap of marks', 'a\u0323\u0324\u0325\u0326'],
    ['Cherokee letters among Latin ones', '\u13aapple'],
  ])('I10 flags a name with %s', (_, name) => {
    expect(displayNameOf(name).isConfusable).toBe(true)
  })

  it.each([
    'researcher',
    'Agent 7 (search)',
    'Zoë',
    'Zoe\u0308',
    'Анна',
    'поиск-2',
    'Αθήνα',
    '検索エージェント v2',
    '검색 agent',
    'عميل',
    'सहायक',
    '🤖 helper',
    '',
  ])('I10 does not flag %j', (name) => {
    expect(displayNameOf(name)).toEqual({ text: name.normalize('NFC'), isConfusable: false })
  })

  it('I10 shows a name in one form, however it was spelt', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 64 }), (name) => {
        const { text, isConfusable } = displayNameOf(name)
        expect(displayNameOf(name.normalize('NFD'))).toEqual({ text, isConfusable })
        expect(displayNameOf(text)).toEqual({ text, isConfusable })
      }),
      { numRuns: 1_000 },
    )
  })

  it('I10 lets no name make a difference to a verdict', () => {
    const scored = (score: number) => ({ score, confidence: score, tier: score < 800 ? 'known' : 'vouched' }) as const
    const asked: Requirement = { minTier: 'vouched' }
    const name = fc.oneof(fc.constantFrom('root', 'carol', 'Admin ', '\u202eroot'), fc.string({ maxLength: 80 }))
    fc.assert(
      fc.property(name, fc.constantFrom(400, 1000), fc.boolean(), (peerName, score, drift) => {
        const standing = { did: bob.did, ctx: '', status: 'active', epoch: 0, ...scored(score) } as const
        const held: Held = { standing, drift }
        const occasion: Occasion = { peer: bob.did, kind: 'task', epoch: 0, self: carol.did, decider: 'carol' }
        const [named, nameless] = [{ ...occasion, peerName }, occasion].map((each) => decide(held, asked, each))
        expect(named?.allow).toBe(score === 1000 && !drift)
        expect(named?.allow || named?.denial.code).toBe(nameless?.allow || nameless?.denial.code)
      }),
      { numRuns: 1_000 },
    )
  })
})
