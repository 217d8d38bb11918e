import {
  generateIdentity,
  type Identity,
  IdentityError,
  meshIdOf,
  openStatement,
  type Statement,
  type StatementId,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import {
  AGENT,
  type Delegation,
  issueAttestation,
  issueDelegation,
  issueRevocation,
  parseDelegation,
  Replica,
} from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { ManualTime } from '../../test/manual-time.ts'
import { MemoryAuditLog } from '../audit/memory.ts'
import { issueMembership } from '../membership/certificate.ts'
import { Membership } from '../membership/membership.ts'
import { createMetrics } from '../metrics.ts'
import { Statements } from '../statements.ts'
import { MemoryStore } from '../store/memory.ts'
import { Arrivals, type OpenStatements } from './arrivals.ts'
import type { Taken } from './backbone.ts'

const someone = (): Identity => generateIdentity(systemRandom)
const [root, olga, nora, mallory, bob] = Array.from({ length: 5 }, someone) as [
  ...[Identity, Identity, Identity, Identity, Identity],
]
const net = meshIdOf(root.did)
const LINKS = 10

/** What comes to nora from mallory, a member as well; bob is an agent of the mesh. */
async function scene(openStatements?: OpenStatements) {
  const time = new ManualTime()
  const { clock } = time
  const issuance = { net, clock, random: systemRandom }
  const policy = { roots: [root.did], authorities: [olga.did], threshold: 1 }
  const replica = new Replica({ net, policy, admission: { root: root.did } })
  const { set } = replica
  const chain = await issueMembership({ root, authority: olga, node: nora.did }, issuance)
  for (const link of chain) set.add(openStatement(link))
  set.add(await issueDelegation(nora, { aud: bob.did, can: AGENT }, issuance))
  const statements = new Statements({ replica, clock, store: new MemoryStore(), timers: time, changed: () => {} })
  const mesh = { net, root: root.did, authorities: [olga.did], threshold: 1, admission: 'open' } as const
  const membership = new Membership({
    ...{ mesh, keys: { node: nora, authority: null, chain }, set, clock, random: systemRandom, maxSponsored: 10 },
    accept: async () => {},
  })
  const audit = new MemoryAuditLog({ clock })
  const arrivals = new Arrivals({
    ...{ statements, clock, timers: time, audit, metrics: createMetrics() },
    refusalOf: (statement) => membership.refusalOf(statement),
    ...(openStatements && { openStatements }),
  })
  const take = (said: readonly Verified<Statement>[]): Promise<readonly Taken[]> =>
    arrivals.take(
      said.map(({ bytes }) => bytes),
      mallory.did,
    )
  /** How each fared, in the end. */
  const outcomes = async (said: readonly Verified<Statement>[]): Promise<string[]> => {
    const taking = take(said)
    await time.advance(1)
    return outcomesOf(await taking)
  }
  return { time, set, issuance, audit, take, outcomes }
}

type Scene = Awaited<ReturnType<typeof scene>>

const many = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)))
const anyId = (): StatementId => Buffer.from(systemRandom(32)).toString('hex') as StatementId
const ofStrangers = ({ issuance }: Scene, count: number) =>
  many(count, async () => {
    const by = someone()
    return issueRevocation(by, { target: { did: by.did }, reason: '' }, issuance)
  })
const ownOf = (by: Identity, { issuance }: Scene, count: number) =>
  many(count, () => issueRevocation(by, { target: { iss: by.did, id: anyId() }, reason: '' }, issuance))
const outcomesOf = (taken: readonly Taken[]): string[] => taken.map(({ outcome }) => outcome)
const counted = (outcomes: readonly string[], outcome: string): number =>
  outcomes.filter((each) => each === outcome).length

describe(Arrivals, () => {
  it('K8 R7 takes few revocations of whoever was never admitted, with an alarm, and the others later', async () => {
    const here = await scene()
    const said = await ofStrangers(here, 150)
    const first = await here.outcomes(said)
    expect([counted(first, 'new'), counted(first, 'refused')]).toEqual([100, 50])
    expect(here.audit.lines).toMatchObject([{ event: 'mesh.alarm', code: 'member.flooding', did: mallory.did }])
    const left = said.filter((_, place) => first[place] === 'refused')
    await here.time.advance(2_000)
    expect(counted(await here.outcomes(left), 'new')).toBe(20)
    const word = await issueRevocation(olga, { target: { did: bob.did }, reason: '' }, here.issuance)
    expect(await here.outcomes([word])).toEqual(['new'])
    expect(here.audit.lines).toHaveLength(1)
  })

  it('R7 takes few of one who has revoked more than any agent may, and few new words of what is revoked', async () => {
    const here = await scene()
    expect(counted(await here.outcomes(await ownOf(bob, here, 400)), 'new')).toBe(256 + 100)
    const again = await scene()
    const target = { iss: bob.did, id: anyId() }
    const words = await many(150, (n) =>
      issueRevocation(bob, { target, reason: '' }, { ...again.issuance, clock: { ...again.time.clock, now: () => n } }),
    )
    expect(counted(await again.outcomes(words), 'refused')).toBe(150 - 101)
  })

  it('F5 R7 verifies no more signatures that revocations bring as proof than it affords', async () => {
    const here = await scene()
    const path: Verified<Statement>[] = []
    let by = bob
    for (let depth = LINKS - 1; depth > 0; depth--) {
      const next = someone()
      const parent: Delegation | undefined = path.at(-1) && parseDelegation(path.at(-1) as Verified<Statement>)
      path.push(
        await issueDelegation(by, { aud: next.did, can: '/tool', depth, ...(parent && { parent }) }, here.issuance),
      )
      by = next
    }
    const proof = path.map(({ bytes }) => bytes)
    const parent = parseDelegation(path.at(-1) as Verified<Statement>)
    const said = await many(120, async () => {
      const last = await issueDelegation(by, { aud: nora.did, can: '/tool', parent }, here.issuance)
      const target = { iss: by.did, id: last.id }
      return issueRevocation(bob, { target, reason: '', path: proof.concat(last.bytes) }, here.issuance)
    })
    const before = here.set.size
    const taking = here.take(said)
    // One that is opened costs eleven signatures, and a turn affords 32.
    expect(here.set.size - before).toBeLessThanOrEqual(3)
    await here.time.advance(1)
    const outcomes = outcomesOf(await taking)
    expect([counted(outcomes, 'new'), counted(outcomes, 'refused')]).toEqual([100, 20])
  })

  it('R7 opens of what is urgent a few in a turn, and all in the end', async () => {
    const here = await scene()
    const said = await ownOf(bob, here, 80)
    const before = here.set.size
    const taking = here.take(said)
    expect(here.set.size - before).toBe(32)
    await here.time.advance(1)
    expect(outcomesOf(await taking)).toEqual(said.map(() => 'new'))
  })

  it('I15 takes nothing larger from a member than from an agent', async () => {
    const here = await scene()
    const large = { net, iat: here.time.clock.now(), nonce: systemRandom(16), more: systemRandom(4_096) }
    expect(await here.outcomes([await sealStatement(bob, 'prophecy', large)])).toEqual(['refused'])
    const small = { ...large, more: systemRandom(3_000) }
    expect(await here.outcomes([await sealStatement(bob, 'prophecy', small)])).toEqual(['new'])
  })

  it.each([
    [
      'throws',
      () => () => {
        throw new Error('no room')
      },
    ],
    ['rejects', () => async () => Promise.reject(new Error('no room'))],
    ['brings nothing', () => async () => null as never],
  ] as const)('F4 goes on where opening a crowd %s', async (_, failing) => {
    let open: OpenStatements = failing()
    const here = await scene((envelopes) => open(envelopes))
    const said = await many(20, (n) => issueAttestation(bob, { sub: someone().did, value: n }, here.issuance))
    expect(await here.outcomes(said)).toEqual(said.map(() => 'refused'))
    open = async (envelopes) => envelopes.map((bytes) => openStatement(bytes))
    expect(counted(await here.outcomes(said), 'refused')).toBe(0)
    open = async (envelopes) => envelopes.map(() => new IdentityError('statement.signature'))
    expect(await here.outcomes([said[0] as Verified<Statement>])).toEqual(['known'])
  })

  it('F4 goes on where opening a crowd rejects before those ahead of it are open', async () => {
    let opened: () => void = () => {}
    const first = new Promise<void>((resolve) => {
      opened = resolve
    })
    let crowds = 0
    const here = await scene(async (envelopes) => {
      if (crowds++ > 0) throw new Error('no room')
      await first
      return envelopes.map((bytes) => openStatement(bytes))
    })
    const said = await many(20, () => issueAttestation(bob, { sub: someone().did, value: 1 }, here.issuance))
    const [ahead, behind] = [here.take(said), here.take(said)]
    await here.time.advance(1)
    opened()
    await here.time.advance(1)
    expect([counted(outcomesOf(await ahead), 'new'), counted(outcomesOf(await behind), 'refused')]).toEqual([20, 20])
  })
})
