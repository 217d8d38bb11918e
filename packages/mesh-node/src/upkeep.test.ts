import { describe, expect, it } from 'vitest'
import { Upkeep } from './upkeep.ts'

const DAY_MS = 86_400_000

describe(Upkeep, () => {
  it('O3 K8 forgets at the start and every hour what ended two whole days ago, until it is stopped', () => {
    const horizons: number[] = []
    const due: { ms: number; act: () => void }[] = []
    let now = 20_000 * DAY_MS + 5
    let extended = 0
    const upkeep = new Upkeep({
      clock: { now: () => now, monotonic: () => now },
      timers: {
        after: (ms, act) => {
          due.push({ ms, act })
          return () => due.splice(0)
        },
        soon: (act) => act(),
      },
      forget: (horizonMs) => horizons.push(horizonMs),
      extend: async () => {
        extended++
        throw new Error('the disk is full')
      },
    })
    upkeep.start()
    now += DAY_MS - 6
    due.shift()?.act()
    now += 1
    const last = due.shift()
    last?.act()
    expect(horizons).toEqual([19_998, 19_998, 19_999].map((day) => day * DAY_MS))
    expect([last?.ms, extended]).toEqual([3_600_000, 3])
    upkeep.stop()
    expect(due).toEqual([])
  })
})
