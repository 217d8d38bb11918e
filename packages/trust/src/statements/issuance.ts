import type { Clock, Random } from '@trustmesh/identity'

/** What it takes to issue a statement: the mesh that it is for, and the ports. */
export interface Issuance {
  /** SHA-256 of the Did of the mesh's root, 32 bytes: a statement means nothing in another mesh (threat T11). */
  readonly net: Uint8Array
  readonly clock: Clock
  readonly random: Random
}

interface CommonClaim {
  readonly net: Uint8Array
  readonly iat: number
  readonly nonce: Uint8Array
}

/** The fields of every claim, for one issued at `iat`. */
export function commonClaim({ net, random }: Issuance, iat: number): CommonClaim {
  return { net, iat, nonce: random(16) }
}
