/** The primitives on the noble libraries: what browsers use, and the reference that the native ones are held against. */

import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { pow } from '@noble/curves/abstract/modular.js'
import { montgomery } from '@noble/curves/abstract/montgomery.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { isAllZero, type Primitives } from './primitives.ts'

/** 2^255 − 19. */
const P = (1n << 255n) - 19n

/** By RFC 7748 §5. The library's own X25519 brings its Edwards curve along, which is twice as much for a page to load. */
const x25519 = montgomery({
  type: 'x25519',
  P,
  powPminus2: (x) => pow(x, P - 2n, P),
  adjustScalarBytes(bytes: Uint8Array) {
    bytes[0] = (bytes[0] as number) & 248
    bytes[31] = ((bytes[31] as number) & 127) | 64
    return bytes
  },
})

export const primitives: Primitives = {
  keyPair: (secret) => ({
    publicKey: x25519.getPublicKey(secret),
    agree(peerPublicKey) {
      try {
        const shared = x25519.getSharedSecret(secret, peerPublicKey)
        return isAllZero(shared) ? null : shared
      } catch {
        return null // The library itself refuses the all-zero secret.
      }
    },
  }),

  hkdf: (secret, salt, info, length) => hkdf(sha256, secret, salt, utf8ToBytes(info), length),

  sha256: (...parts) => sha256(concatBytes(...parts)),

  seal: (key, nonce, plaintext, associated) => chacha20poly1305(key, nonce, associated).encrypt(plaintext),

  open(key, nonce, sealed, associated) {
    try {
      return chacha20poly1305(key, nonce, associated).decrypt(sealed)
    } catch {
      return null
    }
  },
}
