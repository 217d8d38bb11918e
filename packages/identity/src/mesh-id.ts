import { engine } from '#engine'
import { type Did, keyOf } from './did.ts'

/** The name of a mesh, which every statement and every handshake carries: SHA-256 of the 32 key bytes of its root. */
export function meshIdOf(root: Did): Uint8Array {
  return engine.sha256(keyOf(root))
}
