import { didOf, keyOf } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { alice } from '../test/cast.ts'
import { didKey, statementId } from './fields.ts'

const key = keyOf(alice.did)
const others: readonly (readonly [string, unknown])[] = [
  ['31 bytes', key.slice(1)],
  ['33 bytes', Uint8Array.of(...key, 0)],
  ['an array of 32 numbers', [...key]],
  ['text of 32 characters', String.fromCharCode(...key)],
  ['a map with a length', { ...key, length: 32 }],
  ['nil', null],
  ['nothing', undefined],
]

describe.each([
  ['didKey', didKey],
  ['statementId', statementId],
])('%s', (_, field) => {
  it.each(others)('refuses %s', (_, input) => {
    expect(field.safeParse(input).success).toBe(false)
  })

  it.each([undefined, null, 1, key, 'did:key:z6Mk', 'a'.repeat(63), 'A'.repeat(64)])('does not encode %s', (input) => {
    expect(z.safeEncode<typeof didKey | typeof statementId>(field, input as never).success).toBe(false)
  })
})

it('I5 refuses a small-order key as a Did', () => {
  expect(didKey.safeParse(new Uint8Array(32)).success).toBe(false)
})

it('reads what it writes', () => {
  expect(didKey.parse(key)).toBe(didOf(key))
  expect(z.encode(didKey, alice.did)).toEqual(key)
  const id = statementId.parse(key)
  expect(id).toBe(Buffer.from(key).toString('hex'))
  expect(z.encode(statementId, id)).toEqual(key)
})
