import { type Did, IdentityError, openStatement } from '@trustmesh/identity'
import { isSame } from '../fields.ts'
import type { Policy } from '../policy.ts'
import { type Delegation, parseDelegation } from '../statements/delegation.ts'
import { parseManifest } from '../statements/manifest.ts'
import { isOwn, type Revocation, type RevocationTarget } from '../statements/revocation.ts'
import { TrustError } from '../trust-error.ts'

/** Whether a revocation is enough by itself, or is one of the votes that it takes. */
export type Authority = 'sole' | 'vote'

/** In whose name it is decided, and in which mesh. */
export interface Jurisdiction {
  readonly policy: Policy
  readonly net: Uint8Array
}

/**
 * The authority of a signer to revoke, or `null` (threat R6). It follows from the revocation itself and from the policy,
 * never from what else has arrived: so replicas agree, and the target need not be there. The signatures of a path are verified.
 * Throws `revocation.malformed` where a vote comes with one: nobody needs it, and everybody would keep it (threats K8, R7).
 */
export function authorityOf(
  signer: Did,
  { target, path = [] }: Revocation,
  jurisdiction: Jurisdiction,
): Authority | null {
  if (isOwn(target, signer)) return 'sole'
  if ('id' in target) return leadsTo(target, signer, path, jurisdiction) ? 'sole' : null
  if (recovers(target.did, signer, path, jurisdiction)) return 'sole'
  if (!jurisdiction.policy.authorities.has(signer)) return null
  if (path.length > 0) throw new TrustError('revocation.malformed')
  return 'vote'
}

/** Whether the path is a manifest of the Did that names the signer: the first, which is made with the key, as no other may. */
function recovers(did: Did, signer: Did, path: readonly Uint8Array[], { net }: Jurisdiction): boolean {
  const [envelope, more] = path
  if (!envelope || more) return false
  const manifest = attempt(() => parseManifest(openStatement(envelope)))
  return manifest?.iss === did && manifest.recovery === signer && isSame(manifest.net, net)
}

type StatementTarget = Extract<RevocationTarget, { readonly iss: Did }>

/**
 * Whether the path ends with the target, each link the parent of the next, and the signer issued the first, or is the
 * target's audience or one of its revokers. Verified from its end: what leads nowhere costs one signature.
 */
function leadsTo(
  { iss, id }: StatementTarget,
  signer: Did,
  path: readonly Uint8Array[],
  { net }: Jurisdiction,
): boolean {
  let target: Delegation | null = null
  let first: Delegation | null = null
  for (const envelope of [...path].reverse()) {
    const link = attempt(() => parseDelegation(openStatement(envelope)))
    if (!link || !isSame(link.net, net)) return false
    if (first ? link.id !== first.parent || link.aud !== first.iss : link.id !== id || link.iss !== iss) return false
    target ??= link
    first = link
  }
  return first?.iss === signer || target?.aud === signer || (target?.revokers?.includes(signer) ?? false)
}

/** `null` where an envelope is not what it should be. */
function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof IdentityError || error instanceof TrustError) return null
    throw error
  }
}
