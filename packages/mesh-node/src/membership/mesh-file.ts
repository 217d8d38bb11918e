import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Did, isDid, meshIdOf } from '@trustmesh/identity'
import * as z from 'zod'
import type { Mesh } from '../mesh.ts'
import { NodeError } from '../node-error.ts'
import { writeWhole } from '../whole-file.ts'
import { type Peer, peerSchema } from './peer.ts'

const did = z.custom<Did>(isDid, 'not a canonical did:key')

const schema = z.strictObject({
  version: z.literal(1),
  /** For people. */
  name: z.string().max(64),
  root: did,
  authorities: z.array(did).min(1).max(64),
  threshold: z.int().min(1).max(64),
  admission: z.enum(['open', 'invited']),
  /** How this node is a member: envelopes in base64, the root's first. */
  chain: z.array(z.base64().max(8192)).max(3),
  /** What the root said when it made the mesh, until a start has taken it in: envelopes in base64. */
  said: z.exactOptional(z.array(z.base64().max(8192)).max(8)),
  /** Nodes that this one has come to know when it joined. */
  peers: z.array(peerSchema).max(64),
})

/** What a node keeps of the mesh beside its statements: which one it is, and how the node is a member of it. */
export interface MeshFile {
  readonly name: string
  readonly mesh: Mesh
  readonly chain: readonly Uint8Array[]
  /** What the root said when it made the mesh, until a start has taken it in. */
  readonly said?: readonly Uint8Array[]
  readonly peers: readonly Peer[]
}

/** The file of a data folder, or `null` where there is none. Rejects with {@link NodeError} `mesh.malformed`. */
export async function readMeshFile(dataDir: string): Promise<MeshFile | null> {
  const text = await readFile(pathIn(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  try {
    const { name, root, authorities, threshold, admission, chain, said, peers } = schema.parse(JSON.parse(text))
    if (threshold > authorities.length) throw new RangeError('a threshold that the authorities cannot reach')
    const mesh = { net: meshIdOf(root), root, authorities, threshold, admission }
    return { name, mesh, chain: chain.map(bytesIn), ...(said && { said: said.map(bytesIn) }), peers }
  } catch (cause) {
    throw new NodeError('mesh.malformed', { cause, detail: pathIn(dataDir) })
  }
}

export async function writeMeshFile(dataDir: string, { name, mesh, chain, said, peers }: MeshFile): Promise<void> {
  const { root, authorities, threshold, admission } = mesh
  const content: z.infer<typeof schema> = {
    ...{ version: 1, name, root, authorities: [...authorities], threshold, admission, peers: [...peers] },
    chain: chain.map(textOf),
    ...(said && { said: said.map(textOf) }),
  }
  await writeWhole(pathIn(dataDir), `${JSON.stringify(content, null, 2)}\n`)
}

function bytesIn(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'mesh.json')
}
