import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../whole-file.ts'
import { type OperationRecord, parseRecord } from './record.ts'

/** Where operations outlast the process. */
export interface Journal {
  /** Everything kept, in no order. */
  load(): Promise<readonly OperationRecord[]>
  /** Resolves when the record, as it is at that moment or later, is durable. */
  keep(record: OperationRecord): Promise<void>
  forget(id: string): Promise<void>
}

const NAME = /^[0-9a-f]{32}\.json$/

/** One file an operation, each whole or not there, in a folder of its own. Damaged ones are told and left alone. */
export class FileJournal implements Journal {
  readonly #directory: string
  readonly #damaged: (file: string) => void
  /** By operation: what is being written, and whether it has changed since. */
  readonly #writing = new Map<string, { done: Promise<void>; next: Promise<void> | null }>()

  constructor(directory: string, damaged: (file: string) => void) {
    this.#directory = directory
    this.#damaged = damaged
  }

  async load(): Promise<readonly OperationRecord[]> {
    const names = await readdir(this.#directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    const records: OperationRecord[] = []
    for (const file of names.filter((each) => NAME.test(each))) {
      const record = parseRecord(await readFile(join(this.#directory, file), 'utf8'))
      if (record?.id === file.slice(0, 32)) records.push(record)
      else this.#damaged(file)
    }
    return records
  }

  keep(record: OperationRecord): Promise<void> {
    const writing = this.#writing.get(record.id)
    if (writing) {
      writing.next ??= writing.done.catch(() => {}).then(() => this.#write(record))
      return writing.next
    }
    return this.#write(record)
  }

  async forget(id: string): Promise<void> {
    await rm(this.#pathOf(id), { force: true })
  }

  #write(record: OperationRecord): Promise<void> {
    const done = writeWhole(this.#pathOf(record.id), JSON.stringify(record))
    const entry = { done, next: null }
    this.#writing.set(record.id, entry)
    const over = (): void => {
      if (this.#writing.get(record.id) === entry && !entry.next) this.#writing.delete(record.id)
    }
    done.then(over, over)
    return done
  }

  #pathOf(id: string): string {
    return join(this.#directory, `${id}.json`)
  }
}

/** For a node without a disk. */
export class MemoryJournal implements Journal {
  readonly #texts = new Map<string, string>()

  async load(): Promise<readonly OperationRecord[]> {
    return [...this.#texts.values()].flatMap((text) => parseRecord(text) ?? [])
  }

  async keep(record: OperationRecord): Promise<void> {
    this.#texts.set(record.id, JSON.stringify(record))
  }

  async forget(id: string): Promise<void> {
    this.#texts.delete(id)
  }
}
