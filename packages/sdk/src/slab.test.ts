import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Slab } from './slab.ts'

describe(Slab, () => {
  it('gives copies that nothing later changes, and none more of a buffer than a few kilobytes', () => {
    const lengths = fc.oneof(fc.nat(40), fc.nat(600), fc.nat(6_000))
    fc.assert(
      fc.property(fc.array(lengths, { maxLength: 60 }), (lengths) => {
        const slab = new Slab()
        const originals = lengths.map((length, n) => new Uint8Array(length).fill(n + 1))
        const scratch = new Uint8Array(6_000)
        const copies = originals.map((original) => {
          scratch.set(original)
          const copy = slab.copy(scratch.subarray(0, original.length))
          scratch.fill(0)
          return copy
        })
        expect(copies).toEqual(originals)
        for (const { buffer, length } of copies) expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(4_096, length))
      }),
      { numRuns: 1_000 },
    )
  })

  it('puts those that are short side by side', () => {
    const slab = new Slab()
    const buffers = new Set(Array.from({ length: 100 }, () => slab.copy(new Uint8Array(300)).buffer))
    expect(buffers.size).toBe(8)
  })
})
