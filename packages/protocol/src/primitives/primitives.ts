/** The four primitives of the one cipher suite: X25519, HKDF-SHA256, ChaCha20-Poly1305, SHA-256. */
export interface Primitives {
  /** An ephemeral X25519 key pair from 32 random bytes (RFC 7748 §5). */
  keyPair(secret: Uint8Array): KeyPair
  /** HKDF-SHA256 (RFC 5869). */
  hkdf(secret: Uint8Array, salt: Uint8Array, info: string, length: number): Uint8Array
  /** SHA-256 over the concatenation of the parts. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array
  /** ChaCha20-Poly1305 (RFC 8439): ciphertext with the 16-byte tag behind it. Nonces are 12 bytes. */
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array
  /** The plaintext, or `null` where key, nonce, ciphertext or associated data are not those that were sealed. */
  open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Uint8Array | null
}

/** An X25519 key pair (RFC 7748) for one handshake. Its secret key cannot be read. */
export interface KeyPair {
  readonly publicKey: Uint8Array
  /** The shared secret, or `null` where the peer's key yields the all-zero one (RFC 7748 §6.1). */
  agree(peerPublicKey: Uint8Array): Uint8Array | null
}

/** Length of the tag that sealing adds, in bytes. */
export const TAG_LENGTH = 16

/** Constant time: the value is a secret. */
export function isAllZero(bytes: Uint8Array): boolean {
  let bits = 0
  for (const byte of bytes) bits |= byte
  return bits === 0
}
