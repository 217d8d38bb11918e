import type { Did, Identity } from '@trustmesh/identity'
import { type Delegation, type Issuance, issueDelegation, MEMBER, parseDelegation } from '@trustmesh/trust'

/** For how long a node is a member, and an agent admitted: the longest that a delegation may last. */
export const MAX_MEMBERSHIP_MS = 365 * 24 * 3_600_000

/** Who founds a mesh, and its first node. */
export interface Founders {
  readonly root: Identity
  readonly authority: Identity
  readonly node: Did
}

/** The chain of a member: the root's link to the authority, and the authority's to the node. */
export async function issueMembership(
  { root, authority, node }: Founders,
  issuance: Issuance,
): Promise<readonly Uint8Array[]> {
  const exp = issuance.clock.now() + MAX_MEMBERSHIP_MS
  const first = await issueDelegation(root, { aud: authority.did, can: MEMBER, depth: 1, exp }, issuance)
  const parent: Delegation = parseDelegation(first)
  const last = await issueDelegation(authority, { aud: node, can: MEMBER, parent, exp }, issuance)
  return [first.bytes, last.bytes]
}
