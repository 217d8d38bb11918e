import QuickLRU from 'quick-lru'

/** Allows `perSecond` tokens a second in the long run, and `most` at once: twice as many, unless told otherwise. Time is monotonic, in ms. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #most: number
  #tokens: number
  #at: number

  constructor(perSecond: number, at: number, most = perSecond * 2) {
    this.#perSecond = perSecond
    this.#most = most
    this.#tokens = most
    this.#at = at
  }

  /** Takes a token, or as many as something costs, or says that there are not enough. What costs more than there can be takes all. */
  take(at: number, cost = 1): boolean {
    this.#refill(at)
    const taken = Math.min(cost, this.#most)
    if (this.#tokens < taken) return false
    this.#tokens -= taken
    return true
  }

  /** Takes what something has cost, as shows only afterwards: what is owed has to come in before there are any more. */
  charge(at: number, cost: number): void {
    this.#refill(at)
    this.#tokens -= cost
  }

  #refill(at: number): void {
    this.#tokens = Math.min(this.#most, this.#tokens + ((at - this.#at) / 1000) * this.#perSecond)
    this.#at = at
  }
}

/** A bucket for each of the keys seen last. A key that was forgotten starts with a full one. */
export class TokenBuckets {
  readonly #buckets: QuickLRU<string, TokenBucket>
  readonly #perSecond: number
  readonly #most: number | undefined

  constructor(perSecond: number, maxKeys: number, most?: number) {
    this.#perSecond = perSecond
    this.#most = most
    this.#buckets = new QuickLRU({ maxSize: maxKeys })
  }

  take(key: string, at: number, cost?: number): boolean {
    return this.#of(key, at).take(at, cost)
  }

  charge(key: string, at: number, cost: number): void {
    this.#of(key, at).charge(at, cost)
  }

  #of(key: string, at: number): TokenBucket {
    let bucket = this.#buckets.get(key)
    if (!bucket) {
      bucket = new TokenBucket(this.#perSecond, at, this.#most)
      this.#buckets.set(key, bucket)
    }
    return bucket
  }
}
