import type { StatementId } from '@trustmesh/identity'
import { NodeError, type Store } from '@trustmesh/mesh-node'
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualHost } from './virtual-host.ts'

/** What a store needs of its host. */
export type Power = Pick<VirtualHost, 'after' | 'onCrash'>

/** How long a sync takes, in ms. */
const SYNC_MS = 3

/** A change that has been written, and is not synced. */
interface Write {
  readonly put: ReadonlyMap<StatementId, Uint8Array>
  readonly remove: readonly StatementId[]
  readonly done: () => void
}

/**
 * A disk that outlives its host. Of what was not synced at a crash some is there afterwards: the first so many writes, as
 * chance has it. What was acknowledged always is.
 */
export class VirtualDisk {
  readonly #kept = new Map<StatementId, Uint8Array>()
  readonly #random: SeededRandom

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** The statements that a start would find, by id. */
  get kept(): ReadonlyMap<StatementId, Uint8Array> {
    return this.#kept
  }

  /** A store on this disk, for one life of a host. */
  open(host: Power): Store {
    return new VirtualStore(host, this.#kept, this.#random)
  }
}

class VirtualStore implements Store {
  readonly condition = []
  readonly isReadOnly = false
  readonly #host: Power
  readonly #kept: Map<StatementId, Uint8Array>
  readonly #forget: () => void
  #written: Write[] = []
  #isClosed = false

  constructor(host: Power, kept: Map<StatementId, Uint8Array>, random: SeededRandom) {
    this.#host = host
    this.#kept = kept
    this.#forget = host.onCrash(() => {
      this.#isClosed = true
      for (const write of this.#written.slice(0, random.integer(0, this.#written.length))) this.#keep(write)
    })
  }

  async *statements(): AsyncIterable<Uint8Array> {
    this.#checkOpen()
    for (const id of [...this.#kept.keys()].sort()) yield this.#kept.get(id) as Uint8Array
  }

  append(id: StatementId, bytes: Uint8Array, inPlaceOf: readonly StatementId[] = []): Promise<void> {
    return this.#write(new Map([[id, bytes]]), inPlaceOf)
  }

  remove(ids: readonly StatementId[]): Promise<void> {
    return this.#write(new Map(), ids)
  }

  async acceptLoss(): Promise<void> {
    this.#checkOpen()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#forget()
    this.#sync()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #write(put: ReadonlyMap<StatementId, Uint8Array>, remove: readonly StatementId[]): Promise<void> {
    this.#checkOpen()
    await new Promise<void>((done) => {
      if (this.#written.push({ put, remove, done }) === 1) this.#host.after(SYNC_MS, () => this.#sync())
    })
  }

  #sync(): void {
    const synced = this.#written
    this.#written = []
    for (const write of synced) {
      this.#keep(write)
      write.done()
    }
  }

  #keep({ put, remove }: Write): void {
    for (const id of remove) this.#kept.delete(id)
    for (const [id, bytes] of put) this.#kept.set(id, bytes)
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new NodeError('store.closed')
  }
}
