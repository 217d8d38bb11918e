/** Ed25519 on `@noble/ed25519`: what browsers use, and the reference that the native engine is held against. */

import { hashes, keygen, Point, sign } from '@noble/ed25519'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import type { Ed25519Engine } from './engine.ts'

hashes.sha512 = sha512

const { n: L } = Point.CURVE()

export const engine: Ed25519Engine = {
  name: 'portable',

  /** The library's own `verify` is cofactored in both of its modes, so the equation is written out on its points. */
  holds(key, message, signature) {
    try {
      const A = Point.fromBytes(key)
      const R = signature.subarray(0, 32)
      const S = littleEndian(signature.subarray(32))
      const h = littleEndian(sha512(concatBytes(R, key, message))) % L
      const expected = times(Point.BASE, S).add(times(A, h).negate()).toBytes()
      return expected.every((byte, i) => byte === R[i])
    } catch {
      return false
    }
  },

  holdsSoon: async (key, message, signature) => engine.holds(key, message, signature),

  secret(seed) {
    const { publicKey, secretKey } = keygen(seed)
    return { publicKey, sign: (message) => sign(message, secretKey) }
  },

  sha256: (message) => sha256(message),

  sha256Hex: (message) => bytesToHex(sha256(message)),
}

/** Variable time, which is right here: a verifier handles public values only. */
function times(point: Point, scalar: bigint): Point {
  return scalar === 0n ? Point.ZERO : point.multiply(scalar, false)
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
  return value
}
