import type { StatementId } from '@trustmesh/identity'
import { type Charge, MAX_INVOCATION_MS, type ReplayWindow, type UseCounters } from '@trustmesh/trust'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

export interface UsesUnderTest {
  readonly replayWindow: ReplayWindow
  readonly useCounters: UseCounters
  close(): Promise<void>
}

/** Where uses are remembered: what opens it again on what it left, if it is to outlive that, and what takes it away. */
export interface UsesPlace extends AsyncDisposable {
  readonly outlives: boolean
  open(now: number): Promise<UsesUnderTest>
}

const NOW = 1_767_225_600_000
const id = (text: string): StatementId => text.padStart(64, '0') as StatementId
const use = (link: string, limit: number, windowMs: number | null = null): Charge => ({
  ...{ link: id(link), constraint: 0, limit, windowMs, untilMs: NOW + 1_000_000 },
})

/** What every place that remembers uses has to do; fewer random runs will do for one that is slow to reach. */
export function usesContract(name: string, make: () => Promise<UsesPlace>, numRuns = 1000): void {
  describe(name, () => {
    it('D10 lets an invocation be acted upon once, of 1,000 that ask at the same time', async () => {
      await using place = await make()
      const uses = await place.open(NOW)
      const { replayWindow } = uses
      const claims = Array.from({ length: 1000 }, () => replayWindow.claim(id('a'), NOW + MAX_INVOCATION_MS, NOW))
      expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
      expect(await replayWindow.claim(id('b'), NOW + MAX_INVOCATION_MS, NOW)).toBe(true)
      await uses.close()
    })

    it('D10 lets a link be used so often and no more, by 1,000 at the same time', async () => {
      await using place = await make()
      const uses = await place.open(NOW)
      const { useCounters } = uses
      const charges = Array.from({ length: 1000 }, () => useCounters.charge([use('a', 20)], NOW))
      expect((await Promise.all(charges)).flat().filter((left) => left >= 0)).toHaveLength(20)
      await uses.close()
    })

    it('D10 counts against all limits or none, and says how much each leaves', async () => {
      await using place = await make()
      const uses = await place.open(NOW)
      const { useCounters } = uses
      expect(await useCounters.charge([use('a', 2), use('b', 1)], NOW)).toEqual([1, 0])
      expect(await useCounters.charge([use('a', 2), use('b', 1)], NOW)).toEqual([0, -1])
      expect(await useCounters.charge([use('a', 2)], NOW)).toEqual([0])
      expect(await useCounters.charge([use('a', 2)], NOW)).toEqual([-1])
      await uses.close()
    })

    it('counts each constraint of a link by itself', async () => {
      await using place = await make()
      const uses = await place.open(NOW)
      const { useCounters } = uses
      const [five, one] = [use('a', 5), { ...use('a', 1), constraint: 1 }]
      for (let n = 0; n < 3; n++) await useCounters.charge([five], NOW)
      expect(await useCounters.charge([five, one], NOW)).toEqual([1, 0])
      expect(await useCounters.charge([five, one], NOW)).toEqual([0, -1])
      await uses.close()
    })

    it('does not open a window when the clock jumps back', async () => {
      await using place = await make()
      const uses = await place.open(NOW)
      expect(await uses.useCounters.charge([use('a', 1, 100)], NOW)).toEqual([0])
      expect(await uses.useCounters.charge([use('a', 1, 100)], NOW - 1_000_000)).toEqual([-1])
      await uses.close()
    })

    it('D10 never allows more than a limit, in whatever order uses come, all at the same time', async () => {
      await using place = await make()
      const uses = await place.open(NOW)
      const several = fc.array(fc.uniqueArray(fc.nat(3), { minLength: 1 }), { maxLength: 30 })
      let run = 0
      await fc.assert(
        fc.asyncProperty(several, async (all) => {
          const limits = [1, 2, 3, 5]
          const used = [0, 0, 0, 0]
          const mark = `${run++}f`
          const charged = (links: number[]): Charge[] => links.map((i) => use(`${mark}${i}`, limits[i] ?? 0))
          const answers = await Promise.all(all.map((links) => uses.useCounters.charge(charged(links), NOW)))
          for (const [i, links] of all.entries()) {
            const left = links.map((link) => (limits[link] ?? 0) - (used[link] ?? 0) - 1)
            expect(answers[i]).toEqual(left)
            if (!left.includes(-1)) for (const link of links) used[link] = (used[link] ?? 0) + 1
          }
        }),
        { numRuns },
      )
      await uses.close()
    })

    it('opens a window anew where the one before is over', async () => {
      await using place = await make()
      const uses = await place.open(NOW)
      const { useCounters } = uses
      const left = []
      for (const at of [0, 1, 2, 9, 10, 11, 12]) left.push(...(await useCounters.charge([use('a', 2, 10)], NOW + at)))
      expect(left).toEqual([1, 0, -1, -1, 1, 0, -1])
      await uses.close()
    })

    it('D10 has forgotten nothing that still counts when it is opened again', async () => {
      await using place = await make()
      if (!place.outlives) return
      const first = await place.open(NOW)
      await first.replayWindow.claim(id('short'), NOW + 5, NOW)
      await first.replayWindow.claim(id('long'), NOW + 100, NOW)
      for (let n = 0; n < 20; n++) await first.useCounters.charge([use('a', 20)], NOW)
      await first.close()
      const second = await place.open(NOW + 10)
      expect(await second.replayWindow.claim(id('long'), NOW + 100, NOW + 10)).toBe(false)
      expect(await second.useCounters.charge([use('a', 20)], NOW + 10)).toEqual([-1])
      expect(await second.replayWindow.claim(id('short'), NOW + 5, NOW + 10)).toBe(true)
      await second.close()
    })

    it('D10 has the counts as they were last, of many that were written at the same time', async () => {
      await using place = await make()
      if (!place.outlives) return
      const first = await place.open(NOW)
      await Promise.all(Array.from({ length: 100 }, () => first.useCounters.charge([use('a', 101)], NOW)))
      await first.close()
      const second = await place.open(NOW)
      expect(await second.useCounters.charge([use('a', 101)], NOW)).toEqual([0])
      expect(await second.useCounters.charge([use('a', 101)], NOW)).toEqual([-1])
      await second.close()
    })
  })
}
