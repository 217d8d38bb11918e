/** Ed25519 on `node:crypto`: what nodes use, an order of magnitude faster than the portable engine. */

import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import QuickLRU from 'quick-lru'
import type { Ed25519Engine } from './engine.ts'

/** Importing a key costs a tenth of a verification, so the last few thousand are kept; by raw bytes (threat I13). */
const keyObjects = new QuickLRU<string, KeyObject>({ maxSize: 4096 })

function keyObject(key: Uint8Array): KeyObject {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  const text = bytes.toString('latin1')
  let object = keyObjects.get(text)
  if (!object) {
    // JWK, because the DER parser of OpenSSL 3 takes twenty times as long.
    const x = bytes.toString('base64url')
    object = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    keyObjects.set(text, object)
  }
  return object
}

export const engine: Ed25519Engine = {
  name: 'native',

  holds(key, message, signature) {
    try {
      return verify(null, message, keyObject(key), signature)
    } catch {
      return false
    }
  },

  holdsSoon: (key, message, signature) =>
    new Promise((resolve) => {
      try {
        verify(null, message, keyObject(key), signature, (error, holds) => resolve(!error && holds))
      } catch {
        resolve(false)
      }
    }),

  secret(seed) {
    const d = Buffer.from(seed).toString('base64url')
    // OpenSSL derives the public key from `d` and ignores this `x`, which the JWK form demands.
    const privateKey = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x: d }, format: 'jwk' })
    const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
    return {
      publicKey: new Uint8Array(der.subarray(-32)),
      sign: (message) => new Uint8Array(sign(null, message, privateKey)),
    }
  },

  sha256: (message) => new Uint8Array(hash('sha256', message, 'buffer')),

  sha256Hex: (message) => hash('sha256', message, 'hex'),
}
