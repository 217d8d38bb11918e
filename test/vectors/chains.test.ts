import { decodeBody, didOf, meshIdOf } from '@trustmesh/identity'
import {
  CHAIN_CODES,
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
import { CHAINS, type ChainCase, TRUTHS, type TruthCase } from './chain-cases.ts'
import { bytesOf, generated, onDisk, type Shown, seedOf } from './golden.ts'
import { ed25519Key } from './reference.ts'

const FILE = 'chains.json'
const written = generated(FILE, { version: 1, cases: CHAINS, constraints: TRUTHS })
const { cases, constraints } = JSON.parse(onDisk(FILE)) as {
  cases: readonly Shown<ChainCase>[]
  constraints: readonly Shown<TruthCase>[]
}
const net = meshIdOf(didOf(ed25519Key(seedOf(1))))
const did = (key: string) => didOf(bytesOf(key))

function executorOf(one: Shown<ChainCase>, linkCache: LinkCache): Executor {
  const knowledge = {
    epoch: 0,
    isRevoked: (who: string) => one.revoked.some((key) => did(key) === who),
    isSuspended: (who: string) => one.suspended.some((key) => did(key) === who),
    isVoid: (_: string, id: string) => one.void.includes(id),
  }
  return {
    ...{ did: did(one.executor), net, root: did(one.root), knowledge, maxStalenessMs: 10_000, linkCache },
    ...{ standingOf: () => one.opinion, replayWindow: new MemoryReplayWindow(), useCounters: new MemoryUseCounters() },
  }
}

it('chains.json is what the generator makes, byte for byte', () => {
  expect(onDisk(FILE)).toBe(written)
})

describe('chains.json', () => {
  it.each(cases.map((one) => [one.name, one.code ?? 'allowed', one] as const))('%s: %s', async (_, __, one) => {
    const linkCache = new LinkCache()
    const { can, now, freshAsOf } = one
    const use = { peer: did(one.peer), can, links: one.links.map(bytesOf), args: bytesOf(one.args) }
    // The second time the links are known, and the verdict is the same.
    for (const _ of ['unknown links', 'known links']) {
      const verdict = await verifyChain(
        { ...use, ...(one.invocation !== undefined && { invocation: bytesOf(one.invocation) }) },
        executorOf(one, linkCache),
        { now, freshAsOf },
      )
      expect(verdict.allow ? [null, null] : [verdict.code, verdict.link]).toEqual([one.code, one.link])
    }
  })

  it.each(constraints.map((one) => [JSON.stringify(one.constraint), one] as const))('constraint %s', (_, one) => {
    expect(evaluate(one.constraint as Predicate, decodeBody(bytesOf(one.args)), fuelOfChain())).toBe(one.truth)
  })

  it('has a case for each code, but those that it takes a second use or a missing field to see', () => {
    const shown = new Set(cases.map(({ code }) => code))
    const rest = Object.values(CHAIN_CODES)
      .flat()
      .filter((code) => !shown.has(code))
    expect(rest).toEqual(['chain.invocation-missing', 'chain.invocation-replayed', 'chain.exhausted'])
  })
})
