import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatBundle, TILE_WIDTH, type Tile, tilePath } from '@trustmesh/audit'
import { syncFolder } from '../store/key-file.ts'
import { writeWhole } from '../whole-file.ts'

/** The full tiles of leaf hashes, and the full bundles of entries, that are on disk, where C2SP `tlog-tiles` has them. */
export class TileFiles {
  readonly #directory: string
  /** Bytes of each bundle that is there. */
  readonly #sizes = new Map<number, number>()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Bytes of all bundles. */
  get bytes(): number {
    return [...this.#sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  /** Index of the first entry that would be kept, were the oldest bundles dropped until the others have no more than so many bytes. */
  firstWithin(maxBytes: number): number {
    let rest = this.bytes
    for (const [index, size] of [...this.#sizes].sort(([a], [b]) => a - b)) {
      if (rest <= maxBytes) return index * TILE_WIDTH
      rest -= size
    }
    return 0
  }

  /** The leaf hashes of a full tile; nothing where it is not there. */
  async tile(index: number): Promise<Uint8Array> {
    return (await this.#read(0, index)) ?? new Uint8Array()
  }

  async bundle(index: number): Promise<Uint8Array | null> {
    const bytes = await this.#read('entries', index)
    if (bytes) this.#sizes.set(index, bytes.length)
    return bytes
  }

  /** Durable once this resolves. */
  async write(index: number, entries: readonly Uint8Array[], hashes: readonly Uint8Array[]): Promise<void> {
    const bundle = formatBundle(entries)
    await this.#write('entries', index, bundle)
    await this.writeTile(index, hashes)
    this.#sizes.set(index, bundle.length)
  }

  async writeTile(index: number, hashes: readonly Uint8Array[]): Promise<void> {
    await this.#write(0, index, Buffer.concat(hashes))
  }

  /** Drops the bundles of all entries before this one. */
  async dropBefore(first: number): Promise<void> {
    for (const index of [...this.#sizes.keys()]) {
      if ((index + 1) * TILE_WIDTH > first) continue
      await rm(this.#pathOf('entries', index), { force: true })
      this.#sizes.delete(index)
    }
  }

  /** Whether there are any. */
  async isThere(): Promise<boolean> {
    return await stat(join(this.#directory, 'tile')).then(
      () => true,
      () => false,
    )
  }

  #pathOf(level: Tile['level'], index: number): string {
    return join(this.#directory, tilePath({ level, index, width: TILE_WIDTH }))
  }

  async #read(level: Tile['level'], index: number): Promise<Uint8Array | null> {
    return await readFile(this.#pathOf(level, index)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
  }

  async #write(level: Tile['level'], index: number, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(level, index)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeWhole(path, bytes)
    await syncFolder(dirname(path))
  }
}
