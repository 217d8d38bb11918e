import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StatementId } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../packages/mesh-node/src/store/store.ts'
import { contents, contentsOf, entry } from './entries.ts'
import { openStore } from './open-store.ts'
import { openRaw } from './raw-level.ts'
import { temporaryFolder } from './temporary-folder.ts'

const keyOf = (id: StatementId): Uint8Array => Uint8Array.of(2, ...Buffer.from(id, 'hex'))
const codesOf = ({ condition }: Store): string[] => condition.map(({ code }) => code)

async function append(store: Store, ...seeds: readonly string[]): Promise<void> {
  for (const { id, bytes } of seeds.map(entry)) await store.append(id, bytes)
}

/** A folder in which these have been kept, one after the other. */
async function folderWith(...seeds: readonly string[]): Promise<Awaited<ReturnType<typeof temporaryFolder>>> {
  const folder = await temporaryFolder()
  await using store = await openStore(folder.path)
  await append(store, ...seeds)
  return folder
}

/** What a store on the folder says and gives. */
async function look(directory: string): Promise<{ codes: string[]; found: string[] }> {
  await using store = await openStore(directory)
  return { codes: codesOf(store), found: await contents(store) }
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  await writeFile(path, bytes)
}

describe('a LevelStore that may not be opened', () => {
  it('K6 refuses a folder that is open already', async () => {
    await using folder = await temporaryFolder()
    await using _first = await openStore(folder.path)
    await expect(openStore(folder.path)).rejects.toMatchObject({ code: 'store.locked' })
  })

  it('K6 touches nothing in a folder that is open already', async () => {
    await using folder = await temporaryFolder()
    await using _first = await openStore(folder.path)
    // As a table looks that is being written.
    const table = join(folder.path, 'statements', '000999.ldb')
    await writeFile(table, 'the beginning')
    await expect(openStore(folder.path)).rejects.toMatchObject({ code: 'store.locked' })
    expect(await readFile(table, 'utf8')).toBe('the beginning')
  })

  it('O10 refuses a layout that it does not know', async () => {
    for (const format of [Uint8Array.of(3), Uint8Array.of(1, ...new Uint8Array(32)), Uint8Array.of()]) {
      await using folder = await folderWith('a')
      {
        await using raw = await openRaw(folder.path)
        await raw.put(Uint8Array.of(0), format)
      }
      await expect(openStore(folder.path)).rejects.toMatchObject({ code: 'store.version' })
    }
  })

  it('refuses a database whose key is gone, damaged, or anybody else’s to read', async () => {
    const wrongs: ((path: string) => Promise<void>)[] = [rm, (path) => flip(path, 3), (path) => truncate(path, 32)]
    for (const wrong of [...wrongs, (path: string) => chmod(path, 0o640)]) {
      await using folder = await folderWith('a')
      await wrong(join(folder.path, 'statements.key'))
      await expect(openStore(folder.path)).rejects.toMatchObject({ code: 'store.key' })
    }
  })

  it('refuses a path that is not a folder', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'file')
    await writeFile(path, '')
    await expect(openStore(path)).rejects.toMatchObject({ code: 'store.failed' })
  })

  it('lets go of the folder when it is closed, or could not be opened', async () => {
    await using folder = await temporaryFolder()
    for (const seeds of [['a'], ['a', 'b']]) {
      await using store = await openStore(folder.path)
      await expect(openStore(folder.path)).rejects.toMatchObject({ code: 'store.locked' })
      await append(store, ...seeds)
      expect(await contents(store)).toEqual(contentsOf(seeds))
    }
  })

  it('K8 leaves nothing open behind it', async () => {
    await using folder = await folderWith('a')
    const openFiles = async (): Promise<number> => (await readdir('/proc/self/fd')).length
    await look(folder.path)
    const before = await openFiles()
    for (let n = 0; n < 20; n++) await look(folder.path)
    expect(await openFiles()).toBeLessThanOrEqual(before + 2)
  })
})

describe('a LevelStore that has lost something', () => {
  it('K5 R11 names a database that is yesterday’s, at every opening, whatever has been kept since', async () => {
    await using folder = await folderWith('a')
    const [database, yesterday] = ['statements', 'yesterday'].map((name) => join(folder.path, name)) as [string, string]
    await cp(database, yesterday, { recursive: true })
    {
      await using store = await openStore(folder.path)
      await append(store, 'b', 'c')
    }
    await rm(database, { recursive: true })
    await rename(yesterday, database)
    {
      await using store = await openStore(folder.path)
      expect(codesOf(store)).toEqual(['store.rolled-back'])
      await append(store, 'd', 'e', 'f', 'g')
    }
    expect((await look(folder.path)).codes).toContain('store.rolled-back')
    {
      await using store = await openStore(folder.path)
      await store.acceptLoss()
      expect(codesOf(store)).toEqual([])
      await append(store, 'h')
    }
    expect(await look(folder.path)).toEqual({ codes: [], found: contentsOf(['a', 'd', 'e', 'f', 'g', 'h']) })
  })

  it('K2 R11 names a database that is gone altogether', async () => {
    await using folder = await folderWith('a')
    await rm(join(folder.path, 'statements'), { recursive: true })
    expect(await look(folder.path)).toEqual({ codes: ['store.rolled-back'], found: [] })
  })

  it('K2 names a log that has lost its end, at every length of what is left', async () => {
    await using folder = await folderWith('a', 'b', 'c')
    const log = (await readdir(join(folder.path, 'statements'))).find((file) => file.endsWith('.log')) as string
    const { size } = await stat(join(folder.path, 'statements', log))
    expect(size).toBeGreaterThan(100)
    for (let length = 0; length < size; length += 131) {
      await using copy = await temporaryFolder()
      await cp(folder.path, copy.path, { recursive: true })
      await truncate(join(copy.path, 'statements', log), length)
      expect((await look(copy.path)).codes).toContain('store.rolled-back')
    }
  })

  it('K3 names a record that is damaged, does not serve it, and is whole again when it comes back', async () => {
    await using folder = await folderWith('a', 'b')
    const key = keyOf(entry('a').id)
    {
      await using raw = await openRaw(folder.path)
      const sealed = (await raw.get(key)) as Uint8Array
      await raw.put(
        key,
        sealed.map((byte, at) => (at === 7 ? byte ^ 1 : byte)),
      )
    }
    {
      await using store = await openStore(folder.path)
      expect(store.condition).toEqual([{ code: 'store.damaged', key: Buffer.from(key).toString('hex') }])
      expect(await contents(store)).toEqual(contentsOf(['b']))
      await append(store, 'a')
    }
    expect(await look(folder.path)).toEqual({ codes: [], found: contentsOf(['a', 'b']) })
  })

  it('K3 forgets a record that is damaged, and not one that has come back, when the loss is accepted', async () => {
    await using folder = await folderWith('a', 'b', 'c')
    {
      await using raw = await openRaw(folder.path)
      for (const seed of ['a', 'b']) await raw.put(keyOf(entry(seed).id), new Uint8Array(99))
    }
    {
      await using store = await openStore(folder.path)
      expect(codesOf(store)).toEqual(['store.damaged', 'store.damaged'])
      await append(store, 'a', 'd')
      await store.acceptLoss()
    }
    expect(await look(folder.path)).toEqual({ codes: [], found: contentsOf(['a', 'c', 'd']) })
  })

  it('K3 names a record that was sealed at another place', async () => {
    await using folder = await folderWith('a', 'b')
    {
      await using raw = await openRaw(folder.path)
      await raw.put(keyOf(entry('a').id), (await raw.get(keyOf(entry('b').id))) as Uint8Array)
    }
    expect(await look(folder.path)).toEqual({ codes: ['store.damaged'], found: contentsOf(['b']) })
  })

  it('K2 names records that are missing, and records that have come back from the dead', async () => {
    await using folder = await folderWith('a', 'b')
    const key = keyOf(entry('a').id)
    let sealed: Uint8Array
    {
      await using raw = await openRaw(folder.path)
      sealed = (await raw.get(key)) as Uint8Array
      await raw.del(key)
    }
    expect((await look(folder.path)).codes).toEqual(['store.count'])
    {
      await using raw = await openRaw(folder.path)
      await raw.put(key, sealed)
    }
    {
      await using store = await openStore(folder.path)
      expect(codesOf(store)).toEqual([])
      await store.append(entry('c').id, entry('c').bytes, [entry('a').id])
    }
    {
      // As many as before, and not the same.
      await using raw = await openRaw(folder.path)
      await raw.put(key, sealed)
      await raw.del(keyOf(entry('b').id))
    }
    expect((await look(folder.path)).codes).toEqual(['store.count'])
  })

  it('K7 names whatever has no place in it', async () => {
    const strange = [[9], [1, 2], [2, ...new Uint8Array(31)], [2, ...new Uint8Array(33)], [4, 0]].map((k) =>
      Uint8Array.from(k),
    )
    for (const key of strange) {
      await using folder = await folderWith('a')
      {
        await using raw = await openRaw(folder.path)
        await raw.put(key, new Uint8Array(40))
      }
      const { codes, found } = await look(folder.path)
      // What format 1 has left behind is no damage.
      expect(codes).toEqual(key[0] === 1 ? [] : ['store.damaged', 'store.count'])
      expect(found).toEqual(contentsOf(['a']))
    }
  })

  it('K2 says that it cannot tell, without its anchor', async () => {
    for (const wrong of [
      rm,
      (path: string) => truncate(path, 0),
      (path: string) => writeFile(path, Buffer.alloc(1024)),
    ]) {
      await using folder = await folderWith('a', 'b')
      await wrong(join(folder.path, 'statements.anchor'))
      expect(await look(folder.path)).toEqual({ codes: ['store.anchor'], found: contentsOf(['a', 'b']) })
    }
  })

  it('K2 does with one slot of its anchor, and has two again at once', async () => {
    for (const slot of [0, 1]) {
      await using folder = await folderWith('a', 'b', 'c')
      const path = join(folder.path, 'statements.anchor')
      await flip(path, slot * 512 + 5)
      expect((await look(folder.path)).codes).toEqual([])
      {
        await using store = await openStore(folder.path)
        await append(store, 'd')
      }
      await flip(path, (1 - slot) * 512 + 5)
      expect((await look(folder.path)).codes).toEqual([])
    }
  })

  it('K2 mends a database whose files no longer fit together, and names what that cannot bring back', async () => {
    await using folder = await folderWith('a')
    for (const seed of ['b', 'c']) {
      await using store = await openStore(folder.path)
      await append(store, seed)
    }
    for (const file of ['CURRENT', 'MANIFEST', '.ldb']) {
      await using copy = await temporaryFolder()
      await cp(folder.path, copy.path, { recursive: true })
      const files = (await readdir(join(copy.path, 'statements'))).filter((name) => name.includes(file))
      expect(files).not.toEqual([])
      for (const name of files) await rm(join(copy.path, 'statements', name))
      const { codes, found } = await look(copy.path)
      expect(codes).toEqual(file === '.ldb' ? ['store.count'] : [])
      expect(found).toEqual(contentsOf(file === '.ldb' ? ['c'] : ['a', 'b', 'c']))
    }
  })
})

describe('a folder of format 1', () => {
  /** As the first release left it. */
  async function firstFormat(...seeds: readonly string[]): Promise<Awaited<ReturnType<typeof temporaryFolder>>> {
    const folder = await temporaryFolder()
    await using raw = await openRaw(folder.path)
    await raw.put(Uint8Array.of(0), Uint8Array.of(1))
    for (const { id, bytes } of seeds.map(entry)) await raw.put(Uint8Array.of(1, ...Buffer.from(id, 'hex')), bytes)
    return folder
  }

  it('O10 is brought to this one, and kept as it was beside it', async () => {
    await using folder = await firstFormat('a', 'b')
    for (let opening = 0; opening < 2; opening++) {
      expect(await look(folder.path)).toEqual({ codes: [], found: contentsOf(['a', 'b']) })
    }
    await mkdir(join(folder.path, 'old'))
    await rename(join(folder.path, 'statements.format-1'), join(folder.path, 'old', 'statements'))
    await using backup = await openRaw(join(folder.path, 'old'))
    expect(await backup.get(Uint8Array.of(0))).toEqual(Buffer.of(1))
    expect(await backup.get(Uint8Array.of(1, ...Buffer.from(entry('a').id, 'hex')))).toEqual(
      Buffer.from(entry('a').bytes),
    )
  })

  it('O10 is brought to this one from the start where that was interrupted', async () => {
    await using folder = await firstFormat('a', 'b')
    {
      await using raw = await openRaw(folder.path)
      for (const seed of ['a', 'gone meanwhile']) await raw.put(keyOf(entry(seed).id), new Uint8Array(50))
    }
    await mkdir(join(folder.path, 'statements.format-1.new'))
    expect(await look(folder.path)).toEqual({ codes: [], found: contentsOf(['a', 'b']) })
  })

  it('R11 is named as yesterday’s where it takes the place of what came after it', async () => {
    await using folder = await firstFormat('a')
    {
      await using store = await openStore(folder.path)
      await append(store, 'b')
    }
    await rm(join(folder.path, 'statements'), { recursive: true })
    await rename(join(folder.path, 'statements.format-1'), join(folder.path, 'statements'))
    expect(await look(folder.path)).toEqual({ codes: ['store.rolled-back'], found: contentsOf(['a']) })
  })

  it('O10 is refused by what wrote it once it is of this one', async () => {
    await using folder = await firstFormat('a')
    await look(folder.path)
    await using raw = await openRaw(folder.path)
    expect(await raw.get(Uint8Array.of(0))).not.toEqual(Uint8Array.of(1))
    expect((await raw.keys().all()).filter(([kind]) => kind === 1)).toEqual([])
  })
})

it('keeps its key, its anchor and its reserve from others', async () => {
  await using folder = await folderWith('a')
  for (const name of ['key', 'anchor', 'reserve']) {
    expect((await stat(join(folder.path, `statements.${name}`))).mode & 0o077).toBe(0)
  }
})
