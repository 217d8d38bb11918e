import { decode, identityFromSeed, keyOf, openStatement, sealStatement } from '@trustmesh/identity'
import { parseAttestation, parseRevocation } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { bytesOf, generated, onDisk, type Shown, shown } from './golden.ts'
import { STATEMENT_FAULTS, STATEMENTS, type StatementCase, type StatementFault } from './statement-cases.ts'

const FILE = 'statements.json'
const written = generated(FILE, { version: 1, cases: STATEMENTS, invalid: STATEMENT_FAULTS })
const { cases, invalid } = JSON.parse(onDisk(FILE)) as {
  cases: readonly Shown<StatementCase>[]
  invalid: readonly Shown<StatementFault>[]
}

it('statements.json is what the generator makes, byte for byte', () => {
  expect(onDisk(FILE)).toBe(written)
})

describe('statements.json', () => {
  it.each(invalid.map(({ name, code, envelope }) => [name, code, envelope] as const))(
    'refuses %s: %s',
    (_, code, envelope) => {
      expect(() => openStatement(bytesOf(envelope))).toThrow(expect.objectContaining({ name: 'IdentityError', code }))
    },
  )

  it.each(cases.map((one) => [one.name, one] as const))('is what is sealed, and what is opened: %s', async (_, one) => {
    const identity = identityFromSeed(bytesOf(one.seed))
    expect(shown(keyOf(identity.did))).toBe(one.signer)
    const sealed = await sealStatement(identity, one.type, decode(bytesOf(one.payload)) as never)
    expect([shown(sealed.bytes), sealed.id]).toEqual([one.envelope, one.id])
    const opened = openStatement(bytesOf(one.envelope))
    expect([opened.id, opened.type, opened.signer]).toEqual([one.id, one.type, identity.did])
    expect(shown(opened.claim)).toEqual(one.claim)
    if (one.type === 'attestation') parseAttestation(opened)
    if (one.type === 'revocation') parseRevocation(opened)
  })

  it('gives no two statements one id, and names no two cases alike', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
    const names = [...cases, ...invalid].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
