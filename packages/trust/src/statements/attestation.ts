import {
  commonFields,
  type Did,
  type Identity,
  type Statement,
  type StatementId,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import * as z from 'zod/mini'
import { context } from '../context.ts'
import { didKey, hash, read, time } from '../fields.ts'
import { TrustError, type TrustErrorCode } from '../trust-error.ts'
import { commonClaim, type Issuance } from './issuance.ts'

const TYPE = 'attestation'
/** Longest life of an attestation. */
const MAX_LIFE_MS = 365 * 24 * 3_600_000
/** What a plain attestation weighs, in thousandths of a unit of evidence. */
export const PLAIN_WEIGHT = 2000
/** The most that an attestation may weigh. */
export const MAX_WEIGHT = 3000

const claimSchema = z.strictObject({
  ...commonFields,
  /** Whom it rates. */
  sub: didKey,
  /** In which context. */
  ctx: context,
  /** How it rates: thousandths of v ∈ [−1, 1]. */
  value: z.int().check(z.gte(-1000), z.lte(1000)),
  /** On how much evidence: thousandths of a unit. */
  weight: z.int().check(z.gte(1), z.lte(MAX_WEIGHT)),
  /** SHA-256 hashes of the evidence. */
  evidence: z.array(hash).check(z.maxLength(16)),
  /** When the evidence was gathered, ms: decay runs from here, so that renewing does not refresh (threat T8). */
  evidenceAt: time,
  /** When it ends, ms. */
  exp: time,
  /** Hybrid clock in ms: the latest of an issuer, subject and context is the one that stands. */
  seq: time,
})

/** "`iss` rates `sub` in this context, with this evidence, until then": the running summary of one by another. */
export type Attestation = Readonly<z.infer<typeof claimSchema>> & { readonly id: StatementId; readonly iss: Did }

/** What an issuer says; what it leaves out is plain, general and as of now. */
export interface NewAttestation {
  readonly sub: Did
  /** −1000 to 1000. */
  readonly value: number
  /** 1 to 3000; {@link PLAIN_WEIGHT} unless told otherwise. */
  readonly weight?: number
  readonly ctx?: string
  readonly evidence?: readonly Uint8Array[]
  /** ms; now unless told otherwise. A renewal without new evidence keeps the time that it had. */
  readonly evidenceAt?: number
  /** ms; a year from now unless told otherwise. */
  readonly exp?: number
  /** `seq` of the attestation that this one follows: two of one millisecond would be equivocation. */
  readonly previousSeq?: number
}

/** Signs an attestation. Rejects with {@link TrustError}: `attestation.*`, before anything is signed. */
export async function issueAttestation(
  identity: Identity,
  attestation: NewAttestation,
  issuance: Issuance,
): Promise<Verified<Statement>> {
  const { sub, value, weight = PLAIN_WEIGHT, ctx = '', evidence = [], previousSeq = -1 } = attestation
  const seq = Math.max(previousSeq + 1, issuance.clock.now())
  const { evidenceAt = seq, exp = seq + MAX_LIFE_MS } = attestation
  const claim = z.safeEncode(claimSchema, {
    ...commonClaim(issuance, seq),
    ...{ sub, ctx, value, weight, evidence: [...evidence], evidenceAt, exp, seq },
  })
  const fault = claim.success ? faultOf(identity.did, sub, claim.data) : 'attestation.malformed'
  if (!claim.success || fault) throw new TrustError(fault ?? 'attestation.malformed')
  return sealStatement(identity, TYPE, claim.data)
}

/** The attestation in a statement. Throws {@link TrustError} with an `attestation.*` code. */
export function parseAttestation({ type, id, signer, claim }: Verified<Statement>): Attestation {
  if (type !== TYPE) throw new TrustError('attestation.type')
  const fields = read(claimSchema, claim, 'attestation.malformed')
  const fault = faultOf(signer, fields.sub, fields)
  if (fault) throw new TrustError(fault)
  return { ...fields, id, iss: signer }
}

type Times = Readonly<Record<'iat' | 'evidenceAt' | 'exp' | 'seq', number>>

/** The rules that no single field can tell. */
function faultOf(iss: Did, sub: Did, { iat, evidenceAt, exp, seq }: Times): TrustErrorCode | null {
  if (iss === sub) return 'attestation.self'
  // Counted from `seq`: when the latest is forgotten, nothing that it superseded can still be alive.
  if (exp <= iat || exp > seq + MAX_LIFE_MS) return 'attestation.expiry'
  if (evidenceAt > iat) return 'attestation.evidence-time'
  // So that nobody who can set a clock can take a slot for ever.
  if (seq > iat) return 'attestation.seq'
  return null
}
