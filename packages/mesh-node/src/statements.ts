import {
  type Clock,
  type Did,
  openStatement,
  type Statement,
  type StatementId,
  type Verified,
} from '@trustmesh/identity'
import type { Change, Effect, Replica } from '@trustmesh/trust'
import { NodeError } from './node-error.ts'
import type { Store } from './store/store.ts'

export interface StatementsOptions {
  readonly replica: Replica
  readonly clock: Clock
  readonly store: Store
  /**
   * A statement came into force and may have changed somebody's standing; `from` another node, or from an agent or operator
   * of this one. Runs before the statement is acknowledged.
   */
  readonly changed: (effect: Effect, statement: Verified<Statement>, from?: Did) => void
}

/** What cuts somebody off, and so comes into force whether or not it can be kept (threats K4, O7). */
const URGENT: ReadonlySet<string> = new Set(['revocation', 'suspension'])

/** What the node knows, in memory to be asked and on disk to last. */
export class Statements {
  readonly #options: StatementsOptions

  constructor(options: StatementsOptions) {
    this.#options = options
  }

  /** What is wrong with the store, by the code of what was noticed first; `null` where all is there and more can be kept. */
  get trouble(): string | null {
    const { condition, isReadOnly } = this.#options.store
    return condition[0]?.code ?? (isReadOnly ? 'store.read-only' : null)
  }

  /**
   * Reads back what was kept; an envelope that no longer opens is reported and left out. They come in no order, and whose
   * statements are held depends on others of them: what finds no place is offered again once the rest is there.
   */
  async load(damaged: (cause: unknown) => void): Promise<number> {
    const { replica, store } = this.#options
    const { set } = replica
    let waiting: Verified<Statement>[] = []
    for await (const bytes of store.statements()) {
      try {
        waiting.push(openStatement(bytes))
      } catch (cause) {
        damaged(cause)
      }
    }
    for (let before = Number.POSITIVE_INFINITY; waiting.length < before; ) {
      before = waiting.length
      waiting = waiting.filter((statement) => {
        const change = set.add(statement)
        return change.kind === 'ignored' && change.code === 'set.not-admitted'
      })
    }
    return set.size
  }

  /** Forgets what no longer makes a difference at a horizon, in ms. What cannot be removed now is so after the next start. */
  forget(horizonMs: number): readonly StatementId[] {
    const { replica, clock, store } = this.#options
    const { dropped } = replica.purge(horizonMs, clock.now())
    if (dropped.length > 0) store.remove(dropped).catch(() => {})
    return dropped
  }

  /**
   * Puts a statement in force, then resolves when it is durable and may be acknowledged. Rejects with `store.not-durable`
   * if it is in force and could not be kept, and with `store.read-only` if it was not even tried: that can wait.
   */
  async accept(statement: Verified<Statement>, from?: Did): Promise<Change> {
    const { replica, clock, store, changed } = this.#options
    if (store.isReadOnly && !URGENT.has(statement.type)) throw new NodeError('store.read-only')
    const effect = replica.add(statement, clock.now())
    const { change } = effect
    changed(effect, statement, from)
    if (change.kind === 'ignored' || change.kind === 'superseded') return change
    await store.append(statement.id, statement.bytes, change.kind === 'added' ? change.dropped : [])
    return change
  }
}
