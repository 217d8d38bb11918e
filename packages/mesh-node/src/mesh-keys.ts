import { type Identity, type Keystore, loadOrCreate, meshIdOf } from '@trustmesh/identity'
import type { Mesh } from './mesh.ts'

/** The keys that a node signs with. */
export interface NodeKeys {
  /** Who this node is to those who connect. */
  readonly node: Identity
  /** Signs what the operator decides here; `null` where operators bring statements that they have signed elsewhere. */
  readonly authority: Identity | null
}

/** The mesh and the keys of a mesh of one. The first start makes them. */
export async function openMeshKeys(store: Keystore): Promise<{ readonly mesh: Mesh; readonly keys: NodeKeys }> {
  const root = await loadOrCreate(store, 'root')
  const authority = await loadOrCreate(store, 'authority')
  const node = await loadOrCreate(store, 'node')
  return {
    mesh: {
      net: meshIdOf(root.identity.did),
      root: root.identity.did,
      authorities: [authority.identity.did],
      threshold: 1,
      admission: 'open',
    },
    keys: { node: node.identity, authority: authority.identity },
  }
}
