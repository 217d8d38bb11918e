import { describe, expect, it } from 'vitest'
import { Agenda, type Appointment } from './agenda.ts'
import { SeededRandom } from './seeded-random.ts'

const MANY = 10_000

describe(Agenda, () => {
  it('keeps its order when most were called off, and forgets those', () => {
    const agenda = new Agenda()
    const random = new SeededRandom(1)
    const appointments: Appointment[] = Array.from({ length: MANY }, (_, order) => {
      return { at: random.integer(0, 100), order, act: () => {}, isUnderWay: false }
    })
    for (const each of appointments) agenda.add(each)
    for (const each of appointments) {
      if (each.order % 10 === 0) continue
      each.act = null
      agenda.calledOff()
    }
    expect(agenda.size).toBeLessThan(MANY / 3)
    const left: Appointment[] = []
    for (let first = agenda.first; first; first = agenda.first) {
      if (first.act) left.push(first)
      agenda.removeFirst()
    }
    const expected = appointments.filter(({ act }) => act).sort((a, b) => a.at - b.at || a.order - b.order)
    expect(left.map(({ order }) => order)).toEqual(expected.map(({ order }) => order))
  })
})
