import { NodeError } from '../node-error.ts'
import type { Journal } from './journal.ts'
import { areOne, type OperationRecord } from './record.ts'

/** Operations that are kept, those over first to go; and how many may wait for approval, of all and of one person. */
const MAX_KEPT = 1_000
const MAX_AWAITING = 256
const MAX_AWAITING_OF_ONE = 32

/** The operations of a node, the oldest first, and in its journal: so many of them. */
export class OperationRecords {
  readonly #journal: Journal
  readonly #forgotten: (record: OperationRecord) => void
  readonly #byId = new Map<string, OperationRecord>()

  /** `forgotten`: told of what there is no more room for. */
  constructor(journal: Journal, forgotten: (record: OperationRecord) => void) {
    this.#journal = journal
    this.#forgotten = forgotten
  }

  async load(): Promise<void> {
    const records = [...(await this.#journal.load())].sort((a, b) => a.requestedAt - b.requestedAt)
    for (const record of records) this.#byId.set(record.id, record)
  }

  all(): readonly OperationRecord[] {
    return [...this.#byId.values()]
  }

  get(id: string): OperationRecord | null {
    return this.#byId.get(id) ?? null
  }

  /** Throws {@link NodeError} `admin.too-many-awaiting`; nobody else is kept from ordering by one who orders much. */
  add(record: OperationRecord): void {
    if (record.state === 'awaiting-approval') {
      const awaiting = this.all().filter(({ state }) => state === 'awaiting-approval')
      const own = awaiting.filter((other) => areOne(other, record))
      if (awaiting.length >= MAX_AWAITING || own.length >= MAX_AWAITING_OF_ONE) {
        throw new NodeError('admin.too-many-awaiting')
      }
    }
    this.#byId.set(record.id, record)
    this.trim()
  }

  remove({ id }: OperationRecord): void {
    this.#byId.delete(id)
    this.#journal.forget(id).catch(() => {})
  }

  /** Whether it is durable. What the disk does not take is written with what becomes of the operation next. */
  keep(record: OperationRecord): Promise<boolean> {
    return this.#journal.keep(record).then(
      () => true,
      () => false,
    )
  }

  trim(): void {
    const over = this.all().filter(({ state }) => state !== 'awaiting-approval' && state !== 'under-way')
    // First those of which there is nothing to be confirmed, or to be done again (threat R11).
    over.sort((one, other) => Number(one.nodes.length > 0) - Number(other.nodes.length > 0))
    for (const record of over.slice(0, Math.max(0, this.#byId.size - MAX_KEPT))) {
      this.remove(record)
      this.#forgotten(record)
    }
  }
}
