import { type Did, openStatement } from '@trustmesh/identity'
import { StatementSet } from '@trustmesh/trust'
import type { JoinConfig } from './join-config.ts'

/** Whether statements that somebody shows revoke a Did in a mesh. */
export function isRevokedBy(
  proof: readonly Uint8Array[],
  did: Did,
  { net, policy }: Pick<JoinConfig, 'net' | 'policy'>,
): boolean {
  const set = new StatementSet({ net, policy })
  for (const bytes of proof) {
    try {
      set.add(openStatement(bytes))
    } catch {
      // What is no statement proves nothing.
    }
  }
  return set.isRevoked(did)
}
