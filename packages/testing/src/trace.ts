import { createHash, type Hash } from 'node:crypto'

/** All that happens in a run, as one hash: two runs are the same where it is. */
export class Trace {
  readonly #hash: Hash = createHash('sha256')
  #count = 0

  /** Things that have happened. */
  get count(): number {
    return this.#count
  }

  record(at: number, what: string, bytes?: Uint8Array): void {
    this.#count++
    this.#hash.update(`${at} ${what}\n`)
    if (bytes) this.#hash.update(bytes)
  }

  /** The hash up to now, in hex. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}
