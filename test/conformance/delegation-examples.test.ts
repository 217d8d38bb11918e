import { readFileSync } from 'node:fs'
import {
  type Claim,
  decode,
  type Encodable,
  encodeBody,
  identityFromSeed,
  keyOf,
  meshIdOf,
  type Statement,
  sealStatement,
  sha256,
} from '@trustmesh/identity'
import {
  CHAIN_CODES,
  LinkCache,
  MemoryReplayWindow,
  MemoryUseCounters,
  parseDelegation,
  parseInvocation,
  verifyChain,
} from '@trustmesh/trust'
import { expect, it } from 'vitest'

const page = readFileSync(new URL('../../docs/spec/delegation.md', import.meta.url), 'utf8')
/** Without white space, so that hex may be broken anywhere for the eye. */
const dense = page.replaceAll(/\s+/g, '')
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const [alice, bob, carol] = [1, 2, 3].map((byte) => identityFromSeed(new Uint8Array(32).fill(byte))) as [
  ...ReturnType<typeof identityFromSeed>[],
] & {
  0: ReturnType<typeof identityFromSeed>
  1: ReturnType<typeof identityFromSeed>
  2: ReturnType<typeof identityFromSeed>
}
const IAT = 1_700_000_000_000
const net = meshIdOf(alice.did)
const common = { net, iat: IAT, nonce: new Uint8Array(16).fill(9) }
const idOf = ({ id }: Statement): Uint8Array => new Uint8Array(Buffer.from(id, 'hex'))
const parts = (statement: Statement): Uint8Array[] => {
  const [, , payload, , signature] = decode(statement.bytes) as [1, string, Uint8Array, Uint8Array, Uint8Array]
  return [payload, signature, idOf(statement)]
}

const delegation = (aud: typeof alice, where: Encodable[], depth: number, parent: Uint8Array | null): Claim => ({
  ...common,
  ...{ aud: keyOf(aud.did), root: keyOf(alice.did), can: '/tool/search', where, exp: IAT + 86_400_000, depth, parent },
})
const args = encodeBody({ query: 'cats', limit: 10 })
const first = await sealStatement(
  alice,
  'delegation',
  delegation(bob, [{ op: 'lte', at: ['limit'], value: 10 }], 1, null),
)
const second = await sealStatement(bob, 'delegation', delegation(carol, [], 0, idOf(first)))
const invocation = await sealStatement(carol, 'invocation', {
  ...{
    ...common,
    aud: keyOf(alice.did),
    leaf: idOf(second),
    can: '/tool/search',
    args: sha256(args),
    exp: IAT + 60_000,
  },
})

it('docs/spec/delegation.md gives the bytes that the implementation gives', () => {
  for (const bytes of [args, ...[first, second, invocation].flatMap(parts)]) expect(dense).toContain(hexOf(bytes))
})

it('the example is a chain that allows the invocation', async () => {
  expect(parseDelegation(second).parent).toBe(first.id)
  expect(parseInvocation(invocation).leaf).toBe(second.id)
  const verdict = await verifyChain(
    { peer: carol.did, can: '/tool/search', links: [first.bytes, second.bytes], invocation: invocation.bytes, args },
    {
      ...{
        did: alice.did,
        net,
        root: alice.did,
        maxStalenessMs: 0,
        standingOf: () => null,
        linkCache: new LinkCache(),
      },
      ...{ replayWindow: new MemoryReplayWindow(), useCounters: new MemoryUseCounters() },
      knowledge: { epoch: 0, isRevoked: () => false, isVoid: () => false, isSuspended: () => false },
    },
    { now: IAT, freshAsOf: IAT },
  )
  expect(verdict.allow).toBe(true)
})

it('docs/spec/delegation.md names every check and code, in order', () => {
  const rows = [...page.matchAll(/^\| \d+ \| ([a-z]+) \|.*?\| (.+) \|$/gm)]
  const inPage = rows.map(([, check, codes = '']) => [
    check,
    [...codes.matchAll(/`(chain\.[a-z-]+)`/g)].map(([, code]) => code),
  ])
  expect(inPage).toEqual(Object.entries(CHAIN_CODES))
})

it('numbers each requirement of delegation, DG-…, once, and cites none that there is not', () => {
  const numbers = [...page.matchAll(/^- \*\*DG-(\d+)\*\*/gm)].map(([, number]) => Number(number))
  expect(numbers).toHaveLength(27)
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  for (const [, cited] of page.matchAll(/\bDG-(\d+)\b/g)) expect(numbers).toContain(Number(cited))
})
