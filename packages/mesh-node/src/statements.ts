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
import type { Timers } from './timers.ts'

export interface StatementsOptions {
  readonly replica: Replica
  readonly clock: Clock
  readonly store: Store
  readonly timers: Timers
  /**
   * A statement came into force and may have changed somebody's standing; `from` another node, or from an agent or operator
   * of this one. Runs before the statement is acknowledged.
   */
  readonly changed: (effect: Effect, statement: Verified<Statement>, from?: Did) => void
}

/** What cuts somebody off, and so comes into force whether or not it can be kept (threats K4, O7). */
const URGENT: ReadonlySet<string> = new Set(['revocation', 'suspension'])

/** How long what other nodes have sent may wait for more of it, so that one write keeps it all; and how much of it. */
const GATHER_MS = 50
const MAX_GATHERED = 512

type Append = Parameters<Store['append']>

/** What the node knows, in memory to be asked and on disk to last. */
export class Statements {
  readonly #options: StatementsOptions
  /** Of what cuts somebody off: on its way to the disk. */
  readonly #keeping = new Map<StatementId, Promise<unknown>>()
  /** In force, and not handed to the store yet. */
  #gathered: Append[] = []
  #cancelFlush: () => void = () => {}

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
    this.flush()
    const { dropped } = replica.purge(horizonMs, clock.now())
    if (dropped.length > 0) store.remove(dropped).catch(() => {})
    return dropped
  }

  /**
   * Puts a statement in force, then resolves when it is durable and may be acknowledged. Rejects with `store.not-durable`
   * if it is in force and could not be kept, and with `store.read-only` if it was not even tried: that can wait. To another
   * node nothing is acknowledged: what comes `from` one, and cuts nobody off, is on disk a moment later.
   */
  async accept(statement: Verified<Statement>, from?: Did): Promise<Change> {
    const { replica, clock, store, changed } = this.#options
    if (store.isReadOnly && !URGENT.has(statement.type)) throw new NodeError('store.read-only')
    const effect = replica.add(statement, clock.now())
    const { change } = effect
    changed(effect, statement, from)
    if (change.kind === 'ignored' || change.kind === 'superseded') return change
    const append: Append = [statement.id, statement.bytes, change.kind === 'added' ? change.dropped : []]
    if (from !== undefined && !URGENT.has(statement.type)) this.#gather(append)
    else {
      // What it takes the place of may be among what has been gathered.
      this.flush()
      await this.#keep(append)
    }
    return change
  }

  /** Which of these are in force and durable here, of what cuts somebody off or lets somebody go; it is waited for what is being written. */
  async kept(ids: readonly StatementId[]): Promise<readonly StatementId[]> {
    const kept = await Promise.all(ids.map((id) => this.#isKept(id)))
    return ids.filter((_, place) => kept[place])
  }

  /** Hands over to the store what waits. What it cannot keep shows in {@link trouble}. */
  flush(): void {
    const gathered = this.#gathered
    this.#gathered = []
    this.#cancelFlush()
    for (const append of gathered) this.#options.store.append(...append).catch(() => {})
  }

  async #isKept(id: StatementId): Promise<boolean> {
    const { replica, store } = this.#options
    const statement = replica.set.get(id)
    if (!statement || !URGENT.has(statement.type)) return false
    const keeping = this.#keeping.get(id)
    if (!keeping) return true
    const isKept = await keeping.then(
      () => true,
      () => false,
    )
    // The disk may be well again.
    if (isKept || store.isReadOnly) return isKept
    return this.#keep([id, statement.bytes]).then(
      () => true,
      () => false,
    )
  }

  /** What the disk does not take stays remarked upon. */
  #keep(append: Append): Promise<void> {
    const [id] = append
    const keeping = this.#options.store.append(...append)
    if (!URGENT.has(this.#options.replica.set.get(id)?.type ?? '')) return keeping
    this.#keeping.set(id, keeping)
    keeping.then(
      () => {
        if (this.#keeping.get(id) === keeping) this.#keeping.delete(id)
      },
      () => {},
    )
    return keeping
  }

  #gather(append: Append): void {
    this.#gathered.push(append)
    if (this.#gathered.length >= MAX_GATHERED) return this.flush()
    if (this.#gathered.length === 1) this.#cancelFlush = this.#options.timers.after(GATHER_MS, () => this.flush())
  }
}
