import type { Identity, Statement, Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import * as cast from '../test/cast.ts'
import {
  ada,
  alice,
  attest,
  bob,
  carol,
  DAY_MS,
  mallory,
  NOW,
  olga,
  oskar,
  otto,
  policy,
  present,
  revoke,
  rotate,
  suspend,
} from '../test/cast.ts'
import { pool } from '../test/pool.ts'
import { decide } from './gate/gate.ts'
import { Replica } from './replica.ts'
import type { Standing } from './standing.ts'
import { commitmentTo } from './statements/rotation.ts'

const everybody: readonly Identity[] = [alice, ada, olga, otto, oskar, bob, carol, mallory]
const empty = (): Replica => new Replica({ net: cast.net, policy })

describe(Replica, () => {
  let all: Verified<Statement>[]
  beforeAll(async () => {
    all = await pool()
  })

  /** What is held of everybody, but for the epoch. */
  const heldIn = (replica: Replica, now: number, contexts: readonly string[]): Map<string, string> => {
    const standings = contexts.flatMap((ctx) => everybody.map(({ did }) => replica.standingOf(did, now, ctx)))
    return new Map(standings.map(({ epoch: _, ...held }) => [`${held.did} ${held.ctx}`, JSON.stringify(held)]))
  }

  it.each([
    ['two contexts', ['', 'tool/search']],
    ['more contexts than it holds', Array.from({ length: 12 }, (_, i) => (i === 0 ? '' : `tool/search/${i}`))],
  ])(
    'moves its epoch, and tells of whom, whenever a standing changes, by what is said or by time: in %s',
    (_, contexts) => {
      const step = fc.record({
        say: fc.nat(all.length - 1),
        passMs: fc.constantFrom(0, 0, 0, 1000, DAY_MS, 40 * DAY_MS),
      })
      fc.assert(
        fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) => {
          const replica = empty()
          let now = NOW - 1000
          for (const { say, passMs } of steps) {
            const [epoch, before] = [replica.epoch, heldIn(replica, now, contexts)]
            now += passMs
            const told = new Set([
              ...replica.advance(now),
              ...replica.add(all[say] as Verified<Statement>, now).affected,
            ])
            const after = heldIn(replica, now, contexts)
            const changed = [...after].filter(([key, held]) => before.get(key) !== held)
            if (changed.length > 0) expect(replica.epoch).toBeGreaterThan(epoch)
            if (contexts.length === 2) for (const [key] of changed) expect([...told]).toContain(key.split(' ')[0])
          }
        }),
        { numRuns: contexts.length === 2 ? 1000 : 200 },
      )
    },
  )

  it('M12 lets no verdict outlive the status that it rests on', async () => {
    const replica = empty()
    replica.add(await attest(alice, { sub: bob.did, value: 800 }), NOW)
    const asked = (standing: Standing): boolean => {
      const occasion = { peer: bob.did, self: carol.did, kind: 'task', epoch: replica.epoch }
      return decide({ standing }, { minTier: 'trusted' }, occasion).allow
    }
    const cached = replica.standingOf(bob.did, NOW)
    expect(asked(cached)).toBe(true)
    replica.add(await suspend(olga, { sub: bob.did, until: NOW + 1000 }), NOW)
    expect(asked(cached)).toBe(false)
    const suspended = replica.standingOf(bob.did, NOW)
    expect([suspended.status, suspended.score, asked(suspended)]).toEqual(['suspended', 0, false])
    expect(replica.advance(NOW + 1000)).toEqual([bob.did])
    expect(asked(replica.standingOf(bob.did, NOW + 1000))).toBe(true)
    for (const by of [olga, otto]) replica.add(await revoke(by, { did: bob.did }), NOW + 1000)
    expect(replica.standingOf(bob.did, NOW + 1000)).toMatchObject({ status: 'revoked', score: 0 })
  })

  it.each(['before', 'after'])(
    'M12 moves on when a hold of somebody begins whom nobody has rated, and when it ends, heard of %s it was asked',
    async (when) => {
      const replica = empty()
      const hold = await suspend(olga, { sub: mallory.did, until: NOW + 2 * DAY_MS }, NOW + DAY_MS)
      if (when === 'before') replica.add(hold, NOW)
      replica.standingOf(bob.did, NOW)
      if (when === 'after') replica.add(hold, NOW)
      const passing = (now: number): unknown[] => {
        const before = replica.epoch
        const told = replica.advance(now)
        return [replica.set.isSuspended(mallory.did, now), told.includes(mallory.did), replica.epoch > before]
      }
      expect(passing(NOW + DAY_MS - 60_001)).toEqual([false, false, false])
      expect(passing(NOW + DAY_MS - 60_000)).toEqual([true, true, true])
      expect(passing(NOW + 2 * DAY_MS - 1)).toEqual([true, false, false])
      expect(passing(NOW + 2 * DAY_MS)).toEqual([false, true, true])
    },
  )

  it('R13 M12 moves on when a hold begins and ends that is on an heir, who is told by name', async () => {
    const replica = empty()
    const rotation = await rotate(bob, carol)
    const hold = await suspend(olga, { sub: bob.did, until: NOW + 2 * DAY_MS }, NOW + DAY_MS)
    for (const each of [hold, await present(bob, { next: commitmentTo(carol.did) }), rotation]) replica.add(each, NOW)
    const passing = (now: number): unknown[] => {
      const told = replica.advance(now)
      return [told.includes(carol.did), replica.standingOf(carol.did, now).status]
    }
    replica.standingOf(ada.did, NOW)
    expect(passing(NOW + DAY_MS - 60_001)).toEqual([false, 'unknown'])
    expect(passing(NOW + DAY_MS - 60_000)).toEqual([true, 'suspended'])
    expect(passing(NOW + 2 * DAY_MS)).toEqual([true, 'unknown'])
  })

  it('K8 knows which contexts anybody is rated in, from above as well, until that is forgotten', async () => {
    const replica = empty()
    const named = (): boolean[] => ['', 'tool', 'tool/search', 'tools', 'code'].map((ctx) => replica.names(ctx))
    replica.add(await attest(alice, { sub: bob.did, value: 800 }), NOW)
    expect(named()).toEqual([false, false, false, false, false])
    for (const sub of [bob.did, carol.did]) replica.add(await attest(alice, { sub, value: 800, ctx: 'tool' }), NOW)
    replica.add(await attest(alice, { sub: bob.did, value: 700, ctx: 'tool' }, NOW + 1), NOW + 1)
    expect(named()).toEqual([false, true, true, false, false])
    replica.purge(NOW + 365 * DAY_MS, NOW + 366 * DAY_MS)
    expect(named()).toEqual([false, true, true, false, false])
    replica.purge(NOW + 365 * DAY_MS + 1, NOW + 366 * DAY_MS)
    expect(named()).toEqual([false, false, false, false, false])
  })

  it('explains a score by shares that add up to it', async () => {
    const replica = empty()
    for (const by of [alice, ada]) replica.add(await attest(by, { sub: carol.did, value: 800 }), NOW)
    replica.add(await attest(carol, { sub: bob.did, value: 1000 }), NOW)
    replica.add(await attest(alice, { sub: bob.did, value: -100 }), NOW)
    const { contributions, positive, negative } = replica.explain(bob.did, NOW)
    expect(contributions.map(({ rater, path }) => [rater, path.length])).toEqual([
      [carol.did, 2],
      [alice.did, 1],
    ])
    expect(contributions.reduce((sum, { share }) => sum + share, 0)).toBe(positive - negative)
  })

  it('forgets what has ended, and stands as it stood', async () => {
    const replica = empty()
    for (const statement of all) replica.add(statement, NOW)
    const later = NOW + 400 * DAY_MS
    const before = heldIn(replica, later, [''])
    const { dropped } = replica.purge(later, later)
    expect(dropped.length).toBeGreaterThan(10)
    expect(heldIn(replica, later, [''])).toEqual(before)
  })
})
