/** The primitives on `node:crypto`. */

import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { isAllZero, type KeyPair, type Primitives, TAG_LENGTH } from './primitives.ts'

const AEAD = 'chacha20-poly1305'
const TAG = { authTagLength: TAG_LENGTH } as const
const BASE_POINT = publicKeyObject(Uint8Array.of(9, ...new Uint8Array(31)))

export const primitives: Primitives = {
  keyPair(secret) {
    const d = Buffer.from(secret).toString('base64url')
    // OpenSSL derives the public key from `d` and ignores this `x`, which the JWK form demands.
    const privateKey = createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d, x: d }, format: 'jwk' })
    // Half the time of exporting it.
    return keyPairOf(privateKey, new Uint8Array(diffieHellman({ privateKey, publicKey: BASE_POINT })))
  },

  hkdf: (secret, salt, info, length) => new Uint8Array(hkdfSync('sha256', secret, salt, info, length)),

  sha256: (...parts) => new Uint8Array(hash('sha256', Buffer.concat(parts), 'buffer')),

  seal(key, nonce, plaintext, associated) {
    const cipher = createCipheriv(AEAD, key, nonce, TAG)
    cipher.setAAD(associated, { plaintextLength: plaintext.length })
    const sealed = new Uint8Array(plaintext.length + TAG_LENGTH)
    sealed.set(cipher.update(plaintext))
    cipher.final()
    sealed.set(cipher.getAuthTag(), plaintext.length)
    return sealed
  },

  open(key, nonce, sealed, associated) {
    const length = sealed.length - TAG_LENGTH
    if (length < 0) return null
    const decipher = createDecipheriv(AEAD, key, nonce, TAG)
    decipher.setAAD(associated, { plaintextLength: length })
    decipher.setAuthTag(sealed.subarray(length))
    const plaintext = decipher.update(sealed.subarray(0, length))
    try {
      decipher.final()
    } catch {
      return null
    }
    return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength)
  },
}

/** A new key pair of the system's own randomness: in half the time that it takes to make one of given bytes. */
export function generateKeyPair(): KeyPair {
  // Asked for at generation, which is safe: `export` of a generated key as JWK can hang for ever on Node.js 20.20.
  const jwk = { publicKeyEncoding: { format: 'jwk' } } as object
  const { privateKey, publicKey } = generateKeyPairSync('x25519', jwk) as unknown as {
    privateKey: KeyObject
    publicKey: { x: string }
  }
  return keyPairOf(privateKey, new Uint8Array(Buffer.from(publicKey.x, 'base64url')))
}

function keyPairOf(privateKey: KeyObject, publicKey: Uint8Array): KeyPair {
  return {
    publicKey,
    agree(peerPublicKey) {
      try {
        const shared = new Uint8Array(diffieHellman({ privateKey, publicKey: publicKeyObject(peerPublicKey) }))
        return isAllZero(shared) ? null : shared
      } catch {
        return null // OpenSSL itself refuses the all-zero secret.
      }
    },
  }
}

function publicKeyObject(key: Uint8Array): KeyObject {
  const x = Buffer.from(key).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
}
