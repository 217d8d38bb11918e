import type { Did } from '@trustmesh/identity'
import type { Answering } from './answering.ts'

const NONE: readonly Answering[] = []

/** Messages that are being handled, or wait for that, by sender. */
export class Answerings {
  readonly #all = new Map<Did, Answering[]>()
  /** Of whom there was something last, and is nothing now: most often what comes next is of the same sender. */
  #idle: Did | undefined

  of(from: Did): readonly Answering[] {
    return this.#all.get(from) ?? NONE
  }

  add(answering: Answering): void {
    const of = this.#all.get(answering.from)
    if (of) of.push(answering)
    else this.#all.set(answering.from, [answering])
  }

  /** Takes one out that has been added. */
  remove(answering: Answering): void {
    const { from } = answering
    const of = this.#all.get(from) ?? []
    const last = of.pop()
    if (last && last !== answering) of[of.indexOf(answering)] = last
    if (of.length === 0) this.#rest(from)
  }

  /** A sender is forgotten as soon as another one has nothing either. */
  #rest(from: Did): void {
    const idle = this.#idle
    if (idle !== undefined && idle !== from && this.of(idle).length === 0) this.#all.delete(idle)
    this.#idle = from
  }
}
