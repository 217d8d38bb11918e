import { type Claim, type Did, generateIdentity, type Identity, meshIdOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import {
  type ChainUse,
  type Delegation,
  type Executor,
  issueDelegation,
  LinkCache,
  MemoryReplayWindow,
  MemoryUseCounters,
  parseDelegation,
  StatementSet,
  verifyChain,
} from '@trustmesh/trust'
import { type BenchmarkOptions, pairedRow, type Row } from '../benchmark.ts'
import { costOf } from '../cpu.ts'
import { compare, paired } from '../paired.ts'
import { bareVerifier } from '../peers/bare-ed25519.ts'

/** Chains in a sample, their links, and how many people share them. */
const COUNT = 100
const LINKS = 5
const PEOPLE = 50
/** How often a sample goes over its chains where they are cached: alone, one pass would be too short to measure. */
const CACHED_PASSES = 20
const NOW = 1_800_000_000_000

/**
 * What it costs to verify a chain of five links, all but its invocation and what is said of its arguments: seen for the first time beside as
 * many bare verifications (a ratio of costs: less is better), and seen again beside the first time (of rates: more is better).
 */
export async function chainRows({ rounds = 41, progress }: BenchmarkOptions): Promise<Row[]> {
  const root = generateIdentity(systemRandom)
  const people = Array.from({ length: PEOPLE }, () => generateIdentity(systemRandom))
  const chains = await Promise.all(Array.from({ length: COUNT }, (_, i) => chainFrom(root, people, i)))
  const bare = chains.flatMap(({ claimed }) => claimed).map(bareVerifier({ keys: 'imported' }))
  const seen = new LinkCache()

  const verifyAll = async (linkCache: LinkCache, passes: number): Promise<number> => {
    const executor = executorWith(root, linkCache)
    const { cpuMs } = await costOf(async () => {
      for (let pass = 0; pass < passes; pass++) {
        for (const { use } of chains) {
          const verdict = await verifyChain(use, executor, { now: NOW, freshAsOf: NOW })
          if (!verdict.allow) throw new Error(verdict.code)
        }
      }
    })
    return cpuMs / (passes * COUNT)
  }
  const cold = (): Promise<number> => verifyAll(new LinkCache(), 1)
  const cached = (): Promise<number> => verifyAll(seen, CACHED_PASSES)
  const bareCost = async (): Promise<number> => {
    const { cpuMs } = await costOf(() => {
      for (const verify of bare) verify()
    })
    return cpuMs / COUNT
  }

  const row = async (id: string, sides: Sides, figure: (cpuMs: number) => number, unit: string): Promise<Row> => {
    progress(`${id}: ${rounds} rounds of ${COUNT} chains`)
    await paired(12, sides)
    return pairedRow(id, compare(await paired(rounds, sides), figure), unit)
  }
  await verifyAll(seen, 1)
  return [
    await row('chain5-cold-vs-verify', { ours: cold, peer: bareCost }, (ms) => ms * 1000, 'µs of CPU, less is better'),
    await row(
      'chain5-cached-vs-cold',
      { ours: cached, peer: cold },
      (ms) => 1000 / ms,
      'chains per CPU second, more is better',
    ),
  ]
}

interface Sides {
  ours: () => Promise<number>
  peer: () => Promise<number>
}

interface Claimed {
  did: Did
  claim: Claim
  payload: Uint8Array
  signature: Uint8Array
  bytes: Uint8Array
}

/** A chain as agents issue it. */
async function chainFrom(
  root: Identity,
  people: readonly Identity[],
  first: number,
): Promise<{ use: ChainUse; claimed: Claimed[] }> {
  const issuance = { net: meshIdOf(root.did), clock: { now: () => NOW, monotonic: () => NOW }, random: systemRandom }
  const links: Uint8Array[] = []
  const claimed: Claimed[] = []
  let by = root
  let parent: Delegation | undefined
  for (let depth = LINKS - 1; depth >= 0; depth--) {
    const to = people[(first + depth) % people.length] as Identity
    const statement = await issueDelegation(
      by,
      { aud: to.did, can: '/tool/search', depth, ...(parent && { parent }) },
      issuance,
    )
    const claim = statement.claim as Claim
    claimed.push({ did: by.did, claim, bytes: statement.bytes, ...(await by.sign('attestation', claim)) })
    links.push(statement.bytes)
    parent = parseDelegation(statement)
    by = to
  }
  return { use: { peer: by.did, can: '/tool/search', links }, claimed }
}

function executorWith(root: Identity, linkCache: LinkCache): Executor {
  return {
    did: root.did,
    net: meshIdOf(root.did),
    root: root.did,
    needsInvocation: false,
    knowledge: new StatementSet({
      net: meshIdOf(root.did),
      policy: { roots: [root.did], authorities: [root.did], threshold: 1 },
    }),
    maxStalenessMs: 10_000,
    standingOf: () => ({ score: 700, confidence: 700 }),
    replayWindow: new MemoryReplayWindow(),
    useCounters: new MemoryUseCounters(),
    linkCache,
  }
}
