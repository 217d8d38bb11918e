import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from './seeded-random.ts'

describe(SeededRandom, () => {
  it('draws the same from the same seed, and something else from another', () => {
    const drawn = (seed: number): Uint8Array => new SeededRandom(seed).bytes(32)
    expect(drawn(1)).toEqual(drawn(1))
    expect(drawn(1)).not.toEqual(drawn(2))
  })

  it('forks by name alone, whatever has been drawn before', () => {
    const random = new SeededRandom(1)
    const early = random.fork('disk').bytes(16)
    random.bytes(100)
    expect(random.fork('disk').bytes(16)).toEqual(early)
    expect(random.fork('network').bytes(16)).not.toEqual(early)
  })

  it('draws every whole number of a range, and none outside', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -5, max: 5 }), fc.nat(4), (seed, min, span) => {
        const random = new SeededRandom(seed)
        const drawn = new Set(Array.from({ length: 200 }, () => random.integer(min, min + span)))
        expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: span + 1 }, (_, i) => min + i))
      }),
    )
  })
})
