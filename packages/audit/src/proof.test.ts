import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  consistencyProof,
  inclusionProof,
  type ReadHash,
  type Tree,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts'
import { EMPTY_ROOT, leafHash, nodeHash, rootOf } from './tree-hash.ts'

const SIZES = 300
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const leaves = Array.from({ length: SIZES }, (_, i) => leafHash(Buffer.from(`entry ${i}`)))

/** The definition of RFC 6962, section 2.1, as it stands there. */
function definition(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return EMPTY_ROOT
  if (hashes.length === 1) return hashes[0]!
  let k = 1
  while (k * 2 < hashes.length) k *= 2
  return nodeHash(definition(hashes.slice(0, k)), definition(hashes.slice(k)))
}

const read: ReadHash = async (height, index) => rootOf(leaves.slice(index * 2 ** height, (index + 1) * 2 ** height))
const roots = Array.from({ length: SIZES + 1 }, (_, size) => rootOf(leaves.slice(0, size)))
const treeOf = (size: number): Tree => ({ size, root: roots[size]! })
const flipped = (hash: Uint8Array, bit: number): Uint8Array =>
  hash.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

describe(rootOf, () => {
  it('A6 gives the roots of the trees that RFC 6962 was published with', () => {
    const entries = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ].map((hex) => leafHash(bytes(hex)))
    expect([0, 1, 2, 3, 8].map((size) => Buffer.from(rootOf(entries.slice(0, size))).toString('hex'))).toEqual([
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ])
  })

  it(`is what RFC 6962 defines, for every size up to ${SIZES}`, () => {
    for (let size = 0; size <= SIZES; size++) expect(roots[size]).toEqual(definition(leaves.slice(0, size)))
  })

  it('A6 takes no node for a leaf, and no last leaf twice', () => {
    const [a, b, c] = leaves as [Uint8Array, Uint8Array, Uint8Array]
    expect(rootOf([leafHash(Buffer.concat([a, b]))])).not.toEqual(rootOf([a, b]))
    expect(rootOf([a, b, c])).not.toEqual(rootOf([a, b, c, c]))
  })
})

describe(verifyInclusion, () => {
  it('A1 holds for every leaf of every tree, and for no other leaf, index, size or root', async () => {
    for (let size = 1; size <= SIZES; size += size < 70 ? 1 : 23) {
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(index, size, read)
        const leaf = leaves[index]!
        const holds = (at: number, of: number, tree: Tree) => verifyInclusion(leaves[at]!, of, tree, proof)
        expect(holds(index, index, treeOf(size))).toBe(true)
        expect(holds((index + 1) % SIZES, index, treeOf(size))).toBe(false)
        if (size > 1) expect(holds(index, (index + 1) % size, treeOf(size))).toBe(false)
        expect(holds(index, index, { size, root: roots[size - 1]! })).toBe(false)
        expect(verifyInclusion(leaf, index, treeOf(size), [...proof, leaf])).toBe(false)
        expect(verifyInclusion(leaf, index, treeOf(size), proof.slice(1))).toBe(proof.length === 0)
      }
    }
  })

  it('A1 refuses 2,000 proofs with one bit turned, in the leaf, the proof or the root', async () => {
    const cases = fc.tuple(fc.integer({ min: 2, max: SIZES }), fc.nat(), fc.nat(), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(cases, async ([size, at, which, bit]) => {
        const index = at % size
        const parts = [leaves[index]!, roots[size]!, ...(await inclusionProof(index, size, read))]
        const turned = parts.map((hash, i) => (i === which % parts.length ? flipped(hash, bit) : hash))
        const holds = ([leaf, root, ...proof]: Uint8Array[]) =>
          verifyInclusion(leaf!, index, { size, root: root! }, proof)
        expect([holds(parts), holds(turned)]).toEqual([true, false])
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses numbers that are none, and hashes of another length', async () => {
    const proof = await inclusionProof(3, 8, read)
    for (const index of [-1, 8, 3.5, Number.NaN, 2 ** 64]) {
      expect(verifyInclusion(leaves[3]!, index, treeOf(8), proof)).toBe(false)
    }
    const short = proof.map((hash) => hash.subarray(1))
    expect(verifyInclusion(leaves[3]!, 3, treeOf(8), short)).toBe(false)
    await expect(inclusionProof(8, 8, read)).rejects.toMatchObject({ code: 'proof.range' })
    await expect(inclusionProof(-1, 8, read)).rejects.toMatchObject({ code: 'proof.range' })
  })

  it('holds for a tree beyond 32 bits', async () => {
    const size = 2 ** 40 + 5
    const same: ReadHash = async (height) => {
      let hash = leaves[0]!
      for (let i = 0; i < height; i++) hash = nodeHash(hash, hash)
      return hash
    }
    const tree = { size, root: await treeRoot(size, same) }
    const proof = await inclusionProof(2 ** 39 + 1, size, same)
    expect(verifyInclusion(leaves[0]!, 2 ** 39 + 1, tree, proof)).toBe(true)
    expect(verifyInclusion(leaves[1]!, 2 ** 39 + 1, tree, proof)).toBe(false)
    const first = { size: 2 ** 33 + 3, root: await treeRoot(2 ** 33 + 3, same) }
    expect(verifyConsistency(first, tree, await consistencyProof(first.size, size, same))).toBe(true)
  })
})

describe(verifyConsistency, () => {
  it('A3 holds between every two sizes, and not where the first tree is another', async () => {
    for (let to = 0; to <= SIZES; to += to < 70 ? 1 : 23) {
      for (let from = 0; from <= to; from++) {
        const proof = await consistencyProof(from, to, read)
        expect(verifyConsistency(treeOf(from), treeOf(to), proof)).toBe(true)
        const forked = { size: from, root: flipped(roots[from]!, 7) }
        expect(verifyConsistency(forked, treeOf(to), proof)).toBe(false)
        if (from < to) expect(verifyConsistency(treeOf(to), treeOf(from), proof)).toBe(false)
        if (proof.length > 0) expect(verifyConsistency(treeOf(from), treeOf(to), proof.slice(0, -1))).toBe(false)
        expect(verifyConsistency(treeOf(from), treeOf(to), [...proof, leaves[0]!])).toBe(false)
      }
    }
  })

  it('A4 refuses 2,000 histories of which an earlier leaf was changed', async () => {
    const cases = fc.tuple(fc.integer({ min: 2, max: SIZES }), fc.nat(), fc.nat())
    await fc.assert(
      fc.asyncProperty(cases, async ([to, a, b]) => {
        const from = 1 + (a % (to - 1))
        const changed = leaves.map((leaf, i) => (i === b % from ? flipped(leaf, 0) : leaf))
        const other: ReadHash = async (height, index) =>
          rootOf(changed.slice(index * 2 ** height, (index + 1) * 2 ** height))
        const tree = { size: to, root: await treeRoot(to, other) }
        expect(verifyConsistency(treeOf(from), tree, await consistencyProof(from, to, other))).toBe(false)
        expect(verifyConsistency(treeOf(from), tree, await consistencyProof(from, to, read))).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
})
