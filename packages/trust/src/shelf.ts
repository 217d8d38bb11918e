import type { Statement, Verified } from '@trustmesh/identity'

/** What became of a statement that was offered: kept, with what left for it, or why not. */
export type Placement =
  | { readonly kept: true; readonly dropped: readonly Verified<Statement>[] }
  | { readonly kept: false; readonly because: 'superseded' | 'equivocation' | 'quota' | 'full' }

/** One statement; or, of those with the same `seq`, two, as the proof that their issuer contradicts itself. */
interface Slot {
  readonly key: string
  readonly seq: number
  readonly held: readonly Verified<Statement>[]
}

/**
 * What is kept of one issuer's statements of one type: of each slot the latest, of all slots the top N by (seq, slot).
 *
 * What a shelf holds is a function of the set that it was offered: not of the order, nor of how the set was divided
 * among replicas that merge later. That is why slots are ranked and not statements: what ranks above a slot's latest
 * statement can be superseded, but only by what ranks higher still.
 */
export class Shelf {
  readonly #slots = new Map<string, Slot>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The statement of a slot, or `null` where there is none, or two that contradict each other. */
  latest(key: string): Verified<Statement> | null {
    const [latest, rival] = this.#slots.get(key)?.held ?? []
    return rival ? null : (latest ?? null)
  }

  /** Everything held. */
  statements(): Verified<Statement>[] {
    return [...this.#slots.values()].flatMap(({ held }) => held)
  }

  /** Offers a statement that the shelf does not hold. Where there is no room to grow, no slot is added. */
  put(key: string, seq: number, statement: Verified<Statement>, isRoom: boolean): Placement {
    const slot = this.#slots.get(key)
    if (!slot) return this.#open({ key, seq, held: [statement] }, isRoom)
    if (seq < slot.seq) return { kept: false, because: 'superseded' }
    const rivals = seq === slot.seq ? slot.held : []
    // Two prove it as well as twenty do: those with the least ids, whichever came first.
    const held = [...rivals, statement].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, 2)
    if (!held.includes(statement)) return { kept: false, because: 'equivocation' }
    this.#slots.set(key, { key, seq, held })
    return { kept: true, dropped: slot.held.filter((old) => !held.includes(old)) }
  }

  #open(slot: Slot, isRoom: boolean): Placement {
    const least = this.#slots.size >= this.#capacity ? this.#least() : null
    if (least && !outranks(slot, least)) return { kept: false, because: 'quota' }
    if (!least && !isRoom) return { kept: false, because: 'full' }
    if (least) this.#slots.delete(least.key)
    this.#slots.set(slot.key, slot)
    return { kept: true, dropped: least?.held ?? [] }
  }

  #least(): Slot | null {
    let least: Slot | null = null
    for (const slot of this.#slots.values()) if (!least || outranks(least, slot)) least = slot
    return least
  }
}

function outranks(a: Slot, b: Slot): boolean {
  return a.seq !== b.seq ? a.seq > b.seq : a.key > b.key
}
