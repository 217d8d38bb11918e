/** How a tree is laid out in files: tiles of 256 hashes and bundles of 256 entries, after C2SP `tlog-tiles`. */

import type { ReadHash } from './proof.ts'
import { HASH_BYTES, rootOf } from './tree-hash.ts'

/** Hashes in a full tile, and entries in a full bundle. */
export const TILE_WIDTH = 256
const TILE_HEIGHT = 8
/** Levels of tiles that a tree whose size is a safe integer can have. */
export const MAX_LEVELS = 7

/** A tile of hashes, or with `entries` as its level a bundle of entries; a width of 256 is a full one. */
export interface Tile {
  readonly level: number | 'entries'
  readonly index: number
  readonly width: number
}

const PATH = /^tile\/(entries|[0-6])\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/** Where a tile is: `tile/0/x001/234`, or with its width behind it where it is not full: `tile/0/x001/234.p/17`. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = `${index}`.padStart(Math.ceil(`${index}`.length / 3) * 3, '0')
  const parts = (digits.match(/\d{3}/g) ?? []).map((part, i, all) => (i < all.length - 1 ? `x${part}` : part))
  return `tile/${level}/${parts.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

/** The tile at a path, or `null`: each has one spelling. */
export function tileAt(path: string): Tile | null {
  const [, level = '', digits = '', width] = PATH.exec(path) ?? []
  const tile = {
    level: level === 'entries' ? ('entries' as const) : Number(level),
    index: Number(digits.replace(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  }
  return Number.isSafeInteger(tile.index) && tilePath(tile) === path ? tile : null
}

/** How many hashes, or entries, a tile of a tree of that size has: 0 to 256. */
export function widthIn(size: number, level: Tile['level'], index: number): number {
  const whole = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level))
  return Math.max(0, Math.min(TILE_WIDTH, whole - index * TILE_WIDTH))
}

/** All tiles and bundles of a tree of that size, as wide as they are there; from the `first`-th bundle on. */
export function* tilesOf(size: number, first = 0): Generator<Tile> {
  for (let index = first; index * TILE_WIDTH < size; index++) {
    yield { level: 'entries', index, width: widthIn(size, 'entries', index) }
  }
  for (let level = 0; level < MAX_LEVELS; level++) {
    for (let index = 0; widthIn(size, level, index) > 0; index++) {
      yield { level, index, width: widthIn(size, level, index) }
    }
  }
}

/** The hashes in a tile; none where the bytes are no whole number of them. */
export function hashesIn(tile: Uint8Array): Uint8Array[] {
  if (tile.length % HASH_BYTES !== 0) return []
  return Array.from({ length: tile.length / HASH_BYTES }, (_, i) => tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
}

/** Reads the hashes of a tree from its tiles, of which it asks for such as have what it needs. */
export function hashesBy(tile: (level: number, index: number) => Promise<readonly Uint8Array[]>): ReadHash {
  return async (height, index) => {
    const level = Math.floor(height / TILE_HEIGHT)
    const count = 2 ** (height % TILE_HEIGHT)
    const start = index * count
    const hashes = await tile(level, Math.floor(start / TILE_WIDTH))
    return rootOf(hashes.slice(start % TILE_WIDTH, (start % TILE_WIDTH) + count))
  }
}
