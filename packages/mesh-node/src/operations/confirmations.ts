import type { Clock, Did, StatementId } from '@trustmesh/identity'
import { LIMITS } from '@trustmesh/protocol'
import type { Confirmation } from '../admin/operation.ts'
import type { Timers } from '../timers.ts'
import type { OperationRecord } from './record.ts'

export interface ConfirmationsOptions {
  /** This node is, with itself. */
  readonly isLinked: (node: Did) => boolean
  /** Whether a node still belongs to the mesh: of one that does not nothing is expected. */
  readonly isMember: (node: Did) => boolean
  /** What an operation has put in force, or what has taken its place. */
  readonly statementsOf: (record: OperationRecord) => readonly StatementId[]
  /** Asks a node which of these it holds on its disk. */
  readonly ask: (ids: readonly StatementId[], node: Did) => void
  /** A member has confirmed an operation, or all have. */
  readonly confirmed: (record: OperationRecord) => void
  readonly clock: Clock
  readonly timers: Timers
}

/** How soon whoever has not answered is asked again, and how seldom in the end. */
const FIRST_MS = 100
const LAST_MS = 10_000

/** Who has what an operation has put in force: every member is asked until it has said so, and again when its link comes back. */
export class Confirmations {
  readonly #options: ConfirmationsOptions
  /** Operations that some member has not confirmed, and what each has said that it holds of them. */
  readonly #open = new Map<OperationRecord, Map<Did, Set<StatementId>>>()
  #pauseMs = FIRST_MS
  #cancel: (() => void) | undefined

  constructor(options: ConfirmationsOptions) {
    this.#options = options
  }

  /** Asks for an operation that is in force here. */
  track(record: OperationRecord): void {
    if (this.#awaited(record).length === 0) return
    this.#open.set(record, new Map())
    this.#askAnew()
  }

  /** A link begins. */
  linked(node: Did): void {
    if (this.#open.size > 0) this.#askAnew(node)
  }

  /** A member says that it holds these. */
  heard(ids: readonly StatementId[], node: Did): void {
    for (const [record, holders] of this.#open) {
      const place = record.nodes.findIndex(([did, at]) => did === node && at === null)
      if (place < 0) continue
      const wanted = this.#options.statementsOf(record)
      const held = holders.get(node) ?? new Set()
      for (const id of ids) if (wanted.includes(id)) held.add(id)
      holders.set(node, held)
      if (wanted.some((id) => !held.has(id))) continue
      holders.delete(node)
      record.nodes[place] = [node, this.#options.clock.now()]
      if (this.#awaited(record).length === 0) this.#open.delete(record)
      this.#options.confirmed(record)
    }
  }

  /** Nobody wants to know any more. */
  forget(record: OperationRecord): void {
    this.#open.delete(record)
  }

  /** How far each member is, this node first. */
  nodesOf({ nodes }: OperationRecord): readonly Confirmation[] {
    const { isLinked, isMember } = this.#options
    return nodes.flatMap(([node, confirmedAt]): Confirmation[] => {
      if (confirmedAt !== null) return [{ node, state: 'confirmed', confirmedAt }]
      if (!isMember(node)) return []
      return [{ node, state: isLinked(node) ? 'pending' : 'unreachable' }]
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#open.clear()
  }

  #awaited({ nodes }: OperationRecord): Did[] {
    return nodes.flatMap(([did, at]) => (at === null && this.#options.isMember(did) ? [did] : []))
  }

  #askAnew(node?: Did): void {
    this.#cancel?.()
    this.#pauseMs = FIRST_MS
    this.#ask(node)
  }

  /** One question for all that is wanted of a member; of one of them alone where it says so, and later of the others all the same. */
  #ask(only?: Did): void {
    const { isLinked, ask, statementsOf, timers } = this.#options
    const wanted = new Map<Did, Set<StatementId>>()
    for (const [record, holders] of this.#open) {
      for (const node of this.#awaited(record)) {
        if (!isLinked(node)) continue
        const ids = wanted.get(node) ?? new Set()
        for (const id of statementsOf(record)) if (!holders.get(node)?.has(id)) ids.add(id)
        wanted.set(node, ids)
      }
    }
    for (const [node, ids] of wanted) {
      if (only !== undefined && node !== only) continue
      const all = [...ids]
      for (let at = 0; at < all.length; at += LIMITS.confirms) ask(all.slice(at, at + LIMITS.confirms), node)
    }
    if (wanted.size === 0) return
    this.#cancel = timers.after(this.#pauseMs, () => this.#ask())
    this.#pauseMs = Math.min(2 * this.#pauseMs, LAST_MS)
  }
}
