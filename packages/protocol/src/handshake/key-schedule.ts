/** From transcript to keys: `docs/spec/handshake.md`, HS-20 to HS-26. */

import { primitives } from '#primitives'
import type { KeyPair } from '../primitives/primitives.ts'
import { ProtocolError } from '../protocol-error.ts'

const TRANSCRIPT = new TextEncoder().encode('TrustMesh/v1 transcript')
const ZERO_NONCE = new Uint8Array(12)

/** Keys under which frames 2 and 3 are sealed, one frame each. */
export interface HandshakeKeys {
  readonly responder: Uint8Array
  readonly initiator: Uint8Array
}

/** What both sides hold once the handshake is done. */
export interface SessionSecrets {
  /** 32 bytes that name the session and are bound into each of its frames. */
  readonly id: Uint8Array
  readonly initiatorKey: Uint8Array
  readonly responderKey: Uint8Array
  /** What a ticket for this session stands for. */
  readonly resumption: Uint8Array
}

/** The X25519 output, followed by the ticket's secret where there is one. Throws `handshake.weak-key`. */
export function agreedSecret(pair: KeyPair, peerPublicKey: Uint8Array, ticketSecret?: Uint8Array): Uint8Array {
  const shared = pair.agree(peerPublicKey)
  if (!shared) throw new ProtocolError('handshake.weak-key')
  return ticketSecret ? Uint8Array.of(...shared, ...ticketSecret) : shared
}

/** Hash of frames as received; each with its length in front, so that no two transcripts share a hash. */
export function transcriptHash(...parts: readonly Uint8Array[]): Uint8Array {
  return primitives.sha256(TRANSCRIPT, ...parts.flatMap((part) => [lengthOf(part), part]))
}

/** `secret` is the X25519 output, followed in a resumption by the ticket's secret. */
export function handshakeKeys(secret: Uint8Array, transcript: Uint8Array): HandshakeKeys {
  const bytes = primitives.hkdf(secret, transcript, 'TrustMesh/v1 handshake', 64)
  return { responder: bytes.subarray(0, 32), initiator: bytes.subarray(32) }
}

export function sessionSecrets(secret: Uint8Array, transcript: Uint8Array): SessionSecrets {
  const bytes = primitives.hkdf(secret, transcript, 'TrustMesh/v1 session', 128)
  return {
    initiatorKey: bytes.slice(0, 32),
    responderKey: bytes.slice(32, 64),
    id: bytes.slice(64, 96),
    resumption: bytes.slice(96),
  }
}

/** The key is used for this one frame, so the nonce can be zero. */
export function sealOnce(key: Uint8Array, plaintext: Uint8Array, transcript: Uint8Array): Uint8Array {
  return primitives.seal(key, ZERO_NONCE, plaintext, transcript)
}

export function openOnce(key: Uint8Array, sealed: Uint8Array, transcript: Uint8Array): Uint8Array | null {
  return primitives.open(key, ZERO_NONCE, sealed, transcript)
}

function lengthOf(part: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, part.length)
  return bytes
}
