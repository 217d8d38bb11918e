import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LevelStore } from '../../packages/mesh-node/src/store/level.ts'
import { contents, contentsOf, entry } from './entries.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface RawLevel {
  put(key: Uint8Array, value: Uint8Array): Promise<void>
  close(): Promise<void>
}
const { Level } = createRequire(new URL('../../packages/mesh-node/package.json', import.meta.url))('level') as {
  Level: new (folder: string, options: object) => RawLevel
}

describe(LevelStore, () => {
  it('K6 refuses a folder that is open already', async () => {
    await using folder = await temporaryFolder()
    await using _first = await LevelStore.open(folder.path)
    await expect(LevelStore.open(folder.path)).rejects.toMatchObject({ code: 'store.locked' })
  })

  it('O10 refuses a layout that it does not know', async () => {
    await using folder = await temporaryFolder()
    const raw = new Level(folder.path, { keyEncoding: 'view', valueEncoding: 'view' })
    await raw.put(Uint8Array.of(0), Uint8Array.of(2))
    await raw.close()
    await expect(LevelStore.open(folder.path)).rejects.toMatchObject({ code: 'store.version' })
  })

  it('refuses a path that is not a folder', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'file')
    await writeFile(path, '')
    await expect(LevelStore.open(path)).rejects.toMatchObject({ code: 'store.failed' })
  })

  it('lets go of the folder when it is closed, or could not be opened', async () => {
    await using folder = await temporaryFolder()
    for (const seeds of [['a'], ['a', 'b']]) {
      await using store = await LevelStore.open(folder.path)
      await expect(LevelStore.open(folder.path)).rejects.toMatchObject({ code: 'store.locked' })
      for (const { id, bytes } of seeds.map(entry)) await store.append(id, bytes)
      expect(await contents(store)).toEqual(contentsOf(seeds))
    }
  })
})
