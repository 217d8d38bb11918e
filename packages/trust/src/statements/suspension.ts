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
import { MAX_SKEW_MS } from '../skew.ts'
import { TrustError, type TrustErrorCode } from '../trust-error.ts'
import { commonClaim, type Issuance } from './issuance.ts'

const TYPE = 'suspension'
/** Longest hold: whoever wants it to go on has to say so again. */
export const MAX_HOLD_MS = 30 * 24 * 3_600_000

const claimSchema = z.strictObject({
  ...commonFields,
  /** Whom it holds. */
  sub: didKey,
  /** When it ends by itself, ms. */
  until: time,
  /** Hybrid clock in ms: the latest of an issuer and subject is the one that stands. */
  seq: time,
  /** Whether the hold is taken back. */
  lifted: z.boolean(),
})

/** "Nobody deals with `sub` until then, or until I lift it": a hold by an authority, which ends by itself. */
export type Suspension = Readonly<z.infer<typeof claimSchema>> & { readonly id: StatementId; readonly iss: Did }

/** What an authority says; what it leaves out is a hold of the longest duration. */
export interface NewSuspension {
  readonly sub: Did
  /** ms; 30 days from now, the most that there is, unless told otherwise. */
  readonly until?: number
  /** Takes back the hold of the same issuer. */
  readonly lifted?: boolean
  /** `seq` of the suspension that this one follows. */
  readonly previousSeq?: number
}

/** Signs a suspension. Rejects with {@link TrustError}: `suspension.*`, before anything is signed. */
export async function issueSuspension(
  identity: Identity,
  { sub, until, lifted = false, previousSeq = -1 }: NewSuspension,
  issuance: Issuance,
): Promise<Verified<Statement>> {
  const seq = Math.max(previousSeq + 1, issuance.clock.now())
  const fields = { ...commonClaim(issuance, seq), sub, until: until ?? seq + MAX_HOLD_MS, seq, lifted }
  const claim = z.safeEncode(claimSchema, fields)
  const fault = claim.success ? faultOf(claim.data) : 'suspension.malformed'
  if (!claim.success || fault) throw new TrustError(fault ?? 'suspension.malformed')
  return sealStatement(identity, TYPE, claim.data)
}

/** The suspension in a statement. Throws {@link TrustError} with a `suspension.*` code. */
export function parseSuspension({ type, id, signer, claim }: Verified<Statement>): Suspension {
  if (type !== TYPE) throw new TrustError('suspension.type')
  const fields = read(claimSchema, claim, 'suspension.malformed')
  const fault = faultOf(fields)
  if (fault) throw new TrustError(fault)
  return { ...fields, id, iss: signer }
}

/** Whether it holds at a time in ms, if nothing has become of it. Clocks may run ahead by a minute. */
export function isHolding({ iat, until, lifted }: Suspension, now: number): boolean {
  return !lifted && iat <= now + MAX_SKEW_MS && now < until
}

/** When it begins and when it ends, in ms. */
export function turnsOf({ iat, until }: Suspension): number[] {
  return [iat - MAX_SKEW_MS, until]
}

/** How strict it is, among those with the same `seq`: a hold beats a lifting, and of two holds the longer. */
export function strictnessOf({ seq, until, lifted }: Suspension): number {
  return lifted ? 0 : 1 + until - seq
}

type Times = Readonly<Record<'iat' | 'until' | 'seq', number>>

function faultOf({ iat, until, seq }: Times): TrustErrorCode | null {
  if (until < seq || until > seq + MAX_HOLD_MS) return 'suspension.until'
  if (seq > iat) return 'suspension.seq'
  return null
}
