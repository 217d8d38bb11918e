import { engine } from '#engine'

/** SHA-256 of the message, 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  return engine.sha256(message)
}

/** SHA-256 of the message, in lower-case hex. */
export function sha256Hex(message: Uint8Array): string {
  return engine.sha256Hex(message)
}
