import { constants, type FileHandle, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AuditError, type Checkpoint, parseCheckpoint } from '@trustmesh/audit'
import { syncFolder } from '../store/key-file.ts'

/** Entries, and the checkpoint that covers them and all before. */
export interface Batch {
  readonly entries: readonly Uint8Array[]
  readonly checkpoint: Checkpoint
}

const LINE_END = 10
const QUOTE = 34

/**
 * The newest entries, each a line of JSON, in batches that end with a line that is their checkpoint, a JSON string. A batch is
 * written and synced before the next one is begun: what is behind the last checkpoint nobody has been told is durable.
 */
export class AuditJournal {
  readonly #file: FileHandle
  #length: number

  private constructor(file: FileHandle, length: number) {
    this.#file = file
    this.#length = length
  }

  /** Makes a journal in place of whatever is there, whole or not at all. */
  static async create(path: string, batches: readonly Batch[]): Promise<AuditJournal> {
    const aside = `${path}.new`
    const bytes = Buffer.concat(batches.map(linesOf))
    const file = await open(aside, 'w+', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
      await rename(aside, path)
      await syncFolder(dirname(path))
    } catch (error) {
      await file.close()
      throw error
    }
    return new AuditJournal(file, bytes.length)
  }

  /** The journal there, or `null`; its batches, of which nothing is verified but the signatures, and the bytes behind the last. */
  static async open(path: string): Promise<{ journal: AuditJournal; batches: readonly Batch[]; torn: number } | null> {
    const file = await open(path, constants.O_RDWR).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (!file) return null
    const bytes = await file.readFile()
    const { batches, length } = batchesIn(bytes)
    return { journal: new AuditJournal(file, length), batches, torn: bytes.length - length }
  }

  /** Makes a batch durable. Where that fails nothing of it stays. */
  async append(batch: Batch): Promise<void> {
    const bytes = linesOf(batch)
    // What is written to a file that has been taken away is lost, though nothing fails (threat A8).
    if ((await this.#file.stat()).nlink === 0) throw new Error('the journal has been taken away')
    try {
      const { bytesWritten } = await this.#file.write(bytes, 0, bytes.length, this.#length)
      if (bytesWritten !== bytes.length) throw new Error('the journal was written in part')
      await this.#file.datasync()
    } catch (error) {
      // Where that fails too, the next batch is written over it.
      await this.#file.truncate(this.#length).catch(() => {})
      throw error
    }
    this.#length += bytes.length
  }

  /** Cuts off what is torn, and with it a last batch where that is not whole either. */
  async cut(last?: Batch): Promise<void> {
    if (last) this.#length -= linesOf(last).length
    await this.#file.truncate(this.#length)
    await this.#file.datasync()
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

function linesOf({ entries, checkpoint }: Batch): Buffer {
  const end = Buffer.of(LINE_END)
  const lines = [...entries, Buffer.from(JSON.stringify(checkpoint.note))]
  return Buffer.concat(lines.flatMap((line) => [line, end]))
}

function batchesIn(bytes: Buffer): { batches: readonly Batch[]; length: number } {
  const batches: Batch[] = []
  let entries: Uint8Array[] = []
  let [at, length] = [0, 0]
  for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, at)) {
    const line = bytes.subarray(at, end)
    at = end + 1
    const checkpoint = line[0] === QUOTE ? checkpointIn(line) : null
    if (checkpoint) {
      batches.push({ entries, checkpoint })
      entries = []
      length = at
    } else {
      entries.push(line)
    }
  }
  return { batches, length }
}

function checkpointIn(line: Buffer): Checkpoint | null {
  try {
    return parseCheckpoint(JSON.parse(line.toString()) as string)
  } catch (error) {
    if (error instanceof AuditError || error instanceof SyntaxError) return null
    throw error
  }
}
