/** What a function has made of the last texts that it was given, so that what everybody repeats is made once. What it throws is not kept. */
export class Memo<T> {
  readonly #make: (text: string) => T
  readonly #max: number
  readonly #made = new Map<string, T>()

  constructor(make: (text: string) => T, max: number) {
    this.#make = make
    this.#max = max
  }

  of(text: string): T {
    const known = this.#made.get(text)
    if (known !== undefined) return known
    const made = this.#make(text)
    const [oldest] = this.#made.keys()
    if (this.#made.size >= this.#max) this.#made.delete(oldest as string)
    this.#made.set(text, made)
    return made
  }
}
