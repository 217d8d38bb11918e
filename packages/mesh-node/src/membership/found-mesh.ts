import { join } from 'node:path'
import { type Identity, type Keystore, loadOrCreate, meshIdOf, openStatement } from '@trustmesh/identity'
import { type Issuance, issueAttestation } from '@trustmesh/trust'
import type { Admission } from '../mesh.ts'
import type { NodeKeys } from '../mesh-keys.ts'
import { NodeError } from '../node-error.ts'
import type { Store } from '../store/store.ts'
import { issueMembership } from './certificate.ts'
import { type MeshFile, readMeshFile, writeMeshFile } from './mesh-file.ts'

export interface FoundingOptions {
  readonly dataDir: string
  readonly keystore: Keystore
  /** Where the key of the root is made, and stays. */
  readonly rootKeystore: Keystore
  readonly name: string
  readonly admission: Admission
  readonly issuance: Omit<Issuance, 'net'>
}

/** What the root says of the first authority: that its word counts. */
const IN_FULL = 1000

/** Makes a mesh and its first node, for whose authority the root vouches. What an attempt that broke off has left is taken up. Rejects with {@link NodeError} `mesh.exists`. */
export async function foundMesh({
  dataDir,
  keystore,
  rootKeystore,
  name,
  admission,
  issuance,
}: FoundingOptions): Promise<MeshFile> {
  if (await readMeshFile(dataDir)) throw new NodeError('mesh.exists', { detail: dataDir })
  const { identity: root } = await loadOrCreate(rootKeystore, 'root')
  const { identity: authority } = await loadOrCreate(keystore, 'authority')
  const { identity: node } = await loadOrCreate(keystore, 'node')
  const net = meshIdOf(root.did)
  const chain = await issueMembership({ root, authority, node: node.did }, { net, ...issuance })
  const mesh = { net, root: root.did, authorities: [authority.did], threshold: 1, admission }
  const vouching = await issueAttestation(root, { sub: authority.did, value: IN_FULL }, { net, ...issuance })
  const file = { name, mesh, chain, said: [vouching.bytes], peers: [] }
  await writeMeshFile(dataDir, file)
  return file
}

/**
 * The mesh of a data folder, with the keys of its node there; where there is none, one of which this node is the only
 * member, with its root key beside the others (`isNew`). Rejects with {@link NodeError} `mesh.malformed`.
 */
export async function openMesh(
  dataDir: string,
  keystore: Keystore,
  issuance: FoundingOptions['issuance'],
): Promise<{ readonly file: MeshFile; readonly keys: NodeKeys; readonly isNew: boolean }> {
  const known = await readMeshFile(dataDir)
  const file =
    known ?? (await foundMesh({ dataDir, keystore, rootKeystore: keystore, name: '', admission: 'open', issuance }))
  return { file, keys: await openKeys(dataDir, keystore, file), isNew: !known }
}

/**
 * Keeps among the statements what the root said when it made the mesh: once, as whatever it says later is to stand. What the
 * disk does not take shows in the checks, and the next start tries again.
 */
export async function keepFirstWords(
  dataDir: string,
  { said = [], ...file }: MeshFile,
  store: Pick<Store, 'append'>,
): Promise<void> {
  if (said.length === 0) return
  const statements = said.map((bytes) => openStatement(bytes))
  try {
    for (const { id, bytes } of statements) await store.append(id, bytes)
    await writeMeshFile(dataDir, file)
  } catch {
    // Nothing is lost: it stands in the file still.
  }
}

/** The keys of a node in a mesh that is there. Rejects with {@link NodeError} `mesh.malformed` where its own is gone. */
export async function openKeys(
  dataDir: string,
  keystore: Keystore,
  { mesh, chain }: Pick<MeshFile, 'mesh' | 'chain'>,
): Promise<NodeKeys> {
  const node = await keystore.load('node')
  if (!node) throw new NodeError('mesh.malformed', { detail: `no key of the node in ${join(dataDir, 'keys')}` })
  const authority: Identity | null = await keystore.load('authority')
  return { node, authority: authority && mesh.authorities.includes(authority.did) ? authority : null, chain }
}
