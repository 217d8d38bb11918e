import type { StatementId } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import type { Store } from './store.ts'

/** Keeps statements in this process, and loses them with it. */
export class MemoryStore implements Store {
  readonly condition = []
  readonly isReadOnly = false
  readonly #statements = new Map<StatementId, Uint8Array>()
  #closed = false

  async *statements(): AsyncIterable<Uint8Array> {
    this.#checkOpen()
    yield* [...this.#statements.values()]
  }

  async append(id: StatementId, bytes: Uint8Array, inPlaceOf: readonly StatementId[] = []): Promise<void> {
    this.#checkOpen()
    for (const superfluous of inPlaceOf) this.#statements.delete(superfluous)
    this.#statements.set(id, bytes)
  }

  async remove(ids: readonly StatementId[]): Promise<void> {
    this.#checkOpen()
    for (const id of ids) this.#statements.delete(id)
  }

  async acceptLoss(): Promise<void> {
    this.#checkOpen()
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #checkOpen(): void {
    if (this.#closed) throw new NodeError('store.closed')
  }
}
