import { describe, expect, it } from 'vitest'
import { Dice } from './dice.ts'

const throws = (seed: number): number[] => {
  const dice = new Dice(seed)
  return Array.from({ length: 6000 }, () => dice.below(6))
}

describe('Dice', () => {
  it('falls on each side about as often, whatever the seed', () => {
    for (const seed of [0, 1, 2, 2 ** 32 - 1]) {
      for (let side = 0; side < 6; side++) {
        expect(Math.abs(throws(seed).filter((each) => each === side).length - 1000)).toBeLessThan(150)
      }
    }
  })

  it('is repeated by its seed and by no other', () => {
    expect(throws(1)).toEqual(throws(1))
    expect(throws(1)).not.toEqual(throws(2))
  })

  it('draws different items, and all where there are fewer', () => {
    const drawn = new Dice(3).draw(5, [1, 2, 3, 4, 5, 6, 7])
    expect(new Set(drawn).size).toBe(5)
    expect(new Dice(3).draw(5, [1, 2]).sort()).toEqual([1, 2])
  })
})
