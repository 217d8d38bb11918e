import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The database under a store, without the store. */
export interface RawLevel extends AsyncDisposable {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  put(key: Uint8Array, value: Uint8Array): Promise<void>
  del(key: Uint8Array): Promise<void>
  keys(): { all(): Promise<Uint8Array[]> }
  iterator(): { all(): Promise<[Uint8Array, Uint8Array][]> }
}

const { Level } = createRequire(new URL('../../packages/mesh-node/package.json', import.meta.url))('level') as {
  Level: new (location: string, options: object) => RawLevel & { open(): Promise<void> }
}

/** Opens the database of the store in a folder. */
export async function openRaw(directory: string): Promise<RawLevel> {
  const level = new Level(join(directory, 'statements'), { keyEncoding: 'view', valueEncoding: 'view' })
  await level.open()
  return level
}
