import { join } from 'node:path'
import type { Random, StatementId } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import type { Timers } from '../timers.ts'
import { Database } from './database.ts'
import { GroupCommit } from './group-commit.ts'
import type { RecordChange } from './records.ts'
import { Reserve } from './reserve.ts'
import type { Store, StoreFault } from './store.ts'

export interface LevelStoreOptions {
  /** Holds `statements/`, the database, and beside it its key, its anchor and its reserve. Made where there is none. */
  readonly directory: string
  readonly random: Random
  readonly timers: Timers
  /** Told when the store becomes read-only, and why, and when it is no more. */
  readonly alarm: (state: 'read-only' | 'writable', cause?: unknown) => void
  /** Room that is held back for when the disk is full. */
  readonly reserveBytes?: number
}

/** To open a database again writes its log out as a table, of up to 2 MiB; as much again is for what has to be kept then. */
const RESERVE_BYTES = 4 * 1024 * 1024
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 30_000
/** Changes that wait for the disk. What finds no place is in force, and lost with the process unless a peer has it. */
const MAX_OWED = 65_536
const OWED_AT_ONCE = 1_000

/**
 * `normal`; or the reserve has been given up, and what is written goes into its room; or nothing can be written, and
 * everything is owed.
 */
type Mode = 'normal' | 'reserve' | 'down'

/** Statements in a LevelDB folder, which one process at a time may hold. Nothing is acknowledged before it is synced (threat K1). */
export class LevelStore implements Store {
  readonly #database: Database
  readonly #reserve: Reserve
  readonly #options: LevelStoreOptions
  readonly #commits: GroupCommit<RecordChange>
  #mode: Mode = 'normal'
  #owed: RecordChange[] = []
  #retryMs = FIRST_RETRY_MS
  #cancelRetry: () => void = () => {}
  /** The last of those who use the database one after the other. */
  #turn: Promise<void> = Promise.resolve()
  #closed = false

  /** Opens the store in a folder. Rejects as {@link Database.open} does, or with {@link NodeError} `store.failed`. */
  static async open(options: LevelStoreOptions): Promise<LevelStore> {
    const { directory, random, reserveBytes: bytes = RESERVE_BYTES } = options
    const reserve = new Reserve({ path: join(directory, 'statements.reserve'), bytes, random })
    try {
      const database = await Database.open(directory, random).catch(async (error: unknown) => {
        if (error instanceof NodeError || !(await reserve.giveUp())) throw error
        return await Database.open(directory, random)
      })
      const store = new LevelStore(database, reserve, options)
      await store.#hold()
      return store
    } catch (cause) {
      throw cause instanceof NodeError ? cause : new NodeError('store.failed', { cause })
    }
  }

  private constructor(database: Database, reserve: Reserve, options: LevelStoreOptions) {
    this.#database = database
    this.#reserve = reserve
    this.#options = options
    this.#commits = new GroupCommit((changes) => this.#alone(() => this.#commit(changes)))
  }

  get condition(): readonly StoreFault[] {
    return this.#database.condition
  }

  get isReadOnly(): boolean {
    return this.#mode !== 'normal'
  }

  async *statements(): AsyncIterable<Uint8Array> {
    this.#checkOpen()
    try {
      yield* this.#database.statements()
    } catch (cause) {
      throw new NodeError('store.failed', { cause })
    }
  }

  async append(id: StatementId, bytes: Uint8Array, inPlaceOf: readonly StatementId[] = []): Promise<void> {
    this.#checkOpen()
    await this.#commits.add({ remove: inPlaceOf, put: { id, bytes } })
  }

  async remove(ids: readonly StatementId[]): Promise<void> {
    this.#checkOpen()
    if (ids.length > 0) await this.#commits.add({ remove: ids })
  }

  async acceptLoss(): Promise<void> {
    this.#checkOpen()
    if (this.condition.length === 0) return
    await this.#alone(() => this.#attempt(() => this.#database.acceptLoss()))
  }

  async close(): Promise<void> {
    if (this.#closed) return await this.#turn
    this.#closed = true
    this.#cancelRetry()
    await this.#commits.idle()
    await this.#alone(async () => {
      if (this.#owed.length > 0) await this.#payOff().catch(() => {})
      await this.#database.close()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Runs `act` when nobody else uses the database. */
  #alone(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => {})
    return done
  }

  async #commit(changes: readonly RecordChange[]): Promise<void> {
    try {
      await this.#attempt(() => this.#database.write(changes))
    } catch (error) {
      this.#owed.push(...changes.slice(0, MAX_OWED - this.#owed.length))
      throw error
    }
  }

  /** Writes; if that fails, once more with the room of the reserve. Rejects with `store.not-durable`. */
  async #attempt(write: () => Promise<void>): Promise<void> {
    if (this.#mode === 'down') throw new NodeError('store.not-durable')
    try {
      await write()
    } catch (cause) {
      this.#becomeReadOnly(cause)
      await this.#reserve.giveUp()
      await this.#database
        .reopen()
        .then(write)
        .catch(() => {
          this.#mode = 'down'
          throw new NodeError('store.not-durable', { cause })
        })
    }
  }

  #becomeReadOnly(cause: unknown): void {
    if (this.#mode !== 'normal') return
    this.#mode = 'reserve'
    this.#options.alarm('read-only', cause)
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#closed) return
    this.#cancelRetry = this.#options.timers.after(this.#retryMs, () => void this.#alone(() => this.#retry()))
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS)
  }

  async #retry(): Promise<void> {
    try {
      await this.#payOff()
    } catch {
      this.#mode = 'down'
      return this.#retryLater()
    }
    this.#mode = 'reserve'
    await this.#hold()
  }

  /** Writes what is owed, in order. */
  async #payOff(): Promise<void> {
    if (this.#mode === 'down') await this.#database.reopen()
    while (this.#owed.length > 0) {
      await this.#database.write(this.#owed.slice(0, OWED_AT_ONCE))
      this.#owed = this.#owed.slice(OWED_AT_ONCE)
    }
  }

  /** Writable is only what has room to fall back upon. */
  async #hold(): Promise<void> {
    try {
      await this.#reserve.make()
    } catch (cause) {
      const wasNormal = this.#mode === 'normal'
      this.#becomeReadOnly(cause)
      if (!wasNormal) this.#retryLater()
      return
    }
    if (this.#mode !== 'normal') this.#options.alarm('writable')
    this.#mode = 'normal'
    this.#retryMs = FIRST_RETRY_MS
  }

  #checkOpen(): void {
    if (this.#closed) throw new NodeError('store.closed')
  }
}
