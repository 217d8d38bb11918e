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
} from '../../test/cast.ts'
import { commitmentTo } from '../statements/rotation.ts'
import { StatementSet } from './statement-set.ts'

type Signed = Verified<Statement>

const setOf = (...statements: readonly Signed[]): StatementSet => {
  const set = new StatementSet({ net: cast.net, policy })
  for (const statement of statements) expect(set.add(statement).kind).toBe('added')
  return set
}
const committed = (by: Identity, to: Identity): Promise<Signed> => present(by, { next: commitmentTo(to.did) })
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

  it('T3 never counts for whoever gave it', async () => {
    const set = setOf(
      ...[await attest(carol, { sub: bob.did, value: 1000 }), await attest(bob, { sub: carol.did, value: 1000 })],
      ...[await committed(bob, carol), await rotate(bob, carol)],
    )
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
