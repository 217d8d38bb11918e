import { type Did, type Identity, identityFromSeed, type Statement, type Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
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
  oskar,
  otherNet,
  otto,
  policy,
  present,
  revoke,
  rotate,
  suspend,
} from '../test/cast.ts'
import { evidenceFor, recompute } from './evidence.ts'
import { MAX_EVIDENCE } from './max-evidence.ts'
import { Replica } from './replica.ts'
import { DEFAULT_MODEL, type Model } from './scoring/model.ts'
import type { NewAttestation } from './statements/attestation.ts'
import { commitmentTo } from './statements/rotation.ts'

type Signed = Verified<Statement>

const newcomers = Array.from({ length: 10 }, (_, i) => identityFromSeed(new Uint8Array(32).fill(100 + i)))
const [ann, ben, cid, dora, ed, fay, gus, hal, ida, jon] = newcomers as [
  ...[Identity, Identity, Identity, Identity, Identity],
  ...[Identity, Identity, Identity, Identity, Identity],
]
const everybody: readonly Identity[] = [alice, ada, olga, otto, oskar, bob, carol, mallory, ...newcomers]
const CONTEXTS = ['', 'tool', 'tool/search', 'mail']

/** The same in every run: drawn from a seed. */
const drawn = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] => fc.sample(arbitrary, { seed: 7, numRuns })

const word = fc.record({
  by: fc.constantFrom(...everybody),
  about: fc.constantFrom(...everybody),
  ctx: fc.constantFrom('', '', 'tool', 'tool', 'tool/search', 'mail'),
  value: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 500, max: 1000 }) }, fc.integer({ min: -1000, max: -1 })),
  weight: fc.integer({ min: 500, max: 3000 }),
  age: fc.constantFrom(0, 0, 0, 1, DAY_MS, 100 * DAY_MS, 300 * DAY_MS, -2 * DAY_MS),
  ttl: fc.constantFrom(DAY_MS, 200 * DAY_MS, 365 * DAY_MS),
})

/** Words of everybody about everybody, some of them in the same slot at the same moment. */
function ofRatings(): Promise<Signed[]> {
  const words = drawn(word, 260).filter(({ by, about }) => by !== about)
  const said = words.map(({ by, about, age, ttl, ...rest }) => {
    const attestation: NewAttestation = { ...rest, sub: about.did, exp: NOW - age + ttl }
    return attest(by, attestation, NOW - age)
  })
  const fromRoots = [alice, ada].flatMap((by) =>
    newcomers.slice(0, 5).map(({ did: sub }) => attest(by, { sub, value: 1000 })),
  )
  return Promise.all([...said, ...fromRoots])
}

/** Who comes after whom: by commitment, by the word of authorities, in two ways at once, and to nobody's good. */
function ofSuccessions(): Promise<Signed[]> {
  return Promise.all([
    present(ann, { next: commitmentTo(fay.did) }),
    rotate(ann, fay, { next: commitmentTo(gus.did) }),
    rotate(fay, gus),
    rotate(ben, hal, { by: olga }),
    rotate(ben, hal, { by: otto }),
    rotate(carol, ida, { by: oskar }),
    rotate(carol, ida, { by: olga }),
    rotate(carol, jon, { by: olga }),
    rotate(carol, jon, { by: otto }),
    rotate(mallory, jon),
    present(cid, { next: commitmentTo(ida.did) }),
    present(cid, { next: commitmentTo(hal.did) }),
    rotate(cid, ida),
    present(dora, { next: commitmentTo(hal.did) }),
    rotate(dora, hal),
  ])
}

async function ofBans(ratings: readonly Signed[]): Promise<Signed[]> {
  const by = new Map(everybody.map((each) => [each.did, each]))
  const recoverable = await present(ed, { recovery: mallory.did })
  return Promise.all([
    ...ratings.filter((_, i) => i % 9 === 0).map(({ signer: iss, id }) => revoke(by.get(iss) as Identity, { iss, id })),
    ...[olga, otto].flatMap((by) => [ann, ben, bob].map(({ did }) => revoke(by, { did }))),
    ...[dora, carol, oskar].map((each) => revoke(each, { did: each.did })),
    revoke(olga, { did: cid.did }),
    revoke(mallory, { did: ed.did }, [recoverable.bytes]),
    suspend(olga, { sub: gus.did, until: NOW + DAY_MS }),
    suspend(otto, { sub: gus.did, lifted: true }, NOW + 1),
    suspend(oskar, { sub: bob.did }),
    suspend(olga, { sub: ben.did, until: NOW + 5 * DAY_MS }),
    suspend(otto, { sub: dora.did, until: NOW + DAY_MS }, NOW - 2 * DAY_MS),
  ])
}

/** Models under which budgets, floors and the last round are reached by small meshes too. */
const model: fc.Arbitrary<Model> = fc
  .record({
    rounds: fc.integer({ min: 1, max: 4 }),
    breadth: fc.constantFrom(1000, 5000),
    budget: fc.constantFrom(3_000_000, 50_000_000),
    relay: fc.constantFrom(250, 900),
  })
  .map((drawn) => ({ ...DEFAULT_MODEL, ...drawn }))

const newDid = (n: number): Did => {
  const seed = new Uint8Array(32).fill(13)
  new DataView(seed.buffer).setUint32(0, n)
  return identityFromSeed(seed).did
}
const replicaOf = (statements: Iterable<Signed>, model?: Model): Replica => {
  const replica = new Replica({ net, policy, ...(model && { model }) })
  for (const statement of statements) replica.add(statement, NOW)
  return replica
}

describe(evidenceFor, () => {
  let ratings: Signed[]
  let others: Signed[]

  beforeAll(async () => {
    ratings = await ofRatings()
    others = [...(await ofSuccessions()), ...(await ofBans(ratings))]
  })

  it('F2 T14 is enough to recompute the standing and who made it so, bit for bit, from it alone', () => {
    const some = (statements: readonly Signed[], share: number): fc.Arbitrary<Signed[]> =>
      fc
        .shuffledSubarray([...statements.keys()], { minLength: Math.floor(statements.length * share) })
        .map((indices) => indices.map((i) => statements[i] as Signed))
    let [smaller, named] = [0, 0]
    fc.assert(
      fc.property(
        some(ratings, 0.4),
        some(others, 0),
        model,
        fc.constantFrom(...CONTEXTS),
        fc.constantFrom(...everybody),
        fc.constantFrom(NOW, NOW + 1, NOW + 3 * DAY_MS, NOW + 250 * DAY_MS),
        (ratings, others, model, ctx, { did }, now) => {
          const full = replicaOf([...ratings, ...others], model)
          const { epoch: _, ...standing } = full.standingOf(did, now, ctx)
          const explanation = full.explain(did, now, ctx)
          const evidence = evidenceFor(full, did, { now, ctx }) as Signed[]
          const again = recompute(evidence, did, { net, policy, model, now, ctx })
          expect(again).toMatchObject({ standing, explanation })
          expect(again.explanation).toEqual(explanation)
          if (evidence.length < full.set.size) smaller++
          if (explanation.contributions.some(({ path }) => path.length > 2)) named++
        },
      ),
      { numRuns: 1000 },
    )
    expect(smaller).toBeGreaterThan(900)
    expect(named).toBeGreaterThan(200)
  })

  it('T1 leads over nobody without credit, however many there are', async () => {
    const vouched = await attest(alice, { sub: bob.did, value: 1000 })
    const crowd = Array.from({ length: 60 }, (_, i) => identityFromSeed(new Uint8Array(32).fill(i).fill(9, 16)))
    const noise = await Promise.all(
      crowd.flatMap((by, i) => [
        attest(by, { sub: bob.did, value: -1000, weight: 3000 }),
        attest(by, { sub: (crowd[i - 1] ?? mallory).did, value: 1000, weight: 3000 }),
      ]),
    )
    const full = replicaOf([vouched, ...noise])
    expect(evidenceFor(full, bob.did, { now: NOW })).toEqual([vouched])
    expect(evidenceFor(full, (crowd[0] as Identity).did, { now: NOW })).toEqual([])
  })

  it('has of a root only what leads on, and of others all that they say', async () => {
    const [known, aside, good, other] = await Promise.all([
      attest(alice, { sub: bob.did, value: 1000 }),
      attest(alice, { sub: mallory.did, value: 1000 }),
      attest(bob, { sub: carol.did, value: 1000 }),
      attest(bob, { sub: mallory.did, value: -1000 }),
    ])
    const evidence = evidenceFor(replicaOf([known, aside, good, other]), carol.did, { now: NOW })
    expect(new Set(evidence)).toEqual(new Set([known, good, other]))
  })

  it('shows that two whom a rater has rated are one, as that is what of its budget is spent', async () => {
    const model = { ...DEFAULT_MODEL, budget: 1_000_000 }
    const statements = await Promise.all([
      attest(alice, { sub: bob.did, value: 1000 }),
      attest(bob, { sub: carol.did, value: 1000 }),
      attest(bob, { sub: ben.did, value: 1000, weight: 2000, ctx: 'tool' }),
      attest(bob, { sub: hal.did, value: -1000, weight: 1000 }),
      rotate(ben, hal, { by: olga }),
      rotate(ben, hal, { by: otto }),
    ])
    const full = replicaOf(statements, model)
    const question = { now: NOW, ctx: 'tool' }
    const evidence = evidenceFor(full, carol.did, question) as Signed[]
    expect(evidence).toHaveLength(statements.length)
    const { epoch: _, ...standing } = full.standingOf(carol.did, NOW, 'tool')
    expect(recompute(evidence, carol.did, { net, policy, model, ...question }).standing).toMatchObject(standing)
    const parted = evidence.filter(({ type }) => type !== 'rotation')
    expect(recompute(parted, carol.did, { net, policy, model, ...question }).standing).not.toMatchObject(standing)
  })

  it('is none of somebody of whom nobody has said anything', () => {
    expect(evidenceFor(replicaOf(ratings), newDid(200), { now: NOW, ctx: 'elsewhere' })).toEqual([])
    expect(recompute([], newDid(200), { net, policy, now: NOW }).standing).toMatchObject({
      status: 'unknown',
      score: 300,
    })
  })

  it('F5 is given up where there are more than 4,096 statements', async () => {
    const replica = new Replica({ net, policy, maxPerIssuer: 5_000 })
    replica.add(await attest(alice, { sub: bob.did, value: 1000 }), NOW)
    for (let said = 1; said < MAX_EVIDENCE.statements; said++) {
      const sub = said === 1 ? carol.did : newDid(said)
      replica.add(await attest(bob, { sub, value: 1 }), NOW)
    }
    expect(evidenceFor(replica, carol.did, { now: NOW })).toHaveLength(MAX_EVIDENCE.statements)
    replica.add(await attest(bob, { sub: mallory.did, value: 1 }), NOW)
    expect(evidenceFor(replica, carol.did, { now: NOW })).toBeNull()
  })

  it('F5 is given up where they are more than 4 MiB', async () => {
    const replica = replicaOf([
      await attest(alice, { sub: bob.did, value: 1000 }),
      await attest(bob, { sub: carol.did, value: 1000 }),
    ])
    const bom = Array.from({ length: 230 }, () => ({ name: 'n'.repeat(100), version: '1', sha256: new Uint8Array(32) }))
    const evidence = (): readonly Signed[] | null => evidenceFor(replica, carol.did, { now: NOW })
    let held = evidence()
    for (let rated = 0; held; rated++) {
      const lost = identityFromSeed(new Uint8Array(32).fill(rated).fill(11, 16))
      const { bytes } = await present(lost, { bom, recovery: mallory.did })
      replica.add(await attest(bob, { sub: lost.did, value: 1 }), NOW)
      replica.add(await revoke(mallory, { did: lost.did }, [bytes]), NOW)
      const before = held
      held = evidence()
      if (!held)
        expect(before.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeGreaterThan(MAX_EVIDENCE.bytes - 81_920)
      else expect(held.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(MAX_EVIDENCE.bytes)
    }
  })

  it('T12 is given up where too many words would have to be looked at, counting or not', async () => {
    const replica = replicaOf([await attest(alice, { sub: bob.did, value: 1000 })])
    const slot = { iss: mallory.did, sub: bob.did, ctx: '' }
    let words = 65_535
    vi.spyOn(replica.set, 'slotsAbout').mockImplementation(function* () {
      yield { iss: alice.did, sub: bob.did, ctx: '' }
      for (let n = 1; n < words; n++) yield slot
    })
    expect(evidenceFor(replica, bob.did, { now: NOW })).toHaveLength(1)
    words = 65_537
    expect(evidenceFor(replica, bob.did, { now: NOW })).toBeNull()
  })
})

describe(recompute, () => {
  it('F2 counts nothing of another mesh, and nobody as a root but whom its own policy names', async () => {
    const statements = [await attest(alice, { sub: bob.did, value: 1000 })]
    const options = { net, policy, now: NOW }
    const scoreBy = (changed: object): number =>
      recompute(statements, bob.did, { ...options, ...changed }).standing.score
    expect(scoreBy({})).toBeGreaterThan(600)
    expect(scoreBy({ net: otherNet })).toBe(300)
    expect(scoreBy({ policy: { ...policy, roots: [ada.did] } })).toBe(300)
  })
})
