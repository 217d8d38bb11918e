/** Proofs that a tree holds an entry, and that it goes on from an earlier one: RFC 9162, sections 2.1.3 and 2.1.4. */

import { AuditError } from './audit-error.ts'
import { EMPTY_ROOT, HASH_BYTES, isSameHash, joined, nodeHash } from './tree-hash.ts'

/** A tree as its head says it: how many leaves it has, and their root. */
export interface Tree {
  readonly size: number
  readonly root: Uint8Array
}

/** The hash of the complete subtree of 2^`height` leaves that is the `index`-th of its height. */
export type ReadHash = (height: number, index: number) => Promise<Uint8Array>

/** Longest proof of a tree whose size is a safe integer. */
export const MAX_PROOF = 64

/** Whether the tree has this leaf at this index. */
export function verifyInclusion(leaf: Uint8Array, index: number, tree: Tree, proof: readonly Uint8Array[]): boolean {
  if (!isCount(index) || !isCount(tree.size) || index >= tree.size || !isHashes([leaf, ...proof])) return false
  let hash = leaf
  const climb = new Climb(index, tree.size - 1)
  for (const sibling of proof) {
    if (climb.isOver) return false
    hash = climb.isRight ? nodeHash(sibling, hash) : nodeHash(hash, sibling)
    climb.up()
  }
  return climb.isOver && isSameHash(hash, tree.root)
}

/** Whether the second tree has all leaves of the first, in their order, before any others. */
export function verifyConsistency(first: Tree, second: Tree, proof: readonly Uint8Array[]): boolean {
  if (!isCount(first.size) || !isCount(second.size) || first.size > second.size || !isHashes(proof)) return false
  if (first.size === second.size) return proof.length === 0 && isSameHash(first.root, second.root)
  if (first.size === 0) return proof.length === 0 && isSameHash(first.root, EMPTY_ROOT)
  const climb = new Climb(first.size - 1, second.size - 1)
  climb.skipRight()
  // Where the first tree is one whole subtree of the second, its root is where the path begins.
  const [start, ...rest] = climb.isLeftmost ? [first.root, ...proof] : proof
  if (!start) return false
  let [before, after] = [start, start]
  for (const sibling of rest) {
    if (climb.isOver) return false
    if (climb.isRight) before = nodeHash(sibling, before)
    after = climb.isRight ? nodeHash(sibling, after) : nodeHash(after, sibling)
    climb.up()
  }
  return climb.isOver && isSameHash(before, first.root) && isSameHash(after, second.root)
}

/** The proof that a tree of that size has the leaf at that index. Rejects with {@link AuditError} `proof.range`. */
export async function inclusionProof(index: number, size: number, read: ReadHash): Promise<Uint8Array[]> {
  if (!isCount(index) || !isCount(size) || index >= size) throw new AuditError('proof.range')
  const proof: Uint8Array[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + split(end - start)
    const isLeft = index < middle
    proof.unshift(isLeft ? await rangeHash(middle, end, read) : await rangeHash(start, middle, read))
    if (isLeft) end = middle
    else start = middle
  }
  return proof
}

/** The proof that a tree goes on from what it was at an earlier size. Rejects with {@link AuditError} `proof.range`. */
export async function consistencyProof(from: number, to: number, read: ReadHash): Promise<Uint8Array[]> {
  if (!isCount(from) || !isCount(to) || from > to) throw new AuditError('proof.range')
  if (from === 0 || from === to) return []
  const proof: Uint8Array[] = []
  let [start, end] = [0, to]
  while (from < end) {
    const middle = start + split(end - start)
    const isLeft = from <= middle
    proof.unshift(isLeft ? await rangeHash(middle, end, read) : await rangeHash(start, middle, read))
    if (isLeft) end = middle
    else start = middle
  }
  // Who checks has the root of the first tree already, where that is what this would be.
  return start === 0 ? proof : [await rangeHash(start, end, read), ...proof]
}

/** The root of a tree of that size. */
export function treeRoot(size: number, read: ReadHash): Promise<Uint8Array> {
  return rangeHash(0, size, read)
}

/** Over the leaves from `start` on, which is a multiple of the largest complete subtree in there. */
async function rangeHash(start: number, end: number, read: ReadHash): Promise<Uint8Array> {
  const subtrees: Uint8Array[] = []
  for (let at = start; at < end; ) {
    let [height, leaves] = [0, 1]
    for (; leaves * 2 <= end - at; leaves *= 2) height++
    subtrees.push(await read(height, at / leaves))
    at += leaves
  }
  return joined(subtrees)
}

/** The largest power of two below n. */
function split(n: number): number {
  let power = 1
  while (power * 2 < n) power *= 2
  return power
}

/** Where a leaf, and the last leaf of its tree, are on the way to the root: by halves, as sizes are larger than what shifts keep. */
class Climb {
  #at: number
  #last: number

  constructor(at: number, last: number) {
    this.#at = at
    this.#last = last
  }

  get isOver(): boolean {
    return this.#last === 0
  }

  get isLeftmost(): boolean {
    return this.#at === 0
  }

  /** Whether what joins it next is on its left. */
  get isRight(): boolean {
    return this.#at % 2 === 1 || this.#at === this.#last
  }

  /** Over everything that it is the right child of. */
  skipRight(): void {
    while (this.#at % 2 === 1) this.#half()
  }

  up(): void {
    // At the right edge nothing joins it until it is a right child.
    if (this.isRight) while (this.#at % 2 === 0 && this.#at !== 0) this.#half()
    this.#half()
  }

  #half(): void {
    this.#at = Math.floor(this.#at / 2)
    this.#last = Math.floor(this.#last / 2)
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.length <= MAX_PROOF + 1 && hashes.every(({ length }) => length === HASH_BYTES)
}
