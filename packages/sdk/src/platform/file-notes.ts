import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MemoryNotes, type Notes } from '../manifests/notes.ts'

/** How many lines may be out of date before the file is written anew, beside as many as there are notes. */
const STALE_LINES = 1_000

/**
 * Notes in one file, a line each, of two about one key the later counts. It is appended to, so that a process that is about
 * to be replaced and the one that replaces it may both write: unlike a database, it needs no lock that either would wait for.
 */
export class FileNotes implements Notes {
  readonly #path: string
  readonly #warn: (error: unknown) => void
  readonly #notes = new MemoryNotes()
  #size = 0
  #lines = 0
  #written: Promise<void> = Promise.resolve()

  /** Reads the file, where there is one; lines that cannot be read are passed over. `warn` is told of what cannot be written. */
  static async open(path: string, warn: (error: unknown) => void): Promise<FileNotes> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return new FileNotes(path, text, warn)
  }

  private constructor(path: string, text: string, warn: (error: unknown) => void) {
    this.#path = path
    this.#warn = warn
    for (const line of text.split('\n')) {
      const [key, note] = parse(line)
      if (key !== undefined) this.#keep(key, note)
    }
  }

  get(key: string): unknown {
    return this.#notes.get(key)
  }

  entries(): Iterable<readonly [string, unknown]> {
    return this.#notes.entries()
  }

  set(key: string, note: unknown): void {
    this.#keep(key, note)
    const isStale = this.#lines > 2 * this.#size + STALE_LINES
    if (isStale) this.#lines = this.#size
    const line = lineOf(key, note)
    this.#written = this.#written.then(() => (isStale ? this.#rewrite() : this.#append(line))).catch(this.#warn)
  }

  async close(): Promise<void> {
    await this.#written
  }

  #keep(key: string, note: unknown): void {
    if (this.#notes.get(key) !== undefined) this.#size--
    if (note !== undefined) this.#size++
    this.#lines++
    this.#notes.set(key, note)
  }

  /** The end of a line that was cut off stays a line of its own. */
  async #append(line: string): Promise<void> {
    await appendFile(this.#path, `\n${line}`, { mode: 0o600 })
  }

  async #rewrite(): Promise<void> {
    const aside = `${this.#path}.${process.pid}`
    const lines = Array.from(this.entries(), ([key, note]) => lineOf(key, note))
    await writeFile(aside, lines.join('\n'), { mode: 0o600, flush: true })
    await rename(aside, this.#path)
  }
}

function lineOf(key: string, note: unknown): string {
  return JSON.stringify(note === undefined ? [key] : [key, note])
}

function parse(line: string): [key?: string, note?: unknown] {
  try {
    const [key, note] = JSON.parse(line)
    return typeof key === 'string' ? [key, note] : []
  } catch {
    return []
  }
}
