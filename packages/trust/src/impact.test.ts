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
import { ada, alice, at, bob, carol, DAY_MS, mallory, NOW, olga, oskar, otto, policy, revoke } from '../test/cast.ts'
import { pool } from '../test/pool.ts'
import { impactOf } from './impact.ts'
import { Replica } from './replica.ts'
import type { Tier } from './scoring/tiers.ts'
import { issueDelegation, parseDelegation } from './statements/delegation.ts'
import type { RevocationTarget } from './statements/revocation.ts'

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
  })

  /** Delegations in a replica that cannot be used, by the book: up through every link that is held. */
  const overIn = ({ set }: Replica, now: number): Set<StatementId> => {
    const isOver = (id: StatementId): boolean => {
      const statement = set.get(id)
      if (!statement) return false
      const { iss, aud, parent, exp } = parseDelegation(statement)
      if (now >= exp + 60_000 || [iss, aud].some((did) => set.isRevoked(did))) return true
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
    fc.assert(
      fc.property(some, fc.nat(cases.length - 1), moments, (chosen, which, now) => {
        const statements = chosen.map((i) => all[i] as Signed)
        const replica = replicaOf(statements)
        const [target, revocations] = cases[which] as (typeof cases)[number]
        const before = {
          epoch: replica.epoch,
          over: overIn(replica, now),
          banned: bannedIn(replica, now),
          tiers: tiersIn(replica, now),
        }
        const sessions = everybody.map(({ did }) => did)
        const impact = impactOf(replica, target, { now, sessions, contexts })
        expect({
          over: overIn(replica, now),
          banned: bannedIn(replica, now),
          tiers: tiersIn(replica, now),
        }).toMatchObject({ over: before.over, banned: before.banned, tiers: before.tiers })
        for (const revocation of revocations) replica.add(revocation, now)
        const sorted = (ids: Iterable<string>): string[] => [...ids].sort()
        expect(sorted(impact.sessions)).toEqual(
          sorted(bannedIn(replica, now).filter((did) => !before.banned.includes(did))),
        )
        expect(sorted(impact.delegations)).toEqual(
          sorted([...overIn(replica, now)].filter((id) => !before.over.has(id))),
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

  it('leaves out a delegation that had ended, itself or with what it goes on from', async () => {
    const brief = await issueDelegation(alice, { aud: bob.did, can: '/tool', depth: 1, exp: NOW + 1 }, at(NOW))
    const outliving = await sealStatement(bob, 'delegation', {
      ...brief.claim,
      ...{ aud: keyOf(carol.did), parent: Buffer.from(brief.id, 'hex'), exp: NOW + DAY_MS, depth: 0 },
    } as Claim)
    const replica = replicaOf([brief, outliving])
    const named = (now: number): number =>
      impactOf(replica, { did: carol.did }, { now, sessions: [] }).delegations.length +
      impactOf(replica, { did: bob.did }, { now, sessions: [] }).delegations.length
    expect([named(NOW + 60_000), named(NOW + 60_001)]).toEqual([3, 0])
  })

  it('finds something of each kind to say', async () => {
    const replica = replicaOf(all.filter(({ type }) => type === 'attestation' || type === 'delegation'))
    const { sessions, delegations, tiers } = impactOf(
      replica,
      { did: bob.did },
      { now: NOW, sessions: [bob.did, carol.did] },
    )
    expect(sessions).toEqual([bob.did])
    expect(delegations.length).toBeGreaterThan(3)
    expect(tiers).toContainEqual(expect.objectContaining({ did: bob.did, to: 'untrusted' }))
  })
})
