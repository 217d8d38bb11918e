import type { Identity, Statement, Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ada,
  alice,
  attest,
  bob,
  carol,
  DAY_MS,
  mallory,
  NOW,
  net,
  olga,
  otto,
  policy,
  revoke,
  scorerOf,
  standingOf,
} from '../../test/cast.ts'
import { dave } from '../../test/plot.ts'
import { lineageOf } from '../context.ts'
import { Replica } from '../replica.ts'
import { StatementSet } from '../set/statement-set.ts'
import { decide } from './gate.ts'
import type { Occasion, Requirement } from './gate-case.ts'
import type { Denial, Verdict } from './verdict.ts'

const setOf = (...statements: Verified<Statement>[]): StatementSet => {
  const set = new StatementSet({ net, policy })
  for (const statement of statements) set.add(statement)
  return set
}
const occasion: Occasion = { peer: bob.did, kind: 'task', epoch: 0, self: carol.did, decider: 'carol' }
const trusted: Requirement = { minTier: 'trusted' }

const denialOf = (verdict: Verdict): Denial => {
  if (verdict.allow) throw new Error('allowed')
  return verdict.denial
}

interface Fix {
  readonly value: number
  readonly weight: number
  /** In which context the root attests, and in which nothing that counts may speak against the Did. */
  readonly ctx: string
  readonly unopposedIn: string | null
}

const FIX =
  /a root that carol trusts attests \S+(?: in (\S+))? with value (\d+)(?: and weight (\d+))?(, and nothing that counts( there)? speaks against it)?$/
const readFix = ({ fix }: Denial): Fix => {
  const [said, ctx = '', value, weight = '2000', unopposed, there] = FIX.exec(fix) ?? []
  if (said === undefined) throw new Error(fix)
  const unopposedIn = unopposed === undefined ? null : there === undefined ? '' : ctx
  return { ctx, value: Number(value), weight: Number(weight), unopposedIn }
}

describe('the fix of a denial', () => {
  const roots = [alice, ada]
  const people = [...roots, carol, dave, bob]
  const contexts = ['', 'tool', 'tool/search']

  interface Said {
    readonly by: Identity
    readonly sub: Identity
    readonly ctx: string
    readonly value: number
    readonly weight: number
    readonly age: number
  }
  const said: fc.Arbitrary<Said> = fc
    .record({
      by: fc.constantFrom(...people),
      sub: fc.constantFrom(bob, bob, carol, dave),
      ctx: fc.constantFrom(...contexts),
      value: fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constantFrom(-1000, 1000)),
      weight: fc.integer({ min: 1, max: 3000 }),
      age: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 * DAY_MS })),
    })
    .filter(({ by, sub }) => by !== sub)
  const meshWhere = async (all: readonly Said[]): Promise<StatementSet> => {
    const set = setOf()
    for (const { by, sub, ctx, value, weight, age } of all) {
      set.add(await attest(by, { sub: sub.did, ctx, value, weight, evidenceAt: NOW - age }, NOW - 1))
    }
    return set
  }
  const verdictIn = (set: StatementSet, requirement: Requirement): Verdict =>
    decide({ standing: standingOf(set, bob.did, NOW, requirement.ctx) }, requirement, { ...occasion, epoch: set.epoch })

  /** Whoever counts in a context and speaks against bob takes that back, until nobody is left who does. */
  const silenceIn = async (ctx: string, set: StatementSet): Promise<void> => {
    const words = people.flatMap((by) => lineageOf(ctx).map((above) => ({ by, above })))
    const speaksAgainst = ({ by, above }: (typeof words)[number]): boolean =>
      (set.attestationBy(by.did, bob.did, above)?.value ?? 0) < 0 && scorerOf(set, NOW).creditOf(by.did, ctx) > 0
    for (let word = words.find(speaksAgainst); word; word = words.find(speaksAgainst)) {
      set.add(await attest(word.by, { sub: bob.did, ctx: word.above, value: 0 }))
    }
  }

  it('is true: whichever root follows it, the verdict turns', async () => {
    const mesh = fc.uniqueArray(said, { maxLength: 12, selector: ({ by, sub, ctx }) => `${by.did} ${sub.did} ${ctx}` })
    const requirement = fc.record({
      minTier: fc.constantFrom('known', 'trusted', 'vouched'),
      ctx: fc.constantFrom(...contexts),
    })
    await fc.assert(
      fc.asyncProperty(mesh, requirement, async (all, requirement) => {
        const set = await meshWhere(all)
        const before = verdictIn(set, requirement)
        if (before.allow) return
        const { value, weight, ctx, unopposedIn } = readFix(before.denial)
        for (const root of roots) {
          const after = setOf(...set.statements())
          after.add(await attest(root, { sub: bob.did, ctx, value, weight }))
          if (unopposedIn !== null) await silenceIn(unopposedIn, after)
          expect(verdictIn(after, requirement)).toMatchObject({ allow: true })
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('is true of a revoked Did: only a new one that is attested gets in', async () => {
    const set = setOf(await revoke(olga, { did: bob.did }), await revoke(otto, { did: bob.did }))
    const { value, weight } = readFix(denialOf(decide({ standing: standingOf(set, bob.did, NOW) }, trusted, occasion)))
    for (const { did: sub } of [bob, mallory]) set.add(await attest(alice, { sub, value, weight }))
    const verdictOn = ({ did: peer }: Identity): Verdict =>
      decide({ standing: standingOf(set, peer, NOW) }, trusted, { ...occasion, peer, epoch: set.epoch })
    expect(denialOf(verdictOn(bob)).code).toBe('gate.revoked')
    expect(verdictOn(mallory).allow).toBe(true)
  })

  it('is true of a stale standing: that of the present epoch decides', async () => {
    const replica = new Replica({ net, policy })
    replica.add(await attest(alice, { sub: bob.did, value: 800 }), NOW)
    const stale = replica.standingOf(bob.did, NOW)
    replica.add(await attest(alice, { sub: mallory.did, value: 100 }), NOW)
    const now = { ...occasion, epoch: replica.epoch }
    expect(denialOf(decide({ standing: stale }, trusted, now)).code).toBe('gate.stale-standing')
    expect(decide({ standing: replica.standingOf(bob.did, NOW) }, trusted, now).allow).toBe(true)
  })
})
