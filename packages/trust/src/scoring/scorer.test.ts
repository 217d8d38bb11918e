import type { Did, Statement, Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
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
  present,
  revoke,
  rotate,
  suspend,
} from '../../test/cast.ts'
import { pool } from '../../test/pool.ts'
import { StatementSet } from '../set/statement-set.ts'
import { commitmentTo } from '../statements/rotation.ts'
import { DEFAULT_MODEL } from './model.ts'
import { Scorer } from './scorer.ts'

const STEP_MS = DEFAULT_MODEL.halfLifeMs / 256
const CONTEXTS = ['', 'tool', 'tool/search', 'code']
const everybody = [alice, ada, olga, otto, bob, carol, mallory].map(({ did }) => did)
const unknown = { score: 300, confidence: 0 }

const mesh = (now = NOW): { set: StatementSet; scorer: Scorer } => {
  const set = new StatementSet({ net, policy })
  const scorer = new Scorer(DEFAULT_MODEL, set.policy.roots, set)
  scorer.advance(now)
  return { set, scorer }
}
const meshOf = async (...statements: Promise<Verified<Statement>>[]) => {
  const { set, scorer } = mesh()
  for (const statement of await Promise.all(statements)) set.add(statement)
  return { set, scorer, scoreOf: (did: Did, ctx = '') => scorer.opinionOf(did, ctx).score }
}
const everything = (scorer: Scorer): unknown[] =>
  CONTEXTS.flatMap((ctx) => everybody.map((did) => [scorer.opinionOf(did, ctx), scorer.explain(did, ctx)]))

describe('Scorer', () => {
  let statements: Verified<Statement>[]
  beforeAll(async () => {
    statements = await pool()
  })

  it('T11 T14 answers by what stands and the time alone, however that came about', () => {
    // What is added, when, whether time moves back a little, and how often it is looked at meanwhile.
    const event = fc.record({
      pick: fc.nat(1000),
      waitMs: fc.oneof(fc.nat(2), fc.nat(40 * DAY_MS)),
      look: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { set, scorer } = mesh(NOW - 10)
        everything(scorer)
        let now = NOW - 10
        for (const { pick, waitMs, look } of events) {
          now += waitMs
          scorer.apply(set.add(statements[pick % statements.length] as Verified<Statement>), now)
          if (look) everything(scorer)
        }
        const fresh = new Scorer(DEFAULT_MODEL, set.policy.roots, set)
        fresh.advance(now)
        expect(everything(scorer)).toEqual(everything(fresh))
      }),
      { numRuns: 1000 },
    )
  })

  it('gives whoever is revoked or suspended score 0 and no credit, whatever else stands and whenever that began', () => {
    const event = fc.record({ pick: fc.nat(1000), waitMs: fc.oneof(fc.nat(2), fc.nat(40 * DAY_MS)) })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const { set, scorer } = mesh()
        let now = NOW
        for (const { pick, waitMs } of events) {
          now += waitMs
          scorer.opinionOf(bob.did)
          scorer.apply(set.add(statements[pick % statements.length] as Verified<Statement>), now)
        }
        for (const did of everybody.filter((did) => set.isRevoked(did) || set.isSuspended(did, now))) {
          expect([scorer.opinionOf(did).score, scorer.creditOf(did)]).toEqual([0, 0])
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('T14 tells of exactly those whose opinion has changed', () => {
    const event = fc.record({ pick: fc.nat(1000), waitMs: fc.oneof(fc.nat(2), fc.nat(40 * DAY_MS)) })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const { set, scorer } = mesh()
        const opinions = () => new Map(everybody.map((did) => [did, JSON.stringify(scorer.opinionOf(did))]))
        let now = NOW
        let before = opinions()
        for (const { pick, waitMs } of events) {
          now += waitMs
          const told = scorer.apply(set.add(statements[pick % statements.length] as Verified<Statement>), now)
          const after = opinions()
          const differ = everybody.filter((did) => after.get(did) !== before.get(did))
          expect(told.filter((did) => everybody.includes(did)).sort()).toEqual(differ.sort())
          before = after
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('T9 takes no notice of anything at a time that is no number', async () => {
    const { scorer, scoreOf } = await meshOf(attest(alice, { sub: bob.did, value: 1000 }))
    expect(scoreOf(bob.did)).toBeGreaterThan(600)
    scorer.advance(Number.NaN)
    expect(scorer.opinionOf(bob.did)).toEqual(unknown)
    scorer.advance(NOW)
    expect(scoreOf(bob.did)).toBeGreaterThan(600)
  })

  it('T9 counts what is dated ahead from a minute before its time on, and what expires until the ms before', async () => {
    const words = attest(alice, { sub: bob.did, value: 1000, exp: NOW + 2 * DAY_MS }, NOW + DAY_MS)
    const { scorer } = await meshOf(words)
    const opinionAt = (now: number) => {
      const told = scorer.advance(now)
      return [scorer.opinionOf(bob.did).confidence > 0, told.includes(bob.did)]
    }
    scorer.opinionOf(bob.did)
    expect(opinionAt(NOW + DAY_MS - 60_001)).toEqual([false, false])
    expect(opinionAt(NOW + DAY_MS - 60_000)).toEqual([true, true])
    expect(opinionAt(NOW + 2 * DAY_MS - 1)).toEqual([true, false])
    expect(opinionAt(NOW + 2 * DAY_MS)).toEqual([false, true])
  })

  it('T9 lets time stand still while a clock is back by a minute, and starts anew by one that is back by more', async () => {
    const { scorer, scoreOf } = await meshOf(attest(alice, { sub: bob.did, value: 1000 }))
    const fresh = scoreOf(bob.did)
    scorer.advance(NOW + 60 * DAY_MS)
    const aged = scoreOf(bob.did)
    expect(aged).toBeLessThan(fresh)
    expect(scorer.advance(NOW + 60 * DAY_MS - 60_000)).toEqual([])
    expect(scoreOf(bob.did)).toBe(aged)
    expect(scorer.advance(NOW)).toContain(bob.did)
    expect(scoreOf(bob.did)).toBe(fresh)
  })

  it('T8 does not raise a score by a renewal that brings no new evidence', async () => {
    const age = fc.nat(300)
    const evidenceAt = NOW - 300 * DAY_MS
    const renewals = await Promise.all(
      [0, 50, 100, 200, 300].map((days) =>
        attest(alice, { sub: bob.did, value: 800, evidenceAt }, NOW - days * DAY_MS),
      ),
    )
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...renewals), { minLength: 1 }), age, (renewed, days) => {
        const { set, scorer } = mesh(NOW)
        scorer.opinionOf(bob.did)
        for (const statement of renewed) scorer.apply(set.add(statement), NOW)
        const once = mesh(NOW)
        once.set.add(renewed[0] as Verified<Statement>)
        expect(scorer.opinionOf(bob.did)).toEqual(once.scorer.opinionOf(bob.did))
        scorer.advance(NOW + days * STEP_MS)
        expect(scorer.opinionOf(bob.did).score).toBeLessThanOrEqual(once.scorer.opinionOf(bob.did).score)
      }),
      { numRuns: 1000 },
    )
  })

  it('T11 counts a word in its context, by half in those below, and nowhere else', async () => {
    const { scoreOf } = await meshOf(attest(alice, { sub: bob.did, value: 1000, weight: 2000, ctx: 'tool' }))
    // R = 2, 1 and 0.5.
    expect(['tool', 'tool/search', 'tool/search/web', '', 'tools', 'code'].map((ctx) => scoreOf(bob.did, ctx))).toEqual(
      [766, 650, 533, 300, 300, 300],
    )
  })

  it('T9 sets off what an issuer says in one context against what it says above it, until either expires', async () => {
    const { scorer, scoreOf } = await meshOf(
      attest(alice, { sub: bob.did, value: 1000, weight: 2000 }),
      attest(alice, { sub: bob.did, value: -1000, weight: 1000, ctx: 'tool', exp: NOW + 1000 }),
    )
    expect(scoreOf(bob.did)).toBe(766)
    expect(scoreOf(bob.did, 'tool')).toBe(300)
    scorer.advance(NOW + 1000)
    expect(scoreOf(bob.did, 'tool')).toBe(650)
  })

  it('T2 T3 has no more of whoever has been succeeded, and as much of whoever succeeds it', async () => {
    const { set, scorer, scoreOf } = await meshOf(
      attest(alice, { sub: bob.did, value: 1000 }),
      attest(ada, { sub: bob.did, value: -100 }),
      attest(bob, { sub: mallory.did, value: 1000, weight: 3000 }),
      present(bob, { next: commitmentTo(carol.did) }),
    )
    const before = scoreOf(bob.did)
    expect(scoreOf(mallory.did)).toBeGreaterThan(300)
    const told = scorer.apply(set.add(await rotate(bob, carol)), NOW)
    expect(told).toEqual(expect.arrayContaining([bob.did, carol.did, mallory.did]))
    expect([bob, carol, mallory].map(({ did }) => scoreOf(did))).toEqual([300, before, 300])
    expect(scorer.explain(carol.did).contributions.map(({ rater }) => rater)).toEqual([alice.did, ada.did])
  })

  it('gives whoever is revoked or suspended no score, and their words no weight, until the suspension ends', async () => {
    const { set, scorer, scoreOf } = await meshOf(
      attest(alice, { sub: bob.did, value: 1000 }),
      attest(bob, { sub: carol.did, value: 1000, weight: 3000 }),
    )
    const [bobs, carols] = [scoreOf(bob.did), scoreOf(carol.did)]
    expect(carols).toBeGreaterThan(300)
    scorer.apply(set.add(await suspend(olga, { sub: bob.did, until: NOW + 1000 })), NOW)
    expect([bob, carol].map(({ did }) => scoreOf(did))).toEqual([0, 300])
    scorer.advance(NOW + 999)
    expect(scoreOf(bob.did)).toBe(0)
    expect(scorer.advance(NOW + 1000)).toEqual(expect.arrayContaining([bob.did, carol.did]))
    expect([bob, carol].map(({ did }) => scoreOf(did))).toEqual([bobs, carols])
    for (const by of [olga, otto]) scorer.apply(set.add(await revoke(by, { did: bob.did })), NOW + 1000)
    expect([bob, carol].map(({ did }) => scoreOf(did))).toEqual([0, 300])
  })

  it('begins a suspension that is dated ahead when its time has come', async () => {
    const { scorer, scoreOf } = await meshOf(
      attest(alice, { sub: bob.did, value: 1000 }),
      attest(bob, { sub: carol.did, value: 1000, weight: 3000 }),
      suspend(olga, { sub: bob.did }, NOW + DAY_MS),
    )
    expect(scoreOf(carol.did)).toBeGreaterThan(300)
    scorer.advance(NOW + DAY_MS - 60_000)
    expect([bob, carol].map(({ did }) => scoreOf(did))).toEqual([0, 300])
  })

  it('T12 holds a bounded number of contexts, and computes the others anew when they are asked for', async () => {
    const { set, scorer, scoreOf } = await meshOf()
    const words = await Promise.all(
      ['tool/1', 'tool/2'].map((ctx) => attest(alice, { sub: bob.did, value: 1000, ctx })),
    )
    for (let i = 0; i < 9; i++) scorer.opinionOf(bob.did, `tool/${i}`)
    // It was asked for again since: eight others have been since the second.
    scorer.opinionOf(bob.did, 'tool/1')
    scorer.opinionOf(bob.did, 'tool/9')
    expect(words.map((word) => scorer.apply(set.add(word), NOW))).toEqual([[bob.did], []])
    expect(scoreOf(bob.did, 'tool/2')).toBe(scoreOf(bob.did, 'tool/1'))
  })
})
