import { type Identity, type Keystore, loadOrCreate, meshIdOf } from '@trustmesh/identity'

/** The keys that a node of a mesh of one holds. The first start makes them. */
export interface MeshKeys {
  /** Where trust in this mesh starts, and what it is named after. */
  readonly root: Identity
  /** Signs what the operator decides. */
  readonly authority: Identity
  /** Who this node is to those who connect. */
  readonly node: Identity
  readonly net: Uint8Array
}

export async function openMeshKeys(store: Keystore): Promise<MeshKeys> {
  const root = await loadOrCreate(store, 'root')
  const authority = await loadOrCreate(store, 'authority')
  const node = await loadOrCreate(store, 'node')
  return {
    root: root.identity,
    authority: authority.identity,
    node: node.identity,
    net: meshIdOf(root.identity.did),
  }
}
