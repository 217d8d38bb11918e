/**
 * # @trustmesh/audit
 *
 * A log that nobody can rewrite unseen, and how to tell that nobody has. Pure functions: no clock, no randomness and no I/O in
 * here. `docs/spec/audit.md` is the normative description.
 *
 * - Entries are the leaves of a Merkle tree: {@link leafHash}, {@link rootOf}. That it has an entry, and that it goes on from
 *   what it was, is shown by proofs: {@link verifyInclusion}, {@link verifyConsistency}.
 * - A tree is kept in files that never change once they are full: {@link tilePath}, {@link formatBundle}.
 * - A **checkpoint** is what a log says of itself, signed by its key: {@link parseCheckpoint}. Others **cosign** it once they
 *   have seen a proof that it goes on from the last one that they have cosigned: {@link issueCosignature}.
 * - An **export** is all of that in a folder: {@link verifyExport} says which entry, if any, is wrong.
 *
 *       const verdict = await verifyExport((path) => readFile(join(folder, path)).catch(() => null), { root }, clock.now())
 *       if (!verdict.ok) console.log(verdict.code, verdict.index)
 */

export { AuditError, type AuditErrorCode } from './audit-error.ts'
export { entriesIn, formatBundle, MAX_ENTRY_BYTES } from './bundle.ts'
export {
  type Checkpoint,
  type Cosigner,
  issueCheckpoint,
  issueCosignature,
  parseCheckpoint,
  withCosignature,
} from './checkpoint.ts'
export { firstKept } from './dropped.ts'
export {
  formatKeyChains,
  isKeyOf,
  type KeyChain,
  type KeyUse,
  type LinkedKey,
  LOG,
  nodeOfKey,
  openChain,
  parseKeyChains,
  WITNESS,
} from './key-chains.ts'
export {
  consistencyProof,
  inclusionProof,
  MAX_PROOF,
  type ReadHash,
  type Tree,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts'
export { hashesBy, hashesIn, TILE_WIDTH, type Tile, tileAt, tilePath, tilesOf, widthIn } from './tile.ts'
export { EMPTY_ROOT, HASH_BYTES, isSameHash, leafHash, nodeHash, rootOf } from './tree-hash.ts'
export { type Anchor, type ExportFault, type ExportFiles, type ExportVerdict, verifyExport } from './verify-export.ts'
