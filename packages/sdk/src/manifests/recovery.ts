import { type Identity, openStatement } from '@trustmesh/identity'
import { issueRevocation, parseManifest } from '@trustmesh/trust/agent'
import { platform } from '#platform'
import { MeshError } from '../mesh-error.ts'
import type { Platform } from '../platform/platform.ts'

/** Which Did is revoked, and why. */
export interface RecoveryOptions {
  /** The first manifest of the Did that is lost, as an envelope: it names who may revoke it. */
  readonly manifest: Uint8Array
  /** For people, at most 256 characters. */
  readonly reason: string
}

/**
 * Revokes a Did for ever by its recovery key: its own key is lost, or in the wrong hands. Needs no connection: whoever it is
 * given to can leave the envelope that it resolves to with any node of the mesh. Rejects with `recovery.refused` where the
 * manifest names another, and with a `TrustError` or an `IdentityError` for what is no manifest, or no reason.
 */
export async function recoverIdentity(
  recovery: Identity,
  { manifest, reason }: RecoveryOptions,
  { clock, random }: Pick<Platform, 'clock' | 'random'> = platform,
): Promise<Uint8Array> {
  const { iss: did, net, recovery: named } = parseManifest(openStatement(manifest))
  if (named !== recovery.did) throw new MeshError('recovery.refused', { detail: 'the manifest names another key' })
  const revocation = { target: { did }, reason, path: [manifest] }
  return (await issueRevocation(recovery, revocation, { net, clock, random })).bytes
}
