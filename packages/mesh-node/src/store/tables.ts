import { open, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type BlockEntry,
  blockAt,
  compareKeys,
  encodeBlock,
  entriesOf,
  handleBytes,
  readHandle,
  TRAILER_BYTES,
} from './table-block.ts'

const FOOTER_BYTES = 48
const MAGIC = Buffer.from('57fb808b247547db', 'hex')

/**
 * Takes out of the tables of a database what would bring LevelDB down: it checks no table that it reads, and asserts
 * that what it reads there makes sense. A block that does not is left out of its table, and a table that does not put aside.
 * What is only not what was written stays, for the seal of its record to tell. Nobody else may have the database open.
 */
export async function mendTables(location: string): Promise<void> {
  for (const name of await readdir(location).catch(() => [])) {
    if (!name.endsWith('.ldb')) continue
    const path = join(location, name)
    const table = await readFile(path)
    const mended = mendTable(table)
    if (mended === table) continue
    if (mended) await replace(path, mended)
    else await rename(path, `${path}.damaged`)
  }
}

/** The table itself if nothing is wrong with it, one of the same length that can be read, or `null`. */
function mendTable(table: Buffer): Buffer | null {
  const footer = table.subarray(-FOOTER_BYTES)
  if (table.length < FOOTER_BYTES || !footer.subarray(-MAGIC.length).equals(MAGIC)) return null
  const cursor = { at: 0 }
  // Where the filter is, which may be damaged: nothing hangs on what it lets through.
  readHandle(footer, cursor)
  const filter = footer.subarray(0, cursor.at)
  const index = readHandle(footer, cursor)
  const indexBlock = blockAt(table, index)
  if (!indexBlock?.isIntact) return null
  // Of format 1, whose records are about to be written anew.
  if (indexBlock.isCompressed) return table
  const entries = entriesOf(indexBlock.bytes) ?? []
  const readable = entries.filter((entry, n) => isReadable(table, entry, entries[n - 1]))
  if (readable.length === 0) return null
  if (readable.length === entries.length) return table
  // Shorter than the one before, in its place.
  const block = encodeBlock(readable)
  const handle = handleBytes({ offset: index.offset, size: block.length - TRAILER_BYTES })
  const mended = Buffer.from(table)
  block.copy(mended, index.offset)
  Buffer.concat([filter, handle], FOOTER_BYTES - MAGIC.length).copy(mended, table.length - FOOTER_BYTES)
  return mended
}

/** Whether a block makes sense, between the key of the block before and its own. */
function isReadable(table: Buffer, { key: last, value }: BlockEntry, before: BlockEntry | undefined): boolean {
  const block = blockAt(table, readHandle(value, { at: 0 }))
  if (!block || block.isIntact) return block !== null
  const entries = block.isCompressed ? null : entriesOf(block.bytes)
  const [first, end] = [entries?.[0], entries?.at(-1)]
  if (!first || !end || compareKeys(end.key, last) > 0) return false
  return !before || compareKeys(first.key, before.key) > 0
}

async function replace(path: string, table: Buffer): Promise<void> {
  const aside = `${path}.mended`
  const file = await open(aside, 'w', 0o600)
  await file
    .writeFile(table)
    .then(() => file.sync())
    .finally(() => file.close())
  await rename(aside, path)
}
