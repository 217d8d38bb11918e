import type { ChainCode } from './chain/chain-fault.ts'

/** Every way in which input to this package can be broken. Codes are stable: match on them, never on text. */
export type TrustErrorCode =
  | ChainCode
  | 'attestation.evidence-time'
  | 'attestation.expiry'
  | 'attestation.malformed'
  | 'attestation.self'
  | 'attestation.seq'
  | 'attestation.type'
  | 'delegation.expiry'
  | 'delegation.malformed'
  | 'delegation.self'
  | 'delegation.size'
  | 'delegation.type'
  | 'delegation.uncountable'
  | 'delegation.widens'
  | 'denial.malformed'
  | 'head.links'
  | 'head.malformed'
  | 'head.seq'
  | 'head.type'
  | 'invitation.malformed'
  | 'invocation.capability'
  | 'invocation.expiry'
  | 'invocation.issuer'
  | 'invocation.malformed'
  | 'invocation.type'
  | 'lease.expiry'
  | 'lease.malformed'
  | 'lease.seq'
  | 'lease.type'
  | 'manifest.commitment'
  | 'manifest.malformed'
  | 'manifest.seq'
  | 'manifest.type'
  | 'model.malformed'
  | 'occasion.malformed'
  | 'policy.malformed'
  | 'receipt.malformed'
  | 'receipt.type'
  | 'replay-window.full'
  | 'requirement.malformed'
  | 'revocation.malformed'
  | 'revocation.type'
  | 'rotation.malformed'
  | 'rotation.proof'
  | 'rotation.self'
  | 'rotation.type'
  | 'set.malformed'
  | 'standing.malformed'
  | 'suspension.malformed'
  | 'suspension.seq'
  | 'suspension.type'
  | 'suspension.until'
  | 'use-counters.full'

/** Broken input or misuse. The code is all that it says: input may be written to forge a log line (threat S19). */
export class TrustError extends Error {
  readonly code: TrustErrorCode

  constructor(code: TrustErrorCode) {
    super(code)
    this.name = 'TrustError'
    this.code = code
  }
}
