/** The primitives on the noble libraries: what browsers use, and the reference that the native ones are held against. */

import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { isAllZero, type Primitives } from './primitives.ts'

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
