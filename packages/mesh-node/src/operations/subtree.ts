import type { Did } from '@trustmesh/identity'
import { isOver, MAX_SKEW_MS, type StatementSet } from '@trustmesh/trust'

/**
 * Whom a kill switch takes: the issuer; everybody of whom it has said something good that is in force; and everybody to whom
 * it, or anybody so taken, has delegated something that is in force. Not whoever is spared, and so nobody through them.
 * What somebody has said counts only until it is cut off: whoever is revoked already has no subtree any more.
 */
export function subtreeOf(
  set: StatementSet,
  issuer: Did,
  { now, isSpared }: { readonly now: number; readonly isSpared: (did: Did) => boolean },
): readonly Did[] {
  const taken = new Set([issuer])
  const take = (did: Did): void => {
    if (!isSpared(did) && !set.isRevoked(did)) taken.add(did)
  }
  for (const { sub, value, exp } of set.attestationsBy(issuer)) if (value > 0 && exp + MAX_SKEW_MS > now) take(sub)
  const isOut = (did: Did): boolean => set.isRevoked(did)
  // Grows while it is gone through.
  for (const did of taken) {
    for (const link of set.delegationsBy(did)) if (!isOver(set, link, { now, isOut })) take(link.aud)
  }
  return [...taken]
}
