import { describe, expect, it } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

describe(TokenBucket, () => {
  it('gives what a second brings, and twice that at once', () => {
    const bucket = new TokenBucket(2, 0)
    expect([0, 0, 0, 0, 0].map((at) => bucket.take(at))).toEqual([true, true, true, true, false])
    expect([499, 500, 500].map((at) => bucket.take(at))).toEqual([false, true, false])
  })

  it('gives as much at once as it is told to hold', () => {
    const bucket = new TokenBucket(1, 0, 3)
    expect([0, 0, 0, 0, 1_000, 1_000].map((at) => bucket.take(at))).toEqual([true, true, true, false, true, false])
  })

  it('takes nothing where there is not enough', () => {
    const bucket = new TokenBucket(2, 0)
    expect([bucket.take(0, 3), bucket.take(0, 2), bucket.take(0, 1)]).toEqual([true, false, true])
  })

  it('lets what costs more than it can hold pass once it is full', () => {
    const bucket = new TokenBucket(2, 0)
    expect([bucket.take(0, 100), bucket.take(1_999, 100), bucket.take(2_000, 100)]).toEqual([true, false, true])
  })

  it('gives nothing before what is owed has come in', () => {
    const bucket = new TokenBucket(2, 0)
    bucket.charge(0, 10)
    expect([bucket.take(0), bucket.take(3_000), bucket.take(3_499), bucket.take(3_500)]).toEqual([
      ...[false, false, false],
      true,
    ])
  })
})
