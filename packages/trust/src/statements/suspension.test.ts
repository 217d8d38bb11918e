import { type Claim, keyOf, sealStatement } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, at, attest, bob, codeOf, DAY_MS, mallory, NOW, net, olga, random, suspend } from '../../test/cast.ts'
import { isHolding, issueSuspension, parseSuspension } from './suspension.ts'

const parsed = async (fields: Claim): Promise<string> => {
  const claim = {
    net,
    iat: NOW,
    nonce: random(16),
    sub: keyOf(mallory.did),
    until: NOW + DAY_MS,
    seq: NOW,
    lifted: false,
  }
  const statement = await sealStatement(olga, 'suspension', { ...claim, ...fields })
  return codeOf(() => parseSuspension(statement))
}

describe('parseSuspension', () => {
  it('refuses a statement of another type', async () => {
    const statement = await attest(alice, { sub: bob.did, value: 1 })
    expect(await codeOf(() => parseSuspension(statement))).toBe('suspension.type')
  })

  it.each<[string, Claim]>([
    ['subject with a small-order key (I5)', { sub: new Uint8Array(32) }],
    ['subject as text', { sub: bob.did }],
    ['end as text', { until: 'tomorrow' }],
    ['lifting that is no boolean', { lifted: 1 }],
    ['missing field', { lifted: undefined }],
  ])('refuses a %s', async (_, fields) => {
    expect(await parsed(fields)).toBe('suspension.malformed')
  })

  it('refuses a hold for more than 30 days, or one that ends before it begins', async () => {
    expect(await parsed({ until: NOW + 30 * DAY_MS + 1 })).toBe('suspension.until')
    expect(await parsed({ seq: NOW - 1, until: NOW + 30 * DAY_MS })).toBe('suspension.until')
    expect(await parsed({ until: NOW - 1 })).toBe('suspension.until')
    expect(await parsed({ until: NOW + 30 * DAY_MS })).toBe('accepted')
  })

  it('refuses a seq ahead of the time of issue, which would take its slot for ever', async () => {
    expect(await parsed({ seq: NOW + 1 })).toBe('suspension.seq')
  })

  it('S18 refuses any unknown field in a signed claim', async () => {
    const known = ['net', 'iat', 'nonce', 'sub', 'until', 'seq', 'lifted', '__proto__', 'constructor', 'prototype']
    const field = fc.string().filter((name) => !known.includes(name))
    await fc.assert(
      fc.asyncProperty(field, async (name) => {
        expect(await parsed({ [name]: 1 })).toBe('suspension.malformed')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('issueSuspension', () => {
  it.each([
    [{ sub: bob.did, until: NOW + 31 * DAY_MS }, 'suspension.until'],
    [{ sub: bob.did, until: Number.NaN }, 'suspension.malformed'],
    [{ sub: 'did:key:bob' as typeof bob.did }, 'suspension.malformed'],
  ])('signs nothing for %j', async (suspension, code) => {
    let signed = 0
    const spy = { ...olga, sign: () => Promise.reject(signed++) }
    expect(await codeOf(() => issueSuspension(spy, suspension, at(NOW)))).toBe(code)
    expect(signed).toBe(0)
  })

  it('makes what parseSuspension reads back: the longest hold, unless told otherwise', async () => {
    const { sub, until, seq, lifted, iss } = parseSuspension(await suspend(olga, { sub: bob.did }))
    expect({ sub, until, seq, lifted, iss }).toEqual({
      ...{ sub: bob.did, until: NOW + 30 * DAY_MS, seq: NOW, lifted: false, iss: olga.did },
    })
    const next = parseSuspension(await suspend(olga, { sub: bob.did, lifted: true, previousSeq: NOW + 5 }))
    expect({ seq: next.seq, iat: next.iat, lifted: next.lifted }).toEqual({ seq: NOW + 6, iat: NOW + 6, lifted: true })
  })
})

describe('isHolding', () => {
  it('holds until the end, and from a minute before the beginning, for clocks that run ahead', async () => {
    const suspension = parseSuspension(await suspend(olga, { sub: bob.did, until: NOW + DAY_MS }))
    const times = [NOW - 60_001, NOW - 60_000, NOW, NOW + DAY_MS - 1, NOW + DAY_MS]
    expect(times.map((now) => isHolding(suspension, now))).toEqual([false, true, true, true, false])
    expect(isHolding({ ...suspension, lifted: true }, NOW)).toBe(false)
    expect(isHolding(suspension, Number.NaN)).toBe(false)
  })
})
