import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AuditError,
  type Checkpoint,
  EMPTY_ROOT,
  entriesIn,
  firstKept,
  hashesIn,
  isSameHash,
  issueCheckpoint,
  leafHash,
  parseCheckpoint,
  rootOf,
  TILE_WIDTH,
  treeRoot,
} from '@trustmesh/audit'
import type { Identity } from '@trustmesh/identity'
import { writeWhole } from '../whole-file.ts'
import { AuditJournal, type Batch } from './journal.ts'
import { TileFiles } from './tile-files.ts'
import { GrowingTree } from './tree.ts'

/** Somebody has changed what was on disk, or the disk has. */
export interface Tampering {
  readonly code: 'tampered.checkpoint' | 'tampered.entry' | 'tampered.journal' | 'tampered.missing' | 'tampered.tree'
  /** Of the first entry that it is about, where that is known. */
  readonly index?: number
}

/** A log as it is on disk. */
export interface Folder {
  readonly files: TileFiles
  readonly journal: AuditJournal
  readonly tree: GrowingTree
  /** The entries whose bundle is not full. */
  readonly recent: readonly Uint8Array[]
  /** What covers all of that. */
  readonly checkpoint: Checkpoint
  /** Index of the first entry that is kept. */
  readonly first: number
  /** Entries that are not what the tree says; it goes on all the same. */
  readonly tampering: readonly Tampering[]
  /** Whether there was part of a batch that nobody had been told of; it is cut off. */
  readonly wasTorn: boolean
}

export interface FolderOptions {
  readonly directory: string
  /** Signs checkpoints. */
  readonly key: Identity
  /** Told each entry that is there, the oldest first. */
  readonly seen?: (entry: Uint8Array) => void
}

/** The tree on disk is not what its own checkpoints say: nothing can go on from there. */
export class TamperedTree extends Error {
  readonly tampering: Tampering

  constructor(tampering: Tampering) {
    super(tampering.code)
    this.tampering = tampering
  }
}

/** Opens the log in a folder, and looks at each of its entries; made where there is none. Rejects with {@link TamperedTree}. */
export async function openFolder({ directory, key, seen = () => {} }: FolderOptions): Promise<Folder> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const files = new TileFiles(directory)
  const published = await readPublished(directory)
  const found = await AuditJournal.open(journalIn(directory))
  if (!found && (published !== undefined || (await files.isThere())))
    throw new TamperedTree({ code: 'tampered.journal' })
  const { journal, batches, torn } = found ?? (await make(directory, key))
  try {
    const opened = await verify(files, batches, { key, published, seen })
    const isLastWhole = opened.whole === batches.length
    const wasTorn = torn > 0 || !isLastWhole
    if (wasTorn) await journal.cut(isLastWhole ? undefined : batches.at(-1))
    if (published === undefined) await publish(directory, opened.checkpoint)
    return { ...opened, files, journal, wasTorn }
  } catch (error) {
    await journal.close()
    throw error
  }
}

/** Where the journal of a log is. */
export function journalIn(directory: string): string {
  return join(directory, 'journal')
}

/** What the log shows to others, as of some moment. */
export async function publish(directory: string, { note }: Checkpoint): Promise<void> {
  await writeWhole(join(directory, 'checkpoint'), note)
}

async function make(
  directory: string,
  key: Identity,
): Promise<{ journal: AuditJournal; batches: readonly Batch[]; torn: number }> {
  const batches = [{ entries: [], checkpoint: await issueCheckpoint(key, { size: 0, root: EMPTY_ROOT }) }]
  return { journal: await AuditJournal.create(journalIn(directory), batches), batches, torn: 0 }
}

/** `undefined` where there is none, `null` where it is broken. */
async function readPublished(directory: string): Promise<Checkpoint | null | undefined> {
  try {
    return parseCheckpoint(await readFile(join(directory, 'checkpoint'), 'utf8'))
  } catch (error) {
    if (error instanceof AuditError) return null
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function verify(
  files: TileFiles,
  [base, ...batches]: readonly Batch[],
  {
    key,
    published,
    seen,
  }: Required<Pick<FolderOptions, 'key' | 'seen'>> & { published: Checkpoint | null | undefined },
): Promise<Pick<Folder, 'tree' | 'recent' | 'checkpoint' | 'first' | 'tampering'> & { whole: number }> {
  const isOwn = ({ checkpoint }: Batch): boolean => checkpoint.head.origin === key.did
  if (!base || base.entries.length > 0 || !isOwn(base)) throw new TamperedTree({ code: 'tampered.journal' })
  const stored = await readTiles(files, base.checkpoint, seen)
  let { tree, first } = stored
  let [last, recent, whole] = [base, [] as Uint8Array[], 1]
  for (const batch of batches) {
    const next = tree.extended(batch.entries.map(leafHash))
    const isWhole = isOwn(batch) && (await isHeadOf(next, batch.checkpoint))
    if (!isWhole) {
      // Of the last batch the disk may have kept one part and lost another; those before it were durable.
      if (batch !== batches.at(-1)) throw new TamperedTree({ code: 'tampered.journal', index: tree.size })
      break
    }
    first = Math.max(first, ...batch.entries.map((entry, i) => firstKept(entry, tree.size + i)))
    batch.entries.forEach(seen)
    tree = next
    recent = [...recent, ...batch.entries]
    last = batch
    whole += 1
  }
  // What was shown to others was durable before.
  const isPublished =
    published === undefined
      ? tree.size === 0
      : published?.head.origin === key.did &&
        published.head.size <= tree.size &&
        isSameHash(await treeRoot(published.head.size, tree.read), published.head.root)
  if (!isPublished) throw new TamperedTree({ code: 'tampered.checkpoint', index: tree.size })
  const missing = stored.missing.map((tile) => tile * TILE_WIDTH).filter((index) => index + TILE_WIDTH > first)
  const tampering = [...stored.tampering, ...missing.map((index) => ({ code: 'tampered.missing', index }) as const)]
  return { tree, recent, checkpoint: last.checkpoint, first, tampering, whole }
}

/** The tiles of a tree, with what their bundles say instead. */
async function readTiles(
  files: TileFiles,
  checkpoint: Checkpoint,
  seen: (entry: Uint8Array) => void,
): Promise<{ tree: GrowingTree; first: number; missing: readonly number[]; tampering: readonly Tampering[] }> {
  const [roots, rootsOfEntries]: [Uint8Array[], Uint8Array[]] = [[], []]
  const tampering: Tampering[] = []
  const missing: number[] = []
  let first = 0
  for (let index = 0; index * TILE_WIDTH < checkpoint.head.size; index++) {
    const hashes = hashesIn(await files.tile(index))
    const bundle = await files.bundle(index)
    const entries = bundle && entriesIn(bundle)
    const leaves = entries ? entries.map(leafHash) : hashes
    roots.push(rootOf(hashes))
    rootsOfEntries.push(rootOf(leaves))
    if (!entries) missing.push(index)
    const wrong = Array.from({ length: Math.max(leaves.length, TILE_WIDTH) }).findIndex(
      (_, i) => !isSame(hashes[i], leaves[i]),
    )
    if (wrong >= 0) tampering.push({ code: 'tampered.entry', index: index * TILE_WIDTH + wrong })
    for (const [i, entry] of (entries ?? []).entries()) {
      first = Math.max(first, firstKept(entry, index * TILE_WIDTH + i))
      seen(entry)
    }
  }
  const tree = GrowingTree.over(roots, (index) => files.tile(index))
  if (await isHeadOf(tree, checkpoint)) return { tree, first, missing, tampering }
  // It is not the entries that were changed but their hashes: those can be made again.
  const mended = GrowingTree.over(rootsOfEntries, (index) => files.tile(index))
  const [wrong] = tampering
  if (!(await isHeadOf(mended, checkpoint)))
    throw new TamperedTree({ code: 'tampered.tree', ...(wrong && { index: wrong.index as number }) })
  for (const { index = 0 } of tampering) {
    const tile = Math.floor(index / TILE_WIDTH)
    await files.writeTile(tile, entriesIn((await files.bundle(tile)) ?? new Uint8Array()).map(leafHash))
  }
  return {
    tree: mended,
    first,
    missing,
    tampering: tampering.map(({ index = 0 }) => ({ code: 'tampered.tree', index })),
  }
}

async function isHeadOf(tree: GrowingTree, { head }: Checkpoint): Promise<boolean> {
  return tree.size === head.size && isSameHash((await tree.head()).root, head.root)
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && isSameHash(a, b)
}
