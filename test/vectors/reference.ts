/**
 * The wire once more, written from `docs/spec` on `node:crypto`: it shares nothing with the packages but the encoder of
 * documents. Golden vectors come from here, so that they hold the packages to the specification and not to themselves; so do
 * the forgeries of tests, which have to break one rule and keep all others.
 */

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { type Encodable, encode } from '@trustmesh/identity'

type Bytes = Uint8Array

/** Headers of the DER forms of RFC 8410, in front of 32 raw bytes. */
const DER = {
  ed25519: { secret: '302e020100300506032b657004220420', public: '302a300506032b6570032100' },
  x25519: { secret: '302e020100300506032b656e04220420', public: '302a300506032b656e032100' },
} as const

const plain = (bytes: Bytes): Bytes => new Uint8Array(bytes)
const utf8 = (text: string): Bytes => plain(Buffer.from(text))
export const concat = (...parts: readonly Bytes[]): Bytes => plain(Buffer.concat(parts))

function secretKey(curve: keyof typeof DER, secret: Bytes): KeyObject {
  const key = Buffer.concat([Buffer.from(DER[curve].secret, 'hex'), secret])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function publicKeyOf(key: KeyObject): Bytes {
  return plain(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32))
}

export function sha256(...parts: readonly Bytes[]): Bytes {
  return plain(
    createHash('sha256')
      .update(concat(...parts))
      .digest(),
  )
}

/** The 32 key bytes of the Did whose secret seed this is. */
export function ed25519Key(seed: Bytes): Bytes {
  return publicKeyOf(secretKey('ed25519', seed))
}

/** The signing form: `docs/spec/identity.md`. */
export function signingForm(label: string, key: Bytes, payload: Bytes): Bytes {
  return concat(utf8(`TrustMesh/v1 ${label.length} ${label} `), key, utf8(` ${payload.length} `), payload)
}

/** `key` is whose signature it claims to be. */
export function signature(seed: Bytes, label: string, payload: Bytes, key: Bytes = ed25519Key(seed)): Bytes {
  return signatureOver(seed, signingForm(label, key, payload))
}

/** A signature over whatever bytes, in no form. */
export function signatureOver(seed: Bytes, message: Bytes): Bytes {
  return plain(sign(null, message, secretKey('ed25519', seed)))
}

export function x25519Key(secret: Bytes): Bytes {
  return publicKeyOf(secretKey('x25519', secret))
}

export function x25519(secret: Bytes, peer: Bytes): Bytes {
  const publicKey = createPublicKey({
    key: Buffer.concat([Buffer.from(DER.x25519.public, 'hex'), peer]),
    format: 'der',
    type: 'spki',
  })
  return plain(diffieHellman({ privateKey: secretKey('x25519', secret), publicKey }))
}

function hkdf(secret: Bytes, salt: Bytes, info: string, length: number): Bytes {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, length))
}

/** 4 zero bytes, and the count of messages as 8. */
function nonce(count: number): Bytes {
  const bytes = Buffer.alloc(12)
  bytes.writeBigUInt64BE(BigInt(count), 4)
  return bytes
}

export function seal(key: Bytes, count: number, plaintext: Bytes, associated: Bytes): Bytes {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce(count), { authTagLength: 16 })
  cipher.setAAD(associated, { plaintextLength: plaintext.length })
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

/** Throws where it does not open. */
export function open(key: Bytes, count: number, sealed: Bytes, associated: Bytes): Bytes {
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce(count), { authTagLength: 16 })
  decipher.setAAD(associated, { plaintextLength: sealed.length - 16 })
  decipher.setAuthTag(sealed.subarray(-16))
  return concat(decipher.update(sealed.subarray(0, -16)), decipher.final())
}

/** HS-22, HS-23. */
export function transcript(...parts: readonly Bytes[]): Bytes {
  const lengthOf = (part: Bytes): Bytes => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    return length
  }
  return sha256(utf8('TrustMesh/v1 transcript'), ...parts.flatMap((part) => [lengthOf(part), part]))
}

/** HS-21, from one side's ephemeral secret and the other's `e`. */
export function agreement(ephemeralSecret: Bytes, e: Bytes, ticketSecret: Bytes = new Uint8Array()): Bytes {
  return concat(x25519(ephemeralSecret, e), ticketSecret)
}

export interface HandshakeKeys {
  readonly responder: Bytes
  readonly initiator: Bytes
}

/** HS-22. */
export function handshakeKeys(secret: Bytes, t1: Bytes): HandshakeKeys {
  const keys = hkdf(secret, t1, 'TrustMesh/v1 handshake', 64)
  return { responder: keys.slice(0, 32), initiator: keys.slice(32) }
}

export interface SessionKeys {
  readonly initiatorKey: Bytes
  readonly responderKey: Bytes
  readonly id: Bytes
  readonly resumption: Bytes
}

/** HS-25. */
export function sessionKeys(secret: Bytes, t3: Bytes): SessionKeys {
  const keys = hkdf(secret, t3, 'TrustMesh/v1 session', 128)
  return {
    initiatorKey: keys.slice(0, 32),
    responderKey: keys.slice(32, 64),
    id: keys.slice(64, 96),
    resumption: keys.slice(96),
  }
}

/** SE-6. */
export function rekeyed(key: Bytes, sessionId: Bytes): Bytes {
  return hkdf(key, sessionId, 'TrustMesh/v1 rekey', 32)
}

/** A document, or bytes that are meant to be none. */
export type Document = Encodable | { readonly raw: Bytes }

export function documentBytes(document: Document): Bytes {
  const isRaw = typeof document === 'object' && document !== null && 'raw' in document
  return isRaw ? (document.raw as Bytes) : encode(document as Encodable)
}

/** Frame 2 for a hello, with whatever clear and sealed parts; `sealed` is given `t1`, for signatures. */
export function challengeFrame(
  hello: Bytes,
  secret: Bytes,
  clear: Document,
  sealed: (t1: Bytes) => Document,
): { readonly frame: Bytes; readonly t1: Bytes; readonly keys: HandshakeKeys } {
  const clearBytes = documentBytes(clear)
  const t1 = transcript(hello, clearBytes)
  const keys = handshakeKeys(secret, t1)
  return { frame: encode([2, clearBytes, seal(keys.responder, 0, documentBytes(sealed(t1)), t1)]), t1, keys }
}

/** Frame 3 for frames 1 and 2; `sealed` is given `t2`, for signatures. */
export function responseFrame(
  hello: Bytes,
  challenge: Bytes,
  key: Bytes,
  sealed: (t2: Bytes) => Document,
): { readonly frame: Bytes; readonly t2: Bytes } {
  const t2 = transcript(hello, challenge)
  return { frame: encode([3, seal(key, 0, documentBytes(sealed(t2)), t2)]), t2 }
}

/** Frame 4. */
export function welcomeFrame(keys: SessionKeys, sealed: Document): Bytes {
  return encode([4, seal(keys.responderKey, 0, documentBytes(sealed), keys.id)])
}
