import { mkdir } from 'node:fs/promises'
import type { StatementId } from '@trustmesh/identity'
import { Level } from 'level'
import { NodeError } from '../node-error.ts'
import { GroupCommit } from './group-commit.ts'
import type { Store } from './store.ts'

/** Version of the layout below. */
const FORMAT = 1
/** Keys are one byte for the kind of record and then bytes of one fixed length, so that none can run into another (threat K7). */
const FORMAT_KEY = Uint8Array.of(0x00)
/** Followed by the 32 raw bytes of a statement's id. */
const STATEMENT = 0x01

interface Append {
  readonly id: StatementId
  readonly bytes: Uint8Array
  readonly inPlaceOf: readonly StatementId[]
}

/** Statements in a LevelDB folder, which one process at a time may hold. Nothing is acknowledged before it is synced (threat K1). */
export class LevelStore implements Store {
  readonly #db: Level<Uint8Array, Uint8Array>
  readonly #commits: GroupCommit<Append>
  #closed = false

  /**
   * Opens the store in a folder, which is made where there is none. Rejects with {@link NodeError}: `store.locked` where
   * another process holds it, `store.version` where a newer release wrote it, `store.failed` for everything else.
   */
  static async open(directory: string): Promise<LevelStore> {
    const db = new Level<Uint8Array, Uint8Array>(directory, { keyEncoding: 'view', valueEncoding: 'view' })
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await db.open()
      await checkFormat(db)
      return new LevelStore(db)
    } catch (cause) {
      await db.close()
      if (cause instanceof NodeError) throw cause
      throw new NodeError(isLocked(cause) ? 'store.locked' : 'store.failed', { cause })
    }
  }

  private constructor(db: Level<Uint8Array, Uint8Array>) {
    this.#db = db
    this.#commits = new GroupCommit((appends) => this.#write(appends))
  }

  async *statements(): AsyncIterable<Uint8Array> {
    this.#checkOpen()
    try {
      yield* this.#db.values({ gte: Uint8Array.of(STATEMENT), lt: Uint8Array.of(STATEMENT + 1) })
    } catch (cause) {
      throw new NodeError('store.failed', { cause })
    }
  }

  async append(id: StatementId, bytes: Uint8Array, inPlaceOf: readonly StatementId[] = []): Promise<void> {
    this.#checkOpen()
    await this.#commits.add({ id, bytes, inPlaceOf })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#commits.idle()
    await this.#db.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #write(appends: readonly Append[]): Promise<void> {
    const changes = appends.flatMap(({ id, bytes, inPlaceOf }) => [
      ...inPlaceOf.map((superfluous) => ({ type: 'del' as const, key: keyOfStatement(superfluous) })),
      { type: 'put' as const, key: keyOfStatement(id), value: bytes },
    ])
    try {
      await this.#db.batch(changes, { sync: true })
    } catch (cause) {
      throw new NodeError('store.failed', { cause })
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new NodeError('store.closed')
  }
}

function keyOfStatement(id: StatementId): Uint8Array {
  return Uint8Array.of(STATEMENT, ...Buffer.from(id, 'hex'))
}

/** A layout that this release does not know is left alone: writing to it could lose what a newer one keeps there (threat O10). */
async function checkFormat(db: Level<Uint8Array, Uint8Array>): Promise<void> {
  const found = await db.get(FORMAT_KEY)
  if (found === undefined)
    return db.batch([{ type: 'put', key: FORMAT_KEY, value: Uint8Array.of(FORMAT) }], { sync: true })
  if (found.length !== 1 || found[0] !== FORMAT) throw new NodeError('store.version')
}

/** The database wraps what went wrong in a first error of its own. */
function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED'
}
