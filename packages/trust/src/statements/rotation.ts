import {
  type Claim,
  commonFields,
  type Did,
  encode,
  type Identity,
  keyOf,
  type Statement,
  type StatementId,
  sealStatement,
  sha256,
  type Verified,
  verifySigned,
} from '@trustmesh/identity'
import * as z from 'zod/mini'
import { didKey, hash, read } from '../fields.ts'
import { TrustError, type TrustErrorCode } from '../trust-error.ts'
import { commonClaim, type Issuance } from './issuance.ts'

const TYPE = 'rotation'
/** Under which the new key signs that it succeeds the old one. */
const PROOF_LABEL = 'rotation/successor'

const claimSchema = z.strictObject({
  ...commonFields,
  /** Whom `to` succeeds, in the word of an authority; the issuer where it is left out. */
  from: z.optional(didKey),
  /** The successor. */
  to: didKey,
  /** The commitment of the successor to the one after it. */
  next: hash,
  /** The successor's signature. */
  proof: z.custom<Uint8Array>((v) => v instanceof Uint8Array && v.length === 64),
})

/** "`to` succeeds `from`": by the old key itself, or by an authority. Whether it does is for the `StatementSet` to say. */
export type Rotation = Readonly<Omit<z.infer<typeof claimSchema>, 'from' | 'proof'>> & {
  readonly id: StatementId
  readonly iss: Did
  readonly from: Did
}

/** What a successor agrees to, in the mesh `net`. */
export interface Agreement {
  readonly net: Uint8Array
  readonly from: Did
  /** Its commitment to the one after it. */
  readonly next: Uint8Array
}

/** The commitment to a Did that nobody has to know of yet: SHA-256 of its 32 key bytes. */
export function commitmentTo(did: Did): Uint8Array {
  return sha256(keyOf(did))
}

/** The successor's signature, which a rotation has to carry: nobody is made a successor without its consent. */
export async function proveSuccession(to: Identity, agreement: Agreement): Promise<Uint8Array> {
  return (await to.sign(PROOF_LABEL, agreementOf(agreement))).signature
}

/** Signs a rotation: by the old key, or with `from` by an authority. Rejects with {@link TrustError}: `rotation.*`, before anything is signed. */
export async function issueRotation(
  identity: Identity,
  { from, to, next, proof }: { from?: Did; to: Did; next: Uint8Array; proof: Uint8Array },
  issuance: Issuance,
): Promise<Verified<Statement>> {
  const common = commonClaim(issuance, issuance.clock.now())
  const claim = z.safeEncode(claimSchema, { ...common, ...(from && { from }), to, next, proof })
  if (!claim.success) throw new TrustError('rotation.malformed')
  const fault = faultOf({ net: issuance.net, from: from ?? identity.did, to, next, proof })
  if (fault) throw new TrustError(fault)
  return sealStatement(identity, TYPE, claim.data)
}

/** The rotation in a statement, its proof verified. Throws {@link TrustError} with a `rotation.*` code. */
export function parseRotation({ type, id, signer, claim }: Verified<Statement>): Rotation {
  if (type !== TYPE) throw new TrustError('rotation.type')
  const { proof, from = signer, ...fields } = read(claimSchema, claim, 'rotation.malformed')
  const fault = faultOf({ ...fields, from, proof })
  if (fault) throw new TrustError(fault)
  return { ...fields, from, id, iss: signer }
}

function faultOf({ to, proof, ...agreement }: Agreement & { to: Did; proof: Uint8Array }): TrustErrorCode | null {
  if (to === agreement.from) return 'rotation.self'
  const signed = { payload: encode(agreementOf(agreement)), signature: proof }
  return verifySigned(to, PROOF_LABEL, signed) ? null : 'rotation.proof'
}

/** Encoded by both sides, and so in this order. */
function agreementOf({ net, from, next }: Agreement): Claim {
  return { net, from: keyOf(from), next }
}
