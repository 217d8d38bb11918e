import { SeededRandom, VirtualClock, VirtualHost } from '@trustmesh/testing'
import { describe, expect, it } from 'vitest'
import { byLink, constantMs, longTailedMs, measuredMs, uniformMs } from './latency.ts'

const time = new VirtualClock()
const [one, other] = [new VirtualHost('node-0', time), new VirtualHost('alice', time)]

/** So many draws, in order of size. */
const drawn = (latency: typeof uniformMs extends (...args: never[]) => infer L ? L : never): number[] => {
  const random = new SeededRandom(1)
  return Array.from({ length: 10_000 }, () => latency(random, one, other)).sort((a, b) => a - b)
}
const at = (values: readonly number[], share: number): number => values[Math.floor(share * values.length)] as number

describe(measuredMs, () => {
  it('draws whole ms between what was measured, as often as that', () => {
    const values = drawn(measuredMs([10, 20, 100]))
    expect(values.every(Number.isInteger)).toBe(true)
    expect([values[0], values.at(-1)]).toEqual([10, 100])
    expect(Math.abs(at(values, 0.5) - 20)).toBeLessThanOrEqual(1)
    expect(Math.abs(at(values, 0.75) - 60)).toBeLessThanOrEqual(2)
  })
})

describe(longTailedMs, () => {
  it('takes no longer than its median in half of all cases, and three times that in one of a hundred', () => {
    const values = drawn(longTailedMs(100))
    expect(Math.abs(at(values, 0.5) - 100)).toBeLessThanOrEqual(2)
    expect(at(values, 0.99)).toBeGreaterThan(260)
    expect(at(values, 0.95)).toBeLessThan(240)
  })
})

describe(byLink, () => {
  it('takes each link as it is told, in each direction', () => {
    const latency = byLink((from) => (from === 'alice' ? constantMs(7) : uniformMs(1, 3)))
    const random = new SeededRandom(1)
    expect(latency(random, other, one)).toBe(7)
    expect(latency(random, one, other)).toBeLessThan(4)
  })
})
