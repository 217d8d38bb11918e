import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url } from './base64url.ts'

describe(fromBase64url, () => {
  it.each(['A', 'AAAAA', 'AA==', 'AA A', 'AAA\n', '\u00a0AAA', 'AA+A', 'AA/A', 'AA.A'])('refuses %j', (text) => {
    expect(() => fromBase64url(text)).toThrow(expect.objectContaining({ code: 'encoding.base64url' }))
  })

  it('reads what has been written, as others write it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toBase64url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect(fromBase64url(text)).toEqual(bytes)
      }),
      { numRuns: 1000 },
    )
  })
})
