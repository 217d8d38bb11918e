import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { forgetWitnessed } from '../audit/witnessed.ts'
import { NodeError } from '../node-error.ts'
import { syncFolder } from '../store/key-file.ts'
import { copyPrivate } from './copy-private.ts'
import { type BackupManifest, readManifest, weigh } from './manifest.ts'

/** Where the audit log of before stands in a folder that was restored: to be read, and never to be written to. */
const FORMER_AUDIT = 'audit-before-restore'

/**
 * Makes a data folder, which must not be there or be empty, of a backup. What comes of it knows that it may lack something: it
 * has no anchor, so that its node takes no agents until another member has made it whole, or an operator has said that nobody
 * can (threats R11, K5). It begins an audit log anew, under a key of its own: the one of before has entries since the backup,
 * and others have cosigned them. Of other logs it confirms nothing before others have told what they have confirmed. Rejects with {@link NodeError}: `backup.malformed`, `backup.damaged`, `backup.not-empty`, `store.version`.
 */
export async function restore(source: string, dataDir: string): Promise<BackupManifest> {
  const manifest = await readManifest(source)
  if ((await namesIn(dataDir)).length > 0) throw new NodeError('backup.not-empty', { detail: dataDir })
  const aside = `${dataDir}.restoring`
  await rm(aside, { recursive: true, force: true })
  await mkdir(aside, { recursive: true, mode: 0o700 })
  for (const { path, bytes, sha256 } of manifest.files) {
    const place = placeOf(path)
    if (place === null) continue
    await mkdir(dirname(join(aside, place)), { recursive: true, mode: 0o700 })
    // The copy is looked at, and not what it is made of, which somebody may change in between.
    const copied = await copyPrivate(join(source, path), join(aside, place)).then(
      () => weigh(aside, place),
      () => null,
    )
    if (copied?.sha256 !== sha256 || copied.bytes !== bytes) throw new NodeError('backup.damaged', { detail: path })
  }
  await forgetWitnessed(aside)
  await rm(dataDir, { recursive: true, force: true })
  await rename(aside, dataDir)
  await syncFolder(dirname(dataDir))
  return manifest
}

/** Where a file of a backup goes; `null` where it stays behind. */
function placeOf(path: string): string | null {
  if (/^keys\/log(?:\+\d+)?\.(?:age|pem)$/.test(path)) return null
  return path.replace(/^audit\//, `${FORMER_AUDIT}/`)
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}
