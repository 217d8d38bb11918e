import type { Did } from '@trustmesh/identity'

/** How long until something is said of the same subject again. */
const APART_MS = 15 * 60_000
const HOUR_MS = 60 * 60_000
/** How much is said in an hour in all. */
const MOST = 60

/** How often an agent says something of others, however much happens: at most 4 times an hour of one, and 60 times in all. */
export class Pace {
  /** The latest last. */
  readonly #said: { readonly subject: Did; readonly at: number }[] = []

  /** Whether something may be said of a subject at a time: monotonic, in ms. */
  allows(subject: Did, at: number): boolean {
    while (this.#said[0] && at >= this.#said[0].at + HOUR_MS) this.#said.shift()
    return this.#said.length < MOST && !this.#said.some((said) => said.subject === subject && at < said.at + APART_MS)
  }

  /** Something has been said. */
  count(subject: Did, at: number): void {
    this.#said.push({ subject, at })
  }
}
