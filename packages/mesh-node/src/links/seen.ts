/** Remembers at least the last half of so many keys, and never more than all of them: for what is passed on once (threat F9). */
export class Seen {
  readonly #half: number
  #young = new Set<string>()
  #old = new Set<string>()

  constructor(maxKeys: number) {
    this.#half = Math.floor(maxKeys / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  /** False where it was there already. */
  add(key: string): boolean {
    if (this.has(key)) return false
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.#young.add(key)
    return true
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
