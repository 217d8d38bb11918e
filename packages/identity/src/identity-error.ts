/** Every way in which input to this package can be broken. Codes are stable: tests and callers match on them, never on text. */
export type IdentityErrorCode =
  | 'did.malformed'
  | 'did.unresolvable'
  | 'key.length'
  | 'key.non-canonical'
  | 'key.small-order'
  | 'encoding.base64url'
  | 'encoding.depth'
  | 'encoding.duplicate-key'
  | 'encoding.extension'
  | 'encoding.float'
  | 'encoding.forbidden-key'
  | 'encoding.integer-range'
  | 'encoding.items'
  | 'encoding.key-type'
  | 'encoding.not-shortest'
  | 'encoding.reserved'
  | 'encoding.size'
  | 'encoding.trailing'
  | 'encoding.truncated'
  | 'encoding.unsupported'
  | 'encoding.utf8'
  | 'keystore.exists'
  | 'keystore.heir'
  | 'keystore.malformed'
  | 'keystore.name'
  | 'keystore.passphrase'
  | 'keystore.permissions'
  | 'signer.faulty'
  | 'signer.label'
  | 'signer.tree-head'
  | 'statement.claim'
  | 'statement.malformed'
  | 'statement.signature'
  | 'statement.size'
  | 'statement.type'
  | 'statement.version'

/**
 * Broken input, misuse or failed I/O. The message never repeats the input: it may hold a secret, or be written to forge
 * a log line (threat S19).
 */
export class IdentityError extends Error {
  readonly code: IdentityErrorCode

  constructor(code: IdentityErrorCode, options?: { cause?: unknown; detail?: string }) {
    super(
      options?.detail ? `${code}: ${options.detail}` : code,
      options && 'cause' in options ? { cause: options.cause } : undefined,
    )
    this.name = 'IdentityError'
    this.code = code
  }
}
