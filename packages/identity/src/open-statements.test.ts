import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf } from './did.ts'
import { encode } from './encoding.ts'
import { identityFromSeed } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import { openStatements } from './node.ts'
import { openStatement, type Statement, sealStatement } from './statement.ts'

const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const alice = identityFromSeed(seed(1))
const common = { net: seed(7), iat: 1_700_000_000_000, nonce: new Uint8Array(16).fill(9) }
const notes = await Promise.all(
  Array.from({ length: 300 }, (_, iat) => sealStatement(alice, 'note', { ...common, iat })),
)
const envelopes = notes.map(({ bytes }) => bytes)

/** What {@link openStatement} makes of an envelope: the statement, or the code of the refusal. */
function openedAlone(bytes: Uint8Array): Statement | string {
  try {
    return openStatement(bytes)
  } catch (error) {
    return (error as IdentityError).code
  }
}

async function openedTogether(given: readonly Uint8Array[]): Promise<(Statement | string)[]> {
  return (await openStatements(given)).map((opened) => (opened instanceof IdentityError ? opened.code : opened))
}

describe(openStatements, () => {
  it('I9 refuses whatever random edits make of an envelope with the code of openStatement, and opens those around it', async () => {
    const edit = fc.record({ at: fc.nat(250), put: fc.uint8Array({ maxLength: 3 }), drop: fc.nat(3) })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(edit), { minLength: 1, maxLength: 150 }), async (edits) => {
        const given = edits.map((change, i) => {
          const bytes = envelopes[i] as Uint8Array
          return change
            ? Uint8Array.of(...bytes.subarray(0, change.at), ...change.put, ...bytes.subarray(change.at + change.drop))
            : bytes
        })
        expect(await openedTogether(given)).toEqual(given.map(openedAlone))
      }),
      { numRuns: 100 },
    )
  })

  it('refuses claims that are none, however well signed, and what is no envelope', async () => {
    const { payload, signature } = await alice.sign('note', { iat: 1 })
    const given = [
      encode([1, 'note', payload, keyOf(alice.did), signature]),
      encode([1, 'note', encode(common), keyOf(alice.did), signature]),
      encode([1, 'note', payload, new Uint8Array(32), signature]),
      new Uint8Array(),
      new Uint8Array(40_961),
    ]
    expect(await openedTogether(given)).toEqual([
      'statement.claim',
      'statement.signature',
      'key.small-order',
      'encoding.truncated',
      'statement.size',
    ])
    expect(given.map(openedAlone)).toEqual(await openedTogether(given))
  })

  it('gives what openStatement gives, in the order in which the envelopes were given, however many', async () => {
    for (const count of [0, 1, 63, 64, 65, 300]) {
      expect(await openStatements(envelopes.slice(0, count))).toEqual(notes.slice(0, count))
    }
  })

  it('F5 lets others have their turn while a crowd of envelopes is refused', async () => {
    const crowd = Array.from({ length: 20_000 }, () => Uint8Array.of(0x90))
    let turns = 0
    let isOver = false
    const count = (): void => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    const refusals = await openStatements(crowd)
    isOver = true
    expect(refusals).toHaveLength(crowd.length)
    expect(turns).toBeGreaterThan(3)
  })
})
