import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import * as z from 'zod'
import { NodeError } from '../node-error.ts'
import { FORMAT } from '../store/format.ts'

/** A file of a backup: where it stands below the data folder, and what is in it. */
const file = z.strictObject({
  path: z
    .string()
    .regex(/^(?!\.)[A-Za-z0-9._+-]+(?:\/(?!\.)[A-Za-z0-9._+-]+)*$/)
    .max(512),
  bytes: z.int().min(0),
  /** Lower-case hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

const schema = z.strictObject({
  version: z.literal(1),
  /** ISO 8601, UTC. */
  takenAt: z.iso.datetime(),
  /** Of the store: a release that knows no such format does not restore it. */
  format: z.int().min(1),
  files: z.array(file).max(1_000_000),
})

/** What a backup is made of. */
export type BackupManifest = z.infer<typeof schema>
export type BackedUpFile = z.infer<typeof file>

/** The name of the manifest in the folder of a backup. */
export const MANIFEST = 'manifest.json'

/** Reads the manifest of a backup. Rejects with {@link NodeError}: `backup.malformed`, or `store.version` for one of a newer release. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const path = join(folder, MANIFEST)
  const manifest = await readFile(path, 'utf8')
    .then((text) => schema.parse(JSON.parse(text)))
    .catch((cause: unknown) => {
      throw new NodeError('backup.malformed', { cause, detail: path })
    })
  if (manifest.format > FORMAT) throw new NodeError('store.version')
  return manifest
}

/** What is in a file now. */
export async function weigh(folder: string, path: string): Promise<BackedUpFile> {
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(createReadStream(join(folder, path)), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
    }
  })
  return { path, bytes, sha256: hash.digest('hex') }
}
