import {
  type Checkpoint,
  consistencyProof,
  entriesIn,
  formatBundle,
  inclusionProof,
  issueCheckpoint,
  leafHash,
  TILE_WIDTH,
  tileAt,
  treeRoot,
  widthIn,
} from '@trustmesh/audit'
import { type Folder, type FolderOptions, journalIn, openFolder, publish } from './folder.ts'
import { AuditJournal } from './journal.ts'
import type { AuditLine } from './log.ts'
import type { AuditEntry } from './reader.ts'

export interface DurableLogOptions extends FolderOptions {
  /** Bytes of entries beyond which the oldest are dropped. */
  readonly maxBytes: number
  /** The entry by which the log says that it drops those before `first`. */
  readonly dropping: (first: number) => Uint8Array
}

/** Of what may be kept, so much is dropped at once. */
const DROPPED_SHARE = 1 / 16

/** The entries of a log and their tree, on disk: what it has taken is durable, and covered by a checkpoint. */
export class DurableLog {
  readonly tampering: Folder['tampering']
  readonly wasTorn: boolean
  readonly #options: DurableLogOptions
  #folder: Pick<Folder, 'files' | 'journal' | 'tree' | 'recent' | 'checkpoint' | 'first'>

  /** Rejects with `TamperedTree`. */
  static async open(options: DurableLogOptions): Promise<DurableLog> {
    return new DurableLog(options, await openFolder(options))
  }

  private constructor(options: DurableLogOptions, folder: Folder) {
    this.#options = options
    this.#folder = folder
    this.tampering = folder.tampering
    this.wasTorn = folder.wasTorn
  }

  get size(): number {
    return this.#folder.tree.size
  }

  get first(): number {
    return this.#folder.first
  }

  /** Covers everything. */
  get checkpoint(): Checkpoint {
    return this.#folder.checkpoint
  }

  /** Makes entries durable, all of them or none, and resolves with the index of the first. */
  async append(entries: readonly Uint8Array[]): Promise<number> {
    const { tree: before, recent, journal } = this.#folder
    const tree = before.extended(entries.map(leafHash))
    const checkpoint = await issueCheckpoint(this.#options.key, await tree.head())
    await journal.append({ entries, checkpoint })
    this.#folder = { ...this.#folder, tree, checkpoint, recent: [...recent, ...entries] }
    return before.size
  }

  /** Puts full bundles where they stay, and drops the oldest where there are too many. Where that fails nothing is lost. */
  async store(): Promise<void> {
    if (this.#folder.recent.length < TILE_WIDTH) return
    await this.#storeFull()
    await this.#dropOldest()
  }

  /** Keeps a checkpoint for the next start, which then knows what there has to be. */
  async keep(checkpoint: Checkpoint): Promise<void> {
    await publish(this.#options.directory, checkpoint)
  }

  async entries(from: number, limit: number): Promise<readonly AuditEntry[]> {
    const found: AuditEntry[] = []
    const start = Math.max(from, this.first)
    const end = Math.min(this.size, start + limit)
    for (let index = start; index < end; ) {
      const bundle = Math.floor(index / TILE_WIDTH)
      const entries = await this.#bundle(bundle)
      for (; index < Math.min(end, (bundle + 1) * TILE_WIDTH); index++) {
        const line = lineOf(entries[index % TILE_WIDTH])
        if (line) found.push({ index, line })
      }
    }
    return found
  }

  inclusionProof(index: number, size: number): Promise<readonly Uint8Array[]> {
    return inclusionProof(index, this.#bounded(size), this.#folder.tree.read)
  }

  consistencyProof(from: number, to: number): Promise<readonly Uint8Array[]> {
    return consistencyProof(from, this.#bounded(to), this.#folder.tree.read)
  }

  /** The root of the tree as it was at that size, `null` where it never was so large. */
  async rootAt(size: number): Promise<Uint8Array | null> {
    return size <= this.size ? await treeRoot(size, this.#folder.tree.read) : null
  }

  /** A tile or a bundle by its path, `null` where there is none, or none so wide. */
  async tile(path: string): Promise<Uint8Array | null> {
    const tile = tileAt(path)
    if (!tile || tile.width > widthIn(this.size, tile.level, tile.index)) return null
    const { level, index, width } = tile
    if (level !== 'entries') return Buffer.concat((await this.#folder.tree.tile(level, index)).slice(0, width))
    const entries = await this.#bundle(index)
    return entries.length < width ? null : formatBundle(entries.slice(0, width))
  }

  async close(): Promise<void> {
    await this.#folder.journal.close()
  }

  /** Of a tree that there is not there are no proofs. */
  #bounded(size: number): number {
    return size <= this.size ? size : -1
  }

  async #bundle(index: number): Promise<readonly Uint8Array[]> {
    const { files, recent, tree } = this.#folder
    const start = index * TILE_WIDTH - (tree.size - recent.length)
    if (start >= 0) return recent.slice(start, start + TILE_WIDTH)
    const bundle = await files.bundle(index)
    return bundle ? entriesIn(bundle) : []
  }

  async #storeFull(): Promise<void> {
    const { files, recent, tree, checkpoint, journal: before } = this.#folder
    const { key, directory } = this.#options
    const start = tree.size - recent.length
    let stored = start
    for (; stored + TILE_WIDTH <= tree.size; stored += TILE_WIDTH) {
      const index = stored / TILE_WIDTH
      await files.write(index, recent.slice(stored - start, stored - start + TILE_WIDTH), await tree.tile(0, index))
    }
    const base = await issueCheckpoint(key, { size: stored, root: await treeRoot(stored, tree.read) })
    const rest = recent.slice(stored - start)
    const batches = [{ entries: [], checkpoint: base }, ...(rest.length > 0 ? [{ entries: rest, checkpoint }] : [])]
    const journal = await AuditJournal.create(journalIn(directory), batches)
    this.#folder = { ...this.#folder, journal, recent: rest, tree: tree.storedUpTo(stored) }
    await before.close()
  }

  /** The log says so first: whoever misses those entries later finds that nobody has taken them away. */
  async #dropOldest(): Promise<void> {
    const { maxBytes, dropping } = this.#options
    const { files } = this.#folder
    if (files.bytes <= maxBytes) return
    const first = files.firstWithin(maxBytes * (1 - DROPPED_SHARE))
    await this.append([dropping(first)])
    this.#folder = { ...this.#folder, first }
    await files.dropBefore(first)
  }
}

/** `null` where somebody has changed it to something that is none. */
function lineOf(entry: Uint8Array | undefined): AuditLine | null {
  try {
    return entry ? (JSON.parse(Buffer.from(entry).toString()) as AuditLine) : null
  } catch {
    return null
  }
}
