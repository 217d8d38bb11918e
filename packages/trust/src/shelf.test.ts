import type { Statement, Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Placement, Shelf } from './shelf.ts'

interface Entry {
  readonly slot: string
  readonly seq: number
  readonly statement: Verified<Statement>
}

const entry = (slot: string, seq: number, id: string): Entry => ({
  ...{ slot, seq },
  statement: { id } as Verified<Statement>,
})
const put = (shelf: Shelf, { slot, seq, statement }: Entry, isRoom = true): Placement =>
  shelf.put(slot, seq, statement, isRoom)
const idsOf = (shelf: Shelf): string[] =>
  shelf
    .statements()
    .map(({ id }) => id)
    .sort()
const shelfOf = (capacity: number, ...entries: Entry[]): Shelf => {
  const shelf = new Shelf(capacity)
  for (const offered of entries) put(shelf, offered)
  return shelf
}

describe('Shelf', () => {
  it('refuses what a later one of the slot has superseded', () => {
    expect(put(shelfOf(9, entry('s', 2, 'a')), entry('s', 1, 'b'))).toEqual({ kept: false, because: 'superseded' })
  })

  it('refuses a third of the same seq, and keeps the two with the least ids', () => {
    const shelf = shelfOf(9, entry('s', 1, 'b'), entry('s', 1, 'c'))
    expect(shelf.latest('s')).toBeNull()
    expect(put(shelf, entry('s', 1, 'd'))).toEqual({ kept: false, because: 'equivocation' })
    expect(put(shelf, entry('s', 1, 'a'))).toMatchObject({ kept: true, dropped: [{ id: 'c' }] })
    expect(idsOf(shelf)).toEqual(['a', 'b'])
  })

  it('refuses what ranks below everything that fills it', () => {
    const shelf = shelfOf(2, entry('s', 5, 'a'), entry('t', 6, 'b'))
    expect(put(shelf, entry('r', 5, 'c'))).toEqual({ kept: false, because: 'quota' })
    expect(put(shelf, entry('u', 5, 'd'))).toMatchObject({ kept: true, dropped: [{ id: 'a' }] })
  })

  it('refuses another slot where there is no room to grow, but not a later statement of a slot', () => {
    const shelf = shelfOf(9, entry('s', 1, 'a'))
    expect(put(shelf, entry('t', 2, 'b'), false)).toEqual({ kept: false, because: 'full' })
    expect(put(shelf, entry('s', 2, 'c'), false)).toMatchObject({ kept: true, dropped: [{ id: 'a' }] })
  })

  it('settles a contested slot with the next statement', () => {
    const shelf = shelfOf(9, entry('s', 1, 'a'), entry('s', 1, 'b'))
    expect(put(shelf, entry('s', 2, 'c'))).toMatchObject({ kept: true, dropped: [{ id: 'a' }, { id: 'b' }] })
    expect(shelf.latest('s')?.id).toBe('c')
  })

  it('T14 holds the same whatever the order, and whatever two replicas saw before they merged', () => {
    const offers = fc.uniqueArray(
      fc.record({
        slot: fc.constantFrom('r', 's', 't', 'u'),
        seq: fc.nat(3),
        id: fc.stringMatching(/^[0-9a-f]{2}$/),
        isLeft: fc.boolean(),
      }),
      { selector: ({ id }) => id, maxLength: 16 },
    )
    const property = fc.property(offers, fc.integer({ min: 1, max: 4 }), fc.gen(), (offered, capacity, gen) => {
      const all = offered.map(({ slot, seq, id, isLeft }) => ({ ...entry(slot, seq, id), isLeft }))
      const left = shelfOf(capacity, ...all.filter(({ isLeft }) => isLeft))
      const right = shelfOf(capacity, ...all.filter(({ isLeft }) => !isLeft))
      const shuffled = gen(fc.shuffledSubarray, all, { minLength: all.length })
      const survivors = all.filter(({ statement }) => [left, right].some((s) => s.statements().includes(statement)))
      expect(idsOf(shelfOf(capacity, ...shuffled))).toEqual(idsOf(shelfOf(capacity, ...all)))
      expect(idsOf(shelfOf(capacity, ...survivors))).toEqual(idsOf(shelfOf(capacity, ...all)))
    })
    fc.assert(property, { numRuns: 2000 })
  })
})
