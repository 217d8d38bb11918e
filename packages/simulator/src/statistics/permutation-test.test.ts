import { SeededRandom } from '@trustmesh/testing'
import { describe, expect, it } from 'vitest'
import { pairedTest, unpairedTest } from './permutation-test.ts'

describe(pairedTest, () => {
  it('of what Darwin measured of crossed and self-fertilised maize says what R. A. Fisher counted: 1726 of 32768', () => {
    const differences = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    expect(pairedTest(differences)).toBe(1726 / 32_768)
  })

  it('has little to say of few runs, and nothing against what is the same', () => {
    expect(pairedTest([1, 1, 1, 1, 1])).toBe(2 / 32)
    expect(pairedTest([0, 0, 0])).toBe(1)
  })

  it('draws where it cannot count, the same each time, and never says never', () => {
    const far = Array.from({ length: 30 }, (_, n) => 100 + n)
    expect(pairedTest(far)).toBe(1 / 65_537)
    const near = Array.from({ length: 30 }, (_, n) => (n % 2 ? n : -n))
    expect(pairedTest(near)).toBe(pairedTest(near))
    expect(pairedTest(near)).toBeGreaterThan(0.5)
  })
})

describe(unpairedTest, () => {
  it('is near what counting all arrangements of two small groups gives', () => {
    // Of the 20 ways to choose three of six, one has the least sum and one the greatest.
    expect(unpairedTest([1, 2, 3], [10, 11, 12])).toBeCloseTo(0.1, 2)
    expect(unpairedTest([5, 5], [5, 5])).toBe(1)
  })

  it('errs as often as it says where there is no difference', () => {
    const random = new SeededRandom('groups')
    const group = (): number[] => Array.from({ length: 6 }, () => random.integer(0, 100))
    const found = Array.from({ length: 40 }, () => unpairedTest(group(), group())).filter((p) => p < 0.2).length
    expect(found).toBeGreaterThan(1)
    expect(found).toBeLessThan(18)
  })
})
