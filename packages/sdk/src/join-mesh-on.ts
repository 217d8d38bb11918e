import type { Identity, Keystore } from '@trustmesh/identity'
import { LIMITS } from '@trustmesh/protocol'
import { invitedTo, parseJoinConfig, shownBy } from './join-config.ts'
import { MemoryNotes } from './manifests/notes.ts'
import { type ManifestOptions, Presentation } from './manifests/presentation.ts'
import { Succession } from './manifests/succession.ts'
import { Mesh } from './mesh.ts'
import { MeshError } from './mesh-error.ts'
import { isDecidable } from './occasion.ts'
import type { ReporterOptions } from './outcomes/reporter.ts'
import type { Kept, Log, Platform } from './platform/platform.ts'
import { BACKOFF, type BackoffOptions } from './reconnect.ts'
import type { Telemetry } from './telemetry.ts'

/** Who joins, which mesh, and how. */
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
  /** How this agent describes itself to the others. */
  readonly manifest?: ManifestOptions
  /** Whether what becomes of its calls is reported as it happens, and in which context; only deliberately unless told otherwise. */
  readonly reporter?: boolean | ReporterOptions
  /** Where calls are traced; nowhere unless told. */
  readonly telemetry?: Telemetry
  readonly backoff?: BackoffOptions
  /** The largest message that is sent or taken, in bytes; 1 MiB unless told otherwise, and 16 MiB at most. */
  readonly maxMessageBytes?: number
  /** How long to try at first before giving up; 30 s unless told otherwise. */
  readonly timeoutMs?: number
}

const JOIN_MS = 30_000

/** Joins a mesh, on whatever {@link Platform} that is. Rejects as `joinMesh` does. */
export async function joinMeshOn(platform: Platform, options: JoinOptions = {}): Promise<Mesh> {
  const { name = 'agent', log = platform.log, backoff = BACKOFF, timeoutMs = JOIN_MS } = options
  const maxBytes = maxBytesOf(options)
  const invitation = options.invitation ?? (options.join === undefined ? platform.invitation() : null)
  const config =
    invitation === null ? parseJoinConfig(await joinFile(platform, options.join, log)) : invitedTo(invitation)
  if (!isDecidable({ peer: config.node, kind: 'any', decider: name })) {
    throw new MeshError('config.malformed', { detail: 'a name is one line of at most 64 characters' })
  }
  const kept = await keptFor(platform, name, options.identity, log)
  const { identity, keystore, notes } = kept
  const issuance = { net: config.net, clock: platform.clock, random: platform.random }
  const presentation = await Presentation.prepare({
    ...{ identity, name, manifest: options.manifest, issuance, notes, log },
    heir: async () => (await keystore?.heirOf(name)) ?? null,
  })
  // One for all attempts: whoever says rotation after rotation has none that counts in the end.
  let succession: Succession | undefined
  const succeed = async (leave: (envelope: Uint8Array) => Promise<unknown>): Promise<Mesh> => {
    if (!keystore) throw new MeshError('rotation.no-heir', { detail: 'the identity is kept elsewhere' })
    succession ??= new Succession({ identity, keystore, name, issuance, first: presentation.first, leave })
    await succession.rotate()
    return await joinMeshOn(platform, options)
  }
  const shown = invitation === null ? [] : await shownBy(identity, invitation, issuance)
  const mesh = new Mesh({
    ...{ name, identity, log, backoff, platform, maxBytes, notes, presentation, succeed },
    config: { ...config, shown },
    telemetry: options.telemetry,
    reporter: options.reporter,
  })
  try {
    await mesh.online({ timeoutMs })
    // Begun in an earlier run: the mesh may have heard of it, and trust this identity no more.
    return (await keystore?.isPrepared(name)) ? await mesh.rotate() : mesh
  } catch (error) {
    mesh.close()
    throw error
  }
}

/** An identity that is kept elsewhere brings nothing with it: what this agent learns lasts as long as the process. */
async function keptFor(
  platform: Platform,
  name: string,
  identity: Identity | undefined,
  log: Log,
): Promise<Omit<Kept, 'keystore'> & { readonly keystore: Keystore | null }> {
  if (!identity) return await platform.openKept(name, log)
  return { identity, keystore: null, notes: new MemoryNotes() }
}

function maxBytesOf({ maxMessageBytes = 1_048_576 }: JoinOptions): number {
  if (maxMessageBytes >= 1 && maxMessageBytes <= LIMITS.contentBytes) return Math.floor(maxMessageBytes)
  throw new MeshError('config.malformed', { detail: 'maxMessageBytes is a number from 1 to 16,777,216' })
}

async function joinFile(platform: Platform, given: unknown, log: Log): Promise<unknown> {
  const join = given ?? (await platform.readJoinFile(log))
  if (join !== null) return join
  throw new MeshError('config.missing', { detail: 'no join file: is a node running on this machine?' })
}
