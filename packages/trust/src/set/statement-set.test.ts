import {
  type Did,
  type Identity,
  openStatement,
  type Statement,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import * as cast from '../../test/cast.ts'
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
  standingOf,
  suspend,
} from '../../test/cast.ts'
import type { Standing } from '../standing.ts'
import { issueDelegation, parseDelegation } from '../statements/delegation.ts'
import { issueLease } from '../statements/lease.ts'
import { issueFirstManifest, type NewManifest } from '../statements/manifest.ts'
import { commitmentTo } from '../statements/rotation.ts'
import type { Change, Slot } from './change.ts'
import { StatementSet, type StatementSetOptions } from './statement-set.ts'

type Signed = Verified<Statement>

const everybody: readonly Did[] = [alice, ada, olga, otto, oskar, bob, carol, mallory].map(({ did }) => did)

const empty = (options: Partial<StatementSetOptions> = {}): StatementSet =>
  new StatementSet({ net: cast.net, policy, ...options })
const setOf = (...statements: readonly Signed[]): StatementSet => {
  const set = empty()
  for (const statement of statements) set.add(statement)
  return set
}
const unknownType = (by: Identity, fields = {}): Promise<Signed> =>
  sealStatement(by, 'x-note', { net: cast.net, iat: NOW, nonce: cast.random(16), ...fields })
const added = (...affected: Identity[]): Partial<Change> => ({
  kind: 'added',
  affected: affected.map(({ did }) => did),
})
const slot = (iss: Identity, sub: Identity, ctx = ''): Slot => ({ iss: iss.did, sub: sub.did, ctx })
const ignored = (code: string): unknown => ({ kind: 'ignored', code, affected: [], slots: [] })

/** Everything but the epoch, which counts changes and so depends on their order. */
const standingIn = (set: StatementSet, did: Did): Omit<Standing, 'epoch'> => {
  const { epoch: _, ...standing } = standingOf(set, did, NOW)
  return standing
}
const sightIn = (set: StatementSet, manifest: Signed): string | undefined => {
  const change = set.add(manifest)
  return change.kind === 'added' ? change.sight : change.kind
}
const idsOf = (statements: Iterable<{ id: string }>): string[] => Array.from(statements, ({ id }) => id).sort()
const answersOf = (set: StatementSet): unknown => ({
  held: idsOf(set.statements()),
  size: set.size,
  about: everybody.map((did) => ({
    revocations: idsOf(set.revocationsOf(did)),
    attestations: idsOf(set.attestationsAbout(did)),
    standing: standingIn(set, did),
  })),
})

describe('StatementSet', () => {
  it.each([{ net: new Uint8Array(31) }, { maxStatements: 0 }, { maxPerIssuer: Number.NaN }, { maxStatement: 1 }])(
    'refuses the options %j',
    async (options) => {
      expect(await cast.codeOf(() => empty(options))).toBe('set.malformed')
    },
  )

  it('T11 ignores an attestation of another mesh', async () => {
    const set = empty()
    const statement = await cast.sealAttestation(alice, { net: cast.otherNet })
    expect(set.add(statement)).toEqual(ignored('statement.other-mesh'))
    expect([set.size, set.epoch, standingIn(set, bob.did).score]).toEqual([0, 0, 300])
  })

  it('D10 takes no invocation: it is for two, and for one use', async () => {
    const set = empty()
    const invocation = await sealStatement(alice, 'invocation', { net: cast.net, iat: NOW, nonce: cast.random(16) })
    expect(set.add(invocation)).toEqual(ignored('invocation.type'))
    expect(set.size).toBe(0)
  })

  it('T11 counts once what comes twice', async () => {
    const set = empty()
    const statement = await attest(alice, { sub: bob.did, value: 400 })
    set.add(statement)
    const before = answersOf(set)
    expect(set.add(statement)).toEqual({ kind: 'duplicate', affected: [], slots: [] })
    expect([answersOf(set), set.epoch]).toEqual([before, 0])
  })

  it('ignores a claim that breaks the rules of its type, and says which', async () => {
    const set = empty()
    expect(set.add(await cast.sealAttestation(bob))).toEqual(ignored('attestation.self'))
    expect(set.add(await cast.sealAttestation(alice, { value: 1001 }))).toEqual(ignored('attestation.malformed'))
    expect(set.add(await cast.sealRevocation(olga, { target: {} }))).toEqual(ignored('revocation.malformed'))
    expect(set.size).toBe(0)
  })

  it('keeps a statement of an unknown type, without effect', async () => {
    const set = empty()
    const statement = await unknownType(alice)
    expect(set.add(statement)).toEqual({ kind: 'added', affected: [], slots: [], dropped: [] })
    expect([set.has(statement.id), set.get(statement.id), set.epoch]).toEqual([true, statement, 0])
  })
})

describe('StatementSet, of attestations', () => {
  it('counts the latest of an issuer, subject and context, and lets the others go', async () => {
    const old = await attest(alice, { sub: bob.did, value: 900 }, NOW - 1)
    const late = await attest(alice, { sub: bob.did, value: -500 })
    const elsewhere = await attest(alice, { sub: bob.did, value: 1, ctx: 'tool' }, NOW - 2)
    const set = setOf(elsewhere, old)
    expect(set.add(late)).toEqual({ ...added(), slots: [slot(alice, bob)], dropped: [old.id] })
    expect(set.add(old)).toEqual({ kind: 'superseded', affected: [], slots: [] })
    expect(idsOf(set.attestationsAbout(bob.did))).toEqual(idsOf([late, elsewhere]))
  })

  it('keeps both of an equivocation and counts neither, until the next', async () => {
    const [one, other] = [
      await attest(alice, { sub: bob.did, value: 900 }),
      await attest(alice, { sub: bob.did, value: 100 }),
    ]
    const set = setOf(one)
    expect(set.add(other)).toMatchObject({ ...added(), slots: [slot(alice, bob)] })
    expect([set.has(one.id), set.has(other.id), set.attestationsAbout(bob.did)]).toEqual([true, true, []])
    const next = await attest(alice, { sub: bob.did, value: 500, previousSeq: NOW })
    expect(set.add(next)).toMatchObject({ ...added(), slots: [slot(alice, bob)] })
    expect(idsOf(set.attestationsAbout(bob.did))).toEqual([next.id])
  })

  it('names the slots in which another may stand', async () => {
    const set = empty()
    expect(set.add(await attest(mallory, { sub: bob.did, value: -1000 }))).toMatchObject({
      slots: [slot(mallory, bob)],
    })
    const inContext = await attest(alice, { sub: bob.did, value: 1, ctx: 'tool' })
    expect(set.add(inContext)).toMatchObject({ slots: [slot(alice, bob, 'tool')] })
    const retraction = await revoke(alice, { iss: alice.did, id: inContext.id })
    expect(set.add(retraction)).toMatchObject({ slots: [slot(alice, bob, 'tool')] })
    expect(set.add(await revoke(mallory, { did: mallory.did }))).toMatchObject({ slots: [slot(mallory, bob)] })
  })
})

describe('StatementSet, of revocations', () => {
  it.each<[string, () => Promise<Signed>]>([
    ['of a Did by another', () => revoke(mallory, { did: bob.did })],
    ['of a Did by a root, which is no authority', () => revoke(alice, { did: bob.did })],
    [
      'of a statement by one who did not issue it',
      async () => {
        const { id } = await attest(alice, { sub: bob.did, value: 1 })
        return revoke(mallory, { iss: alice.did, id })
      },
    ],
    [
      'of a statement by an authority',
      async () => {
        const { id } = await attest(alice, { sub: bob.did, value: 1 })
        return revoke(olga, { iss: alice.did, id })
      },
    ],
  ])('R6 gives no effect to a revocation %s, who has no authority', async (_, forge) => {
    const set = setOf(await attest(alice, { sub: bob.did, value: 800 }))
    const before = answersOf(set)
    expect(set.add(await forge())).toEqual(ignored('revocation.unauthorized'))
    expect([answersOf(set), set.epoch]).toEqual([before, 0])
  })

  it('R6 gives no effect to a revocation that names its signer as the issuer of what another issued', async () => {
    const statement = await attest(alice, { sub: bob.did, value: 800 })
    const set = setOf(statement)
    expect(set.add(await revoke(mallory, { iss: mallory.did, id: statement.id }))).toMatchObject({ slots: [] })
    expect(set.isVoid(alice.did, statement.id)).toBe(false)
    expect(idsOf(set.attestationsAbout(bob.did))).toEqual([statement.id])
  })

  it('R6 gives no effect to one authority where it takes two, however often it signs', async () => {
    const set = setOf(await revoke(olga, { did: bob.did }), await revoke(olga, { did: bob.did }))
    expect([set.size, set.isRevoked(bob.did), set.revocationsOf(bob.did), set.epoch]).toEqual([1, false, [], 0])
  })

  it('revokes a Did by its own word', async () => {
    const set = empty()
    const revocation = await revoke(bob, { did: bob.did })
    expect(set.add(revocation)).toMatchObject(added(bob))
    expect([set.isRevoked(bob.did), set.revocationsOf(bob.did), set.epoch]).toEqual([true, [revocation], 1])
  })

  it('revokes a Did when the last of a quorum arrives, and shows them all as the proof', async () => {
    const votes = [await revoke(olga, { did: bob.did }), await revoke(otto, { did: bob.did })] as const
    const set = empty()
    expect(set.add(votes[0])).toMatchObject(added())
    expect(set.add(votes[1])).toMatchObject(added(bob))
    expect(set.add(await revoke(oskar, { did: bob.did }))).toMatchObject(added())
    expect(idsOf(set.revocationsOf(bob.did))).toEqual(expect.arrayContaining(idsOf(votes)))
    expect(idsOf(setOf(...votes).revocationsOf(bob.did))).toEqual(idsOf(votes))
  })

  it('leaves the votes of a revoked authority standing', async () => {
    const set = setOf(await revoke(olga, { did: olga.did }), await revoke(olga, { did: bob.did }))
    expect(set.add(await revoke(otto, { did: bob.did }))).toMatchObject(added(bob))
    expect(set.isRevoked(bob.did)).toBe(true)
  })

  it('voids a statement that its issuer revokes, even before it arrives', async () => {
    const statement = await attest(alice, { sub: bob.did, value: 800 })
    const revocation = await revoke(alice, { iss: alice.did, id: statement.id })
    const set = setOf(statement)
    expect(set.add(revocation)).toMatchObject({ ...added(alice), slots: [slot(alice, bob)] })
    expect(set.attestationsAbout(bob.did)).toEqual([])
    const reversed = setOf(revocation)
    reversed.add(statement)
    expect(answersOf(reversed)).toEqual(answersOf(set))
  })

  it('brings no older statement back when the latest is revoked', async () => {
    const old = await attest(alice, { sub: bob.did, value: 900 }, NOW - 1)
    const late = await attest(alice, { sub: bob.did, value: 500 })
    const set = setOf(old, late, await revoke(alice, { iss: alice.did, id: late.id }))
    expect(set.add(old)).toEqual({ kind: 'superseded', affected: [], slots: [] })
    expect(set.attestationsAbout(bob.did)).toEqual([])
  })

  it('R10 voids what a revoked issuer has attested, and tells whom that affects', async () => {
    const set = setOf(
      await attest(alice, { sub: bob.did, value: 800 }),
      await attest(alice, { sub: carol.did, value: 800 }),
    )
    const slots = [slot(alice, bob), slot(alice, carol)]
    expect(set.add(await revoke(alice, { did: alice.did }))).toMatchObject({ ...added(alice), slots })
    expect(set.add(await attest(alice, { sub: mallory.did, value: 800 }))).toMatchObject(added())
    expect(everybody.flatMap((did) => set.attestationsAbout(did))).toEqual([])
  })

  it('R5 keeps a Did revoked whatever is attested afterwards', async () => {
    const set = setOf(await revoke(mallory, { did: mallory.did }))
    for (const root of [alice, ada])
      set.add(await attest(root, { sub: mallory.did, value: 1000, weight: 3000 }, NOW + 1))
    set.add(await attest(mallory, { sub: bob.did, value: 1 }))
    expect(standingIn(set, mallory.did)).toMatchObject({ status: 'revoked', score: 0, tier: 'untrusted' })
  })

  it('R5 revokes no revocation', async () => {
    const revocation = await revoke(bob, { did: bob.did })
    const set = setOf(revocation, await revoke(bob, { iss: bob.did, id: revocation.id }))
    expect(set.isRevoked(bob.did)).toBe(true)
  })
})

describe('StatementSet, of what all statements say', () => {
  it('keeps the name of the mesh once, however many name it', async () => {
    const [one, other] = [await unknownType(alice), await unknownType(bob)]
    expect(one.claim.net).not.toBe(other.claim.net)
    const set = setOf(one, other)
    expect(set.get(one.id)?.claim.net).toBe(set.get(other.id)?.claim.net)
    expect(set.get(one.id)?.claim.net).toEqual(openStatement(one.bytes).claim.net)
  })
})

describe('StatementSet, as it forgets', () => {
  it('R12 holds a revocation for as long as anything could live that it kills, and that of a Did for ever', async () => {
    const ahead = cast.at(NOW + 365 * DAY_MS)
    const grant = { aud: bob.did, can: '/tool', exp: NOW + 730 * DAY_MS }
    const target = await issueDelegation(alice, grant, ahead)
    const [ofIt, ofDid] = [await revoke(alice, { iss: alice.did, id: target.id }), await revoke(bob, { did: bob.did })]
    const set = setOf(ofIt, ofDid)
    expect(set.purge(grant.exp - 1).dropped).toEqual([])
    set.add(target)
    expect([set.delegation(target.id)?.exp, set.isVoid(alice.did, target.id)]).toEqual([grant.exp, true])
    expect(idsOf(set.purge(grant.exp).dropped.map((id) => ({ id })))).toEqual(idsOf([ofIt, target]))
    set.purge(NOW)
    expect([ofIt, target].map((statement) => set.add(statement))).toEqual([
      ignored('set.expired'),
      ignored('set.expired'),
    ])
    set.purge(Number.MAX_SAFE_INTEGER)
    expect([set.isRevoked(bob.did), idsOf(set.statements())]).toEqual([true, [ofDid.id]])
  })
})

describe('StatementSet, of suspensions', () => {
  it('R6 gives no effect to a hold by anybody but an authority', async () => {
    const set = empty()
    for (const by of [alice, mallory, bob])
      expect(set.add(await suspend(by, { sub: bob.did }))).toEqual(ignored('suspension.unauthorized'))
    expect(set.isSuspended(bob.did, NOW)).toBe(false)
  })

  it('holds by the word of one authority, until it ends by itself', async () => {
    const set = empty()
    const hold = await suspend(olga, { sub: bob.did, until: NOW + 10 })
    expect(set.add(hold)).toMatchObject(added(bob))
    expect([NOW, NOW + 9, NOW + 10].map((now) => set.isSuspended(bob.did, now))).toEqual([true, true, false])
    expect(set.suspensionOf(bob.did, NOW)?.id).toBe(hold.id)
  })

  it('R13 holds a Did while any authority does, whatever another lifts', async () => {
    const set = setOf(await suspend(olga, { sub: bob.did }), await suspend(otto, { sub: bob.did, until: NOW + 9 }))
    set.add(await suspend(olga, { sub: bob.did, lifted: true, previousSeq: NOW }))
    expect([NOW, NOW + 9].map((now) => set.isSuspended(bob.did, now))).toEqual([true, false])
  })

  it('takes of those of the same seq the strictest, whichever came first', async () => {
    const milder = [false, true].flatMap((lifted) =>
      [5, 6, 7, 8].map((forMs) => suspend(olga, { sub: bob.did, until: NOW + forMs, lifted })),
    )
    const [strictest, rest] = [await suspend(olga, { sub: bob.did, until: NOW + 9 }), await Promise.all(milder)]
    for (const order of [
      [strictest, ...rest],
      [...rest, strictest],
    ])
      expect(idsOf(setOf(...order).statements())).toEqual([strictest.id])
  })

  it('R13 lets go what an authority who is revoked has held, and what it has taken back', async () => {
    const hold = await suspend(olga, { sub: bob.did })
    const set = setOf(hold)
    expect(set.add(await revoke(olga, { iss: olga.did, id: hold.id }))).toMatchObject({ affected: [olga.did, bob.did] })
    expect(set.isSuspended(bob.did, NOW)).toBe(false)
    const other = setOf(hold)
    expect(other.add(await revoke(olga, { did: olga.did }))).toMatchObject(added(olga, bob))
    expect(other.isSuspended(bob.did, NOW)).toBe(false)
  })
})

describe('StatementSet, of manifests', () => {
  it('I14 shows the first manifest of a Did, and every one that says something else', async () => {
    const set = empty()
    const sightOf = async (manifest: Partial<NewManifest>, now = NOW): Promise<unknown> =>
      sightIn(set, await present(bob, manifest, now))
    expect(await sightOf({ capabilities: ['/tool'] })).toBe('first')
    expect(await sightOf({ capabilities: ['/tool'], previousSeq: 0 })).toBeUndefined()
    expect(await sightOf({ capabilities: ['/tool', '/code'], previousSeq: NOW })).toBe('drift')
    expect(await sightOf({ capabilities: ['/tool'], previousSeq: NOW - 9 }, NOW - 1)).toBe('superseded')
    expect(set.manifestOf(bob.did)?.capabilities).toEqual(['/tool', '/code'])
  })

  it('I14 shows as drift what a Did says that has withdrawn what it said before', async () => {
    const set = empty()
    const nice = await present(bob, { model: 'nice' })
    expect(set.add(nice)).toMatchObject({ sight: 'first' })
    set.add(await revoke(bob, { iss: bob.did, id: nice.id }))
    expect(set.add(await present(bob, { model: 'evil', previousSeq: 0 }, NOW + 1))).toMatchObject({ sight: 'drift' })
  })

  it('I14 shows that a Did contradicts itself, and takes neither', async () => {
    const set = setOf(await present(bob, { model: 'a', previousSeq: 0 }))
    expect(set.add(await present(bob, { model: 'b', previousSeq: 0 }))).toMatchObject({ sight: 'drift' })
    expect(set.manifestOf(bob.did)).toBeNull()
  })

  it('I14 takes a commitment for no description, whichever of them comes first', async () => {
    const bare = await issueFirstManifest(bob, { next: commitmentTo(carol.did) }, cast.net)
    const said = await present(bob, { model: 'nice', previousSeq: 0 })
    const changed = await present(bob, { model: 'evil', previousSeq: NOW }, NOW + 1)
    const set = empty()
    expect([bare, said, changed].map((one) => sightIn(set, one))).toEqual([undefined, 'first', 'drift'])
    const other = empty()
    expect([said, bare, changed].map((one) => sightIn(other, one))).toEqual(['first', undefined, 'drift'])
    expect(sightIn(setOf(bare), await present(bob, { model: 'evil' }))).toBe('drift')
  })

  it('gives none of a Did that is revoked', async () => {
    expect(setOf(await present(bob), await revoke(bob, { did: bob.did })).manifestOf(bob.did)).toBeNull()
  })
})

describe('StatementSet, of leases', () => {
  it('gives the latest, and none of a Did that contradicts itself or is revoked', async () => {
    const lease = ({ did: node }: Identity, now: number): Promise<Signed> => issueLease(bob, { node }, cast.at(now))
    const set = setOf(await lease(ada, NOW), await lease(alice, NOW - 1))
    expect(set.leaseOf(bob.did)?.node).toBe(ada.did)
    set.add(await lease(alice, NOW))
    expect(set.leaseOf(bob.did)).toBeNull()
    set.add(await lease(alice, NOW + 1))
    expect(set.leaseOf(bob.did)?.node).toBe(alice.did)
    set.add(await revoke(bob, { did: bob.did }))
    expect(set.leaseOf(bob.did)).toBeNull()
  })
})

describe('StatementSet, of delegations', () => {
  it('finds them by issuer, audience and parent, and tells whom it concerns that one is void', async () => {
    const link = await issueDelegation(alice, { aud: bob.did, can: '/tool', depth: 1 }, cast.at(NOW))
    const parent = parseDelegation(link)
    const child = await issueDelegation(bob, { aud: carol.did, can: '/tool', parent }, cast.at(NOW))
    const set = setOf(child, link)
    expect([set.delegation(link.id), set.delegation(child.id)?.parent]).toEqual([parent, link.id])
    expect(idsOf(set.delegationsBy(alice.did))).toEqual([link.id])
    expect(idsOf(set.delegationsTo(carol.did))).toEqual([child.id])
    expect(idsOf(set.childrenOf(link.id))).toEqual([child.id])
    const epoch = set.epoch
    const upstream = await revoke(alice, { iss: bob.did, id: child.id }, [link.bytes, child.bytes])
    expect(set.add(upstream)).toMatchObject({ affected: [bob.did, carol.did] })
    expect([set.isVoid(bob.did, child.id), set.isVoid(alice.did, link.id), set.epoch]).toEqual([true, false, epoch + 1])
  })

  it('D6 moves the epoch when a link is revoked that the set has never seen', async () => {
    const link = await issueDelegation(alice, { aud: bob.did, can: '/tool' }, cast.at(NOW))
    const set = setOf(await revoke(bob, { iss: alice.did, id: link.id }, [link.bytes]))
    expect([set.isVoid(alice.did, link.id), set.epoch]).toEqual([true, 1])
  })
})

describe('StatementSet, within its bounds', () => {
  it('keeps the latest of an issuer past its quota, and all of a root', async () => {
    const set = empty({ maxPerIssuer: 2 })
    const subjects = [carol, olga, otto]
    const ratings = await Promise.all(subjects.map(({ did: sub }, i) => attest(mallory, { sub, value: 1 }, NOW + i)))
    for (const statement of ratings) set.add(statement)
    expect(set.add(ratings[0] as Signed)).toEqual(ignored('set.quota'))
    expect(idsOf(set.statements())).toEqual(idsOf(ratings.slice(1)))
    for (const { did: sub } of subjects)
      expect(set.add(await attest(alice, { sub, value: 1 }))).toMatchObject({ kind: 'added' })
  })

  it('ST-92 keeps 256 of an issuer and type, unless told otherwise', async () => {
    const set = empty()
    const notes = await Promise.all(Array.from({ length: 257 }, (_, seq) => unknownType(mallory, { seq })))
    expect(notes.filter((note) => set.add(note).kind === 'added').length).toBe(257)
    expect(idsOf(set.statements())).toEqual(idsOf(notes.slice(1)))
  })

  it('ranks what it does not know by seq, or by the time of issue where there is none', async () => {
    const [late, early, timed] = [
      await unknownType(mallory, { seq: NOW - 1 }),
      await unknownType(mallory, { iat: NOW + 9, seq: NOW - 2 }),
      await unknownType(mallory, { seq: 'latest' }),
    ]
    const set = empty({ maxPerIssuer: 1 })
    expect([late, early, timed].map((statement) => set.add(statement).kind)).toEqual(['added', 'ignored', 'added'])
    expect(idsOf(set.statements())).toEqual([timed.id])
  })

  it('tells whom it affects that a root has to leave something out', async () => {
    const set = empty({ maxStatements: 1 })
    const first = await attest(alice, { sub: bob.did, value: 1 })
    set.add(first)
    const change = set.add(await attest(alice, { sub: carol.did, value: 1 }, NOW + 1))
    expect(change).toEqual({
      ...added(),
      slots: [slot(alice, bob), slot(alice, carol)],
      dropped: [first.id],
    })
  })

  it('R7 refuses what would outgrow the whole, but never a renewal, nor what those say who govern', async () => {
    const set = empty({ maxStatements: 2 })
    set.add(await attest(carol, { sub: bob.did, value: 1 }))
    set.add(await revoke(carol, { iss: carol.did, id: (await attest(carol, { sub: bob.did, value: 1 })).id }))
    set.add(await unknownType(bob))
    expect(set.add(await attest(carol, { sub: mallory.did, value: 1 }))).toEqual(ignored('set.full'))
    expect(set.add(await unknownType(mallory))).toEqual(ignored('set.full'))
    expect(set.add(await attest(carol, { sub: bob.did, value: 2 }, NOW + 1))).toMatchObject(added())
    expect(set.add(await revoke(mallory, { did: mallory.did }))).toMatchObject(added(mallory))
    expect(set.add(await revoke(carol, { did: carol.did }))).toEqual(ignored('set.full'))
    for (const by of [olga, otto]) set.add(await revoke(by, { did: bob.did }))
    expect(set.isRevoked(bob.did)).toBe(true)
    expect(set.add(await attest(alice, { sub: carol.did, value: 1 }))).toMatchObject({ kind: 'added' })
    expect(set.add(await suspend(olga, { sub: carol.did }))).toMatchObject({ kind: 'added' })
    expect(set.isSuspended(carol.did, NOW)).toBe(true)
  })

  it('R7 refuses the revocations of statements that one issuer heaps up', async () => {
    const set = empty({ maxPerIssuer: 1 })
    const [one, two] = [
      await attest(mallory, { sub: bob.did, value: 1 }),
      await attest(mallory, { sub: bob.did, value: 2 }),
    ]
    set.add(await revoke(mallory, { iss: mallory.did, id: one.id }))
    expect(set.add(await revoke(mallory, { iss: mallory.did, id: two.id }))).toEqual(ignored('set.quota'))
    expect(set.add(await revoke(mallory, { did: mallory.did }))).toMatchObject(added(mallory))
  })
})
