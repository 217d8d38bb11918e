import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Agenda } from './agenda.ts'

describe('Agenda', () => {
  it('gives nothing before it is due, and nothing at a time that is no number', () => {
    const agenda = new Agenda()
    expect(agenda.next(0)).toBeNull()
    agenda.set(3, 100)
    expect([agenda.next(99), agenda.next(Number.NaN), agenda.next(100), agenda.next(100)]).toEqual([
      null,
      null,
      3,
      null,
    ])
  })

  it('gives whatever is due, the earliest first, as often as it was put off or taken out', () => {
    const entry = fc.tuple(fc.nat(30), fc.oneof(fc.nat(50), fc.constant(Number.POSITIVE_INFINITY)))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.array(entry), fc.nat(50))), (spans) => {
        const agenda = new Agenda()
        const plain = new Map<number, number>()
        for (const [entries, now] of spans) {
          for (const [entry, due] of entries) {
            agenda.set(entry, due)
            plain.set(entry, due)
          }
          const given: number[] = []
          for (let entry = agenda.next(now); entry !== null; entry = agenda.next(now)) given.push(entry)
          const due = [...plain].filter(([, at]) => at <= now)
          expect(given.map((entry) => plain.get(entry))).toEqual(due.map(([, at]) => at).sort((a, b) => a - b))
          expect(given.toSorted()).toEqual(due.map(([entry]) => entry).sort())
          for (const entry of given) plain.delete(entry)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
