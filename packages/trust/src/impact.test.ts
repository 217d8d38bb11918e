import type { Did, Identity, Statement, StatementId, Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import * as cast from '../test/cast.ts'
import { ada, alice, bob, carol, mallory, NOW, olga, oskar, otto, policy, revoke } from '../test/cast.ts'
import { pool } from '../test/pool.ts'
import { impactOf } from './impact.ts'
import { Replica } from './replica.ts'
import type { Tier } from './scoring/tiers.ts'
import { parseDelegation } from './statements/delegation.ts'
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
  const voidIn = ({ set }: Replica): Set<StatementId> => {
    const isVoid = (id: StatementId): boolean => {
      const statement = set.get(id)
      if (!statement) return false
      const { iss, aud, parent } = parseDelegation(statement)
      return set.isVoid(iss, id) || [iss, aud].some((did) => set.isRevoked(did)) || (parent !== null && isVoid(parent))
    }
    const links = all.filter(({ type, id }) => type === 'delegation' && set.has(id))
    return new Set(links.map(({ id }) => id).filter(isVoid))
  }
  const bannedIn = ({ set }: Replica): Did[] =>
    everybody.map(({ did }) => did).filter((did) => set.isRevoked(did) || set.isSuspended(did, NOW))
  const tiersIn = (replica: Replica): [Did, string, Tier][] =>
    contexts.flatMap((ctx) =>
      everybody.map(({ did }): [Did, string, Tier] => [did, ctx, replica.standingOf(did, NOW, ctx).tier]),
    )

  it('says exactly what applying it does, and changes nothing by saying so', () => {
    const some = fc.shuffledSubarray(
      all.map((_, i) => i),
      { minLength: Math.floor(all.length / 2) },
    )
    fc.assert(
      fc.property(some, fc.nat(cases.length - 1), (chosen, which) => {
        const statements = chosen.map((i) => all[i] as Signed)
        const replica = replicaOf(statements)
        const [target, revocations] = cases[which] as (typeof cases)[number]
        const before = {
          epoch: replica.epoch,
          void: voidIn(replica),
          banned: bannedIn(replica),
          tiers: tiersIn(replica),
        }
        const sessions = everybody.map(({ did }) => did)
        const impact = impactOf(replica, target, { now: NOW, sessions, contexts })
        expect({ void: voidIn(replica), banned: bannedIn(replica), tiers: tiersIn(replica) }).toMatchObject({
          void: before.void,
          banned: before.banned,
          tiers: before.tiers,
        })
        for (const revocation of revocations) replica.add(revocation, NOW)
        const sorted = (ids: Iterable<string>): string[] => [...ids].sort()
        expect(sorted(impact.sessions)).toEqual(sorted(bannedIn(replica).filter((did) => !before.banned.includes(did))))
        expect(sorted(impact.delegations)).toEqual(sorted([...voidIn(replica)].filter((id) => !before.void.has(id))))
        const changed = tiersIn(replica).flatMap(([did, ctx, to], i) => {
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
