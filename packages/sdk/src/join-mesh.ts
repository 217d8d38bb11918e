import type { Identity } from '@trustmesh/identity'
import { platform } from '#platform'
import { parseJoinConfig } from './join-config.ts'
import { Mesh } from './mesh.ts'
import { MeshError } from './mesh-error.ts'
import { isDecidable } from './occasion.ts'
import type { Log } from './platform/platform.ts'
import { BACKOFF, type BackoffOptions } from './reconnect.ts'

export interface JoinOptions {
  /** Names the key file, and this agent in the texts of its denials; `agent` unless told otherwise. */
  readonly name?: string
  /** An identity whose key is kept elsewhere. */
  readonly identity?: Identity
  /** The content of a join file; found by the environment or in its usual place unless given. */
  readonly join?: unknown
  readonly log?: Log
  readonly backoff?: BackoffOptions
  /** How long to try at first before giving up; 30 s unless told otherwise. */
  readonly timeoutMs?: number
}

const JOIN_MS = 30_000

/**
 * Joins a mesh: with no options, the one whose node runs on this machine. Rejects with a {@link MeshError}:
 * `config.missing`, `config.malformed`, `mesh.revoked`, or `mesh.disconnected` where no node let it in within the time.
 */
export async function joinMesh(options: JoinOptions = {}): Promise<Mesh> {
  const { name = 'agent', log = platform.log, backoff = BACKOFF, timeoutMs = JOIN_MS } = options
  const join = options.join ?? (await platform.readJoinFile())
  if (join === null)
    throw new MeshError('config.missing', { detail: 'no join file: is a node running on this machine?' })
  const config = parseJoinConfig(join)
  if (!isDecidable({ peer: config.node, kind: 'any', decider: name })) {
    throw new MeshError('config.malformed', { detail: 'a name is one line of at most 64 characters' })
  }
  const identity = options.identity ?? (await platform.openIdentity(name, log))
  const mesh = new Mesh({ name, config, identity, log, backoff, platform })
  try {
    await mesh.online({ timeoutMs })
    return mesh
  } catch (error) {
    mesh.close()
    throw error
  }
}
