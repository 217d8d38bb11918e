import { type Did, type Identity, identityFromSeed, type Statement, type Verified } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import * as cast from '../../test/cast.ts'
import {
  ada,
  alice,
  attest,
  bob,
  carol,
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
} from '../../test/cast.ts'
import { commitmentTo } from '../statements/rotation.ts'
import { StatementSet } from './statement-set.ts'

type Signed = Verified<Statement>

const empty = (maxPerIssuer?: number): StatementSet =>
  new StatementSet({ net: cast.net, policy, ...(maxPerIssuer && { maxPerIssuer }) })
const setOf = (...statements: readonly Signed[]): StatementSet => {
  const set = empty()
  for (const statement of statements) expect(set.add(statement).kind).toBe('added')
  return set
}
const committed = (by: Identity, to: Identity): Promise<Signed> => present(by, { next: commitmentTo(to.did) })
/** Each succeeded by the next, as it had committed itself to. */
const line = async (...keys: readonly Identity[]): Promise<Signed[]> => {
  const steps = keys.slice(0, -1).map((key, i) => {
    const [to, next] = keys.slice(i + 1) as [Identity, Identity?]
    return Promise.all([committed(key, to), rotate(key, to, next && { next: commitmentTo(next.did) })])
  })
  return (await Promise.all(steps)).flat()
}
const banned = (did: Did): Promise<Signed[]> => Promise.all([olga, otto].map((by) => revoke(by, { did })))
const elected = (from: Identity, to: Identity): Promise<Signed[]> =>
  Promise.all([olga, otto].map((by) => rotate(from, to, { by })))
/** The same, in either direction. */
const eitherWay = (...statements: readonly Signed[]): StatementSet[] =>
  [statements, [...statements].reverse()].map((some) => setOf(...some))
const keys = Array.from({ length: 20 }, (_, i) => identityFromSeed(new Uint8Array(32).fill(50 + i)))

describe('successorOf', () => {
  it('I12 gives none to a rotation that no commitment opens, though old and new key have signed', async () => {
    const stolen = [await rotate(bob, mallory), await rotate(bob, mallory, { next: commitmentTo(mallory.did) })]
    expect(setOf(...stolen).successorOf(bob.did)).toBeNull()
    expect(setOf(await present(bob), ...stolen).successorOf(bob.did)).toBeNull()
    expect(setOf(await committed(bob, carol), ...stolen).successorOf(bob.did)).toBeNull()
  })

  it('I12 gives none to the commitment of a thief, and none any more to the other', async () => {
    const [mine, his] = [await committed(bob, carol), await committed(bob, mallory)]
    const set = setOf(mine, await rotate(bob, carol))
    expect(set.successorOf(bob.did)).toBe(carol.did)
    set.add(his)
    set.add(await rotate(bob, mallory))
    expect(set.successorOf(bob.did)).toBeNull()
  })

  it('I12 gives none to a thief who contradicts himself until both first manifests are his', async () => {
    const set = setOf(await committed(bob, carol), await rotate(bob, mallory))
    for (let i = 0; i < 50; i++) set.add(await committed(bob, mallory))
    expect(set.successorOf(bob.did)).toBeNull()
  })

  it('I12 gives none where the thief revokes the first manifest and makes another', async () => {
    const mine = await committed(bob, carol)
    const set = setOf(mine, await revoke(bob, { iss: bob.did, id: mine.id }))
    set.add(await committed(bob, mallory))
    set.add(await rotate(bob, mallory))
    expect(set.successorOf(bob.did)).toBeNull()
  })

  it('I12 gives none by a later manifest, which may be anybody’s', async () => {
    const set = setOf(await committed(bob, carol), await present(bob, { previousSeq: 0 }), await rotate(bob, carol))
    expect(set.successorOf(bob.did)).toBe(carol.did)
  })

  it('I12 lets only authorities speak for another, and only a quorum of them', async () => {
    const set = setOf()
    const forged = await rotate(bob, mallory, { by: mallory })
    expect(set.add(forged)).toMatchObject({ kind: 'ignored', code: 'rotation.unauthorized' })
    set.add(await rotate(bob, carol, { by: olga }))
    set.add(await rotate(bob, carol, { by: olga, now: NOW + 1 }))
    expect(set.successorOf(bob.did)).toBeNull()
    expect(set.add(await rotate(bob, carol, { by: otto }))).toMatchObject({
      affected: expect.arrayContaining([bob.did, carol.did]),
    })
    expect(set.successorOf(bob.did)).toBe(carol.did)
  })

  it('I12 takes the word of the old key for no vote', async () => {
    expect(
      setOf(await rotate(olga, mallory), await rotate(olga, mallory, { by: otto })).successorOf(olga.did),
    ).toBeNull()
  })

  it('takes a quorum before the commitment, and two quorums for none', async () => {
    const own = [await committed(bob, carol), await rotate(bob, carol)]
    const votes = [await rotate(bob, ada, { by: olga }), await rotate(bob, ada, { by: otto })]
    const others = [await rotate(bob, alice, { by: otto }), await rotate(bob, alice, { by: oskar })]
    expect(setOf(...own, ...votes).successorOf(bob.did)).toBe(ada.did)
    expect(setOf(...own, ...votes, ...others).successorOf(bob.did)).toBeNull()
  })

  it('lets a Did succeed one only', async () => {
    const ofBob = [await committed(bob, carol), await rotate(bob, carol)]
    const ofMallory = [await committed(mallory, carol), await rotate(mallory, carol)]
    const set = setOf(...ofBob, ...ofMallory)
    expect([bob, mallory].map(({ did }) => set.successorOf(did))).toEqual([null, null])
  })

  it('takes the commitment in a rotation for the successor’s, beside that in its first manifest', async () => {
    const chain = [await committed(bob, carol), await rotate(bob, carol, { next: commitmentTo(ada.did) })]
    expect(setOf(...chain, await rotate(carol, ada)).successorOf(carol.did)).toBe(ada.did)
    const thief = [await committed(carol, mallory), await rotate(carol, mallory)]
    expect(setOf(...chain, ...thief).successorOf(carol.did)).toBeNull()
    expect(setOf(...thief, ...chain).successorOf(carol.did)).toBeNull()
  })

  it('stands whatever becomes of the old key, and of the rotation', async () => {
    const rotation = await rotate(bob, carol)
    const set = setOf(
      ...[await revoke(bob, { did: bob.did }), await revoke(bob, { iss: bob.did, id: rotation.id })],
      ...[rotation, await committed(bob, carol)],
    )
    expect(set.successorOf(bob.did)).toBe(carol.did)
  })
})

describe('the evidence about a Did that has been rotated', () => {
  it('counts for its successor, even if the old key is revoked, and for the old one no more', async () => {
    const rating = await attest(alice, { sub: bob.did, value: 800 })
    const set = setOf(rating, await committed(bob, carol))
    const moved = [
      { iss: alice.did, sub: bob.did, ctx: '' },
      { iss: alice.did, sub: carol.did, ctx: '' },
    ]
    expect(set.add(await rotate(bob, carol))).toMatchObject({ slots: expect.arrayContaining(moved) })
    set.add(await revoke(bob, { did: bob.did }))
    expect(set.attestationBy(alice.did, carol.did)?.id).toBe(rating.id)
    expect(set.attestationBy(alice.did, bob.did)).toBeNull()
    expect([set.attestationsAbout(carol.did).length, set.attestationsAbout(bob.did)]).toEqual([1, []])
  })

  it('counts once: the latest of an issuer, whichever of the two it is about', async () => {
    const [early, late] = [
      await attest(alice, { sub: carol.did, value: 100 }, NOW - 1),
      await attest(alice, { sub: bob.did, value: 800 }),
    ]
    const set = setOf(early, late, await committed(bob, carol), await rotate(bob, carol))
    expect(set.attestationsAbout(carol.did).map(({ id }) => id)).toEqual([late.id])
    set.add(await revoke(alice, { iss: alice.did, id: late.id }))
    expect(set.attestationsAbout(carol.did)).toEqual([])
  })

  it('counts for a successor again whose rival is gone, and everybody on the line is told, whoever was first', async () => {
    const rating = await attest(alice, { sub: ada.did, value: 800 })
    const [mine, his] = [await line(ada, bob, carol), await line(mallory, carol)]
    for (const order of [
      [...mine, ...his],
      [...his, ...mine],
    ]) {
      const set = setOf(rating, ...order)
      expect(set.attestationsAbout(carol.did)).toEqual([])
      expect(set.add(await committed(mallory, bob))).toMatchObject({
        affected: expect.arrayContaining([ada.did, bob.did, carol.did, mallory.did]),
        slots: expect.arrayContaining([{ iss: alice.did, sub: carol.did, ctx: '' }]),
      })
      expect(set.attestationBy(alice.did, carol.did)?.id).toBe(rating.id)
    }
  })

  it('T3 never counts for whoever gave it', async () => {
    const set = setOf(
      ...[await attest(carol, { sub: bob.did, value: 1000 }), await attest(bob, { sub: carol.did, value: 1000 })],
      ...[await committed(bob, carol), await rotate(bob, carol)],
    )
    expect(set.attestationsAbout(carol.did)).toEqual([])
  })

  it('T3 never counts for whoever gave it, nor does a ban in between change that', async () => {
    const set = setOf(await attest(alice, { sub: carol.did, value: 1000 }), ...(await line(alice, bob, carol)))
    for (const vote of await banned(bob.did)) set.add(vote)
    expect(set.attestationsAbout(carol.did)).toEqual([])
  })

  it('T12 is handed on sixteen times, and goes round in no circle', async () => {
    const set = setOf(await attest(alice, { sub: (keys[0] as Identity).did, value: 800 }))
    const evidence = (key: Identity | undefined): boolean =>
      set.attestationBy(alice.did, (key as Identity).did) !== null
    for (const [i, key] of keys.slice(0, 17).entries()) {
      const successor = keys[i + 1] as Identity
      set.add(await committed(key, successor))
      expect(evidence(key)).toBe(true)
      set.add(await rotate(key, successor, { next: commitmentTo((keys[i + 2] as Identity).did) }))
      expect(evidence(key)).toBe(false)
    }
    expect(evidence(keys[17])).toBe(false)
    const [first, second, last] = [keys[0], keys[1], keys[17]].map((key) => (key as Identity).did) as [Did, Did, Did]
    expect(set.add(await attest(alice, { sub: first, value: 1 }, NOW + 1))).toMatchObject({ slots: [] })
    const slots = [{ iss: alice.did, sub: last, ctx: '' }]
    expect(set.add(await attest(alice, { sub: second, value: 1 }))).toMatchObject({ slots })
    const ring = setOf(await attest(alice, { sub: bob.did, value: 800 }))
    for (const [from, to] of [
      [bob, carol],
      [carol, bob],
    ] as const) {
      ring.add(await committed(from, to))
      ring.add(await rotate(from, to, { next: commitmentTo(from.did) }))
    }
    const heirs: (Did | null)[] = [ring.heirOf(bob.did), ring.heirOf(carol.did)]
    expect([heirs, ring.attestationsAbout(bob.did), ring.attestationsAbout(carol.did)]).toEqual([[null, null], [], []])
  })
})

describe('the evidence about a Did that authorities have banned', () => {
  const rate = (sub: Identity): Promise<Signed> => attest(alice, { sub: sub.did, value: 800 })
  const isRated = (set: StatementSet, ...whom: Identity[]): boolean[] =>
    whom.map(({ did }) => set.attestationBy(alice.did, did) !== null)

  it('R5 I12 goes to no successor that it has chosen itself, before or after the ban', async () => {
    const statements = [await rate(bob), ...(await line(bob, carol)), ...(await banned(bob.did))]
    for (const set of eitherWay(...statements)) {
      expect([isRated(set, bob, carol), set.heirOf(bob.did)]).toEqual([[false, false], null])
      expect(set.successorOf(bob.did)).toBe(carol.did)
    }
  })

  it('R5 I12 goes on at no place of the line where one was banned, and from the places behind it as before', async () => {
    const [first, second, third, last] = keys as [Identity, Identity, Identity, Identity]
    const statements = [await rate(first), await rate(second), ...(await line(first, second, third, last))]
    const heirs = (set: StatementSet): unknown[] => [first, second, third].map(({ did }) => set.heirOf(did))
    expect(heirs(setOf(...statements))).toEqual([last.did, last.did, last.did])
    for (const set of eitherWay(...statements, ...(await banned(second.did)))) {
      expect(heirs(set)).toEqual([null, null, last.did])
      expect(isRated(set, first, second, third, last)).toEqual([false, false, false, false])
      set.add(await rate(third))
      expect(isRated(set, last)).toEqual([true])
    }
  })

  it('R5 I12 goes to whom a quorum has chosen, also where the Did had chosen the same', async () => {
    const statements = [await rate(bob), ...(await line(bob, carol)), ...(await banned(bob.did))]
    const votes = await elected(bob, carol)
    for (const set of eitherWay(...statements, ...votes)) expect(isRated(set, bob, carol)).toEqual([false, true])
    const set = setOf(...statements, votes[0] as Signed)
    expect(isRated(set, carol)).toEqual([false])
    expect(set.add(votes[1] as Signed)).toMatchObject({
      affected: expect.arrayContaining([bob.did, carol.did]),
      slots: expect.arrayContaining([{ iss: alice.did, sub: carol.did, ctx: '' }]),
    })
  })

  it('R5 leaves the heirs when the quorum is there, though the Did had revoked itself, and they are told', async () => {
    const inherited = setOf(await rate(bob), ...(await line(bob, carol)), await revoke(bob, { did: bob.did }))
    const [first, last] = (await banned(bob.did)) as [Signed, Signed]
    expect(inherited.add(first)).toMatchObject({ affected: [], slots: [] })
    expect(isRated(inherited, carol)).toEqual([true])
    const epoch = inherited.epoch
    expect(inherited.add(last)).toMatchObject({
      affected: expect.arrayContaining([carol.did]),
      slots: expect.arrayContaining([{ iss: alice.did, sub: carol.did, ctx: '' }]),
    })
    expect([isRated(inherited, carol), inherited.epoch]).toEqual([[false], epoch + 1])
    expect(inherited.add(await revoke(oskar, { did: bob.did }))).toMatchObject({ affected: [], slots: [] })
  })

  it('R5 leaves the heirs of a Did that is only supposed to be revoked, and only while it is', async () => {
    const set = setOf(await rate(bob), ...(await line(bob, carol)))
    expect(set.supposing({ revoked: [{ did: bob.did }] }, () => isRated(set, carol))).toEqual([false])
    expect(isRated(set, carol)).toEqual([true])
  })

  it('T4 leaves the heirs by no word of fewer than a quorum, nor by that of the old key or of its recovery key', async () => {
    const first = await present(bob, { next: commitmentTo(carol.did), recovery: mallory.did })
    const rest = [await rate(bob), first, await rotate(bob, carol)]
    const revocations = [
      ...[await revoke(bob, { did: bob.did }), await revoke(mallory, { did: bob.did }, [first.bytes])],
      await revoke(olga, { did: bob.did }),
    ]
    for (const revocation of revocations) {
      for (const set of eitherWay(...rest, revocation)) expect(isRated(set, bob, carol)).toEqual([false, true])
    }
  })

  it('I12 R5 comes back to no old key from an heir that was banned, whatever that key contradicts', async () => {
    const set = setOf(await rate(bob), ...(await line(bob, carol)), ...(await banned(carol.did)))
    set.add(await committed(bob, mallory))
    for (const statement of await line(mallory, carol)) set.add(statement)
    expect([set.successorOf(bob.did), set.heirOf(bob.did), isRated(set, bob)]).toEqual([null, null, [false]])
  })
})

describe('a key that heaps up rotations after its own', () => {
  it('I12 puts it out as it could by contradicting itself: it counts for nobody, until a quorum settles it', async () => {
    const heap = await Promise.all(keys.slice(0, 3).map((key, i) => rotate(bob, key, { now: NOW + 1 + i })))
    const statements = [await attest(alice, { sub: bob.did, value: 800 }), ...(await line(bob, carol)), ...heap]
    const votes = await elected(bob, carol)
    const later = await Promise.all(keys.map((key, i) => rotate(mallory, key, { by: olga, now: NOW + 1 + i })))
    for (const order of [statements, [...statements].reverse()]) {
      const set = empty(3)
      for (const statement of order) set.add(statement)
      expect([set.successorOf(bob.did), set.heirOf(bob.did)]).toEqual([null, null])
      for (const statement of [...votes, ...later]) set.add(statement)
      expect([set.successorOf(bob.did), set.heirOf(bob.did)]).toEqual([carol.did, carol.did])
    }
  })
})

describe('a hold', () => {
  const heldOf = (set: StatementSet, now = NOW): boolean[] =>
    [bob, carol, mallory, ada].map(({ did }) => set.isSuspended(did, now))

  it.each([bob, carol, mallory])(
    'R13 is on the whole line of whomever it names, while it lasts',
    async ({ did: sub }) => {
      const hold = await suspend(olga, { sub, until: NOW + 9 })
      for (const set of eitherWay(...(await line(bob, carol, mallory)), hold)) {
        expect(heldOf(set)).toEqual([true, true, true, false])
        expect(heldOf(set, NOW + 9)).toEqual([false, false, false, false])
        expect(set.nextHoldOf(mallory.did, NOW)).toBe(NOW + 9)
        expect([...set.suspended()].sort()).toEqual([bob.did, carol.did, mallory.did].sort())
      }
    },
  )

  it('R13 is shed by no rotation, nor lifted by a ban, and everybody on the line is told of it', async () => {
    const everybody = expect.arrayContaining([bob.did, carol.did, mallory.did])
    const set = setOf(...(await line(bob, carol, mallory)))
    expect(set.add(await suspend(olga, { sub: bob.did }))).toMatchObject({ affected: everybody })
    for (const vote of await banned(bob.did)) set.add(vote)
    expect(heldOf(set)).toEqual([true, true, true, false])
    expect(set.add(await suspend(olga, { sub: bob.did, lifted: true, previousSeq: NOW }))).toMatchObject({
      affected: everybody,
    })
    expect(heldOf(set)).toEqual([false, false, false, false])
    const other = setOf(await suspend(olga, { sub: bob.did }), await committed(bob, carol))
    expect(other.add(await rotate(bob, carol))).toMatchObject({ affected: expect.arrayContaining([carol.did]) })
    expect(heldOf(other)).toEqual([true, true, false, false])
    expect(other.add(await revoke(olga, { did: olga.did }))).toMatchObject({
      affected: expect.arrayContaining([bob.did, carol.did]),
    })
  })

  it('T4 is on nobody whom the one that is held has chosen, but who has not succeeded it', async () => {
    const set = setOf(await suspend(olga, { sub: mallory.did }), await rotate(mallory, bob))
    expect([mallory, bob].map(({ did }) => set.isSuspended(did, NOW))).toEqual([true, false])
  })
})
