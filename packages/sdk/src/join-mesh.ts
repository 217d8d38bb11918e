import type { Identity } from '@trustmesh/identity'
import { platform } from '#platform'
import { invitedTo, parseJoinConfig, shownBy } from './join-config.ts'
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
  /** A token that invites to a mesh, in place of a join file; TRUSTMESH_INVITATION where neither is given. */
  readonly invitation?: string
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
  const invitation = options.invitation ?? (options.join === undefined ? platform.invitation() : null)
  const config = invitation === null ? parseJoinConfig(await joinFile(options.join)) : invitedTo(invitation)
  if (!isDecidable({ peer: config.node, kind: 'any', decider: name })) {
    throw new MeshError('config.malformed', { detail: 'a name is one line of at most 64 characters' })
  }
  const identity = options.identity ?? (await platform.openIdentity(name, log))
  const issuance = { net: config.net, clock: platform.clock, random: platform.random }
  const shown = invitation === null ? [] : await shownBy(identity, invitation, issuance)
  const mesh = new Mesh({ name, config: { ...config, shown }, identity, log, backoff, platform })
  try {
    await mesh.online({ timeoutMs })
    return mesh
  } catch (error) {
    mesh.close()
    throw error
  }
}

async function joinFile(given: unknown): Promise<unknown> {
  const join = given ?? (await platform.readJoinFile())
  if (join !== null) return join
  throw new MeshError('config.missing', { detail: 'no join file: is a node running on this machine?' })
}
