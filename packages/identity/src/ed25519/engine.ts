/** What an Ed25519 implementation has to offer. Two exist, native and portable; `verify.ts` puts one rule before both. */
export interface Ed25519Engine {
  readonly name: 'native' | 'portable'
  /**
   * Whether `R = encode([S]B − [h]A)` byte for byte, for a key and a signature that have passed the key guard.
   * False, never an exception, for a key that is not on the curve.
   */
  holds(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** The same verdict, found off this thread where the platform has others; never rejects. */
  holdsSoon(key: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>
  /** Expands a 32-byte secret seed (RFC 8032 §5.1.5). */
  secret(seed: Uint8Array): Ed25519Secret
  /** SHA-256 of the message. */
  sha256(message: Uint8Array): Uint8Array
  /** The same in lower-case hex. */
  sha256Hex(message: Uint8Array): string
}

/** A secret key, ready to sign. */
export interface Ed25519Secret {
  /** The 32 bytes of the public key. */
  readonly publicKey: Uint8Array
  /** The 64 bytes of an RFC 8032 §5.1.6 signature; deterministic. */
  sign(message: Uint8Array): Uint8Array
}
