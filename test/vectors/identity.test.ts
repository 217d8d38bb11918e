import {
  decode,
  decodeBody,
  didOf,
  encode,
  encodeBody,
  identityFromSeed,
  keyOf,
  meshIdOf,
  parseDid,
} from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { bytesOf, generated, onDisk, type Shown, shown } from './golden.ts'
import {
  BODIES,
  BODY_FAULTS,
  DID_FAULTS,
  DIDS,
  type DidCase,
  type DidFault,
  DOCUMENT_FAULTS,
  DOCUMENTS,
  type DocumentCase,
  type DocumentFault,
  KEY_FAULTS,
  type KeyFault,
} from './identity-cases.ts'

const FILE = 'identity.json'
const written = generated(FILE, {
  version: 1,
  dids: DIDS,
  invalidDids: DID_FAULTS,
  invalidKeys: KEY_FAULTS,
  documents: DOCUMENTS,
  invalidDocuments: DOCUMENT_FAULTS,
  bodies: BODIES,
  invalidBodies: BODY_FAULTS,
})
const vectors = JSON.parse(onDisk(FILE)) as {
  dids: readonly Shown<DidCase>[]
  invalidDids: readonly DidFault[]
  invalidKeys: readonly Shown<KeyFault>[]
  documents: readonly DocumentCase[]
  invalidDocuments: readonly DocumentFault[]
  bodies: readonly DocumentCase[]
  invalidBodies: readonly DocumentFault[]
}

const refused = (code: string): unknown => expect.objectContaining({ name: 'IdentityError', code })

/** A value as it stands in JSON: a byte string is `{"hex": …}`. */
function listed(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return value.map(listed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, listed(item)]))
}

const codes = (faults: readonly { name: string; code: string }[]) =>
  faults.map((fault) => [fault.name, fault.code, fault] as const)

it('identity.json is what the generator makes, byte for byte', () => {
  expect(onDisk(FILE)).toBe(written)
})

describe('identity.json', () => {
  it.each(codes(vectors.invalidDids))('refuses as a Did %s: %s', (_, code, fault) => {
    expect(() => parseDid((fault as DidFault).did)).toThrow(refused(code))
  })

  it.each(codes(vectors.invalidKeys))('refuses as a key %s: %s', (_, code, fault) => {
    expect(() => didOf(bytesOf((fault as Shown<KeyFault>).key))).toThrow(refused(code))
  })

  it.each(codes(vectors.invalidDocuments))('refuses as a document and as a body %s: %s', (_, code, fault) => {
    const bytes = bytesOf((fault as DocumentFault).bytes)
    expect(() => decode(bytes)).toThrow(refused(code))
    expect(() => decodeBody(bytes)).toThrow(refused(code))
  })

  it.each(codes(vectors.invalidBodies))('refuses as a body %s: %s', (_, code, fault) => {
    const bytes = bytesOf((fault as DocumentFault).bytes)
    expect(() => decodeBody(bytes)).toThrow(refused(code))
    expect(() => decode(bytes)).toThrow(refused('encoding.float'))
  })

  it.each(vectors.dids.map((one) => [one.did, one] as const))('has %s', (did, { seed, key, net }) => {
    expect(identityFromSeed(bytesOf(seed)).did).toBe(did)
    expect(shown(keyOf(parseDid(did)))).toBe(key)
    expect(didOf(bytesOf(key))).toBe(did)
    expect(shown(meshIdOf(parseDid(did)))).toBe(net)
  })

  it.each(vectors.documents.map((one) => [one.name, one] as const))('has %s', (_, { bytes, value }) => {
    expect(listed(decode(bytesOf(bytes)))).toEqual(value)
    expect(listed(decodeBody(bytesOf(bytes)))).toEqual(value)
    // Whatever has one shortest form is encoded so; the others decode to the same when they are.
    expect(listed(decode(encode(decode(bytesOf(bytes)) as never)))).toEqual(value)
  })

  it.each(vectors.bodies.map((one) => [one.name, one] as const))('has in a body %s', (_, { bytes, value }) => {
    expect(listed(decodeBody(bytesOf(bytes)))).toEqual(value)
    expect(shown(encodeBody(decodeBody(bytesOf(bytes)) as never))).toBe(bytes)
    expect(() => decode(bytesOf(bytes))).toThrow(refused('encoding.float'))
  })

  it('has a case of every code that a document, a key or a Did is refused with, but the size', () => {
    const seen = new Set(
      [vectors.invalidDids, vectors.invalidKeys, vectors.invalidDocuments, vectors.invalidBodies].flatMap((faults) =>
        faults.map(({ code }) => code),
      ),
    )
    expect(seen).toEqual(
      new Set(
        [
          'did.malformed',
          ...['length', 'small-order', 'non-canonical'].map((code) => `key.${code}`),
          ...['depth', 'duplicate-key', 'extension', 'float', 'forbidden-key', 'integer-range', 'items', 'key-type'],
          ...['not-shortest', 'reserved', 'trailing', 'truncated', 'utf8'],
        ].map((code) => (code.includes('.') ? code : `encoding.${code}`)),
      ),
    )
  })
})
