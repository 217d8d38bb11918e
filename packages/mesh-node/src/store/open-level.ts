import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { NodeError } from '../node-error.ts'

/** A LevelDB database, as bytes. */
export type LevelDb = Level<Uint8Array, Uint8Array>

/** Not compressed, so that tables can be looked into; a log no longer than the reserve has room for. */
const OPTIONS = {
  keyEncoding: 'view',
  valueEncoding: 'view',
  compression: false,
  writeBufferSize: 2 * 1024 * 1024,
} as const

/**
 * Opens the database in a folder, which is made where there is none, and reads from it. One whose files no longer fit
 * together is mended first: what that cannot bring back shows when its records are counted.
 * Rejects with {@link NodeError}: `store.locked` where another process holds it, `store.corrupt` where it cannot be mended.
 */
export async function openLevel<T>(location: string, read: (level: LevelDb) => Promise<T>): Promise<T> {
  // Without `CURRENT` it would start anew, over all that is there.
  const createIfMissing = !(await filesOf(location)).some((file) => /^MANIFEST-|\.ldb$/.test(file))
  const level = await open(location, createIfMissing).catch(async (error: unknown) => {
    // The lock is looked at first: whoever else gets here is alone. Not on any error: to mend needs room.
    if (error instanceof NodeError || !(codeOf(error) === 'LEVEL_CORRUPTION' || (await isLost(location)))) throw error
    await mend(location)
    return await open(location, createIfMissing)
  })
  try {
    return await read(level)
  } catch {
    await level.close()
  }
  await mend(location)
  const mended = await open(location, createIfMissing)
  return await read(mended).catch(async (cause: unknown) => {
    await mended.close()
    throw new NodeError('store.corrupt', { cause })
  })
}

async function open(location: string, createIfMissing: boolean): Promise<LevelDb> {
  const options = { ...OPTIONS, createIfMissing }
  const level: LevelDb = new Level(location, options)
  try {
    await level.open()
    return level
  } catch (cause) {
    await level.close()
    throw codeOf(cause) === 'LEVEL_LOCKED' ? new NodeError('store.locked', { cause }) : cause
  }
}

/** Saves what can be read of the tables and logs. */
async function mend(location: string): Promise<void> {
  // Of Node.js only, and so not in the types of `level`.
  const { repair } = Level as unknown as { repair(location: string): Promise<void> }
  await repair(location).catch((cause: unknown) => {
    throw new NodeError('store.corrupt', { cause })
  })
}

/** Whether `CURRENT` does not lead to one of the files. */
async function isLost(location: string): Promise<boolean> {
  const files = await filesOf(location)
  const current = await readFile(join(location, 'CURRENT'), 'latin1').catch(() => '')
  return files.includes('LOCK') && !files.includes(current.trimEnd())
}

function filesOf(location: string): Promise<string[]> {
  return readdir(location).catch(() => [])
}

/** The database wraps what went wrong in a first error of its own. */
function codeOf(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}
