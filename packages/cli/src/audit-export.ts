import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type Checkpoint,
  type ExportFiles,
  hashesBy,
  hashesIn,
  isSameHash,
  parseCheckpoint,
  tilePath,
  tilesOf,
  treeRoot,
  widthIn,
} from '@trustmesh/audit'
import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import { CliError } from './cli-error.ts'
import { type AdminClient, Problem } from './client.ts'

/** Tiles that are asked for at a time. */
const AT_ONCE = 4

/** What an export holds. */
export interface Exported {
  readonly size: number
  readonly files: number
}

/** Writes the whole audit log of a node into a folder, as of its latest checkpoint, in the layout of C2SP `tlog-tiles`. */
export async function exportAudit(
  client: AdminClient,
  folder: string,
  progress: (done: number) => void,
): Promise<Exported> {
  const note = await client.call(CONTRACTS.getAuditCheckpoint, {})
  const { size } = parseCheckpoint(note).head
  await write(folder, 'checkpoint', Buffer.from(note))
  await write(folder, 'key-chains', await octets(client, CONTRACTS.getAuditKeyChains, {}))
  let files = 2
  const tiles = [...tilesOf(size)]
  while (tiles.length > 0) {
    const paths = tiles.splice(0, AT_ONCE).map(tilePath)
    const written = await Promise.all(paths.map((path) => exportTile(client, folder, path)))
    files += written.filter(Boolean).length
    progress(files)
  }
  return { size, files }
}

/** Whether it is there: bundles of entries that are too old a node has dropped, and its log says so itself. */
async function exportTile(client: AdminClient, folder: string, path: string): Promise<boolean> {
  try {
    const params = { '*': path.replace(/^tile\//, '') }
    await write(folder, path, await octets(client, CONTRACTS.getAuditTile, { params }))
    return true
  } catch (error) {
    if (error instanceof Problem && error.status === 404 && path.startsWith('tile/entries/')) return false
    throw error
  }
}

/** The files of an export in a folder. */
export function exportIn(folder: string): ExportFiles {
  return async (path) => {
    try {
      return new Uint8Array(await readFile(join(folder, path)))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
      throw error
    }
  }
}

/** Whether an export, which is sound in itself, goes on from a checkpoint that somebody else has kept (threats A3, A4). */
export async function goesOnFrom(
  files: ExportFiles,
  exported: Checkpoint,
  kept: Checkpoint,
): Promise<'rewritten' | 'truncated' | null> {
  const { origin, size, root } = kept.head
  if (origin !== exported.head.origin) throw new CliError('cli.usage', 'that checkpoint is of another log')
  if (size > exported.head.size) return 'truncated'
  const read = hashesBy(async (level, index) => {
    const width = widthIn(exported.head.size, level, index)
    return hashesIn((await files(tilePath({ level, index, width }))) ?? new Uint8Array())
  })
  return isSameHash(await treeRoot(size, read), root) ? null : 'rewritten'
}

async function octets(client: AdminClient, ...asked: Parameters<AdminClient['open']>): Promise<Uint8Array> {
  return new Uint8Array(await (await client.open(...asked)).arrayBuffer())
}

async function write(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, bytes, { mode: 0o600 })
}
