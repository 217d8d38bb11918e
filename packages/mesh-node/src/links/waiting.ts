import type { Did, Statement, Verified } from '@trustmesh/identity'

/** A statement that has no place yet, and the node that it came from. */
export interface Waiter {
  readonly statement: Verified<Statement>
  readonly from: Did
}

/** What may wait in all, in bytes of envelopes. */
const MAX_BYTES = 32 * 2 ** 20
const MAX_OF_ONE = 1_024

/**
 * Statements of issuers of whom it is not known yet that they are admitted: what shows it may come right behind. Those of
 * the issuer who has waited longest go first; reconciliation brings them again.
 */
export class Waiting {
  readonly #maxBytes: number
  readonly #bySigner = new Map<Did, Waiter[]>()
  #bytes = 0

  constructor(maxBytes: number = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  add(statement: Verified<Statement>, from: Did): void {
    const { id, signer, bytes } = statement
    const waiters = this.#bySigner.get(signer) ?? []
    if (waiters.length >= MAX_OF_ONE || waiters.some((waiter) => waiter.statement.id === id)) return
    waiters.push({ statement, from })
    this.#bySigner.set(signer, waiters)
    this.#bytes += bytes.length
    for (const oldest of this.#bySigner.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.take(oldest)
    }
  }

  /** Hands out what an issuer has waiting. */
  take(signer: Did): readonly Waiter[] {
    const waiters = this.#bySigner.get(signer) ?? []
    this.#bySigner.delete(signer)
    for (const { statement } of waiters) this.#bytes -= statement.bytes.length
    return waiters
  }
}
