import { identityFromSeed, type Statement, sealStatement, type Verified } from '@trustmesh/identity'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  alice,
  at,
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
  random,
  revoke,
  rotate,
  suspend,
} from '../../test/cast.ts'
import { admitting, enlist, nils, nora, sponsor } from '../../test/members.ts'
import { issueDelegation } from '../statements/delegation.ts'
import type { Change } from './change.ts'
import { StatementSet } from './statement-set.ts'

type Signed = Verified<Statement>

const idOf = ({ signer, id }: Signed) => ({ iss: signer, id })
const NOT_ADMITTED = { kind: 'ignored', code: 'set.not-admitted' }
const addAll = (set: StatementSet, ...statements: readonly Signed[]): Change[] =>
  statements.map((each) => set.add(each))
const droppedBy = (change: Change): readonly string[] => (change.kind === 'added' ? [...change.dropped].sort() : [])
const ids = (...statements: readonly Signed[]): string[] => statements.map(({ id }) => id).sort()

const crowd = Array.from({ length: 12 }, (_, i) => identityFromSeed(new Uint8Array(32).fill(100 + i)))

/** A mesh of nora, whom olga has made a member, and bob, for whom nora answers. */
interface Scene {
  readonly set: StatementSet
  readonly toOlga: Signed
  readonly toNora: Signed
  readonly toBob: Signed
}

let scene: Scene
beforeEach(async () => {
  const set = admitting()
  const toOlga = await enlist(alice, olga.did, null, { depth: 2 })
  const toNora = await enlist(olga, nora.did, toOlga, { depth: 1 })
  const toBob = await sponsor(nora, bob.did)
  addAll(set, toOlga, toNora, toBob)
  scene = { set, toOlga, toNora, toBob }
})

describe('whose statements are held', () => {
  it('I15 are those of nobody whom no member and no governor has admitted', async () => {
    const { set } = scene
    const said = await Promise.all([
      attest(mallory, { sub: bob.did, value: 1000 }),
      present(mallory),
      issueDelegation(mallory, { aud: bob.did, can: '/tool' }, at(NOW)),
      sealStatement(mallory, 'prophecy', { net, iat: NOW, nonce: random(16) }),
      suspend(mallory, { sub: bob.did, until: NOW + DAY_MS }),
    ])
    for (const statement of said) expect(set.add(statement)).toMatchObject(NOT_ADMITTED)
    expect(set.size).toBe(3)
    set.add(await sponsor(nora, mallory.did))
    expect(said.slice(0, 4).map((each) => set.add(each).kind)).toEqual(['added', 'added', 'added', 'added'])
  })

  it('T3 are not those of whom an agent, a revoked node, or a former member admits', async () => {
    const { set, toNora } = scene
    expect(set.add(await sponsor(bob, mallory.did))).toMatchObject(NOT_ADMITTED)
    expect(set.add(await enlist(bob, mallory.did, null))).toMatchObject(NOT_ADMITTED)
    set.add(await revoke(olga, idOf(toNora)))
    expect(set.add(await sponsor(nora, mallory.did))).toMatchObject(NOT_ADMITTED)
    expect([bob, nora, mallory].map(({ did }) => set.isAdmitted(did))).toEqual([false, false, false])
  })

  it('K8 R7 are not the rotations of whoever was never admitted, nor more than a few of one who was', async () => {
    const { set } = scene
    expect(set.add(await rotate(mallory, nils))).toMatchObject(NOT_ADMITTED)
    const before = set.size
    for (const heir of crowd) set.add(await rotate(bob, heir))
    expect(set.size - before).toBe(8)
    for (const heir of crowd) set.add(await rotate(mallory, heir, { by: olga }))
    expect(set.size - before).toBe(8 + crowd.length)
  })

  it('R6 are, whoever issued them, revocations: they say themselves who may', async () => {
    const { set } = scene
    expect(set.add(await revoke(mallory, { did: mallory.did })).kind).toBe('added')
  })

  it("are those of everybody where nobody says, and of a verifier's own roots where the mesh does not", async () => {
    const word = await attest(mallory, { sub: bob.did, value: 1 })
    expect(new StatementSet({ net, policy }).add(word).kind).toBe('added')
    expect(new StatementSet({ net, policy }).isAdmitted(mallory.did)).toBe(true)
    const own = { ...policy, roots: [mallory.did] }
    const set = new StatementSet({ net, policy: own, admission: { root: alice.did } })
    expect(set.add(word)).toMatchObject(NOT_ADMITTED)
  })
})

describe('an admission that ends', () => {
  it('R10 takes with it what a member whose link is revoked has said, those for whom it answers, and what they said', async () => {
    const { set, toNora, toBob } = scene
    const toNils = await enlist(nora, nils.did, toNora)
    const toCarol = await sponsor(nils, carol.did)
    const said = await Promise.all([nora, bob, nils, carol].map((by) => attest(by, { sub: alice.did, value: 500 })))
    const kept = await revoke(bob, { iss: bob.did, id: (said[1] as Signed).id })
    addAll(set, toNils, toCarol, ...said, kept)
    expect(set.attestationsAbout(alice.did)).toHaveLength(3)
    const change = set.add(await revoke(olga, idOf(toNora)))
    // The link itself is its issuer's word, which stands; it is void.
    expect(droppedBy(change)).toEqual(ids(toNils, toBob, toCarol, ...said))
    expect(change.slots.map(({ iss }) => iss).sort()).toEqual([nora, bob, nils, carol].map(({ did }) => did).sort())
    expect(set.has(kept.id)).toBe(true)
  })

  it('R10 keeps those for whom somebody else answers as well', async () => {
    const { set, toNora, toBob } = scene
    const word = await attest(bob, { sub: alice.did, value: 500 })
    addAll(set, await sponsor(olga, bob.did), word)
    expect(droppedBy(set.add(await revoke(olga, idOf(toNora))))).toEqual(ids(toBob))
    expect(set.has(word.id)).toBe(true)
  })

  it('takes with it what somebody said who is revoked, but not by what name', async () => {
    const { set } = scene
    const [word, manifest] = [await attest(bob, { sub: alice.did, value: 500 }), await present(bob)]
    addAll(set, word, manifest)
    const votes = await Promise.all([olga, otto].map((by) => revoke(by, { did: bob.did })))
    expect(votes.map((vote) => droppedBy(set.add(vote)))).toEqual([[], ids(word)])
    expect(set.add(word)).toMatchObject(NOT_ADMITTED)
    expect([set.has(manifest.id), set.manifestOf(bob.did)]).toEqual([true, null])
  })

  it('I12 R13 leaves by what name somebody went, and who succeeds it, as long as the admission is held', async () => {
    const { set, toNora, toBob } = scene
    const word = await attest(bob, { sub: alice.did, value: 500 })
    const [manifest, rotation] = [await present(bob), await rotate(bob, carol)]
    const end = await revoke(nora, idOf(toBob))
    addAll(set, word, end)
    expect([set.has(word.id), set.isAdmitted(bob.did)]).toEqual([false, false])
    expect(addAll(set, manifest, rotation).map(({ kind }) => kind)).toEqual(['added', 'added'])
    expect(droppedBy(set.add(await revoke(olga, idOf(toNora))))).toEqual(ids(toBob, manifest, rotation))
    expect(set.add(rotation)).toMatchObject(NOT_ADMITTED)
  })

  it('comes a year after it was given, when it is forgotten, and to all that it admitted at once', async () => {
    const { set, toOlga, toNora, toBob } = scene
    const word = await attest(bob, { sub: alice.did, value: 500 }, NOW + DAY_MS)
    const later = await attest(alice, { sub: bob.did, value: 500 }, NOW + DAY_MS)
    addAll(set, word, later)
    expect(set.purge(NOW + 365 * DAY_MS - 1).dropped).toEqual([])
    expect([...set.purge(NOW + 365 * DAY_MS).dropped].sort()).toEqual(ids(toOlga, toNora, toBob, word))
    expect(set.has(later.id)).toBe(true)
  })
})

describe('what a crowd costs', () => {
  it('K8 T2 is what its sponsor may admit, times what each may say: others have as much room as before', async () => {
    const set = admitting(4, 3)
    const { toOlga, toNora, toBob } = scene
    addAll(set, toOlga, toNora, await enlist(olga, nils.did, toOlga), await sponsor(nils, carol.did), toBob)
    const honest = await attest(carol, { sub: alice.did, value: 900 })
    set.add(honest)
    const before = set.size
    for (const [i, one] of crowd.entries()) {
      set.add(await sponsor(nora, one.did, NOW + i))
      for (const sub of crowd) if (sub !== one) set.add(await attest(one, { sub: sub.did, value: 1000 }))
    }
    expect(set.size - before).toBeLessThanOrEqual(4 + 4 * 3)
    expect(crowd.filter(({ did }) => set.isAdmitted(did))).toEqual(crowd.slice(-4))
    expect([set.isAdmitted(bob.did), set.has(honest.id)]).toEqual([false, true])
  })

  it('takes no room from what the sponsor says otherwise, and what it says takes none from whom it admits', async () => {
    const set = admitting(2, 2)
    addAll(set, scene.toOlga, scene.toNora)
    const plain = await Promise.all(
      crowd.map(({ did }, i) => issueDelegation(nora, { aud: did, can: '/tool' }, at(NOW + i))),
    )
    const sponsored = await Promise.all([bob, carol].map(({ did }) => sponsor(nora, did)))
    addAll(set, ...sponsored, ...plain)
    expect(
      set
        .delegationsBy(nora.did)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids(...sponsored, ...plain.slice(-2)))
  })
})

describe('expiryOf', () => {
  it('is the last millisecond at which a horizon leaves a statement', async () => {
    const word = await attest(alice, { sub: bob.did, value: 1 }, NOW)
    const retraction = await revoke(alice, idOf(word))
    for (const statement of [word, retraction, await issueDelegation(alice, { aud: bob.did, can: '/tool' }, at(NOW))]) {
      const set = admitting()
      set.add(statement)
      const expiry = set.expiryOf(statement)
      expect(admitting().expiryOf(statement)).toBe(expiry)
      expect(set.purge(expiry).dropped).toEqual([])
      expect(set.purge(expiry + 1).dropped).toEqual([statement.id])
    }
  })

  it('is never for what is never forgotten', async () => {
    const set = admitting()
    const unknown = await sealStatement(alice, 'prophecy', { net, iat: NOW, nonce: random(16) })
    for (const statement of [
      await revoke(bob, { did: bob.did }),
      await rotate(bob, carol),
      await present(bob),
      unknown,
    ]) {
      expect(set.expiryOf(statement)).toBe(Number.POSITIVE_INFINITY)
    }
  })
})
