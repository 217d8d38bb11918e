/** A chain that is sound, from alice to dave, with everything about it open to be spoiled. */

import {
  type Claim,
  encodeBody,
  type Identity,
  identityFromSeed,
  keyOf,
  sealStatement,
  sha256,
} from '@trustmesh/identity'
import {
  type ChainUse,
  type ChainVerdict,
  type Executor,
  type Knowledge,
  LinkCache,
  MemoryReplayWindow,
  MemoryUseCounters,
  type Moment,
  verifyChain,
} from '../src/index.ts'
import { alice, bob, carol, DAY_MS, NOW, net, random } from './cast.ts'

/** The last of the chain; and who carries out what it asks for. */
export const dave: Identity = identityFromSeed(new Uint8Array(32).fill(9))
export const erin: Identity = identityFromSeed(new Uint8Array(32).fill(10))

/** As many more people as a chain takes. */
export const crowd: readonly Identity[] = Array.from({ length: 12 }, (_, i) =>
  identityFromSeed(new Uint8Array(32).fill(100 + i)),
)

/** Knows of nobody, until told. */
export class Register implements Knowledge {
  epoch = 1
  readonly revoked: Set<string> = new Set()
  readonly voided: Set<string> = new Set()
  readonly suspended: Set<string> = new Set()
  isRevoked(did: string): boolean {
    return this.revoked.has(did)
  }
  isVoid(_: string, id: string): boolean {
    return this.voided.has(id)
  }
  isSuspended(did: string): boolean {
    return this.suspended.has(did)
  }
}

/** What happens to envelopes on the way. */
export type Tamper = (links: readonly Uint8Array[]) => readonly Uint8Array[]

/** One link: who signs it, and what it says beside what follows from its place. */
export interface PlottedLink {
  by: Identity
  to: Identity
  fields: Claim
  type: string
  /** Whether it has been revoked. */
  isVoid?: boolean
  /** Turns what was signed into what its issuer gives out. */
  forge?: (envelope: Uint8Array) => Uint8Array
  /** Where it has been issued once and for all; else it is issued whenever the plot is played. */
  issued?: Issued
}

/** What an issuer gives out. */
export interface Issued {
  readonly id: string
  readonly bytes: Uint8Array
}

/** What is told in a test, changed as it likes, and then played. */
export interface Plot {
  links: PlottedLink[]
  tamper: Tamper[]
  use: Partial<ChainUse>
  executor: Partial<Executor>
  moment: Partial<Moment>
  knowledge: Register
  /** Fields of the invocation; `null` where there is none. */
  invocation: Claim | null
  invoker: Identity
}

/** alice lets bob, bob carol, and carol dave search; dave asks erin. */
export function plot(people: readonly Identity[] = [alice, bob, carol, dave]): Plot {
  const links = people.slice(1).map((to, i) => ({ by: people[i] as Identity, to, fields: {}, type: 'delegation' }))
  return {
    ...{ links, tamper: [], use: {}, executor: {}, moment: {}, knowledge: new Register() },
    ...{ invocation: {}, invoker: people.at(-1) as Identity },
  }
}

/** The envelopes of a plot, the root's first, with their ids. */
export async function sealChain({ links, tamper }: Plot): Promise<{ envelopes: readonly Uint8Array[]; ids: string[] }> {
  const issued = await issueChain(links)
  const envelopes = issued.map(({ bytes }) => bytes)
  return {
    envelopes: tamper.reduce<readonly Uint8Array[]>((links, change) => change(links), envelopes),
    ids: issued.map(({ id }) => id),
  }
}

/** The links as they are given out, each with its id. */
export async function issueChain(links: readonly PlottedLink[]): Promise<Issued[]> {
  const chain: Issued[] = []
  for (const [i, { by, to, fields, type, forge, issued }] of links.entries()) {
    if (issued) {
      chain.push(issued)
      continue
    }
    const { id, bytes } = await sealStatement(by, type, {
      ...{ net, iat: NOW, nonce: random(16), aud: keyOf(to.did), root: keyOf((links[0] as PlottedLink).by.did) },
      ...{ can: '/tool/search', where: [], exp: NOW + DAY_MS, depth: links.length - 1 - i },
      ...{ parent: i === 0 ? null : Buffer.from(chain[i - 1]?.id as string, 'hex') },
      ...fields,
    })
    chain.push({ id, bytes: forge ? forge(bytes) : bytes })
  }
  return chain
}

/** What the plot comes to. */
export interface Stage {
  use: ChainUse
  executor: Executor
  moment: Moment
  ids: string[]
}

export async function stage(told: Plot): Promise<Stage> {
  const { envelopes, ids } = await sealChain(told)
  for (const [i, { isVoid }] of told.links.entries()) if (isVoid) told.knowledge.voided.add(ids[i] as string)
  const args = told.use.args ?? encodeBody({ query: 'cats', limit: 10 })
  const can = told.use.can ?? '/tool/search'
  const invocation =
    told.invocation &&
    (await sealStatement(told.invoker, 'invocation', {
      ...{ net, iat: NOW, nonce: random(16), aud: keyOf(erin.did), leaf: Buffer.from(ids.at(-1) ?? '', 'hex'), can },
      ...{ args: sha256(args), exp: NOW + 60_000 },
      ...told.invocation,
    }))
  return {
    use: {
      peer: told.invoker.did,
      can,
      links: envelopes,
      args,
      ...(invocation && { invocation: invocation.bytes }),
      ...told.use,
    },
    executor: {
      ...{
        did: erin.did,
        net,
        root: (told.links[0]?.by ?? alice).did,
        knowledge: told.knowledge,
        maxStalenessMs: 10_000,
      },
      ...{ standingOf: () => ({ score: 700, confidence: 700 }), linkCache: new LinkCache() },
      ...{ replayWindow: new MemoryReplayWindow(), useCounters: new MemoryUseCounters() },
      ...told.executor,
    },
    moment: { now: NOW, freshAsOf: NOW, ...told.moment },
    ids,
  }
}

/** What the executor says to it. */
export async function play(told: Plot): Promise<ChainVerdict> {
  const { use, executor, moment } = await stage(told)
  return verifyChain(use, executor, moment)
}

/** The code and the link of a denial; `allowed`. */
export function outcomeOf(verdict: ChainVerdict): string {
  return verdict.allow ? 'allowed' : `${verdict.code} ${verdict.link ?? '-'}`
}
