import type { Statement, Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { DAY_MS, NOW } from '../../test/cast.ts'
import { admitting, memberPool } from '../../test/members.ts'
import type { StatementSet } from './statement-set.ts'

type Signed = Verified<Statement>

/** Of whom a sponsor admits how many, and how much each may say of one type: room for all, and for less. */
const ROOM: readonly (readonly [number, number])[] = [
  [10_000, 256],
  [2, 256],
  [3, 1],
]
/** More rounds than it can take from the root to what an agent says, some of them over again. */
const MAX_ROUNDS = 12

const idsOf = (set: StatementSet): string[] => Array.from(set.statements(), ({ id }) => id).sort()

/** Every replica offers what it holds to every other, until nothing moves. */
function exchange(replicas: readonly StatementSet[]): void {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let moved = false
    for (const from of replicas) {
      const offered = [...from.statements()]
      if (round % 2) offered.reverse()
      for (const to of replicas) for (const statement of offered) moved = to.add(statement).kind === 'added' || moved
    }
    if (!moved) return
  }
  throw new Error('they do not come to rest')
}

/** Whether its issuer may leave it in a mesh, by what else is held. */
const isRightful = (set: StatementSet, { type, signer }: Signed): boolean =>
  type === 'revocation' || (isOfTheKnown(type) ? set.isKnown(signer) : set.isAdmitted(signer))
const isOfTheKnown = (type: string): boolean => type === 'rotation' || type === 'manifest'

describe('StatementSet with admission, whatever comes in whatever order', () => {
  let all: Signed[]

  beforeAll(async () => {
    all = await memberPool()
  })

  const some = (maxLength = 64): fc.Arbitrary<Signed[]> =>
    fc
      .shuffledSubarray([...Array(110).keys()], { maxLength })
      .map((indices) => indices.flatMap((index) => all[index % all.length] ?? []))
  /** How many days after now everything may have been forgotten; clocks differ by two. */
  const days = fc.integer({ min: -1, max: 8 })
  const replica = fc.record({ heard: some(), heardLater: some(), late: fc.integer({ min: 0, max: 2 }) })
  const horizonOf = (day: number): number => NOW + day * DAY_MS

  it.each(ROOM)(
    'R3 R4 holds the same on all replicas that have exchanged what they hold, with room for %i agents and %i of each',
    (maxSponsored, maxPerIssuer) => {
      const property = fc.property(fc.array(replica, { minLength: 2, maxLength: 4 }), days, (heard, day) => {
        const replicas = heard.map(({ heard, heardLater, late }) => {
          const set = admitting(maxSponsored, maxPerIssuer)
          for (const statement of heard) set.add(statement)
          set.purge(horizonOf(day - late))
          for (const statement of heardLater) set.add(statement)
          return set
        })
        exchange(replicas)
        // Until the last of their clocks has got there, some may still hold what the others have forgotten.
        for (const set of replicas) set.purge(horizonOf(day))
        exchange(replicas)
        const [first, ...others] = replicas.map(idsOf)
        for (const ids of others) expect(ids).toEqual(first)
      })
      fc.assert(property, { numRuns: 1000 })
    },
  )

  it.each(ROOM)(
    'K8 holds nothing but of those who are admitted, or known for what outlives that, with room for %i agents and %i of each',
    (maxSponsored, maxPerIssuer) => {
      const property = fc.property(some(110), days, (heard, day) => {
        const set = admitting(maxSponsored, maxPerIssuer)
        const held = new Set<string>()
        for (const [i, statement] of heard.entries()) {
          if (i === heard.length >> 1) for (const id of set.purge(horizonOf(day)).dropped) held.delete(id)
          const change = set.add(statement)
          if (change.kind === 'added')
            for (const id of [...change.dropped, null]) id ? held.delete(id) : held.add(statement.id)
          expect([...set.statements()].filter((each) => !isRightful(set, each))).toEqual([])
        }
        expect(idsOf(set)).toEqual([...held].sort())
      })
      fc.assert(property, { numRuns: 1000 })
    },
  )
})
