import { type Did, generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { Pace } from './pace.ts'

const [bob, mallory] = [generateIdentity(systemRandom).did, generateIdentity(systemRandom).did]

/** A pace, what is done at it, and the end of a turn. */
function scene(maxWaiting = 100) {
  let turns: (() => void)[] = []
  const done: number[] = []
  const timers = { after: () => () => {}, soon: (act: () => void) => void turns.push(act) }
  const pace = new Pace({ timers, perTurn: 3, maxWaiting })
  const act = (n: number, { cost = 0, by = bob }: { cost?: number; by?: Did } = {}) =>
    pace.do(by, async () => {
      done.push(n)
      pace.spend(cost)
    })
  const turn = (): void => {
    const ended = turns
    turns = []
    for (const each of ended) each()
  }
  return { done, act, turn, pending: () => turns.length }
}

describe(Pace, () => {
  it('R7 does no more in a turn than it affords, and the rest in order', () => {
    const { done, act, turn, pending } = scene()
    for (let n = 0; n < 7; n++) void act(n)
    expect(done).toEqual([0, 1, 2])
    turn()
    expect(done).toEqual([0, 1, 2, 3, 4, 5])
    void act(7)
    turn()
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    turn()
    expect(pending()).toBe(0)
  })

  it('R7 lets nobody wait behind all that another has brought', () => {
    const { done, act, turn } = scene()
    for (let n = 0; n < 20; n++) void act(n, { by: mallory })
    for (const n of [100, 101]) void act(n)
    turn()
    turn()
    expect(done).toEqual([0, 1, 2, 3, 100, 4, 101, 5, 6])
  })

  it('R7 counts what turns out to cost more', () => {
    const { done, act, turn } = scene()
    for (let n = 0; n < 4; n++) void act(n, { cost: 16 })
    expect(done).toEqual([0])
    turn()
    expect(done).toEqual([0, 1])
  })

  it('K8 lets no more wait than it has room for', () => {
    const { act } = scene(2)
    expect([0, 1, 2, 3, 4, 5].map((n) => act(n) === null)).toEqual([false, false, false, false, false, true])
  })
})
