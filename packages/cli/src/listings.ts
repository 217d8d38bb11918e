import type { Did } from '@trustmesh/identity'
import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { AdminClient } from './client.ts'

/** Everybody whom a node knows: agents, and the nodes of the mesh. */
export async function didsOf(client: AdminClient): Promise<readonly Did[]> {
  const dids: Did[] = []
  for (const list of [CONTRACTS.listAgents, CONTRACTS.listNodes]) {
    for await (const { did } of client.items(list)) dids.push(did)
  }
  return dids
}
