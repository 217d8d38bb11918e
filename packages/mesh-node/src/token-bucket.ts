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
    this.#tokens = Math.min(this.#most, this.#tokens + ((at - this.#at) / 1000) * this.#perSecond)
    this.#at = at
    const taken = Math.min(cost, this.#most)
    if (this.#tokens < taken) return false
    this.#tokens -= taken
    return true
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
    let bucket = this.#buckets.get(key)
    if (!bucket) {
      bucket = new TokenBucket(this.#perSecond, at, this.#most)
      this.#buckets.set(key, bucket)
    }
    return bucket.take(at, cost)
  }
}
