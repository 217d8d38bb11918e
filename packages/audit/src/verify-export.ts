import { type Did, IdentityError } from '@trustmesh/identity'
import { AuditError, type AuditErrorCode } from './audit-error.ts'
import { entriesIn, formatBundle } from './bundle.ts'
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts'
import { firstKept } from './dropped.ts'
import { type KeyChain, type KeyUse, LOG, nodeOfKey, parseKeyChains, WITNESS } from './key-chains.ts'
import { treeRoot } from './proof.ts'
import { hashesBy, hashesIn, MAX_LEVELS, TILE_WIDTH, type Tile, tilePath, widthIn } from './tile.ts'
import { isSameHash, leafHash, rootOf } from './tree-hash.ts'

/** The files of an export by their path: `checkpoint`, `key-chains`, `tile/…`; `null` where there is none. */
export type ExportFiles = (path: string) => Promise<Uint8Array | null>

/** Whom the verifier believes: the root of the mesh, or the key of the log itself. */
export type Anchor = { readonly root: Did } | { readonly log: Did }

/** What is wrong with an export: its first fault. */
export type ExportFault =
  | AuditErrorCode
  /** A file is not there. */
  | 'export.missing'
  /** The checkpoint is of another log, or no chain leads to its key. */
  | 'export.key'
  /** The entry at `index` is not what the tree has there. */
  | 'export.entry'
  /** A tile is not what the tree has there: one of the entries from `index` on, or what proves them, was changed. */
  | 'export.tile'
  /** The tree has not the root that the checkpoint says. */
  | 'export.root'

/** An export that is whole, and who says so; or what is wrong with it. */
export type ExportVerdict =
  | {
      readonly ok: true
      readonly log: Did
      /** Whose log it is, where the root of the mesh was given. */
      readonly node: Did | null
      readonly size: number
      /** Index of the first entry that is there: those before it were dropped, and the log says so itself. */
      readonly first: number
      /** Nodes of the mesh that have confirmed the checkpoint; of keys where only that of the log was given. */
      readonly cosigners: readonly Did[]
    }
  | { readonly ok: false; readonly code: ExportFault; readonly index?: number; readonly path?: string }

const NOTHING = new Uint8Array()

/**
 * Verifies an export offline, each entry of it, as of a time in ms: now, or when it was taken. An answer, whatever the files hold;
 * rejects with what reading rejects with.
 */
export async function verifyExport(files: ExportFiles, anchor: Anchor, now: number): Promise<ExportVerdict> {
  try {
    const checkpoint = parseCheckpoint(text(await need(files, 'checkpoint')))
    const chains = 'root' in anchor ? parseKeyChains(text(await need(files, 'key-chains'))) : []
    const { origin: log, size, root } = checkpoint.head
    const node = 'root' in anchor ? whose(log, LOG, chains, anchor.root, now) : null
    if ('root' in anchor ? !node : anchor.log !== log) throw new Fault('export.key')
    const first = await new ExportedTree(files, size).verify(root)
    return { ok: true, log, node, size, first, cosigners: cosignersOf(checkpoint, anchor, chains, node, now) }
  } catch (error) {
    if (error instanceof Fault) return { ok: false, code: error.code, ...error.place }
    if (error instanceof AuditError) return { ok: false, code: error.code }
    if (error instanceof IdentityError) return { ok: false, code: 'note.malformed' }
    throw error
  }
}

class Fault extends Error {
  readonly code: ExportFault
  readonly place: { readonly index?: number; readonly path?: string }

  constructor(code: ExportFault, place: { index?: number; path?: string } = {}) {
    super(code)
    this.code = code
    this.place = place
  }
}

/** The tree in an export. Its hashes are held against the root first: what an entry is held against is then beyond doubt. */
class ExportedTree {
  readonly #files: ExportFiles
  readonly #size: number

  constructor(files: ExportFiles, size: number) {
    this.#files = files
    this.#size = size
  }

  /** Index of the first entry that is there. */
  async verify(root: Uint8Array): Promise<number> {
    const edge = await treeRoot(
      this.#size,
      hashesBy((level, index) => this.#hashes(level, index)),
    )
    if (!isSameHash(edge, root)) throw await this.#faultAtEdge()
    for (let level = MAX_LEVELS - 1; level > 0; level--) await this.#verifyBelow(level)
    return await this.#verifyEntries()
  }

  /** Each full tile against the hash of it in the tile above. */
  async #verifyBelow(level: number): Promise<void> {
    for (let index = 0; widthIn(this.#size, level, index) > 0; index++) {
      for (const [place, hash] of (await this.#hashes(level, index)).entries()) {
        const below = index * TILE_WIDTH + place
        const isRight = isSameHash(rootOf(await this.#hashes(level - 1, below)), hash)
        if (!isRight) throw new Fault('export.tile', this.#placeOf(level - 1, below))
      }
    }
  }

  async #verifyEntries(): Promise<number> {
    let [lastAbsent, dropped] = [-1, 0]
    const absent: number[] = []
    for (let index = 0; widthIn(this.#size, 'entries', index) > 0; index++) {
      const bundle = await this.#files(this.#pathOf('entries', index))
      if (!bundle) lastAbsent = absent[absent.push(index) - 1] as number
      else dropped = Math.max(dropped, ...(await this.#verifyBundle(bundle, index)))
    }
    const lost = absent.find((index) => (index + 1) * TILE_WIDTH > dropped)
    if (lost !== undefined) throw new Fault('export.missing', this.#placeOf('entries', lost))
    return (lastAbsent + 1) * TILE_WIDTH
  }

  /** Where the entries begin that are kept, by each entry that says so. */
  async #verifyBundle(bundle: Uint8Array, index: number): Promise<number[]> {
    const hashes = await this.#hashes(0, index)
    const entries = entriesIn(bundle)
    const { path, index: start } = this.#placeOf('entries', index)
    const wrong = hashes.findIndex((hash, i) => !isSameHash(leafHash(entries[i] ?? NOTHING), hash) || !entries[i])
    if (wrong >= 0) throw new Fault('export.entry', { path, index: start + wrong })
    if (formatBundle(entries.slice(0, hashes.length)).length < bundle.length) {
      throw new Fault('export.entry', { path, index: start + hashes.length })
    }
    return entries.map((entry, i) => firstKept(entry, start + i))
  }

  /** What does not lead to the root is in the last tile of some level; below it all is, the entries tell where. */
  async #faultAtEdge(): Promise<Fault> {
    const index = Math.max(0, Math.ceil(this.#size / TILE_WIDTH) - 1)
    const bundle = await this.#files(this.#pathOf('entries', index))
    const fault = bundle && (await this.#verifyBundle(bundle, index).catch((error: unknown) => error))
    if (!(fault instanceof Fault)) return new Fault('export.root')
    return new Fault('export.tile', { ...fault.place, path: this.#pathOf(0, index) })
  }

  async #hashes(level: number, index: number): Promise<readonly Uint8Array[]> {
    const place = this.#placeOf(level, index)
    const hashes = hashesIn(await need(this.#files, place.path, place.index))
    if (hashes.length !== widthIn(this.#size, level, index)) throw new Fault('export.tile', place)
    return hashes
  }

  #pathOf(level: Tile['level'], index: number): string {
    return tilePath({ level, index, width: widthIn(this.#size, level, index) })
  }

  /** With the first entry that it is about. */
  #placeOf(level: Tile['level'], index: number): { path: string; index: number } {
    const first = index * TILE_WIDTH ** (level === 'entries' ? 1 : level + 1)
    return { path: this.#pathOf(level, index), index: first }
  }
}

function whose(key: Did, can: KeyUse, chains: readonly KeyChain[], root: Did, now: number): Did | null {
  for (const chain of chains) {
    const node = nodeOfKey(key, can, chain, root, now)
    if (node) return node
  }
  return null
}

function cosignersOf(
  { cosigners }: Checkpoint,
  anchor: Anchor,
  chains: readonly KeyChain[],
  log: Did | null,
  now: number,
): Did[] {
  if ('log' in anchor) return cosigners.map(({ did }) => did)
  const nodes = cosigners.map(({ did }) => whose(did, WITNESS, chains, anchor.root, now))
  return [...new Set(nodes)].filter((node) => node !== null && node !== log) as Did[]
}

async function need(files: ExportFiles, path: string, index?: number): Promise<Uint8Array> {
  const bytes = await files(path)
  if (!bytes) throw new Fault('export.missing', { path, ...(index !== undefined && { index }) })
  return bytes
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
