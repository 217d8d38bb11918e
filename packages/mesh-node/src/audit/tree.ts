import { hashesBy, hashesIn, type ReadHash, rootOf, TILE_WIDTH, type Tree, treeRoot, widthIn } from '@trustmesh/audit'

/** Reads the full tile of leaf hashes of that index from where it is kept. */
export type ReadTile = (index: number) => Promise<Uint8Array>

/**
 * The hashes of a tree that grows: those of the leaves in full tiles are on disk, those of the others and everything above in
 * memory, 32 bytes for each 256 leaves. One is never changed: what a batch makes of it counts once the batch is durable.
 */
export class GrowingTree {
  readonly size: number
  /** Leaves whose hashes are in tiles on disk: whole tiles of them. */
  readonly #stored: number
  readonly #leaves: readonly Uint8Array[]
  /** Hashes in tiles of the levels above the leaves, those of level 1 first. */
  readonly #above: readonly (readonly Uint8Array[])[]
  readonly #readTile: ReadTile

  private constructor(
    stored: number,
    leaves: readonly Uint8Array[],
    above: readonly (readonly Uint8Array[])[],
    readTile: ReadTile,
  ) {
    this.size = stored + leaves.length
    this.#stored = stored
    this.#leaves = leaves
    this.#above = above
    this.#readTile = readTile
  }

  /** The tree over full tiles that are on disk already, by their roots. */
  static over(roots: readonly Uint8Array[], readTile: ReadTile): GrowingTree {
    return new GrowingTree(roots.length * TILE_WIDTH, [], grown([roots]), readTile)
  }

  /** With more leaves behind those that it has. */
  extended(hashes: readonly Uint8Array[]): GrowingTree {
    const leaves = [...this.#leaves, ...hashes]
    const [roots = [], ...above] = this.#above
    const before = roots.length - this.#stored / TILE_WIDTH
    const added = Array.from({ length: Math.floor(leaves.length / TILE_WIDTH) - before }, (_, i) =>
      rootOf(leaves.slice((before + i) * TILE_WIDTH, (before + i + 1) * TILE_WIDTH)),
    )
    const levels = added.length === 0 ? this.#above : grown([[...roots, ...added], ...above])
    return new GrowingTree(this.#stored, leaves, levels, this.#readTile)
  }

  /** Leaves up to there are on disk now. */
  storedUpTo(size: number): GrowingTree {
    return new GrowingTree(size, this.#leaves.slice(size - this.#stored), this.#above, this.#readTile)
  }

  /** As its head says it. */
  async head(): Promise<Tree> {
    return { size: this.size, root: await treeRoot(this.size, this.read) }
  }

  /** The hashes of a tile, as many as there are. */
  async tile(level: number, index: number): Promise<readonly Uint8Array[]> {
    const start = index * TILE_WIDTH
    const end = start + widthIn(this.size, level, index)
    if (level > 0) return (this.#above[level - 1] ?? []).slice(start, end)
    if (start < this.#stored) return hashesIn(await this.#readTile(index))
    return this.#leaves.slice(start - this.#stored, end - this.#stored)
  }

  get read(): ReadHash {
    return hashesBy((level, index) => this.tile(level, index))
  }
}

/** Levels with one above each that has a full tile without its root there. */
function grown(levels: readonly (readonly Uint8Array[])[]): readonly (readonly Uint8Array[])[] {
  const [level = [], above = [], ...rest] = levels
  const full = Math.floor(level.length / TILE_WIDTH)
  if (full === 0) return [level]
  const added = Array.from({ length: full - above.length }, (_, i) => {
    const start = (above.length + i) * TILE_WIDTH
    return rootOf(level.slice(start, start + TILE_WIDTH))
  })
  return [level, ...grown([[...above, ...added], ...rest])]
}
