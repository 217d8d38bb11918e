import { decodeBody, didOf, meshIdOf } from '@trustmesh/identity'
import {
  CHAIN_CODES,
  type ChainVerdict,
  type Executor,
  evaluate,
  fuelOfChain,
  LinkCache,
  MemoryReplayWindow,
  MemoryUseCounters,
  type Predicate,
  verifyChain,
} from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { CHAINS, type ChainCase, HISTORIES, type History, TRUTHS, type TruthCase } from './chain-cases.ts'
import { bytesOf, generated, onDisk, type Shown, seedOf } from './golden.ts'
import { ed25519Key } from './reference.ts'

const FILE = 'chains.json'
const written = generated(FILE, { version: 1, cases: CHAINS, histories: HISTORIES, constraints: TRUTHS })
const { cases, histories, constraints } = JSON.parse(onDisk(FILE)) as {
  cases: readonly Shown<ChainCase>[]
  histories: readonly Shown<History>[]
  constraints: readonly Shown<TruthCase>[]
}
const net = meshIdOf(didOf(ed25519Key(seedOf(1))))
const did = (key: string) => didOf(bytesOf(key))

/** What an executor remembers. */
const memory = () => ({ replayWindow: new MemoryReplayWindow(), useCounters: new MemoryUseCounters() })

function verdictOn(
  { can, now, freshAsOf, ...one }: Shown<ChainCase>,
  remembered: Pick<Executor, 'replayWindow' | 'useCounters' | 'linkCache'>,
): Promise<ChainVerdict> {
  const knowledge = {
    epoch: 0,
    isRevoked: (who: string) => one.revoked.some((key) => did(key) === who),
    isSuspended: (who: string) => one.suspended.some((key) => did(key) === who),
    isVoid: (_: string, id: string) => one.void.includes(id),
  }
  const executor = { did: did(one.executor), net, root: did(one.root), knowledge, maxStalenessMs: 10_000 }
  const use = { peer: did(one.peer), can, links: one.links.map(bytesOf), args: bytesOf(one.args) }
  return verifyChain(
    { ...use, ...(one.invocation !== undefined && { invocation: bytesOf(one.invocation) }) },
    { ...executor, standingOf: () => one.opinion, ...remembered },
    { now, freshAsOf },
  )
}

const outcomeOf = (verdict: ChainVerdict) => (verdict.allow ? [null, null] : [verdict.code, verdict.link])

it('chains.json is what the generator makes, byte for byte', () => {
  expect(onDisk(FILE)).toBe(written)
})

describe('chains.json', () => {
  it.each(cases.map((one) => [one.name, one.code ?? 'allowed', one] as const))('%s: %s', async (_, __, one) => {
    const linkCache = new LinkCache()
    // The second time the links are known, and the verdict is the same.
    for (const _ of ['unknown links', 'known links']) {
      expect(outcomeOf(await verdictOn(one, { ...memory(), linkCache }))).toEqual([one.code, one.link])
    }
  })

  it.each(histories.map(({ name, uses }) => [name, uses] as const))('%s', async (_, uses) => {
    const remembered = memory()
    for (const one of uses) {
      expect([one.name, ...outcomeOf(await verdictOn(one, remembered))]).toEqual([one.name, one.code, one.link])
    }
  })

  it.each(constraints.map((one) => [JSON.stringify(one.constraint), one] as const))('constraint %s', (_, one) => {
    expect(evaluate(one.constraint as Predicate, decodeBody(bytesOf(one.args)), fuelOfChain())).toBe(one.truth)
  })

  it('has a case for each code', () => {
    const shown = new Set([...cases, ...histories.flatMap(({ uses }) => uses)].map(({ code }) => code))
    expect(new Set([null, ...Object.values(CHAIN_CODES).flat()])).toEqual(shown)
  })
})
