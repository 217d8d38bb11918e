import {
  decode,
  identityFromSeed,
  keyOf,
  openStatement,
  type Statement,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import { openStatements } from '@trustmesh/identity/node'
import {
  parseAttestation,
  parseLease,
  parseManifest,
  parseReceipt,
  parseRevocation,
  parseRotation,
  parseSuspension,
} from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { bytesOf, generated, onDisk, type Shown, shown } from './golden.ts'
import {
  CLAIM_FAULTS,
  STATEMENT_FAULTS,
  STATEMENTS,
  type StatementCase,
  type StatementFault,
} from './statement-cases.ts'

const FILE = 'statements.json'
const written = generated(FILE, {
  version: 1,
  cases: STATEMENTS,
  invalid: STATEMENT_FAULTS,
  invalidClaims: CLAIM_FAULTS,
})
const { cases, invalid, invalidClaims } = JSON.parse(onDisk(FILE)) as {
  cases: readonly Shown<StatementCase>[]
  invalid: readonly Shown<StatementFault>[]
  invalidClaims: readonly Shown<StatementFault>[]
}
const PARSERS = new Map<string, (statement: Verified<Statement>) => unknown>([
  ['attestation', parseAttestation],
  ['lease', parseLease],
  ['manifest', parseManifest],
  ['receipt', parseReceipt],
  ['revocation', parseRevocation],
  ['rotation', parseRotation],
  ['suspension', parseSuspension],
])

it('statements.json is what the generator makes, byte for byte', () => {
  expect(onDisk(FILE)).toBe(written)
})

describe('statements.json', () => {
  it('opens and refuses in bulk what it opens and refuses one by one', async () => {
    const opened = await openStatements(
      [...invalid, ...cases, ...invalidClaims].map(({ envelope }) => bytesOf(envelope)),
    )
    expect(opened.splice(0, invalid.length)).toEqual(
      invalid.map(({ code }) => expect.objectContaining({ name: 'IdentityError', code })),
    )
    expect(opened).toEqual([...cases, ...invalidClaims].map(({ envelope }) => openStatement(bytesOf(envelope))))
  })

  it.each(invalid.map(({ name, code, envelope }) => [name, code, envelope] as const))(
    'refuses %s: %s',
    (_, code, envelope) => {
      expect(() => openStatement(bytesOf(envelope))).toThrow(expect.objectContaining({ name: 'IdentityError', code }))
    },
  )

  it.each(invalidClaims.map(({ name, code, envelope }) => [name, code, envelope] as const))(
    'opens, and refuses the claim of, %s: %s',
    (_, code, envelope) => {
      const opened = openStatement(bytesOf(envelope))
      expect(() => PARSERS.get(opened.type)?.(opened)).toThrow(expect.objectContaining({ name: 'TrustError', code }))
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
    PARSERS.get(one.type)?.(opened)
  })

  it('gives no two statements one id, and names no two cases alike', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
    const names = [...cases, ...invalid, ...invalidClaims].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
