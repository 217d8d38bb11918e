import type { Did, Statement, StatementId, Verified } from '@trustmesh/identity'
import type { IgnoredCode, Ripple } from './change.ts'
import { type Kept, type Place, Shelf, type Signed } from './shelf.ts'

/** No statement that ends lives longer than this, counted from its `seq`, or from its `iat` if it has none. */
export const MAX_LIFE_MS = 365 * 24 * 3_600_000

/** Whether there is room for one more, and up to when everything has been forgotten. */
export interface Room {
  readonly isRoom: boolean
  readonly horizon: number
}

/** What became of a statement that was offered. */
export type Offered =
  | { readonly kept: true; readonly dropped: readonly StatementId[]; readonly contradicts?: StatementId }
  | { readonly kept: false; readonly because: 'superseded' | IgnoredCode }

/** What is kept of one type of statement, a shelf for each issuer; and how it is found again. */
export abstract class StatementIndex<Item extends Signed = Signed> {
  /** Whether it stands when its issuer is revoked. */
  readonly outlivesIssuer: boolean = false
  /** How long after its `seq` a statement is forgotten, when nothing that it superseded can be alive. */
  protected readonly lifeMs: number = MAX_LIFE_MS
  readonly #shelves = new Map<string, Shelf<Item>>()
  readonly #byId = new Map<StatementId, Item>()
  readonly #capacityOf: (iss: Did) => number

  constructor(capacityOf: (iss: Did) => number) {
    this.#capacityOf = capacityOf
  }

  protected abstract readonly parse: (statement: Verified<Statement>) => Item
  protected abstract placeOf(item: Item): Place
  /** What revoking it may change. */
  protected abstract touch(item: Item, ripple: Ripple): void

  protected refusalOf(_item: Item): IgnoredCode | null {
    return null
  }

  /** Which of its issuer's shelves it belongs on: there is one, unless told otherwise. */
  protected shelfOf({ iss }: Item): string {
    return iss
  }

  /** How many slots that shelf has. */
  protected capacityFor({ iss }: Item): number {
    return this.#capacityOf(iss)
  }

  protected enter(item: Item, ripple: Ripple): void {
    this.touch(item, ripple)
  }

  protected leave(item: Item, ripple: Ripple): void {
    this.touch(item, ripple)
  }

  /** Whether anything of an issuer is kept. */
  knows(iss: Did): boolean {
    return this.#shelves.has(iss)
  }

  /** Everything that is kept of the type. */
  all(): IterableIterator<Item> {
    return this.#byId.values()
  }

  /** Offers a statement that is not held. Throws `TrustError` where it breaks the rules of its type. */
  offer(statement: Verified<Statement>, { isRoom, horizon }: Room, ripple: Ripple): Offered {
    const item = this.parse(statement)
    const refusal = this.refusalOf(item)
    if (refusal) return { kept: false, because: refusal }
    const place = this.placeOf(item)
    if (place.seq + this.lifeMs <= horizon) return { kept: false, because: 'set.expired' }
    const key = this.shelfOf(item)
    const shelf = this.#shelves.get(key) ?? new Shelf(this.capacityFor(item))
    const placement = shelf.put(place, item, isRoom)
    if (!placement.kept) {
      const { because } = placement
      return { kept: false, because: because === 'superseded' ? because : `set.${because}` }
    }
    this.#shelves.set(key, shelf)
    this.#remove(placement.dropped, ripple)
    this.#byId.set(item.id, item)
    this.enter(item, ripple)
    const { dropped, rival } = placement
    return { kept: true, dropped: dropped.map(({ id }) => id), ...(rival && { contradicts: rival.id }) }
  }

  /** Forgets what ended before the horizon, with all that it superseded. */
  purge(horizon: number, ripple: Ripple): StatementId[] {
    const dropped: StatementId[] = []
    for (const [key, shelf] of this.#shelves) {
      const items = shelf.forget(horizon - this.lifeMs)
      if (shelf.isEmpty) this.#shelves.delete(key)
      this.#remove(items, ripple)
      for (const { id } of items) dropped.push(id)
    }
    return dropped
  }

  /** The last millisecond at which a statement is held, infinity where it stays for ever: after it, a horizon forgets it. */
  expiryOf(statement: Verified<Statement>): number {
    return this.placeOf(this.get(statement.id) ?? this.parse(statement)).seq + this.lifeMs - 1
  }

  /** Forgets everything that is on a shelf. */
  clear(shelf: string, ripple: Ripple): StatementId[] {
    const items = this.#shelves.get(shelf)?.items() ?? []
    this.#shelves.delete(shelf)
    this.#remove(items, ripple)
    return items.map(({ id }) => id)
  }

  get(id: StatementId): Item | null {
    return this.#byId.get(id) ?? null
  }

  /** What is held of an issuer. */
  by(iss: Did): Item[] {
    return this.on(iss)
  }

  /** What is on a shelf. */
  protected on(shelf: string): Item[] {
    return this.#shelves.get(shelf)?.items() ?? []
  }

  /** How many slots of a shelf are taken. */
  protected countOn(shelf: string): number {
    return this.#shelves.get(shelf)?.size ?? 0
  }

  /** What is kept in a slot of an issuer, or `null`. */
  kept(iss: Did, slot: string): Kept<Item> | null {
    return this.#shelves.get(iss)?.kept(slot) ?? null
  }

  /** What it may change to revoke one statement, or all of an issuer. */
  reach(target: { readonly did: Did } | { readonly iss: Did; readonly id: StatementId }, ripple: Ripple): void {
    if ('did' in target) for (const item of this.by(target.did)) this.touch(item, ripple)
    else {
      const item = this.get(target.id)
      if (item?.iss === target.iss) this.touch(item, ripple)
    }
  }

  #remove(items: readonly Item[], ripple: Ripple): void {
    for (const item of items) {
      this.#byId.delete(item.id)
      this.leave(item, ripple)
    }
  }
}
