import { type Did, type Identity, type Statement, sealStatement, type Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import * as cast from '../test/cast.ts'
import { ada, alice, attest, bob, carol, mallory, NOW, olga, oskar, otto, policy, revoke } from '../test/cast.ts'
import { type Standing, standingOf } from './standing.ts'
import { type Change, StatementSet, type StatementSetOptions } from './statement-set.ts'

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
  sealStatement(by, 'lease', { net: cast.net, iat: NOW, nonce: cast.random(16), ...fields })
const added = (...affected: Identity[]): Partial<Change> => ({
  kind: 'added',
  affected: affected.map(({ did }) => did),
})
const ignored = (code: string): unknown => ({ kind: 'ignored', code, affected: [] })

/** Everything but the epoch, which counts changes and so depends on their order. */
const standingIn = (set: StatementSet, did: Did): Omit<Standing, 'epoch'> => {
  const { epoch: _, ...standing } = standingOf(set, did, NOW)
  return standing
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

  it('T11 counts once what comes twice', async () => {
    const set = empty()
    const statement = await attest(alice, { sub: bob.did, value: 400 })
    set.add(statement)
    const before = answersOf(set)
    expect(set.add(statement)).toEqual({ kind: 'duplicate', affected: [] })
    expect([answersOf(set), set.epoch]).toEqual([before, 1])
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
    expect(set.add(statement)).toEqual({ kind: 'added', affected: [], dropped: [] })
    expect([set.has(statement.id), set.get(statement.id), set.epoch]).toEqual([true, statement, 0])
  })
})

describe('StatementSet, of attestations', () => {
  it('counts the latest of an issuer, subject and context, and lets the others go', async () => {
    const old = await attest(alice, { sub: bob.did, value: 900 }, NOW - 1)
    const late = await attest(alice, { sub: bob.did, value: -500 })
    const elsewhere = await attest(alice, { sub: bob.did, value: 1, ctx: 'tool' }, NOW - 2)
    const set = setOf(elsewhere, old)
    expect(set.add(late)).toEqual({ ...added(bob), dropped: [old.id] })
    expect(set.add(old)).toEqual({ kind: 'superseded', affected: [] })
    expect(idsOf(set.attestationsAbout(bob.did))).toEqual(idsOf([late, elsewhere]))
  })

  it('keeps both of an equivocation and counts neither, until the next', async () => {
    const [one, other] = [
      await attest(alice, { sub: bob.did, value: 900 }),
      await attest(alice, { sub: bob.did, value: 100 }),
    ]
    const set = setOf(one)
    expect(set.add(other)).toMatchObject(added(bob))
    expect([set.has(one.id), set.has(other.id), set.attestationsAbout(bob.did)]).toEqual([true, true, []])
    const next = await attest(alice, { sub: bob.did, value: 500, previousSeq: NOW })
    expect(set.add(next)).toMatchObject(added(bob))
    expect(idsOf(set.attestationsAbout(bob.did))).toEqual([next.id])
  })

  it('affects nobody by the word of one who is not heard', async () => {
    const set = empty()
    expect(set.add(await attest(mallory, { sub: bob.did, value: -1000 }))).toMatchObject(added())
    expect(set.add(await attest(alice, { sub: bob.did, value: -1000, ctx: 'tool' }))).toMatchObject(added())
    expect(set.epoch).toBe(0)
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
    expect([answersOf(set), set.epoch]).toEqual([before, 1])
  })

  it('R6 gives no effect to a revocation that names its signer as the issuer of what another issued', async () => {
    const statement = await attest(alice, { sub: bob.did, value: 800 })
    const set = setOf(statement)
    expect(set.add(await revoke(mallory, { iss: mallory.did, id: statement.id }))).toMatchObject(added())
    expect(idsOf(set.attestationsAbout(bob.did))).toEqual([statement.id])
  })

  it('R6 gives no effect to a revocation on the strength of a path that nobody has checked', async () => {
    const set = empty()
    expect(set.add(await revoke(mallory, { did: bob.did }, [Uint8Array.of(1)]))).toMatchObject(added())
    expect([set.size, set.isRevoked(bob.did), set.epoch]).toEqual([1, false, 0])
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
    expect(set.add(revocation)).toMatchObject(added(bob))
    expect(set.attestationsAbout(bob.did)).toEqual([])
    const reversed = setOf(revocation)
    reversed.add(statement)
    expect(answersOf(reversed)).toEqual(answersOf(set))
  })

  it('brings no older statement back when the latest is revoked', async () => {
    const old = await attest(alice, { sub: bob.did, value: 900 }, NOW - 1)
    const late = await attest(alice, { sub: bob.did, value: 500 })
    const set = setOf(old, late, await revoke(alice, { iss: alice.did, id: late.id }))
    expect(set.add(old)).toEqual({ kind: 'superseded', affected: [] })
    expect(set.attestationsAbout(bob.did)).toEqual([])
  })

  it('R10 voids what a revoked issuer has attested, and tells whom that affects', async () => {
    const set = setOf(
      await attest(alice, { sub: bob.did, value: 800 }),
      await attest(alice, { sub: carol.did, value: 800 }),
    )
    expect(set.add(await revoke(alice, { did: alice.did }))).toMatchObject(added(alice, bob, carol))
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

describe('StatementSet, as a set', () => {
  let pool: Signed[]

  beforeAll(async () => {
    const ratings = await Promise.all(
      [alice, ada, bob, mallory].flatMap((by) =>
        [bob, carol, mallory]
          .filter((sub) => sub !== by)
          .flatMap(({ did: sub }) => [
            attest(by, { sub, value: 800 }, NOW - 2),
            attest(by, { sub, value: -300, weight: 3000 }, NOW - 1),
            attest(by, { sub, value: 600 }, NOW - 1),
            attest(by, { sub, value: 100, ctx: 'tool/search' }, NOW - 1),
          ]),
      ),
    )
    const retracted = ratings.filter((_, index) => index % 7 === 0)
    const retractions = retracted.map(({ id, signer }) => {
      const by = [alice, ada, bob, mallory].find(({ did }) => did === signer) as Identity
      return revoke(by, { iss: signer, id })
    })
    const bans = [olga, otto, oskar, carol, mallory].flatMap((by) => [
      revoke(by, { did: carol.did }),
      revoke(by, { did: ada.did }),
    ])
    const others = [unknownType(mallory), unknownType(mallory, { seq: NOW }), unknownType(mallory, { seq: 'late' })]
    const bad = [
      cast.sealAttestation(alice, { net: cast.otherNet }),
      cast.sealAttestation(bob),
      revoke(mallory, { did: bob.did }, [new Uint8Array(1)]),
    ]
    pool = [
      ...ratings,
      ...(await Promise.all([...retractions, ...bans, ...others, ...bad, revoke(carol, { did: carol.did })])),
    ]
  })

  /** Holds the property for statements of the pool in some order, with the same ones in another. */
  const inAnyOrder = (property: (statements: Signed[], again: Signed[]) => void): void => {
    const order = fc.shuffledSubarray([...pool.keys()])
    const both = order.chain((some) =>
      fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
    )
    const read = (indices: number[]): Signed[] => indices.map((index) => pool[index] as Signed)
    fc.assert(
      fc.property(both, ([one, other]) => property(read(one), read(other))),
      { numRuns: 1000 },
    )
  }

  it.each([1000, 4, 3])(
    'T14 answers alike whatever the order and however often, with room for %i of each issuer',
    (maxPerIssuer) => {
      inAnyOrder((statements, again) => {
        const [one, other] = [empty({ maxPerIssuer }), empty({ maxPerIssuer })]
        for (const statement of statements) one.add(statement)
        for (const statement of [...again, ...again.slice().reverse()]) other.add(statement)
        expect(answersOf(other)).toEqual(answersOf(one))
      })
    },
  )

  it.each([1000, 4, 3])('R4 merges by union, from either side, with room for %i of each issuer', (maxPerIssuer) => {
    inAnyOrder((statements, again) => {
      const [left, right, all] = [empty({ maxPerIssuer }), empty({ maxPerIssuer }), empty({ maxPerIssuer })]
      for (const statement of statements.slice(statements.length / 3)) left.add(statement)
      for (const statement of again.slice(again.length / 3)) right.add(statement)
      for (const statement of [...statements.slice(statements.length / 3), ...again.slice(again.length / 3)])
        all.add(statement)
      const [ofLeft, ofRight] = [[...left.statements()], [...right.statements()]]
      for (const statement of ofRight) left.add(statement)
      for (const statement of ofLeft) right.add(statement)
      expect(answersOf(left)).toEqual(answersOf(all))
      expect(answersOf(right)).toEqual(answersOf(all))
    })
  })

  it('tells everybody whom a change affects, and moves the epoch then and only then', () => {
    inAnyOrder((statements) => {
      const set = empty({ maxPerIssuer: 3 })
      for (const statement of statements) {
        const epoch = set.epoch
        const before = everybody.map((did) => standingIn(set, did))
        const change = set.add(statement)
        const changed = everybody.filter((did, i) => JSON.stringify(standingIn(set, did)) !== JSON.stringify(before[i]))
        expect(change.affected).toEqual(expect.arrayContaining(changed))
        expect(set.epoch - epoch).toBe(change.affected.length > 0 ? 1 : 0)
      }
    })
  })

  it('R5 revokes for ever: whatever is added, nobody comes back', () => {
    inAnyOrder((statements) => {
      const set = empty()
      let revoked: Did[] = []
      for (const statement of statements) {
        set.add(statement)
        expect(revoked.filter((did) => !set.isRevoked(did))).toEqual([])
        revoked = everybody.filter((did) => set.isRevoked(did))
        expect(revoked.map((did) => standingIn(set, did).score)).toEqual(revoked.map(() => 0))
      }
    })
  })

  it('lists as dropped exactly what it holds no longer', () => {
    inAnyOrder((statements) => {
      const set = empty({ maxPerIssuer: 3 })
      const held = new Set<string>()
      for (const statement of statements) {
        const change = set.add(statement)
        if (change.kind !== 'added') continue
        held.add(statement.id)
        for (const id of change.dropped) held.delete(id)
      }
      expect(idsOf(set.statements())).toEqual([...held].sort())
    })
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
    expect(change).toEqual({ ...added(carol, bob), dropped: [first.id] })
  })

  it('R7 refuses what would outgrow the whole, but never a renewal, nor what an authority revokes', async () => {
    const set = empty({ maxStatements: 2 })
    set.add(await attest(alice, { sub: bob.did, value: 1 }))
    set.add(await revoke(carol, { iss: carol.did, id: (await attest(carol, { sub: bob.did, value: 1 })).id }))
    set.add(await unknownType(bob))
    expect(set.add(await attest(alice, { sub: carol.did, value: 1 }))).toEqual(ignored('set.full'))
    expect(set.add(await unknownType(mallory))).toEqual(ignored('set.full'))
    expect(set.add(await attest(alice, { sub: bob.did, value: 2 }, NOW + 1))).toMatchObject(added(bob))
    expect(set.add(await revoke(mallory, { did: mallory.did }))).toMatchObject(added(mallory))
    expect(set.add(await revoke(carol, { did: carol.did }))).toEqual(ignored('set.full'))
    for (const by of [olga, otto]) set.add(await revoke(by, { did: bob.did }))
    expect(set.isRevoked(bob.did)).toBe(true)
    expect(set.size).toBe(6)
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
