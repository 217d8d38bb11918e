/**
 * # @trustmesh/identity
 *
 * Who somebody is, and what they have signed.
 *
 * - A **Did** is one key in one spelling: {@link parseDid} from outside, {@link didOf} from raw bytes.
 * - An **Identity** is a Did that can sign, wherever its key lives: {@link generateIdentity}, {@link identityOf}, a {@link Keystore}.
 * - A **Statement** is a signed, content-addressed claim: {@link sealStatement}, {@link openStatement}.
 * - Documents are strict msgpack: {@link encode}, {@link decode}.
 *
 * Files, the system's clock and its randomness, and statements in bulk are in `@trustmesh/identity/node`; DID documents in
 * `@trustmesh/identity/did-document`. Everything here runs in browsers too.
 */

export { fromBase64url, toBase64url } from './base64url.ts'
export { type Did, didOf, isDid, keyOf, parseDid } from './did.ts'
export { decode, decodeBody, type Encodable, encode, encodeBody } from './encoding.ts'
export {
  type Claim,
  generateIdentity,
  type Identity,
  identityFromSeed,
  identityOf,
  SEED_LENGTH,
  type Signed,
  type Signer,
  verifyCheckpoint,
  verifyCosignature,
  verifySigned,
} from './identity.ts'
export { IdentityError, type IdentityErrorCode } from './identity-error.ts'
export { type KeyFault, keyFault } from './key-guard.ts'
export { checkName, type Heirs, type Keystore, loadOrCreate, MemoryKeystore } from './keystore.ts'
export { meshIdOf } from './mesh-id.ts'
export { openInTurns, type Turns } from './open-statements.ts'
export type { Clock, Random } from './ports.ts'
export { sha256, sha256Hex } from './sha256.ts'
export type { Preimage, ProtocolLabel, SigningLabel } from './signing.ts'
export {
  commonFields,
  decodeStatement,
  type Envelope,
  MAX_STATEMENT_BYTES,
  openStatement,
  type ProvenEnvelope,
  parseEnvelope,
  proveEnvelope,
  type Statement,
  type StatementId,
  sealStatement,
  type Verified,
} from './statement.ts'
export { type TreeHead, treeHeadText } from './tree-head.ts'
