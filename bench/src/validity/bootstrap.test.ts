import { SeededRandom } from '@trustmesh/testing'
import { describe, expect, it } from 'vitest'
import { agree, quantilesOf } from './bootstrap.ts'

/** A hundred values around one for each group. */
const groups = Array.from({ length: 40 }, (_, group) => Array.from({ length: 100 }, (_, n) => group + n / 1_000))

describe('the bootstrap', () => {
  it('is not taken in by many values of few groups', () => {
    const [together] = quantilesOf(groups, [0.5], new SeededRandom(1))
    const [apart] = quantilesOf(
      groups.flat().map((value) => [value]),
      [0.5],
      new SeededRandom(1),
    )
    expect(together?.value).toBe(apart?.value)
    const width = ({ lo, hi } = { lo: 0, hi: 0 }): number => hi - lo
    expect(width(together)).toBeGreaterThan(5 * width(apart))
  })

  it('has the median of forty groups to within some six of them', () => {
    const [{ value, lo, hi } = { value: 0, lo: 0, hi: 0 }] = quantilesOf(groups, [0.5], new SeededRandom(2))
    expect(value).toBeCloseTo(19, 0)
    expect(lo).toBeGreaterThan(8)
    expect(lo).toBeLessThan(18)
    expect(hi).toBeGreaterThan(21)
    expect(hi).toBeLessThan(31)
  })
})

describe('two figures', () => {
  it('differ where their intervals have nothing in common', () => {
    expect(agree({ value: 1, lo: 0, hi: 2 }, { value: 4, lo: 3, hi: 5 })).toBe(false)
    expect(agree({ value: 4, lo: 3, hi: 5 }, { value: 1, lo: 0, hi: 2 })).toBe(false)
  })

  it('agree where they have', () => {
    expect(agree({ value: 1, lo: 0, hi: 3 }, { value: 4, lo: 3, hi: 5 })).toBe(true)
  })
})
