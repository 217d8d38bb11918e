import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Block,
  type BlockEntry,
  type BlockHandle,
  blockAt,
  entriesOf,
  readHandle,
} from '../../packages/mesh-node/src/store/table-block.ts'
import { contents, contentsOf, entry } from './entries.ts'
import { openStore } from './open-store.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SEEDS = Array.from({ length: 60 }, (_, n) => `${n}`)

/** A folder whose statements are all in one table. */
async function folderWithTable(): Promise<{ path: string; table: string } & AsyncDisposable> {
  const folder = await temporaryFolder()
  for (const seeds of [SEEDS, []]) {
    await using store = await openStore(folder.path)
    await Promise.all(seeds.map(entry).map(({ id, bytes }) => store.append(id, bytes)))
  }
  const files = (await readdir(join(folder.path, 'statements'))).filter((file) => file.endsWith('.ldb'))
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder.path, 'statements', file))).size))
  const table = join('statements', files[sizes.indexOf(Math.max(...sizes))] as string)
  return { ...folder, table, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] }
}

/** What a store finds where a table is changed. */
async function after(
  { path, table }: { path: string; table: string },
  change: (bytes: Buffer) => Buffer | undefined,
): Promise<{ codes: string[]; found: string[] }> {
  await using copy = await temporaryFolder()
  await cp(path, copy.path, { recursive: true })
  const bytes = await readFile(join(copy.path, table))
  await writeFile(join(copy.path, table), change(bytes) ?? bytes)
  await using store = await openStore(copy.path)
  return { codes: store.condition.map(({ code }) => code), found: await contents(store) }
}

const flip =
  (at: number, bit = 0) =>
  (bytes: Buffer) => {
    const from = at < 0 ? bytes.length + at : at
    bytes.writeUInt8(bytes.readUInt8(from) ^ (1 << bit), from)
    return bytes
  }

/** Where the key of the first entry begins: after its lengths, of which that of the value takes a byte or two. */
const keyOfFirst = (bytes: Buffer): number => (bytes.readUInt8(2) < 128 ? 3 : 4)

const entriesIn = (table: Buffer, handle: BlockHandle): BlockEntry[] =>
  entriesOf((blockAt(table, handle) as Block).bytes) as BlockEntry[]

describe('a table that LevelDB could not be trusted with', () => {
  it('K3 loses the block that makes no sense, and no other', async () => {
    await using folder = await folderWithTable()
    // The lengths of the first entry, and the end of its key: it is there, or deleted, or neither.
    const wrongs = [flip(0, 6), flip(1, 7), (bytes: Buffer) => flip(keyOfFirst(bytes) + 33, 3)(bytes)]
    for (const wrong of wrongs) {
      const { codes, found } = await after(folder, wrong)
      expect(codes).toEqual(['store.count'])
      expect(found.length).toBeGreaterThan(SEEDS.length / 2)
      expect(found.length).toBeLessThan(SEEDS.length)
    }
  })

  it('K3 loses a block whose entries are in order, and not where they belong', async () => {
    await using folder = await folderWithTable()
    const { codes } = await after(folder, (bytes) => {
      const footer = { at: bytes.length - 48 }
      readHandle(bytes, footer)
      const first = entriesIn(bytes, readHandle(bytes, footer))[0] as BlockEntry
      const { key, value } = entriesIn(bytes, readHandle(first.value, { at: 0 })).at(-1) as BlockEntry
      // The first byte of the id, in the last key of the block.
      const at = value.byteOffset - bytes.byteOffset - 40
      expect(bytes[at]).toBe(key[1])
      bytes.writeUInt8(0xff, at)
      return bytes
    })
    expect(codes).toEqual(['store.count'])
  })

  it('K3 keeps the block where only a value is not what it was, and that one is named', async () => {
    await using folder = await folderWithTable()
    const { codes, found } = await after(folder, (bytes) => flip(keyOfFirst(bytes) + 33 + 8)(bytes))
    expect([codes, found.length]).toEqual([['store.damaged'], SEEDS.length - 1])
  })

  it('K3 is put aside where its index or its end is damaged or gone', async () => {
    await using folder = await folderWithTable()
    const wrongs = [flip(-60), flip(-44), flip(-1, 3), (bytes: Buffer) => bytes.subarray(0, 40), () => Buffer.alloc(0)]
    for (const wrong of wrongs) {
      const { codes, found } = await after(folder, wrong)
      expect([codes.length > 0, found.length]).toEqual([true, 0])
    }
  })

  it('K3 is found out, or reads as before, whatever byte of its last kilobyte changes', async () => {
    await using folder = await folderWithTable()
    const all = contentsOf(SEEDS).join()
    for (let at = -1; at > -1024; at -= 41) {
      const { codes, found } = await after(folder, flip(at, at & 7))
      if (codes.length === 0) expect(found.join() === all, `${at}`).toBe(true)
    }
  })
})
