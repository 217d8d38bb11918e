import {
  entriesIn,
  formatBundle,
  issueCheckpoint,
  issueCosignature,
  leafHash,
  parseCheckpoint,
  rootOf,
  tileAt,
  tilePath,
  verifyConsistency,
  verifyInclusion,
  withCosignature,
} from '@trustmesh/audit'
import { identityFromSeed } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { BUNDLES, CHECKPOINTS, CONSISTENCIES, INCLUSIONS, LOG_ENTRIES, PATHS, TREES } from './audit-cases.ts'
import { bytesOf, generated, onDisk, type Shown } from './golden.ts'

const FILE = 'audit.json'
const written = generated(FILE, {
  ...{ version: 1, entries: LOG_ENTRIES, trees: TREES, inclusions: INCLUSIONS, consistencies: CONSISTENCIES },
  ...{ checkpoints: CHECKPOINTS, bundles: BUNDLES, paths: PATHS },
})
const vectors = JSON.parse(onDisk(FILE)) as {
  entries: Shown<typeof LOG_ENTRIES>
  trees: Shown<typeof TREES>
  inclusions: Shown<typeof INCLUSIONS>
  consistencies: Shown<typeof CONSISTENCIES>
  checkpoints: Shown<typeof CHECKPOINTS>
  bundles: Shown<typeof BUNDLES>
  paths: typeof PATHS
}

const leaves = vectors.entries.map(({ entry }) => leafHash(bytesOf(entry)))
const treeOf = (size: number) => ({ size, root: bytesOf(vectors.trees.find((tree) => tree.size === size)!.root) })

it('audit.json is what the generator makes, byte for byte', () => {
  expect(onDisk(FILE)).toBe(written)
})

describe('audit.json', () => {
  it('AU-10 has the hashes of its entries and the roots over them', () => {
    expect(leaves).toEqual(vectors.entries.map(({ leaf }) => bytesOf(leaf)))
    for (const { size, root } of vectors.trees) expect(rootOf(leaves.slice(0, size))).toEqual(bytesOf(root))
  })

  it('AU-11 has proofs that hold', () => {
    for (const { index, size, proof } of vectors.inclusions) {
      const tree = { size, root: rootOf(leaves.slice(0, size)) }
      expect(verifyInclusion(leaves[index]!, index, tree, proof.map(bytesOf))).toBe(true)
    }
    for (const { from, to, proof } of vectors.consistencies) {
      const first = { size: from, root: rootOf(leaves.slice(0, from)) }
      expect(verifyConsistency(first, treeOf(to), proof.map(bytesOf))).toBe(true)
    }
  })

  it('AU-21 AU-24 has checkpoints and cosignatures as they are signed here', async () => {
    for (const { log, size, note, witness, at, cosignature } of vectors.checkpoints) {
      const checkpoint = await issueCheckpoint(identityFromSeed(bytesOf(log)), treeOf(size))
      expect(checkpoint.note).toBe(note)
      const by = identityFromSeed(bytesOf(witness))
      expect(await issueCosignature(by, checkpoint.head, at)).toBe(cosignature)
      const { cosigners } = withCosignature(parseCheckpoint(note), cosignature)
      expect(cosigners).toEqual([{ did: by.did, at }])
    }
  })

  it('AU-32 AU-33 has files as they are written here', () => {
    for (const { entries, bundle } of vectors.bundles) {
      expect(formatBundle(entries.map(bytesOf))).toEqual(bytesOf(bundle))
      expect(entriesIn(bytesOf(bundle)).map((entry) => Buffer.from(entry).toString('hex'))).toEqual(entries)
    }
    for (const { path, ...tile } of vectors.paths) {
      expect(tilePath(tile)).toBe(path)
      expect(tileAt(path)).toEqual(tile)
    }
  })
})
