import type { Did, StatementId } from '@trustmesh/identity'

/** What a shelf can hold: something that a Did has signed. */
export interface Signed {
  readonly id: StatementId
  readonly iss: Did
}

/** Where something belongs on its issuer's shelf. */
export interface Place {
  /** Of each slot the latest is kept. */
  readonly slot: string
  /** The greater is the later. */
  readonly seq: number
  /** Of the same `seq` the greater supersedes; equal ones contradict each other. 0 where it is left out. */
  readonly tie?: number
}

/** What became of something that was offered: kept, with what left for it and what it is the first to contradict, or why not. */
export type Placement<Item> =
  | { readonly kept: true; readonly dropped: readonly Item[]; readonly rival?: Item }
  | { readonly kept: false; readonly because: 'superseded' | 'equivocation' | 'quota' | 'full' }

/** What is kept in a slot: one; or, of those that contradict each other, two, as the proof. */
export interface Kept<Item> {
  readonly key: string
  readonly seq: number
  readonly tie: number
  readonly held: readonly Item[]
}

/**
 * What is kept of one issuer's statements of one type: of each slot the latest, of all slots the top N by (seq, slot).
 *
 * What a shelf holds is a function of the set that it was offered: not of the order, nor of how the set was divided
 * among replicas that merge later. That is why slots are ranked and not statements: what ranks above a slot's latest
 * statement can be superseded, but only by what ranks higher still. And as what is forgotten ranks lowest, it makes no
 * difference whether it was there when the rest came.
 */
export class Shelf<Item extends Signed> {
  readonly #slots = new Map<string, Kept<Item>>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get isEmpty(): boolean {
    return this.#slots.size === 0
  }

  /** How many slots are taken. */
  get size(): number {
    return this.#slots.size
  }

  /** What is kept in a slot, or `null`. */
  kept(key: string): Kept<Item> | null {
    return this.#slots.get(key) ?? null
  }

  /** Everything held. */
  items(): Item[] {
    return [...this.#slots.values()].flatMap(({ held }) => held)
  }

  /** Offers something that the shelf does not hold. Where there is no room to grow, no slot is added. */
  put({ slot: key, seq, tie = 0 }: Place, item: Item, isRoom: boolean): Placement<Item> {
    const slot = this.#slots.get(key)
    if (!slot) return this.#open({ key, seq, tie, held: [item] }, isRoom)
    const order = seq - slot.seq || tie - slot.tie
    if (order < 0) return { kept: false, because: 'superseded' }
    const rivals = order === 0 ? slot.held : []
    // Two prove it as well as twenty do: those with the least ids, whichever came first.
    const held = [...rivals, item].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, 2)
    if (!held.includes(item)) return { kept: false, because: 'equivocation' }
    this.#slots.set(key, { key, seq, tie, held })
    const dropped = slot.held.filter((old) => !held.includes(old))
    const [rival, another] = rivals
    return rival && !another ? { kept: true, dropped, rival } : { kept: true, dropped }
  }

  /** Forgets the slots whose latest is no later than this. */
  forget(seq: number): Item[] {
    const past = [...this.#slots.values()].filter((slot) => slot.seq <= seq)
    for (const { key } of past) this.#slots.delete(key)
    return past.flatMap(({ held }) => held)
  }

  #open(slot: Kept<Item>, isRoom: boolean): Placement<Item> {
    const least = this.#slots.size >= this.#capacity ? this.#least() : null
    if (least && !outranks(slot, least)) return { kept: false, because: 'quota' }
    if (!least && !isRoom) return { kept: false, because: 'full' }
    if (least) this.#slots.delete(least.key)
    this.#slots.set(slot.key, slot)
    return { kept: true, dropped: least?.held ?? [] }
  }

  #least(): Kept<Item> | null {
    let least: Kept<Item> | null = null
    for (const slot of this.#slots.values()) if (!least || outranks(least, slot)) least = slot
    return least
  }
}

function outranks<Item>(a: Kept<Item>, b: Kept<Item>): boolean {
  return a.seq !== b.seq ? a.seq > b.seq : a.key > b.key
}

/** What contradicts nothing: the one that stands. */
export function uncontested<Item>(kept: Kept<Item> | null): Item | null {
  const [item, rival] = kept?.held ?? []
  return rival ? null : (item ?? null)
}
