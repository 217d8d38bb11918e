import { describe, expect, it } from 'vitest'
import { seedOfRun } from './seeds.ts'

describe(seedOfRun, () => {
  it('follows from the seed of the experiment and the number of the run, and from nothing else', () => {
    expect(seedOfRun('1', 0)).toBe('3c47f14c1a20d22758323ee54f7bf7cb')
    const all = ['1', '2', '1,1'].flatMap((seed) => [0, 1, 11, 111].map((run) => seedOfRun(seed, run)))
    expect(new Set(all).size).toBe(all.length)
  })
})
