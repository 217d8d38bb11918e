import { describe, expect, it } from 'vitest'
import { maskedCrc32c } from './crc32c.ts'

/** As LevelDB does it: a quarter of the way round, and a constant. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0

describe(maskedCrc32c, () => {
  it('is the checksum of RFC 3720, masked', () => {
    // RFC 3720 §B.4, and the check value of the catalogue of CRCs.
    expect(maskedCrc32c(new Uint8Array(32))).toBe(masked(0x8a9136aa))
    expect(maskedCrc32c(new Uint8Array(32).fill(0xff))).toBe(masked(0x62a8ab43))
    expect(maskedCrc32c(Buffer.from('123456789'))).toBe(masked(0xe3069283))
  })
})
