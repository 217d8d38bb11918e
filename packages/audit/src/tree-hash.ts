/** The hashes of RFC 6962, section 2.1 (RFC 9162, section 2.1.1): a leaf can be no node, and none is doubled (threat A6). */

import { sha256 } from '@trustmesh/identity'

/** Bytes of a hash. */
export const HASH_BYTES = 32
/** The root of the tree without leaves. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array())

/** The hash of an entry as a leaf. */
export function leafHash(entry: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + entry.length)
  bytes.set(entry, 1)
  return sha256(bytes)
}

/** The hash of a node over its two children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 1 + HASH_BYTES)
  return sha256(bytes)
}

/** The root over the hashes of leaves, or over those of complete subtrees of one height. */
export function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  const complete: Uint8Array[] = []
  for (const [index, hash] of hashes.entries()) {
    let node = hash
    // As many subtrees are completed by this one as its index ends with ones in binary.
    for (let rest = index; rest % 2 === 1; rest = (rest - 1) / 2) node = nodeHash(complete.pop() as Uint8Array, node)
    complete.push(node)
  }
  return joined(complete)
}

/** The root over complete subtrees side by side, each smaller than the one before it. */
export function joined(subtrees: readonly Uint8Array[]): Uint8Array {
  return subtrees.length === 0 ? EMPTY_ROOT : subtrees.reduceRight((right, left) => nodeHash(left, right))
}

/** Whether two hashes are the same. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === HASH_BYTES && b.length === HASH_BYTES && a.every((byte, i) => byte === b[i])
}
