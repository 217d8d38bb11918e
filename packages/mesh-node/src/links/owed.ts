import type { StatementId } from '@trustmesh/identity'
import type { Timers } from '../timers.ts'
import type { Link } from './link.ts'

export interface OwedOptions {
  readonly link: Pick<Link, 'answer'>
  readonly timers: Timers
  readonly bytesOf: (id: StatementId) => Uint8Array | null
}

/** As many as an honest member has under way at once (threat F5). */
const MAX_OWED = 512
/** How soon it is looked whether there is room again. */
const RETRY_MS = 10

/** What a member has asked for: it gets all that is held, as there is room on its link. */
export class Owed {
  readonly #options: OwedOptions
  readonly #ids = new Set<StatementId>()
  #cancel: (() => void) | undefined

  constructor(options: OwedOptions) {
    this.#options = options
  }

  add(ids: readonly StatementId[]): void {
    for (const id of ids) if (this.#ids.size < MAX_OWED) this.#ids.add(id)
    if (!this.#cancel) this.#answer()
  }

  stop(): void {
    this.#cancel?.()
    this.#ids.clear()
  }

  #answer(): void {
    const { link, timers, bytesOf } = this.#options
    this.#cancel = undefined
    for (const id of this.#ids) {
      const bytes = bytesOf(id)
      if (bytes && !link.answer(bytes)) {
        this.#cancel = timers.after(RETRY_MS, () => this.#answer())
        return
      }
      this.#ids.delete(id)
    }
  }
}
