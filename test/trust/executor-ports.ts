/** What every implementation of the ports of an executor has to do. */

import type { StatementId } from '@trustmesh/identity'
import type { Charge, ReplayWindow, UseCounters } from '@trustmesh/trust'
import fc from 'fast-check'
import { expect, it } from 'vitest'

const NOW = 1_767_225_600_000

const idOf = (n: number): StatementId => n.toString(16).padStart(64, '0') as StatementId

export function replayWindowContract(make: () => ReplayWindow): void {
  it('H2 gives an invocation once, however many ask at a time', async () => {
    const window = make()
    const claims = await Promise.all(Array.from({ length: 1000 }, () => window.claim(idOf(1), NOW + 1, NOW)))
    expect(claims.filter(Boolean)).toHaveLength(1)
    expect(await window.claim(idOf(2), NOW + 1, NOW)).toBe(true)
  })

  it('remembers until the invocation is too old to be used', async () => {
    const window = make()
    expect(await window.claim(idOf(1), NOW + 1000, NOW)).toBe(true)
    for (let i = 2; i < 9; i++) await window.claim(idOf(i), NOW, NOW)
    expect(await window.claim(idOf(1), NOW + 1000, NOW + 1000)).toBe(false)
  })
}

export function useCountersContract(make: () => UseCounters): void {
  const charge = (link: number, limit: number, windowMs: number | null = null, constraint = 0): Charge => ({
    ...{ link: idOf(link), constraint, limit, windowMs, untilMs: NOW + 1_000_000 },
  })

  it('D10 allows as many uses as the limit says, however many come at a time', async () => {
    const counters = make()
    const uses = await Promise.all(Array.from({ length: 1000 }, () => counters.charge([charge(1, 7)], NOW)))
    expect(uses.filter((reached) => reached === null)).toHaveLength(7)
    expect(uses.filter((reached) => reached === 0)).toHaveLength(993)
  })

  it('D10 charges all or none', async () => {
    const counters = make()
    expect(await counters.charge([charge(1, 5), charge(2, 1)], NOW)).toBe(null)
    for (let i = 0; i < 9; i++) expect(await counters.charge([charge(1, 5), charge(2, 1)], NOW)).toBe(1)
    for (let i = 0; i < 4; i++) expect(await counters.charge([charge(1, 5)], NOW)).toBe(null)
    expect(await counters.charge([charge(1, 5)], NOW)).toBe(0)
  })

  it('counts each constraint of a link by itself', async () => {
    const counters = make()
    for (let i = 0; i < 3; i++) await counters.charge([charge(1, 5, null, 0)], NOW)
    expect(await counters.charge([charge(1, 5, null, 0), charge(1, 1, null, 1)], NOW)).toBe(null)
    expect(await counters.charge([charge(1, 5, null, 0), charge(1, 1, null, 1)], NOW)).toBe(1)
  })

  it('opens a window with the first use, and another with the first use after it', async () => {
    const counters = make()
    const use = (now: number): Promise<number | null> => counters.charge([charge(1, 2, 100)], now)
    expect([await use(NOW), await use(NOW + 99), await use(NOW + 99)]).toEqual([null, null, 0])
    expect([await use(NOW + 100), await use(NOW + 150), await use(NOW + 199)]).toEqual([null, null, 0])
  })

  it('does not open a window when the clock jumps back', async () => {
    const counters = make()
    expect(await counters.charge([charge(1, 1, 100)], NOW)).toBe(null)
    expect(await counters.charge([charge(1, 1, 100)], NOW - 1_000_000)).toBe(0)
  })

  it('D10 never allows more than a limit, in whatever order uses come', async () => {
    const uses = fc.array(fc.uniqueArray(fc.nat(3), { minLength: 1 }), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(uses, async (all) => {
        const counters = make()
        const limits = [1, 2, 3, 5]
        const used = [0, 0, 0, 0]
        const answers = await Promise.all(
          all.map((links) =>
            counters.charge(
              links.map((i) => charge(i, limits[i] ?? 0)),
              NOW,
            ),
          ),
        )
        for (const [i, links] of all.entries()) {
          const reached = links.findIndex((link) => used[link] === limits[link])
          expect(answers[i]).toBe(reached < 0 ? null : reached)
          if (reached < 0) for (const link of links) used[link] = (used[link] ?? 0) + 1
        }
      }),
      { numRuns: 1000 },
    )
  })
}
