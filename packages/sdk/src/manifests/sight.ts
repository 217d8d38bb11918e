import { type Did, decodeStatement, IdentityError, keyOf, parseEnvelope, proveEnvelope } from '@trustmesh/identity'
import { equalBytes, LIMITS } from '@trustmesh/protocol'
import { isBare, MAX_SKEW_MS, type Manifest, parseManifest, TrustError } from '@trustmesh/trust/agent'
import { MAX_MANIFEST_BYTES } from './presentation.ts'

/**
 * How a peer describes itself by what it shows in a handshake: the latest of its manifests, its own and of this mesh. `null`
 * where there is none, or where it contradicts itself (ST-25). Never throws; `now` in ms.
 */
export function manifestIn(
  attachments: readonly Uint8Array[],
  did: Did,
  { net, now }: { readonly net: Uint8Array; readonly now: number },
): Manifest | null {
  const shown = attachments.slice(0, LIMITS.attachments).flatMap((bytes) => ownManifest(bytes, did) ?? [])
  // One of a time to come would stand above all that follow it.
  const good = shown.filter((one) => equalBytes(one.net, net) && one.iat <= now + MAX_SKEW_MS && !isBare(one))
  const seq = Math.max(...good.map((one) => one.seq))
  const [latest, ...others] = good.filter((one) => one.seq === seq)
  return latest && others.every(({ id }) => id === latest.id) ? latest : null
}

/** Looks at the signature last: whose it is and what, everybody can say. */
function ownManifest(bytes: Uint8Array, did: Did): Manifest | null {
  if (bytes.length > MAX_MANIFEST_BYTES) return null
  try {
    const envelope = parseEnvelope(bytes)
    if (envelope.type !== 'manifest' || !equalBytes(envelope.key, keyOf(did))) return null
    return parseManifest(decodeStatement(proveEnvelope(envelope)))
  } catch (error) {
    if (error instanceof IdentityError || error instanceof TrustError) return null
    throw error
  }
}
