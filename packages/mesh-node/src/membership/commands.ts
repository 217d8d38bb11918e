import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Did, isDid } from '@trustmesh/identity'
import { FileKeystore, systemClock, systemRandom } from '@trustmesh/identity/node'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { type Guest, issueInvitation, parseInvitation } from '@trustmesh/trust'
import type { NodeConfig } from '../config.ts'
import type { Admission } from '../mesh.ts'
import { NodeError } from '../node-error.ts'
import { systemTimers } from '../timers.ts'
import { dialWs } from '../transport/ws-dial.ts'
import { issueMembership } from './certificate.ts'
import { foundMesh, openKeys } from './found-mesh.ts'
import { joinAsNode } from './join-mesh.ts'
import { type MeshFile, readMeshFile, writeMeshFile } from './mesh-file.ts'
import type { Peer } from './peer.ts'

/** What a command has of its surroundings. */
export interface CommandPorts {
  readonly config: NodeConfig
  /** For the keys; `null` leaves them unencrypted. */
  readonly passphrase: () => Promise<string | null>
  readonly warn: (message: string) => void
}

export interface InitOptions {
  readonly name: string
  readonly admission: Admission
  /** Folder for the root's key. */
  readonly rootDir: string
  /** Only then the root's key may lie there in plaintext. */
  readonly isRootPlain: boolean
}

/** What a folder has become by {@link init}. */
export interface Founded {
  readonly root: Did
  readonly authorities: readonly Did[]
  readonly node: Did
  /** Path of the file with the root's key. */
  readonly rootKey: string
}

/** What a folder has become by {@link joinMesh}. */
export interface Joined {
  readonly root: Did
  readonly node: Did
  readonly peers: readonly Peer[]
}

const PORTS = { clock: systemClock, random: systemRandom }

/** Makes a mesh, and this folder that of its first node. Rejects with {@link NodeError}: `mesh.exists`, `mesh.root-key`. */
export async function init(
  { config, ...ports }: CommandPorts,
  { name, admission, rootDir, isRootPlain }: InitOptions,
): Promise<Founded> {
  const { dataDir } = config
  if (!isRootPlain && (await ports.passphrase()) === null) {
    throw new NodeError('mesh.root-key', { detail: 'the root key needs a passphrase; --plain-root goes without' })
  }
  const rootKeystore = keystoreIn(rootDir, ports)
  const keystore = keystoreIn(join(dataDir, 'keys'), ports)
  const { mesh, chain } = await foundMesh({ dataDir, keystore, rootKeystore, name, admission, issuance: PORTS })
  const { node } = await openKeys(dataDir, keystore, { mesh, chain })
  const rootKey = await rootKeystore.pathOf('root')
  ports.warn(`take ${rootKey} to a safe place, off this machine: whoever has it owns the mesh, and no node needs it`)
  return { root: mesh.root, authorities: mesh.authorities, node: node.did, rootKey }
}

/**
 * Has the root let the authority of this node go on for another year; from its next start on, the node passes that on to the
 * members. Rejects with {@link NodeError}: `mesh.malformed`, `mesh.root-key`, `admin.no-authority`.
 */
export async function renew({ config, ...ports }: CommandPorts, rootDir: string): Promise<Omit<Joined, 'peers'>> {
  const { dataDir } = config
  const file = await meshIn(dataDir)
  const root = await keystoreIn(rootDir, ports).load('root')
  if (root?.did !== file.mesh.root) throw new NodeError('mesh.root-key', { detail: `not in ${rootDir}` })
  const { node, authority } = await openKeys(dataDir, keystoreIn(join(dataDir, 'keys'), ports), file)
  if (!authority) throw new NodeError('admin.no-authority')
  const chain = await issueMembership({ root, authority, node: node.did }, { net: file.mesh.net, ...PORTS })
  await writeMeshFile(dataDir, { ...file, chain })
  return { root: root.did, node: node.did }
}

/** Prints a token that brings one node in, or agents. Rejects with {@link NodeError}: `mesh.malformed`, `admin.no-authority`. */
export async function invite(
  { config, ...ports }: CommandPorts,
  { guest, ttlMs, url }: { readonly guest: Guest; readonly ttlMs: number; readonly url: string | undefined },
): Promise<string> {
  const file = await meshIn(config.dataDir)
  const { node, authority } = await openKeys(config.dataDir, keystoreIn(join(config.dataDir, 'keys'), ports), file)
  if (guest === 'node' && !authority) throw new NodeError('admin.no-authority')
  const { net, root, authorities, threshold, admission } = file.mesh
  const where = { url: url ?? (await urlOf(config, node.did)), node: node.did }
  const said = {
    ...where,
    root,
    authorities: [...authorities],
    threshold,
    invited: admission === 'invited',
    guest,
    ttlMs,
  }
  return issueInvitation(authority ?? node, said, { net, ...PORTS })
}

/** Makes this folder that of a node of the mesh which the token invites to. Rejects with {@link NodeError}: `mesh.exists`, `mesh.not-joined`, and as `parseInvitation` throws. */
export async function joinMesh({ config, ...ports }: CommandPorts, token: string): Promise<Joined> {
  const { dataDir } = config
  const invitation = parseInvitation(token)
  // The timers of a node keep no process: while nobody answers, this one would end as if all were done.
  const awake = setInterval(() => {}, 60_000)
  const { mesh, chain, peers } = await joinAsNode({
    ...{ dataDir, keystore: keystoreIn(join(dataDir, 'keys'), ports), invitation },
    ...{ ...PORTS, dial: dialWs, keyPair: generateKeyPair, timers: systemTimers },
  }).finally(() => clearInterval(awake))
  const { node } = await openKeys(dataDir, keystoreIn(join(dataDir, 'keys'), ports), { mesh, chain })
  return { root: mesh.root, node: node.did, peers }
}

async function meshIn(dataDir: string): Promise<MeshFile> {
  const file = await readMeshFile(dataDir)
  if (!file) throw new NodeError('mesh.malformed', { detail: `no mesh in ${dataDir}` })
  return file
}

/** Where the running node says that it is, or else where it is told to be. */
async function urlOf({ joinFile, listen, publicUrl, tls }: NodeConfig, node: string): Promise<string> {
  const said = await readFile(joinFile, 'utf8').then(JSON.parse, () => null)
  if (said?.node === node && isDid(said.node) && typeof said.url === 'string') return said.url
  return publicUrl ?? `${tls ? 'wss' : 'ws'}://${listen.host}:${listen.port}`
}

function keystoreIn(directory: string, { passphrase, warn }: Omit<CommandPorts, 'config'>): FileKeystore {
  return new FileKeystore({ directory, random: systemRandom, passphrase, warn })
}
