import type { Did, Statement, Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import * as cast from '../../test/cast.ts'
import { ada, alice, bob, carol, mallory, NOW, olga, oskar, otto, policy } from '../../test/cast.ts'
import { HORIZONS, pool } from '../../test/pool.ts'
import type { Slot } from './change.ts'
import { StatementSet } from './statement-set.ts'

type Signed = Verified<Statement>

const everybody: readonly Did[] = [alice, ada, olga, otto, oskar, bob, carol, mallory].map(({ did }) => did)
const SLOTS: readonly Slot[] = ['', 'tool/search'].flatMap((ctx) =>
  everybody.flatMap((iss) => everybody.map((sub) => ({ iss, sub, ctx }))),
)
/** What a set may keep of an issuer and type: room for all of the pool, and for less than some of its issuers say. */
const ROOM = [1000, 4, 3]

const empty = (maxPerIssuer = 1000): StatementSet => new StatementSet({ net: cast.net, policy, maxPerIssuer })
const addAll = (set: StatementSet, statements: Iterable<Signed>): StatementSet => {
  for (const statement of statements) set.add(statement)
  return set
}
const idsOf = (statements: Iterable<{ id: string }>): string[] => Array.from(statements, ({ id }) => id).sort()

/** What is in force about a Did, at a time where that matters. */
const statusOf = (set: StatementSet, did: Did, now: number): unknown => ({
  isRevoked: set.isRevoked(did),
  suspension: set.suspensionOf(did, now)?.id,
  successor: set.successorOf(did),
  heir: set.heirOf(did),
})
/** Everything but the epoch, which counts changes and so depends on their order; and what has ended by then. */
const answersOf = (set: StatementSet, now: number = NOW): unknown => ({
  about: everybody.map((did) => ({
    ...{ status: statusOf(set, did, now), revocations: idsOf(set.revocationsOf(did)) },
    manifest: set.manifestOf(did)?.id,
    lease: [set.leaseOf(did)].filter((lease) => lease && now < lease.exp),
    delegations: [...set.delegationsBy(did), ...set.delegationsTo(did)]
      .filter(({ exp }) => now < exp)
      .map(({ id }) => id)
      .sort(),
    attestations: idsOf(set.attestationsAbout(did).filter(({ exp }) => now < exp)),
  })),
  standing: SLOTS.map(({ iss, sub, ctx }) => {
    const attestation = set.attestationBy(iss, sub, ctx)
    return attestation && now < attestation.exp ? attestation.id : null
  }),
})
const isOfLines = ({ type, claim }: Signed): boolean =>
  ['rotation', 'manifest', 'suspension'].includes(type) ||
  (type === 'revocation' && 'did' in (claim['target'] as object)) ||
  (type === 'attestation' && claim['seq'] === NOW - 2)
const stateOf = (set: StatementSet): unknown => ({ held: idsOf(set.statements()), ...(answersOf(set) as object) })

describe('StatementSet, whatever comes in whatever order', () => {
  let all: Signed[]
  /** Which of them make lines, break them, and are told of them. */
  let ofLines: number[]

  beforeAll(async () => {
    all = await pool()
    ofLines = [...all.keys()].filter((i) => isOfLines(all[i] as Signed))
  })

  /** Holds the property for some statements of the pool, in two orders. */
  const inAnyOrder = (property: (statements: Signed[], again: Signed[], horizon: number) => void): void => {
    const some = fc.oneof(
      ...[[...all.keys()], ofLines].map((indices) => fc.shuffledSubarray(indices, { maxLength: 48 })),
    )
    const both = some.chain((one) => fc.tuple(fc.constant(one), fc.shuffledSubarray(one, { minLength: one.length })))
    const read = (indices: number[]): Signed[] => indices.map((index) => all[index] as Signed)
    fc.assert(
      fc.property(both, fc.constantFrom(...HORIZONS), ([one, other], horizon) =>
        property(read(one), read(other), horizon),
      ),
      { numRuns: 1000 },
    )
  }

  it.each(ROOM)(
    'T11 T14 answers alike whatever the order and however often, with room for %i of each issuer',
    (room) => {
      inAnyOrder((statements, again) => {
        const other = addAll(empty(room), [...again, ...again.slice().reverse()])
        expect(stateOf(other)).toEqual(stateOf(addAll(empty(room), statements)))
      })
    },
  )

  it.each(ROOM)(
    'R3, R4 merges by union what was said on either side, from either side, with room for %i of each issuer',
    (room) => {
      inAnyOrder((statements, again) => {
        const [ofLeft, ofRight] = [statements.slice(statements.length / 3), again.slice(again.length / 3)]
        const [left, right] = [addAll(empty(room), ofLeft), addAll(empty(room), ofRight)]
        const union = stateOf(addAll(empty(room), [...ofLeft, ...ofRight]))
        const [heldLeft, heldRight] = [[...left.statements()], [...right.statements()]]
        expect(stateOf(addAll(left, heldRight))).toEqual(union)
        expect(stateOf(addAll(right, heldLeft))).toEqual(union)
      })
    },
  )

  it.each(ROOM)('R12 R4 holds the same whether it forgets before or after the rest comes, with room for %i', (room) => {
    inAnyOrder((statements, again, horizon) => {
      const late = addAll(empty(room), statements)
      late.purge(horizon)
      const early = addAll(empty(room), again.slice(again.length / 2))
      early.purge(horizon)
      addAll(early, again)
      expect(stateOf(early)).toEqual(stateOf(late))
    })
  })

  it.each(ROOM)(
    'R12 R4 forgets of a union what it forgets of its parts, and nothing twice, with room for %i',
    (room) => {
      inAnyOrder((statements, again, horizon) => {
        const parts = [statements.slice(statements.length / 3), again.slice(again.length / 3)]
        const purged = (some: Signed[]): StatementSet => {
          const set = addAll(empty(room), some)
          set.purge(horizon)
          return set
        }
        const [left, right] = parts.map(purged) as [StatementSet, StatementSet]
        addAll(left, [...right.statements()])
        expect(stateOf(left)).toEqual(stateOf(purged(parts.flat())))
        expect([horizon, horizon - 1].flatMap((time) => left.purge(time).dropped)).toEqual([])
        expect(addAll(empty(room), left.statements()).purge(horizon).dropped).toEqual([])
      })
    },
  )

  it('R12 R5 changes no answer by forgetting, and voids afterwards whatever it did that is still alive', () => {
    inAnyOrder((statements, _, horizon) => {
      const set = addAll(empty(), statements)
      const before = answersOf(set, horizon)
      const revoked = everybody.map((did) => set.isRevoked(did))
      const alive = all.filter(({ claim }) => (claim['exp'] as number) > horizon)
      const voided = alive.map(({ signer, id }) => set.isVoid(signer, id))
      const { dropped } = set.purge(horizon)
      expect(answersOf(set, horizon)).toEqual(before)
      expect(everybody.map((did) => set.isRevoked(did))).toEqual(revoked)
      expect(alive.map(({ signer, id }) => set.isVoid(signer, id))).toEqual(voided)
      expect(dropped.filter((id) => set.has(id))).toEqual([])
      addAll(set, statements)
      expect(answersOf(set, horizon)).toEqual(before)
    })
  })

  it('tells of every slot in which another attestation stands, and of every Did whose status is another', () => {
    inAnyOrder((statements) => {
      const set = empty(3)
      const standing = (): string[] => SLOTS.map(({ iss, sub, ctx }) => set.attestationBy(iss, sub, ctx)?.id ?? '')
      const statuses = (): string[] => everybody.map((did) => JSON.stringify(statusOf(set, did, NOW)))
      for (const statement of statements) {
        const [epoch, slots, status] = [set.epoch, standing(), statuses()]
        const change = set.add(statement)
        const [slotsNow, statusNow] = [standing(), statuses()]
        expect(change.slots).toEqual(expect.arrayContaining(SLOTS.filter((_, i) => slots[i] !== slotsNow[i])))
        const changed = everybody.filter((_, i) => status[i] !== statusNow[i])
        expect(change.affected).toEqual(expect.arrayContaining(changed))
        expect(set.epoch - epoch).toBe(change.affected.length > 0 ? 1 : 0)
      }
    })
  })

  it('R8, R11 catches up from any snapshot: once the rest has come, whoever is revoked is so there too', () => {
    inAnyOrder((statements) => {
      const whole = addAll(empty(), statements)
      const snapshot = addAll(empty(), statements.slice(0, statements.length / 2))
      addAll(snapshot, whole.statements())
      for (const did of everybody) expect(snapshot.isRevoked(did)).toBe(whole.isRevoked(did))
    })
  })

  it('R5 revokes for ever: whatever is added, nobody comes back', () => {
    inAnyOrder((statements, _, horizon) => {
      const set = empty()
      let revoked: Did[] = []
      for (const [i, statement] of statements.entries()) {
        if (i === statements.length >> 1) set.purge(horizon)
        set.add(statement)
        expect(revoked.filter((did) => !set.isRevoked(did))).toEqual([])
        revoked = everybody.filter((did) => set.isRevoked(did))
      }
      expect(revoked.flatMap((did) => [set.manifestOf(did), set.leaseOf(did)])).toEqual(
        revoked.flatMap(() => [null, null]),
      )
      expect(revoked.flatMap((iss) => everybody.flatMap((sub) => set.attestationBy(iss, sub) ?? []))).toEqual([])
    })
  })

  it('lists as dropped exactly what it holds no longer', () => {
    inAnyOrder((statements, _, horizon) => {
      const set = empty(3)
      const held = new Set<string>()
      for (const statement of statements) {
        const change = set.add(statement)
        if (change.kind !== 'added') continue
        held.add(statement.id)
        for (const id of change.dropped) held.delete(id)
      }
      for (const id of set.purge(horizon).dropped) held.delete(id)
      expect(idsOf(set.statements())).toEqual([...held].sort())
    })
  })
})
