/**
 * The guard that stands at every mention of a public key, before any library sees it.
 *
 * With a small-order key A, [h]A is one of eight points, so that one forged signature verifies under a fraction of all
 * messages, or all of them: `node:crypto` and the defaults of most libraries accept that ("Taming the many EdDSAs",
 * Chalkias, Garillot, Nikolaenko, 2020). A table of encodings refuses them in microseconds. Whether a key is on the curve
 * at all shows at the first verification, which then fails.
 */

import { hexToBytes } from '@noble/hashes/utils.js'

/** Length of a public key, of either half of a signature, and of a secret seed, in bytes. */
export const KEY_LENGTH = 32
/** Length of an Ed25519 signature in bytes. */
const SIGNATURE_LENGTH = 64

/** Why bytes are no key that anybody may have (threats I5, I6). */
export type KeyFault = 'key.length' | 'key.non-canonical' | 'key.small-order'

/** The y of every encoding of a point whose order divides 8: canonical, and the two non-canonical ones; either sign bit. */
const SMALL_ORDER_Y: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000', // y = 0, order 4
  '0100000000000000000000000000000000000000000000000000000000000000', // y = 1, the identity
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // y = p − 1, order 2
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // y = p, that is 0
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // y = p + 1, that is 1
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // order 8
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', // order 8
].map(hexToBytes)

/** The group order L = 2^252 + 27742317777372353535851937790883648493, little-endian. */
const GROUP_ORDER: Uint8Array = hexToBytes('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')

/** What is wrong with these bytes as an Ed25519 public key, or `null`. */
export function keyFault(key: Uint8Array): KeyFault | null {
  if (key.length !== KEY_LENGTH) return 'key.length'
  if (isSmallOrder(key, 0)) return 'key.small-order'
  if (!isBelowFieldPrime(key)) return 'key.non-canonical'
  return null
}

/** Whether the bytes have the shape of a signature: 64 of them, S < L (RFC 8032 §5.1.7), and R not of small order. */
export function isSignatureShaped(signature: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_LENGTH && isBelowGroupOrder(signature, KEY_LENGTH) && !isSmallOrder(signature, 0)
  )
}

function isSmallOrder(bytes: Uint8Array, offset: number): boolean {
  return SMALL_ORDER_Y.some((y) => {
    for (let i = 0; i < 31; i++) if (bytes[offset + i] !== y[i]) return false
    return ((bytes[offset + 31] as number) & 0x7f) === y[31]
  })
}

/** y < p = 2^255 − 19, with the sign bit set aside. */
function isBelowFieldPrime(key: Uint8Array): boolean {
  if (((key[31] as number) & 0x7f) !== 0x7f) return true
  for (let i = 30; i > 0; i--) if (key[i] !== 0xff) return true
  return (key[0] as number) < 0xed
}

function isBelowGroupOrder(bytes: Uint8Array, offset: number): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = (bytes[offset + i] as number) - (GROUP_ORDER[i] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}
