import type { StatementId } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { codeOf, NOW } from '../../test/cast.ts'
import { type Charge, MemoryUseCounters } from './use-counters.ts'

const charge = (link: string, untilMs: number): Charge => ({
  ...{ link: link as StatementId, constraint: 0, limit: 1, windowMs: null, untilMs },
})

describe(MemoryUseCounters, () => {
  it('refuses rather than forget, and has room again when a link has ended', async () => {
    const counters = new MemoryUseCounters(2)
    await counters.charge([charge('a', NOW + 10), charge('b', NOW + 20)], NOW)
    expect(await codeOf(() => counters.charge([charge('c', NOW + 30)], NOW + 10))).toBe('use-counters.full')
    expect(await counters.charge([charge('a', NOW + 10)], NOW + 10)).toEqual([-1])
    expect(await counters.charge([charge('c', NOW + 30)], NOW + 11)).toEqual([0])
    expect(counters.size).toBe(2)
  })

  it('goes on counting what it knows when it is full', async () => {
    const counters = new MemoryUseCounters(1)
    const twice = { ...charge('a', NOW + 10), limit: 2 }
    expect([await counters.charge([twice], NOW), await counters.charge([twice], NOW)]).toEqual([[1], [0]])
  })
})
