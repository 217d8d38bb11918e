/** One direction of a session: a key, and a counter that is never on the wire. `docs/spec/session.md`, SE-1 to SE-8. */

import { primitives } from '#primitives'

/**
 * Seals or opens the messages of one direction. The nonce is the count of messages under the key, so whatever is replayed,
 * reordered, left out or taken from elsewhere does not open (threats M1 to M3).
 */
export class SealedDirection {
  readonly #sessionId: Uint8Array
  #key: Uint8Array
  #count: number

  /** `used` messages have been sealed under the key already: one in the direction of the welcome. */
  constructor(key: Uint8Array, sessionId: Uint8Array, used: 0 | 1) {
    this.#key = key
    this.#sessionId = sessionId
    this.#count = used
  }

  /** Messages so far under the present key. */
  get count(): number {
    return this.#count
  }

  seal(plaintext: Uint8Array): Uint8Array {
    return primitives.seal(this.#key, nonce(this.#count++), plaintext, this.#sessionId)
  }

  open(sealed: Uint8Array): Uint8Array | null {
    return primitives.open(this.#key, nonce(this.#count++), sealed, this.#sessionId)
  }

  /** Replaces the key by one from which it cannot be computed back. */
  rekey(): void {
    this.#key = primitives.hkdf(this.#key, this.#sessionId, 'TrustMesh/v1 rekey', 32)
    this.#count = 0
  }
}

/** The first message of the responder: the welcome. */
export function sealFirst(key: Uint8Array, sessionId: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return new SealedDirection(key, sessionId, 0).seal(plaintext)
}

export function openFirst(key: Uint8Array, sessionId: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  return new SealedDirection(key, sessionId, 0).open(sealed)
}

function nonce(count: number): Uint8Array {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setUint32(4, Math.floor(count / 0x1_0000_0000))
  view.setUint32(8, count >>> 0)
  return bytes
}
