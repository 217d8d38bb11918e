import { type Keystore, loadOrCreate, meshIdOf } from '@trustmesh/identity'
import { answerInvitation, type Invitation } from '@trustmesh/trust'
import { NodeError } from '../node-error.ts'
import { type MeshFile, readMeshFile, writeMeshFile } from './mesh-file.ts'
import { Petition, type PetitionPorts } from './petition.ts'

export interface JoiningOptions extends PetitionPorts {
  readonly dataDir: string
  readonly keystore: Keystore
  readonly invitation: Invitation
}

/**
 * Makes a data folder that of a member of the mesh which it is invited to. The node that invites is asked, and remembered
 * as a peer. Rejects with {@link NodeError}: `mesh.exists`, or `mesh.not-joined`, which says why.
 */
export async function joinAsNode({ dataDir, keystore, invitation, ...ports }: JoiningOptions): Promise<MeshFile> {
  if (await readMeshFile(dataDir)) throw new NodeError('mesh.exists', { detail: dataDir })
  const { identity } = await loadOrCreate(keystore, 'node')
  const { url, node, root, authorities, threshold, invited } = invitation
  const admission = invited ? ('invited' as const) : ('open' as const)
  const mesh = { net: meshIdOf(root), root, authorities, threshold, admission }
  const attachments = await answerInvitation(identity, invitation, { net: mesh.net, ...ports }).catch(
    (cause: unknown) => {
      throw new NodeError('mesh.not-joined', { cause, detail: 'the invitation is over' })
    },
  )
  const chain = await new Petition({ identity, mesh, inviter: { url, node }, attachments, ...ports }).chain()
  const file = { name: '', mesh, chain, peers: [{ url, node }] }
  await writeMeshFile(dataDir, file)
  return file
}
