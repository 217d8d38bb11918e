import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { type Claim, type Did, keyOf } from '@trustmesh/identity'

const LABEL = 'attestation'

/** A statement, and the parts that it is made of. */
export interface Claimed {
  did: Did
  claim: Claim
  payload: Uint8Array
  signature: Uint8Array
  bytes: Uint8Array
}

/**
 * Bare verification by `node:crypto` of as many bytes as the statement's signature covers; the signature holds. With
 * `imported` keys nothing else is paid for; with `raw` ones the import of each key is, as it is when a key is new.
 */
export function bareVerifier({ keys }: { keys: 'imported' | 'raw' }): (statement: Claimed) => () => void {
  const imported = new Map<Did, KeyObject>()
  return ({ did, payload, signature }) => {
    const message = signedBytes(LABEL, keyOf(did), payload)
    const key = imported.get(did) ?? importKey(keyOf(did))
    imported.set(did, key)
    return () => {
      if (!verify(null, message, keys === 'imported' ? key : importKey(keyOf(did)), signature))
        throw new Error('a signature does not hold')
    }
  }
}

/** Bare signing of the same bytes. */
export function bareSigner(): (statement: Claimed) => () => void {
  const { privateKey } = generateKeyPairSync('ed25519')
  return ({ did, payload }) => {
    const message = signedBytes(LABEL, keyOf(did), payload)
    return () => void sign(null, message, privateKey)
  }
}

/** A key object of 32 raw bytes. */
export function importKey(key: Uint8Array): KeyObject {
  const x = Buffer.from(key).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** The signing form of `docs/spec/identity.md`, written out here so that the peer pays for none of ours. */
export function signedBytes(label: string, key: Uint8Array, payload: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from(`TrustMesh/v1 ${label.length} ${label} `),
    key,
    Buffer.from(` ${payload.length} `),
    payload,
  ])
}
