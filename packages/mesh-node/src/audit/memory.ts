import type { Clock } from '@trustmesh/identity'
import { type AuditEvent, type AuditLine, type AuditLog, auditLine } from './log.ts'

/** Keeps the latest lines in this process. For tests, and for a node without a disk. */
export class MemoryAuditLog implements AuditLog {
  readonly #clock: Clock
  readonly #capacity: number
  readonly #lines: AuditLine[] = []
  #size = 0

  constructor({ clock, capacity = 1024 }: { clock: Clock; capacity?: number }) {
    this.#clock = clock
    this.#capacity = capacity
  }

  /** Oldest first. */
  get lines(): readonly AuditLine[] {
    return this.#lines
  }

  record(event: AuditEvent): void {
    this.#lines.push(auditLine(event, this.#clock.now()))
    this.#size += 1
    if (this.#lines.length > this.#capacity) this.#lines.shift()
  }

  async commit(event: AuditEvent): Promise<{ index: number }> {
    this.record(event)
    return { index: this.#size - 1 }
  }

  healthy(): boolean {
    return true
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
