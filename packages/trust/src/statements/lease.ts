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
import { didKey, read, time } from '../fields.ts'
import { TrustError, type TrustErrorCode } from '../trust-error.ts'
import { commonClaim, type Issuance } from './issuance.ts'

const TYPE = 'lease'
/** Longest life of a lease. */
const MAX_LIFE_MS = 30 * 24 * 3_600_000

const claimSchema = z.strictObject({
  ...commonFields,
  /** Where the issuer can be reached. */
  node: didKey,
  /** Hybrid clock in ms: the issuer's latest is the one that stands. */
  seq: time,
  /** When it ends, ms. */
  exp: time,
})

/** "I am attached to this node, until then." */
export type Lease = Readonly<z.infer<typeof claimSchema>> & { readonly id: StatementId; readonly iss: Did }

/** What an agent says when it joins or resumes. */
export interface NewLease {
  readonly node: Did
  /** ms; 30 days from now, the most that there is, unless told otherwise. */
  readonly exp?: number
  /** `seq` of the lease that this one follows. */
  readonly previousSeq?: number
}

/** Signs a lease. Rejects with {@link TrustError}: `lease.*`, before anything is signed. */
export async function issueLease(
  identity: Identity,
  { node, exp, previousSeq = -1 }: NewLease,
  issuance: Issuance,
): Promise<Verified<Statement>> {
  const seq = Math.max(previousSeq + 1, issuance.clock.now())
  const fields = { ...commonClaim(issuance, seq), node, seq, exp: exp ?? seq + MAX_LIFE_MS }
  const claim = z.safeEncode(claimSchema, fields)
  const fault = claim.success ? faultOf(claim.data) : 'lease.malformed'
  if (!claim.success || fault) throw new TrustError(fault ?? 'lease.malformed')
  return sealStatement(identity, TYPE, claim.data)
}

/** The lease in a statement. Throws {@link TrustError} with a `lease.*` code. */
export function parseLease({ type, id, signer, claim }: Verified<Statement>): Lease {
  if (type !== TYPE) throw new TrustError('lease.type')
  const fields = read(claimSchema, claim, 'lease.malformed')
  const fault = faultOf(fields)
  if (fault) throw new TrustError(fault)
  return { ...fields, id, iss: signer }
}

type Times = Readonly<Record<'iat' | 'seq' | 'exp', number>>

function faultOf({ iat, seq, exp }: Times): TrustErrorCode | null {
  if (exp <= iat || exp > seq + MAX_LIFE_MS) return 'lease.expiry'
  if (seq > iat) return 'lease.seq'
  return null
}
