import { type Claim, keyOf } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, at, attest, bob, codeOf, DAY_MS, mallory, NOW, net, revoke, sealAttestation } from '../../test/cast.ts'
import { issueAttestation, parseAttestation } from './attestation.ts'

const YEAR_MS = 365 * DAY_MS

const parsed = async (fields: Claim): Promise<string> => {
  const statement = await sealAttestation(alice, fields)
  return codeOf(() => parseAttestation(statement))
}

describe('parseAttestation', () => {
  it('refuses a statement of another type', async () => {
    const statement = await revoke(alice, { did: bob.did })
    expect(await codeOf(() => parseAttestation(statement))).toBe('attestation.type')
  })

  it.each<[string, Claim]>([
    ['value beyond 1000', { value: 1001 }],
    ['value below −1000', { value: -1001 }],
    ['weight of nothing', { weight: 0 }],
    ['weight beyond the cap', { weight: 3001 }],
    ['evidence that is no hash', { evidence: [new Uint8Array(31)] }],
    ['17 pieces of evidence', { evidence: Array.from({ length: 17 }, () => new Uint8Array(32)) }],
    ['subject as text', { sub: bob.did }],
    ['time before 1970', { evidenceAt: -1 }],
    ['missing field', { weight: undefined }],
  ])('refuses a %s', async (_, fields) => {
    expect(await parsed(fields)).toBe('attestation.malformed')
  })

  it('I5 refuses a subject with a small-order key', async () => {
    expect(await parsed({ sub: new Uint8Array(32) })).toBe('attestation.malformed')
  })

  it.each([
    '/',
    'tool/',
    '/tool',
    'tool//search',
    'Tool',
    'tool search',
    'a'.repeat(33),
    'a/a/a/a/a/a/a/a/a',
    'a\n',
    'é',
    '..',
  ])('refuses the context %j', async (ctx) => {
    expect(await parsed({ ctx })).toBe('attestation.malformed')
  })

  it('S18 refuses any unknown field in a signed claim', async () => {
    const known = ['net', 'iat', 'nonce', 'sub', 'ctx', 'value', 'weight', 'evidence', 'evidenceAt', 'exp', 'seq']
    const forbidden = ['__proto__', 'constructor', 'prototype']
    const field = fc.string().filter((name) => ![...known, ...forbidden].includes(name))
    const value = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.uint8Array({ maxLength: 8 }))
    await fc.assert(
      fc.asyncProperty(field, value, async (name, extra) => {
        expect(await parsed({ [name]: extra })).toBe('attestation.malformed')
      }),
      { numRuns: 1000 },
    )
  })

  it('T3 refuses an attestation about its issuer', async () => {
    expect(await parsed({ sub: keyOf(alice.did) })).toBe('attestation.self')
  })

  it.each([NOW, NOW - 1, NOW + YEAR_MS + 1])('refuses an end at %i, outside the year after its issue', async (exp) => {
    expect(await parsed({ exp })).toBe('attestation.expiry')
  })

  it('refuses an end more than a year after its seq, so that it ends before what supersedes it is forgotten', async () => {
    expect(await parsed({ seq: NOW - 1, exp: NOW + YEAR_MS })).toBe('attestation.expiry')
    expect(await parsed({ seq: NOW - 1, exp: NOW + YEAR_MS - 1 })).toBe('accepted')
  })

  it('T9 refuses evidence from after the time of issue', async () => {
    expect(await parsed({ evidenceAt: NOW + 1 })).toBe('attestation.evidence-time')
  })

  it('refuses a seq ahead of the time of issue, which would take its slot for ever', async () => {
    expect(await parsed({ seq: NOW + 1 })).toBe('attestation.seq')
  })

  it('accepts every field at its limits', async () => {
    const evidence = Array.from({ length: 16 }, () => new Uint8Array(32))
    const ctx = Array.from({ length: 8 }, () => 'a'.repeat(32)).join('/')
    const earliest = { seq: NOW - YEAR_MS + 1, exp: NOW + 1 }
    expect(await parsed({ value: -1000, weight: 3000, ctx, evidence, evidenceAt: 0, ...earliest })).toBe('accepted')
    expect(await parsed({ exp: NOW + YEAR_MS })).toBe('accepted')
    expect(await parsed({ value: 1000, weight: 1, exp: NOW + 1 })).toBe('accepted')
  })
})

describe('issueAttestation', () => {
  it.each([
    [{ sub: alice.did, value: 1 }, 'attestation.self'],
    [{ sub: bob.did, value: 1001 }, 'attestation.malformed'],
    [{ sub: bob.did, value: Number.NaN }, 'attestation.malformed'],
    [{ sub: 'did:key:bob' as typeof bob.did, value: 1 }, 'attestation.malformed'],
    [{ sub: bob.did, value: 1, ctx: 'Tool' }, 'attestation.malformed'],
    [{ sub: bob.did, value: 1, exp: NOW }, 'attestation.expiry'],
    [{ sub: bob.did, value: 1, evidenceAt: NOW + 1 }, 'attestation.evidence-time'],
  ])('signs nothing for %j', async (attestation, code) => {
    let signed = 0
    const spy = { ...alice, sign: () => Promise.reject(signed++) }
    expect(await codeOf(() => issueAttestation(spy, attestation, at(NOW)))).toBe(code)
    expect(signed).toBe(0)
  })

  it('makes what parseAttestation reads back', async () => {
    const context = fc.array(fc.stringMatching(/^[a-z0-9-]{1,32}$/), { maxLength: 8 }).map((path) => path.join('/'))
    const attestation = fc.record({
      sub: fc.constantFrom(bob.did, mallory.did),
      value: fc.integer({ min: -1000, max: 1000 }),
      weight: fc.integer({ min: 1, max: 3000 }),
      ctx: context,
      evidence: fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 16 }),
      evidenceAt: fc.integer({ min: 0, max: NOW }),
      exp: fc.integer({ min: NOW + 1, max: NOW + YEAR_MS }),
    })
    await fc.assert(
      fc.asyncProperty(attestation, async (fields) => {
        const statement = await attest(alice, fields)
        const { id, iss, net: mesh, iat, seq, ...rest } = parseAttestation(statement)
        expect({ id, iss, mesh, iat, seq }).toEqual({ id: statement.id, iss: alice.did, mesh: net, iat: NOW, seq: NOW })
        expect(rest).toMatchObject(fields)
      }),
      { numRuns: 1000 },
    )
  })

  it('is plain, general, of now and for a year where it is not told otherwise', async () => {
    const { ctx, weight, evidenceAt, exp } = parseAttestation(await attest(alice, { sub: bob.did, value: 1 }))
    expect({ ctx, weight, evidenceAt, exp }).toEqual({ ctx: '', weight: 2000, evidenceAt: NOW, exp: NOW + YEAR_MS })
  })

  it('follows what came before, even where the clock does not', async () => {
    const { seq, iat } = parseAttestation(await attest(alice, { sub: bob.did, value: 1, previousSeq: NOW + 5 }))
    expect({ seq, iat }).toEqual({ seq: NOW + 6, iat: NOW + 6 })
  })
})
