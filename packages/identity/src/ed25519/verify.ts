import { isSignatureShaped, keyFault } from '../key-guard.ts'
import type { Ed25519Engine } from './engine.ts'

/**
 * The one acceptance rule of the mesh: cofactorless and by bytes (RFC 8032 §5.1.7 without the factor 8), behind the key
 * guard. Verifiers that disagree split a mesh, with a revocation valid on half of its nodes; so both engines stand behind
 * this function and are held to the same verdict on every input (`docs/spec/identity.md`).
 */
export function verifyWith(
  engine: Ed25519Engine,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return passesGuard(key, signature) && engine.holds(key, message, signature)
}

/** {@link verifyWith}, with the equation off this thread where the platform has others. */
export async function verifySoonWith(
  engine: Ed25519Engine,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return passesGuard(key, signature) && engine.holdsSoon(key, message, signature)
}

function passesGuard(key: Uint8Array, signature: Uint8Array): boolean {
  return keyFault(key) === null && isSignatureShaped(signature)
}
