import {
  commonFields,
  type Did,
  type Identity,
  type Statement,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import * as z from 'zod/mini'
import { didKey, line, read, statementId } from '../fields.ts'
import { TrustError } from '../trust-error.ts'
import { commonClaim, type Issuance } from './issuance.ts'

const TYPE = 'revocation'
/** A delegation chain has at most 10 links; with it may come what names a revoker. */
const MAX_PATH = 16

const claimSchema = z.strictObject({
  ...commonFields,
  /** A Did; or one statement, with its issuer, so that the issuer's signature alone proves the authority. */
  target: z.union([z.strictObject({ did: didKey }), z.strictObject({ iss: didKey, id: statementId })]),
  reason: line(256),
  /** Envelopes that prove the authority of a signer who is neither the target, nor its issuer, nor an authority. */
  path: z.optional(
    z.array(z.custom<Uint8Array>((v) => v instanceof Uint8Array)).check(z.minLength(1), z.maxLength(MAX_PATH)),
  ),
})

type RevocationClaim = z.infer<typeof claimSchema>

/** What is revoked, for ever: a Did with all that it issued, or one statement. */
export type RevocationTarget = Readonly<RevocationClaim['target']>

/** The claim of a revocation. Whether its signer had the authority is for the `StatementSet` to say. */
export type Revocation = Readonly<RevocationClaim>

/** Signs a revocation. Rejects with {@link TrustError}: `revocation.malformed`, before anything is signed. */
export async function issueRevocation(
  identity: Identity,
  { target, reason, path }: { target: RevocationTarget; reason: string; path?: readonly Uint8Array[] },
  issuance: Issuance,
): Promise<Verified<Statement>> {
  const claim = z.safeEncode(claimSchema, {
    ...commonClaim(issuance, issuance.clock.now()),
    target,
    // Normalised here and judged by nobody: normal forms depend on the version of Unicode, in which nodes may differ.
    reason: reason.normalize('NFC'),
    ...(path && { path: [...path] }),
  })
  if (!claim.success || (path && isOwn(target, identity.did))) throw new TrustError('revocation.malformed')
  return sealStatement(identity, TYPE, claim.data)
}

/** The revocation in a statement. Throws {@link TrustError} with a `revocation.*` code. */
export function parseRevocation({ type, signer, claim }: Verified<Statement>): Revocation {
  if (type !== TYPE) throw new TrustError('revocation.type')
  const revocation = read(claimSchema, claim, 'revocation.malformed')
  // Nobody would ever look at it, and everybody would keep it (threats K8, R7).
  if (revocation.path && isOwn(revocation.target, signer)) throw new TrustError('revocation.malformed')
  return revocation
}

/** Whether the signature alone is the authority: of the Did that is revoked, or of whoever issued the statement. */
export function isOwn(target: RevocationTarget, signer: Did): boolean {
  return signer === ('did' in target ? target.did : target.iss)
}
