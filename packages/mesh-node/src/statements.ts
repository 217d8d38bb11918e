import { type Clock, openStatement, type Statement, type Verified } from '@trustmesh/identity'
import type { Change, Effect, Replica } from '@trustmesh/trust'
import type { Store } from './store/store.ts'

export interface StatementsOptions {
  readonly replica: Replica
  readonly clock: Clock
  readonly store: Store
  /** A statement came into force and may have changed somebody's standing. Runs before the statement is acknowledged. */
  readonly changed: (effect: Effect, statement: Verified<Statement>) => void
}

/** What the node knows, in memory to be asked and on disk to last. */
export class Statements {
  readonly #options: StatementsOptions
  #isHealthy = true

  constructor(options: StatementsOptions) {
    this.#options = options
  }

  /** Whether the last statement could be kept. */
  get isHealthy(): boolean {
    return this.#isHealthy
  }

  /** Reads back what was kept; an envelope that no longer opens is reported and left out. */
  async load(damaged: (cause: unknown) => void): Promise<number> {
    const { replica, store } = this.#options
    let count = 0
    for await (const bytes of store.statements()) {
      try {
        replica.set.add(openStatement(bytes))
        count++
      } catch (cause) {
        damaged(cause)
      }
    }
    return count
  }

  /**
   * Puts a statement in force, then resolves when it is durable and may be acknowledged. Rejects with a store's error if it
   * could not be kept: it is in force all the same, because a revocation that cannot be written must still cut off.
   */
  async accept(statement: Verified<Statement>): Promise<Change> {
    const { replica, clock, store, changed } = this.#options
    const effect = replica.add(statement, clock.now())
    const { change } = effect
    changed(effect, statement)
    if (change.kind === 'ignored' || change.kind === 'superseded') return change
    try {
      await store.append(statement.id, statement.bytes, change.kind === 'added' ? change.dropped : [])
      this.#isHealthy = true
    } catch (error) {
      this.#isHealthy = false
      throw error
    }
    return change
  }
}
