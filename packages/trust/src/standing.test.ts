import type { Did, Statement, Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ada,
  alice,
  attest,
  bob,
  carol,
  codeOf,
  DAY_MS,
  mallory,
  NOW,
  net,
  olga,
  otto,
  policy,
  revoke,
  sealAttestation,
  standingOf,
  suspend,
} from '../test/cast.ts'
import { StatementSet } from './set/statement-set.ts'
import { parseStanding, type Standing } from './standing.ts'

const setOf = (...statements: Verified<Statement>[]): StatementSet => {
  const set = new StatementSet({ net, policy })
  for (const statement of statements) set.add(statement)
  return set
}
const unknown = { ctx: '', status: 'unknown', score: 300, tier: 'probation', confidence: 0 }

describe('standingOf', () => {
  it('T13 grants an unknown Did nothing: probation, 300, without confidence', () => {
    expect(standingOf(setOf(), mallory.did, NOW)).toEqual({ did: mallory.did, epoch: 0, ...unknown })
  })

  it('T1 T5 is not changed by any number of Dids that attest each other', async () => {
    const ring = [bob, carol, mallory]
    const words = ring.flatMap((by) =>
      ring.filter((sub) => sub !== by).map(({ did: sub }) => attest(by, { sub, value: 1000 })),
    )
    const set = setOf(...(await Promise.all(words)))
    for (const { did } of ring) expect(standingOf(set, did, NOW)).toMatchObject(unknown)
  })

  it('T3 is not changed by an attestation about oneself', async () => {
    const set = setOf(await attest(alice, { sub: bob.did, value: 100 }))
    const before = standingOf(set, bob.did, NOW)
    set.add(await sealAttestation(bob, { value: 1000, weight: 3000 }))
    expect(standingOf(set, bob.did, NOW)).toEqual(before)
  })

  it('T4 is not changed by slander', async () => {
    const set = setOf(await attest(alice, { sub: bob.did, value: 800 }))
    const { epoch: _, ...before } = standingOf(set, bob.did, NOW)
    for (const by of [carol, mallory]) set.add(await attest(by, { sub: bob.did, value: -1000, weight: 3000 }))
    expect(standingOf(set, bob.did, NOW)).toMatchObject(before)
  })

  it('T11 is not changed by what was said in another context', async () => {
    const set = setOf(await attest(alice, { sub: bob.did, value: 1000, ctx: 'tool/search' }))
    expect(standingOf(set, bob.did, NOW)).toMatchObject(unknown)
  })

  it('is 0 for whoever is revoked, a root too', async () => {
    const set = setOf(await attest(ada, { sub: bob.did, value: 1000 }))
    for (const { did } of [bob, alice]) for (const by of [olga, otto]) set.add(await revoke(by, { did }))
    for (const { did } of [bob, alice]) {
      expect(standingOf(set, did, NOW)).toMatchObject({ status: 'revoked', score: 0, tier: 'untrusted' })
    }
  })

  it('is 0 for whoever is suspended, until that ends', async () => {
    const set = setOf(await attest(alice, { sub: bob.did, value: 1000 }))
    set.add(await suspend(olga, { sub: bob.did, until: NOW + DAY_MS }))
    expect(standingOf(set, bob.did, NOW)).toMatchObject({ status: 'suspended', score: 0, tier: 'untrusted' })
    expect(standingOf(set, bob.did, NOW + DAY_MS)).toMatchObject({ status: 'active', tier: 'trusted' })
  })

  it('is 1000 for a root, whatever another says of it', async () => {
    const set = setOf(await attest(ada, { sub: alice.did, value: -1000 }))
    expect(standingOf(set, alice.did, NOW)).toMatchObject({
      status: 'active',
      score: 1000,
      tier: 'vouched',
      confidence: 1000,
    })
  })

  it('is 730 and trusted by the word of one root, until it decays', async () => {
    const set = setOf(await attest(alice, { sub: bob.did, value: 800, weight: 2000 }))
    const trusted = {
      did: bob.did,
      ctx: '',
      status: 'active',
      score: 730,
      tier: 'trusted',
      confidence: 615,
      epoch: set.epoch,
    }
    expect(standingOf(set, bob.did, NOW)).toEqual(trusted)
    expect(standingOf(set, bob.did, NOW + 180 * DAY_MS)).toMatchObject({ tier: 'known', score: 611, confidence: 444 })
    expect(standingOf(set, bob.did, NOW + 365 * DAY_MS)).toMatchObject(unknown)
  })

  it('adds up what several roots say', async () => {
    const set = setOf(
      await attest(alice, { sub: bob.did, value: 800 }),
      await attest(ada, { sub: bob.did, value: 800 }),
    )
    expect(standingOf(set, bob.did, NOW)).toMatchObject({ score: 833, confidence: 761, tier: 'vouched' })
    set.add(await attest(ada, { sub: bob.did, value: -500 }, NOW + 1))
    expect(standingOf(set, bob.did, NOW)).toMatchObject({ score: 107, tier: 'untrusted' })
  })
})

describe('parseStanding', () => {
  const bobs: Standing = standingOf(setOf(), bob.did, NOW)

  it.each<[string, unknown]>([
    ['nothing', null],
    ['score that is no number', { ...bobs, score: Number.NaN }],
    ['score that is missing', { ...bobs, score: undefined }],
    ['score beyond 1000', { ...bobs, score: 1001 }],
    ['confidence with a fraction', { ...bobs, confidence: 0.5 }],
    ['Did that is not canonical', { ...bobs, did: `${bob.did}#` as Did }],
    ['status of another version', { ...bobs, status: 'banned' }],
    ['context that is none', { ...bobs, ctx: 'Tool' }],
    ['negative epoch', { ...bobs, epoch: -1 }],
    ['field too many', { ...bobs, admin: true }],
  ])('refuses a %s', async (_, input) => {
    expect(await codeOf(() => parseStanding(input))).toBe('standing.malformed')
  })

  it('T10 refuses a tier that is not that of the score', async () => {
    expect(await codeOf(() => parseStanding({ ...bobs, tier: 'vouched' }))).toBe('standing.malformed')
  })

  it('reads back every standing that there is', async () => {
    const words = await Promise.all(
      [-1000, -100, 100, 500, 1000].map((value) => attest(alice, { sub: bob.did, value })),
    )
    const subjects = fc.constantFrom(alice.did, bob.did, mallory.did)
    fc.assert(
      fc.property(fc.constantFrom(...words), subjects, fc.nat(400), (statement, did, days) => {
        const standing = standingOf(setOf(statement), did, NOW + days * DAY_MS)
        expect(parseStanding(structuredClone(standing))).toEqual(standing)
      }),
      { numRuns: 1000 },
    )
  })
})
