import { describe, expect, it } from 'vitest'
import { Seen } from './seen.ts'

describe(Seen, () => {
  it('F9 tells what is new from what it has seen', () => {
    const seen = new Seen(8)
    expect([seen.add('a'), seen.add('a'), seen.has('a'), seen.has('b')]).toEqual([true, false, true, false])
    seen.delete('a')
    expect(seen.add('a')).toBe(true)
  })

  it('F4 never holds more than its bound, and always the last half of that', () => {
    const seen = new Seen(8)
    for (let n = 0; n < 1_000; n++) {
      seen.add(`${n}`)
      expect(seen.size).toBeLessThanOrEqual(8)
      for (let recent = Math.max(0, n - 3); recent <= n; recent++) expect(seen.has(`${recent}`)).toBe(true)
    }
  })
})
