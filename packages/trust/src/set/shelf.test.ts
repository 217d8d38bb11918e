import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Placement, Shelf, type Signed, uncontested } from './shelf.ts'

interface Entry {
  readonly slot: string
  readonly seq: number
  readonly tie: number
  readonly item: Signed
}

const entry = (slot: string, seq: number, id: string, tie = 0): Entry => ({ slot, seq, tie, item: { id } as Signed })
const put = (shelf: Shelf<Signed>, { item, ...place }: Entry, isRoom = true): Placement<Signed> =>
  shelf.put(place, item, isRoom)
const idsOf = (shelf: Shelf<Signed>): string[] =>
  shelf
    .items()
    .map(({ id }) => id)
    .sort()
const shelfOf = (capacity: number, ...entries: Entry[]): Shelf<Signed> => {
  const shelf = new Shelf<Signed>(capacity)
  for (const offered of entries) put(shelf, offered)
  return shelf
}

describe('Shelf', () => {
  it('refuses what a later one of the slot has superseded', () => {
    expect(put(shelfOf(9, entry('s', 2, 'a')), entry('s', 1, 'b'))).toEqual({ kept: false, because: 'superseded' })
  })

  it('refuses a third of the same seq, and keeps the two with the least ids', () => {
    const shelf = shelfOf(9, entry('s', 1, 'b'), entry('s', 1, 'c'))
    expect(uncontested(shelf.kept('s'))).toBeNull()
    expect(put(shelf, entry('s', 1, 'd'))).toEqual({ kept: false, because: 'equivocation' })
    expect(put(shelf, entry('s', 1, 'a'))).toMatchObject({ kept: true, dropped: [{ id: 'c' }] })
    expect(idsOf(shelf)).toEqual(['a', 'b'])
  })

  it('tells what shows first that an issuer contradicts itself, and that once', () => {
    const shelf = shelfOf(9, entry('s', 1, 'b'))
    expect(put(shelf, entry('s', 1, 'c'))).toEqual({ kept: true, dropped: [], rival: { id: 'b' } })
    expect(put(shelf, entry('s', 1, 'a'))).toEqual({ kept: true, dropped: [{ id: 'c' }] })
    expect(put(shelf, entry('s', 2, 'd'))).not.toHaveProperty('rival')
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
    expect(uncontested(shelf.kept('s'))?.id).toBe('c')
  })

  it('keeps of the same seq the one with the greater tie', () => {
    const shelf = shelfOf(9, entry('s', 1, 'a', 0), entry('s', 1, 'b', 1))
    expect(idsOf(shelf)).toEqual(['b'])
    expect(put(shelf, entry('s', 1, 'c', 0))).toEqual({ kept: false, because: 'superseded' })
  })

  it('forgets the slots up to a seq', () => {
    const shelf = shelfOf(9, entry('s', 1, 'a'), entry('s', 1, 'b'), entry('t', 2, 'c'))
    expect(shelf.forget(1).map(({ id }) => id)).toEqual(['a', 'b'])
    expect([idsOf(shelf), shelf.isEmpty]).toEqual([['c'], false])
  })

  it('T14 holds the same whatever the order, and whatever two replicas saw before they merged', () => {
    const offers = fc.uniqueArray(
      fc.record({
        slot: fc.constantFrom('r', 's', 't', 'u'),
        seq: fc.nat(3),
        tie: fc.nat(1),
        id: fc.stringMatching(/^[0-9a-f]{2}$/),
        isLeft: fc.boolean(),
      }),
      { selector: ({ id }) => id, maxLength: 16 },
    )
    const property = fc.property(offers, fc.integer({ min: 1, max: 4 }), fc.gen(), (offered, capacity, gen) => {
      const all = offered.map(({ slot, seq, tie, id, isLeft }) => ({ ...entry(slot, seq, id, tie), isLeft }))
      const left = shelfOf(capacity, ...all.filter(({ isLeft }) => isLeft))
      const right = shelfOf(capacity, ...all.filter(({ isLeft }) => !isLeft))
      const shuffled = gen(fc.shuffledSubarray, all, { minLength: all.length })
      const survivors = all.filter(({ item }) => [left, right].some((s) => s.items().includes(item)))
      expect(idsOf(shelfOf(capacity, ...shuffled))).toEqual(idsOf(shelfOf(capacity, ...all)))
      expect(idsOf(shelfOf(capacity, ...survivors))).toEqual(idsOf(shelfOf(capacity, ...all)))
    })
    fc.assert(property, { numRuns: 2000 })
  })

  it('R12 holds the same whether it forgets before or after the rest comes', () => {
    const offer = fc.record({
      slot: fc.constantFrom('r', 's', 't', 'u'),
      seq: fc.nat(5),
      id: fc.stringMatching(/^[0-9a-f]{2}$/),
    })
    const offers = fc.uniqueArray(offer, { selector: ({ id }) => id, maxLength: 16 })
    const property = fc.property(
      offers,
      fc.nat(16),
      fc.nat(5),
      fc.integer({ min: 1, max: 4 }),
      (all, split, past, n) => {
        const entries = all.map(({ slot, seq, id }) => entry(slot, seq, id))
        const late = shelfOf(n, ...entries)
        late.forget(past)
        const early = shelfOf(n, ...entries.slice(0, split))
        early.forget(past)
        for (const each of entries.slice(split)) if (each.seq > past) put(early, each)
        expect(idsOf(early)).toEqual(idsOf(late))
      },
    )
    fc.assert(property, { numRuns: 2000 })
  })
})
