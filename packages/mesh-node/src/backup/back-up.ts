import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Clock } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import { FORMAT } from '../store/format.ts'
import { readStoreKey, syncFolder } from '../store/key-file.ts'
import { openLevel } from '../store/open-level.ts'
import { Records } from '../store/records.ts'
import { writeWhole } from '../whole-file.ts'
import { copyPrivate } from './copy-private.ts'
import { type BackupManifest, MANIFEST, weigh } from './manifest.ts'

/**
 * What belongs to this run or to this machine alone; copies that releases and writers leave beside what they replace; and the
 * tokens, of which a backup would bring back those that have been withdrawn since.
 */
const LEFT_OUT =
  /(?:^|\/)(?:LOCK|LOG(?:\.old)?|reserve|[^/]*\.(?:anchor|lock|new|reserve|tmp)|tokens\.json|[^/]*\.json\.\d+)$|\.format-\d+$/
/** A database that is written to is caught between two writes sooner or later. */
const ATTEMPTS = 10

/**
 * Copies the data folder of a node, which may be running, into a new folder, with a manifest of what is in it. The statements are
 * those of one moment. Rejects with {@link NodeError}: `backup.exists` where the target is there, `backup.failed` where no
 * moment could be caught, `store.key` where the store's key is damaged.
 */
export async function backUp(dataDir: string, target: string, clock: Clock): Promise<BackupManifest> {
  if (await stat(target).catch(() => null)) throw new NodeError('backup.exists', { detail: target })
  const aside = `${resolve(target)}.new`
  for (let attempt = 1; !(await copyOnce(dataDir, aside)); attempt += 1) {
    if (attempt < ATTEMPTS) continue
    await rm(aside, { recursive: true, force: true })
    throw new NodeError('backup.failed', { detail: `${dataDir} is damaged, or written to all the time` })
  }
  const files = []
  for (const path of await filesIn(aside)) files.push(await weigh(aside, path))
  const manifest: BackupManifest = { version: 1, takenAt: new Date(clock.now()).toISOString(), format: FORMAT, files }
  await writeWhole(join(aside, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(aside, target)
  await syncFolder(dirname(target))
  return manifest
}

/** Whether the copy is whole. */
async function copyOnce(from: string, to: string): Promise<boolean> {
  await rm(to, { recursive: true, force: true })
  await mkdir(to, { recursive: true, mode: 0o700 })
  for (const path of await filesIn(from)) {
    await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o700 })
    // What has gone meanwhile the database says whether it needs.
    await copyPrivate(join(from, path), join(to, path)).catch(unlessAbsent)
  }
  return await isWhole(to)
}

/** Holds the records against what the database says that it holds. */
async function isWhole(folder: string): Promise<boolean> {
  const location = join(folder, 'statements')
  if (!(await stat(location).catch(() => null))) return true
  const key = await readStoreKey(`${location}.key`)
  if (!key) throw new NodeError('store.key', { detail: 'a store of an older release: start it once' })
  try {
    const records = await openLevel(location, (level) => Records.read(level, key))
    await records.close()
    for (const name of ['LOCK', 'LOG', 'LOG.old']) await rm(join(location, name), { force: true })
    return records.areAllThere && records.damaged.length === 0
  } catch {
    return false
  }
}

/** Paths of what a backup has, in order. */
async function filesIn(folder: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = below ? `${below}/${entry.name}` : entry.name
      if (LEFT_OUT.test(path)) return []
      return entry.isDirectory() ? await filesIn(folder, path) : entry.isFile() ? [path] : []
    }),
  )
  return found.flat().sort()
}

function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
