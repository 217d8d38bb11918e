import { primitives } from '#primitives'
import type { KeyPair } from './primitives.ts'

export type { KeyPair } from './primitives.ts'

/** The ephemeral key pair of 32 secret bytes: for browsers, and wherever a seed decides everything. */
export function keyPairOf(secret: Uint8Array): KeyPair {
  return primitives.keyPair(secret)
}
