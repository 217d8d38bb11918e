import type { KeyObject } from 'node:crypto'
import { cp, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Random } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import {
  encodeTally,
  FORMAT,
  FORMAT_PLACE,
  fingerprintAfter,
  KIND,
  openAt,
  sealAt,
  TALLY_PLACE,
  weightOf,
} from './format.ts'
import { readStoreKey, syncFolder, writeStoreKey } from './key-file.ts'
import { type LevelDb, openLevel } from './open-level.ts'

const PLAIN = { gte: Uint8Array.of(KIND.plainStatement), lt: Uint8Array.of(KIND.plainStatement + 1) }
const SEALED = { gte: Uint8Array.of(KIND.statement), lt: Uint8Array.of(KIND.statement + 1) }
const CHUNK = 1_000

/**
 * Sees to it that the database at `location` is of this format, and gives the key of its records. One of format 1 is
 * copied to `LOCATION.format-1` first (threat O10). Rejects with {@link NodeError} `store.version` for any other.
 */
export async function prepareDatabase(location: string, random: Random): Promise<KeyObject> {
  const { level, format, hasPlain } = await openLevel(location, probe)
  try {
    if (isFirst(format)) {
      await level.close()
      await backUp(location, `${location}.format-1`)
      return await upgrade(location, random)
    }
    const key = await keyOf(location, random, format !== undefined)
    if (!format) await level.batch([formatRecord(key)], { sync: true })
    else if (openAt(key, FORMAT_PLACE, format)?.[0] !== FORMAT) throw new NodeError('store.version')
    // What an upgrade leaves behind that was interrupted at its end.
    else if (hasPlain) await level.clear(PLAIN)
    return key
  } finally {
    await level.close()
  }
}

async function probe(level: LevelDb) {
  const format = await level.get(FORMAT_PLACE)
  const plain = await level.keys({ ...PLAIN, limit: 1 }).all()
  return { level, format, hasPlain: plain.length > 0 }
}

/** Format 1 sealed nothing. */
function isFirst(format: Uint8Array | undefined): boolean {
  return format?.length === 1 && format[0] === 1
}

async function keyOf(location: string, random: Random, isSealed: boolean): Promise<KeyObject> {
  const path = `${location}.key`
  const key = await readStoreKey(path)
  if (key) return key
  const isAnchored = await stat(`${location}.anchor`).then(
    () => true,
    () => false,
  )
  if (isSealed || isAnchored) throw new NodeError('store.key', { detail: `${path} is gone` })
  return await writeStoreKey(path, random)
}

function formatRecord(key: KeyObject) {
  return { type: 'put', key: FORMAT_PLACE, value: sealAt(key, FORMAT_PLACE, Uint8Array.of(FORMAT)) } as const
}

/** Copies the folder of a database that nobody has open. The copy is there whole and durable, or not at all. */
async function backUp(location: string, backup: string): Promise<void> {
  const aside = `${backup}.new`
  await rm(aside, { recursive: true, force: true })
  await cp(location, aside, { recursive: true })
  for (const name of await readdir(aside)) {
    const file = await open(join(aside, name), 'r')
    await file.sync().finally(() => file.close())
  }
  await syncFolder(aside)
  await rm(backup, { recursive: true, force: true })
  await rename(aside, backup)
  await syncFolder(dirname(backup))
}

/** The database is of format 1 until all is written, so that what was interrupted begins anew. */
async function upgrade(location: string, random: Random): Promise<KeyObject> {
  const key = await keyOf(location, random, false)
  const level = await openLevel(location, readThrough)
  try {
    await level.clear(SEALED)
    let count = 0
    let fingerprint = 0n
    for await (const chunk of chunksOf(level)) {
      const changes = chunk.map(([plain, value]) => {
        const place = Uint8Array.of(KIND.statement, ...plain.subarray(1))
        return { type: 'put' as const, key: place, value: sealAt(key, place, value) }
      })
      await level.batch(changes)
      count += changes.length
      for (const { value } of changes) fingerprint = fingerprintAfter(fingerprint, weightOf(value))
    }
    const tally = sealAt(key, TALLY_PLACE, encodeTally({ generation: 0, count, fingerprint }))
    await level.batch([{ type: 'put', key: TALLY_PLACE, value: tally }, formatRecord(key)], { sync: true })
    await level.clear(PLAIN)
    return key
  } finally {
    await level.close()
  }
}

/** Rejects if any of it cannot be read. */
async function readThrough(level: LevelDb): Promise<LevelDb> {
  for await (const _key of level.keys());
  return level
}

async function* chunksOf(level: LevelDb): AsyncIterable<[Uint8Array, Uint8Array][]> {
  const entries = level.iterator(PLAIN)
  try {
    for (;;) {
      const chunk = await entries.nextv(CHUNK)
      if (chunk.length === 0) return
      yield chunk
    }
  } finally {
    await entries.close()
  }
}
