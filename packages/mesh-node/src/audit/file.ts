import { finished } from 'node:stream/promises'
import type { Clock } from '@trustmesh/identity'
import { createStream, type RotatingFileStream } from 'rotating-file-stream'
import { type AuditEvent, type AuditLine, type AuditLog, auditLine } from './log.ts'
import { AuditThrottle } from './throttle.ts'

export interface FileAuditLogOptions {
  /** Folder of the files; made where there is none. */
  readonly directory: string
  readonly clock: Clock
  /** Told when writing begins to fail, and not again before it has worked in between. */
  readonly onError: (error: Error) => void
  /** Size in bytes at which a file is put aside: 16 MiB unless told otherwise. */
  readonly maxBytes?: number
  /** How many files are put aside before the oldest is dropped: 15 unless told otherwise. */
  readonly maxFiles?: number
  /** Lines of one kind that may come at once, 256, and how many a second after that, 16, unless told otherwise. */
  readonly burst?: number
  readonly perSecond?: number
}

const FILE = 'audit.ndjson'
/** Bytes that may wait for a slow disk before lines are dropped. */
const MAX_BACKLOG = 1_048_576

/**
 * One line of JSON an event, in `audit.ndjson`, then `audit.ndjson.1` (newer) to `.15` (older), mode 0600. Bounded in
 * every direction: lines, rates, files, and what waits in memory. Where writing fails, the next event tries anew.
 */
export class FileAuditLog implements AuditLog {
  readonly #options: FileAuditLogOptions
  readonly #throttle: AuditThrottle
  #stream: RotatingFileStream | undefined
  #healthy = true
  #closed = false

  constructor(options: FileAuditLogOptions) {
    const { clock, burst = 256, perSecond = 16 } = options
    this.#options = options
    this.#throttle = new AuditThrottle({ clock, burst, perSecond })
  }

  record(event: AuditEvent): void {
    if (this.#closed) return
    this.#writeSuppressed()
    if (this.#throttle.admits(event)) this.#write(event)
  }

  healthy(): boolean {
    return this.#healthy
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#writeSuppressed(true)
    this.#closed = true
    const stream = this.#stream
    if (!stream) return
    stream.end()
    // A failure has been told already.
    await finished(stream).catch(() => {})
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #writeSuppressed(all?: boolean): void {
    for (const { event, code, count } of this.#throttle.takeSuppressed(all)) {
      this.#write({ event: 'audit.suppressed', suppressed: event, ...(code ? { code } : {}), detail: { count } })
    }
  }

  #write(line: Omit<AuditLine, 'time'>): void {
    this.#stream ??= this.#open()
    if (this.#stream.writableLength > MAX_BACKLOG) return this.#failed(new Error('the disk does not keep up'))
    this.#stream.write(`${JSON.stringify(auditLine(line, this.#options.clock.now()))}\n`, (error) => {
      if (!error) this.#healthy = true
    })
  }

  #open(): RotatingFileStream {
    const { directory, maxBytes = 16_777_216, maxFiles = 15 } = this.#options
    const stream = createStream(FILE, { path: directory, size: `${maxBytes}B`, rotate: maxFiles, mode: 0o600 })
    stream.on('error', (error) => {
      this.#stream = undefined
      this.#failed(error)
    })
    return stream
  }

  #failed(error: Error): void {
    if (this.#healthy) this.#options.onError(error)
    this.#healthy = false
  }
}
