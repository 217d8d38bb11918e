import { platform } from '#platform'
import type { JoinOptions } from './join-mesh-on.ts'
import type { Mesh } from './mesh.ts'

/**
 * Joins a mesh: with no options, the one whose node runs on this machine. Rejects with a `MeshError`:
 * `config.missing`, `config.malformed`, `mesh.revoked`, or `mesh.disconnected` where no node let it in within the time.
 */
export async function joinMesh(options: JoinOptions = {}): Promise<Mesh> {
  // A page loads the mesh when it joins one.
  const { joinMeshOn } = await import('./join-mesh-on.ts')
  return await joinMeshOn(platform, options)
}
