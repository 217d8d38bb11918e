import type { CloseCode } from './close-codes.ts'

/** What a remote side did that ends its connection. The message is the code: nothing that it sent is repeated (threat S19). */
export class ProtocolError extends Error {
  readonly code: CloseCode

  constructor(code: CloseCode, options?: { cause?: unknown }) {
    super(code, options)
    this.name = 'ProtocolError'
    this.code = code
  }
}
