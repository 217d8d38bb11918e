/** Every way in which input to this package can be broken. Codes are stable: match on them, never on text. */
export type TrustErrorCode =
  | 'attestation.evidence-time'
  | 'attestation.expiry'
  | 'attestation.malformed'
  | 'attestation.self'
  | 'attestation.seq'
  | 'attestation.type'
  | 'denial.malformed'
  | 'model.malformed'
  | 'policy.malformed'
  | 'requirement.malformed'
  | 'revocation.malformed'
  | 'revocation.type'
  | 'set.malformed'
  | 'standing.malformed'

/** Broken input or misuse. The code is all that it says: input may be written to forge a log line (threat S19). */
export class TrustError extends Error {
  readonly code: TrustErrorCode

  constructor(code: TrustErrorCode) {
    super(code)
    this.name = 'TrustError'
    this.code = code
  }
}
