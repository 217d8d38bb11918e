import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Random } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'

const KEY_BYTES = 32

/**
 * The key under which a store seals what it writes: 32 random bytes, and behind them their SHA-256, so that a damaged key
 * is not taken for damage everywhere else. Rejects with {@link NodeError} `store.key` if it is damaged or others may read it.
 */
export async function readStoreKey(path: string): Promise<KeyObject | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!bytes) return null
  if (((await stat(path)).mode & 0o077) !== 0) throw new NodeError('store.key', { detail: `chmod 600 ${path}` })
  const key = bytes.subarray(0, KEY_BYTES)
  if (!bytes.subarray(KEY_BYTES).equals(sha256(key))) throw new NodeError('store.key', { detail: `${path} is damaged` })
  return createSecretKey(key)
}

/** Makes the key, whole or not at all. */
export async function writeStoreKey(path: string, random: Random): Promise<KeyObject> {
  const key = random(KEY_BYTES)
  const aside = `${path}.new`
  const file = await open(aside, 'w', 0o600)
  await file
    .writeFile(Buffer.concat([key, sha256(key)]))
    .then(() => file.sync())
    .finally(() => file.close())
  await rename(aside, path)
  await syncFolder(dirname(path))
  return createSecretKey(key)
}

/** Makes durable which files a folder has. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
