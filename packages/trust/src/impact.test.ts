import {
  type Claim,
  type Did,
  type Identity,
  keyOf,
  type Statement,
  type StatementId,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import * as cast from '../test/cast.ts'
import {
  ada,
  alice,
  at,
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
  revoke,
} from '../test/cast.ts'
import { pool } from '../test/pool.ts'
import { impactOf } from './impact.ts'
import { Replica } from './replica.ts'
import type { Tier } from './scoring/tiers.ts'
import { AGENT, MEMBER } from './set/admissions.ts'
import { issueDelegation, parseDelegation } from './statements/delegation.ts'
import type { RevocationTarget } from './statements/revocation.ts'
import { issueSuspension } from './statements/suspension.ts'

type Signed = Verified<Statement>

const everybody: readonly Identity[] = [alice, ada, olga, otto, oskar, bob, carol, mallory]
const contexts = ['', 'tool/search']
const replicaOf = (statements: Iterable<Signed>): Replica => {
  const replica = new Replica({ net: cast.net, policy })
  for (const statement of statements) replica.add(statement, NOW)
  return replica
}

describe(impactOf, () => {
  let all: Signed[]
  /** What there is to revoke, with statements that do it. */
  let cases: (readonly [RevocationTarget, readonly Signed[]])[]
  /** Whom there is to suspend, with statements that do it for longer than anything else. */
  let holds: (readonly [Did, readonly Signed[]])[]

  beforeAll(async () => {
    all = (await pool()).filter(({ claim }) => claim.net === cast.net || claim.net.every((b, i) => b === cast.net[i]))
    const byId = new Map(everybody.map((identity) => [identity.did, identity]))
    cases = await Promise.all([
      ...everybody.map(
        async ({ did }) => [{ did }, [await revoke(olga, { did }), await revoke(otto, { did })]] as const,
      ),
      ...all.map(async ({ signer: iss, id }) => {
        return [{ iss, id }, [await revoke(byId.get(iss) as Identity, { iss, id })]] as const
      }),
    ])
    const hold = (sub: Did) => Promise.all([olga, otto, oskar].map((by) => issueSuspension(by, { sub }, at(NOW))))
    holds = await Promise.all(everybody.map(async ({ did }) => [did, await hold(did)] as const))
  })

  /** Delegations in a replica that cannot be used, by the book: up through every link that is held. */
  const overIn = ({ set }: Replica, now: number, isHold: boolean): Set<StatementId> => {
    const isOver = (id: StatementId): boolean => {
      const statement = set.get(id)
      if (!statement) return false
      const { iss, aud, parent, exp } = parseDelegation(statement)
      const isOut = (did: Did): boolean => set.isRevoked(did) || (isHold && set.isSuspended(did, now))
      if (now >= exp + 60_000 || [iss, aud].some(isOut)) return true
      return set.isVoid(iss, id) || (parent !== null && isOver(parent))
    }
    const links = all.filter(({ type, id }) => type === 'delegation' && set.has(id))
    return new Set(links.map(({ id }) => id).filter(isOver))
  }
  const bannedIn = ({ set }: Replica, now: number): Did[] =>
    everybody.map(({ did }) => did).filter((did) => set.isRevoked(did) || set.isSuspended(did, now))
  const tiersIn = (replica: Replica, now: number): [Did, string, Tier][] =>
    contexts.flatMap((ctx) =>
      everybody.map(({ did }): [Did, string, Tier] => [did, ctx, replica.standingOf(did, now, ctx).tier]),
    )
  /** Now, and while the delegations of the pool that still hold come to their ends, one after the other. */
  const moments = fc.constantFrom(NOW, NOW + DAY_MS + 59_997, NOW + DAY_MS + 59_998, NOW + DAY_MS + 59_999)

  it('says exactly what applying it does, and changes nothing by saying so', () => {
    const some = fc.shuffledSubarray(
      all.map((_, i) => i),
      { minLength: Math.floor(all.length / 2) },
    )
    const cuts = fc.array(fc.nat(cases.length - 1), { minLength: 1, maxLength: 4 })
    const suspensions = fc.array(fc.nat(holds.length - 1), { minLength: 1, maxLength: 3 })
    const acts = fc.oneof(
      cuts.map((places) => ({ cuts: places, holds: [] })),
      suspensions.map((places) => ({ cuts: [], holds: places })),
    )
    fc.assert(
      fc.property(some, acts, moments, (chosen, act, now) => {
        const statements = chosen.map((i) => all[i] as Signed)
        const replica = replicaOf(statements)
        const cut = act.cuts.map((i) => cases[i] as (typeof cases)[number])
        const held = act.holds.map((i) => holds[i] as (typeof holds)[number])
        const revoked = cut.map(([target]) => target)
        const suspended = held.map(([did]) => did)
        const isHold = suspended.length > 0
        const before = {
          epoch: replica.epoch,
          over: overIn(replica, now, isHold),
          banned: bannedIn(replica, now),
          tiers: tiersIn(replica, now),
        }
        const sessions = everybody.map(({ did }) => did)
        const impact = impactOf(replica, { revoked, suspended }, { now, sessions, contexts })
        expect({
          over: overIn(replica, now, isHold),
          banned: bannedIn(replica, now),
          tiers: tiersIn(replica, now),
        }).toMatchObject({ over: before.over, banned: before.banned, tiers: before.tiers })
        for (const statement of [...cut.flatMap(([, each]) => each), ...held.flatMap(([, each]) => each)])
          replica.add(statement, now)
        const sorted = (ids: Iterable<string>): string[] => [...ids].sort()
        expect(sorted(impact.sessions)).toEqual(
          sorted(bannedIn(replica, now).filter((did) => !before.banned.includes(did))),
        )
        expect(sorted(impact.delegations)).toEqual(
          sorted([...overIn(replica, now, isHold)].filter((id) => !before.over.has(id))),
        )
        const changed = tiersIn(replica, now).flatMap(([did, ctx, to], i) => {
          const from = before.tiers[i]?.[2]
          return from === to ? [] : [{ did, ctx, from, to }]
        })
        const key = ({ did, ctx }: { did: Did; ctx: string }): string => `${did} ${ctx}`
        const byKey = (a: { did: Did; ctx: string }, b: { did: Did; ctx: string }): number => (key(a) < key(b) ? -1 : 1)
        expect([...impact.tiers].sort(byKey)).toEqual([...changed].sort(byKey))
      }),
      { numRuns: 1000 },
    )
  })

  it('R10 counts as gone what those have said who would be admitted no longer', async () => {
    const agent = { can: AGENT, exp: NOW + DAY_MS }
    const member = await issueDelegation(alice, { aud: ada.did, can: MEMBER, exp: NOW + DAY_MS }, at(NOW))
    const statements = [
      member,
      await issueDelegation(ada, { aud: bob.did, ...agent }, at(NOW)),
      await issueDelegation(alice, { aud: carol.did, ...agent }, at(NOW)),
      await attest(alice, { sub: bob.did, value: 1000, weight: 3000 }),
      await attest(bob, { sub: carol.did, value: 1000, weight: 3000 }),
    ]
    const admission = { root: alice.did }
    const made = (): Replica => {
      const replica = new Replica({ net: cast.net, policy: { ...policy, roots: [alice.did] }, admission })
      for (const statement of statements) replica.add(statement, NOW)
      return replica
    }
    for (const target of [{ did: ada.did }, { iss: alice.did, id: member.id }]) {
      const replica = made()
      const before = replica.standingOf(carol.did, NOW).tier
      const { tiers } = impactOf(replica, { revoked: [target] }, { now: NOW, sessions: [] })
      const by = 'did' in target ? [olga, otto] : [alice]
      for (const each of by) replica.add(await revoke(each, target), NOW)
      const after = replica.standingOf(carol.did, NOW).tier
      expect([before === after, replica.standingOf(carol.did, NOW).confidence]).toEqual([false, 0])
      expect(tiers).toContainEqual({ did: carol.did, ctx: '', from: before, to: after })
    }
  })

  it('leaves out a delegation that had ended, itself or with what it goes on from', async () => {
    const brief = await issueDelegation(alice, { aud: bob.did, can: '/tool', depth: 1, exp: NOW + 1 }, at(NOW))
    const outliving = await sealStatement(bob, 'delegation', {
      ...brief.claim,
      ...{ aud: keyOf(carol.did), parent: Buffer.from(brief.id, 'hex'), exp: NOW + DAY_MS, depth: 0 },
    } as Claim)
    const replica = replicaOf([brief, outliving])
    const named = (now: number): number =>
      impactOf(replica, { revoked: [{ did: carol.did }] }, { now, sessions: [] }).delegations.length +
      impactOf(replica, { revoked: [{ did: bob.did }] }, { now, sessions: [] }).delegations.length
    expect([named(NOW + 60_000), named(NOW + 60_001)]).toEqual([3, 0])
  })

  it('finds something of each kind to say', async () => {
    const replica = replicaOf(all.filter(({ type }) => type === 'attestation' || type === 'delegation'))
    const { sessions, delegations, tiers } = impactOf(
      replica,
      { revoked: [{ did: bob.did }] },
      { now: NOW, sessions: [bob.did, carol.did] },
    )
    expect(sessions).toEqual([bob.did])
    expect(delegations.length).toBeGreaterThan(3)
    expect(tiers).toContainEqual(expect.objectContaining({ did: bob.did, to: 'untrusted' }))
  })
})
