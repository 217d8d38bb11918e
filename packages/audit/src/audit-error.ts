/** Every way in which input to this package can be broken. Codes are stable: match on them, never on text. */
export type AuditErrorCode =
  | 'bundle.size'
  | 'checkpoint.cosignature'
  | 'checkpoint.malformed'
  | 'checkpoint.signature'
  | 'key-chains.malformed'
  | 'note.malformed'
  | 'proof.range'

/** Broken input or misuse. The code is all that it says: input may be written to forge a log line (threat S19). */
export class AuditError extends Error {
  readonly code: AuditErrorCode

  constructor(code: AuditErrorCode) {
    super(code)
    this.name = 'AuditError'
    this.code = code
  }
}
