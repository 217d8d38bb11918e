import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { type Did, keyOf } from '@trustmesh/identity'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import {
  type ChainVerdict,
  type Delegation,
  type Knowledge,
  LinkCache,
  type ParsedRequirement,
  verifyChain,
} from '@trustmesh/trust'
import QuickLRU from 'quick-lru'
import type { Proof } from './bodies.ts'
import type { Exchange } from './exchange.ts'
import type { JoinConfig } from './join-config.ts'
import type { Platform, Uses } from './platform/platform.ts'
import type { Standings } from './standings.ts'

export interface ChainGateOptions {
  readonly self: Did
  readonly config: JoinConfig
  readonly platform: Platform
  readonly standings: Standings
  readonly exchange: Pick<Exchange, 'ask' | 'standing'>
}

/** What of a chain's standing was asked for, and when. */
interface Status {
  readonly epoch: number
  readonly at: number
  readonly void: ReadonlySet<string>
}

/** How old an answer about revocations may be, ms; a later epoch makes it void at once. */
const MAX_STALENESS_MS = 10_000
const LOOKUP_MS = 5_000
/** Lookups in a row that may be overtaken by a later epoch. */
const MAX_LOOKUPS = 4

/**
 * Verifies here, link by link, the chains that others show; the node is asked for what has been revoked, and for standings.
 * What it withholds could let a chain live on; it can forge none.
 */
export class ChainGate {
  readonly #options: ChainGateOptions
  readonly #linkCache = new LinkCache()
  /** By the last link and the context. */
  readonly #statuses = new QuickLRU<string, Status>({ maxSize: 1024 })
  #uses: Promise<Uses> | undefined

  constructor(options: ChainGateOptions) {
    this.#options = options
  }

  /** Whether the chain allows the peer what the requirement names. Does not reject: deny is the value of every error. */
  async verdict(
    proof: Proof,
    peer: Did,
    requirement: ParsedRequirement & { readonly can: string },
  ): Promise<ChainVerdict> {
    const { self, config, platform, standings } = this.#options
    const { can, root = self, minTier, ctx } = requirement
    const { links, invocation, args } = proof
    let status: Status | undefined
    const statusOf = (did: Did): string => {
      const standing = standings.of(did, ctx)
      if (!standing || standing.epoch < standings.epoch) throw new Error('no standing in this epoch')
      return standing.status
    }
    const knowledge: Knowledge = {
      get epoch() {
        return status?.epoch ?? -1
      },
      isRevoked: (did) => statusOf(did) === 'revoked',
      isSuspended: (did) => statusOf(did) === 'suspended',
      isVoid: (_, id) => status?.void.has(id) ?? true,
    }
    const learn = async (about: readonly Delegation[]): Promise<{ freshAsOf: number }> => {
      status = await this.#status(about, ctx)
      return { freshAsOf: status.at }
    }
    const { replayWindow, useCounters } = await this.#openUses()
    return await verifyChain(
      { peer, can, links, invocation, args },
      {
        ...{ did: self, net: config.net, root, minTier, knowledge, learn, replayWindow, useCounters },
        maxStalenessMs: MAX_STALENESS_MS,
        standingOf: (did) => standings.of(did, ctx),
        linkCache: this.#linkCache,
      },
      { now: platform.clock.now(), freshAsOf: Number.NEGATIVE_INFINITY },
    )
  }

  /** Brings what is held of a Did in a context up to the present epoch. */
  async standing(did: Did, ctx: string): Promise<void> {
    const { standings, exchange } = this.#options
    if (standings.of(did, ctx)?.epoch !== standings.epoch) await exchange.standing(did, ctx, { timeoutMs: LOOKUP_MS })
  }

  /** What the node knows of the links and of everybody on them, in the present epoch. */
  async #status(links: readonly Delegation[], ctx: string): Promise<Status> {
    const { platform, standings, exchange } = this.#options
    const dids = [...new Set(links.flatMap(({ iss, aud }) => [iss, aud]))]
    const key = `${links.at(-1)?.id} ${ctx}`
    const isGood = ({ epoch, at }: Status): boolean =>
      epoch === standings.epoch && platform.clock.now() - at <= MAX_STALENESS_MS
    const known = this.#statuses.get(key)
    if (known && isGood(known)) return known
    for (let lookups = 0; lookups < MAX_LOOKUPS; lookups++) {
      const at = platform.clock.now()
      const id = platform.random(16)
      const frame = await exchange.ask(
        {
          ...{ type: 'lookup', id, dids: dids.map(keyOf), ...(ctx !== '' && { ctx }) },
          links: links.map(({ iss, id }) => [keyOf(iss), hexToBytes(id)]),
        },
        id,
        isStatus,
        { timeoutMs: LOOKUP_MS },
      )
      const status = { epoch: frame.epoch, at, void: new Set(frame.void.map(bytesToHex)) }
      if (!isGood(status)) continue
      this.#statuses.set(key, status)
      return status
    }
    throw new Error('overtaken by later epochs')
  }

  /** Opened at the first use: most agents never take a chain. */
  #openUses(): Promise<Uses> {
    const { platform, self } = this.#options
    this.#uses ??= platform.openUses(self)
    this.#uses.catch(() => {
      this.#uses = undefined
    })
    return this.#uses
  }

  async close(): Promise<void> {
    const uses = await this.#uses?.catch(() => undefined)
    await uses?.close()
  }
}

function isStatus(frame: Frame): frame is FrameOf<'status'> {
  return frame.type === 'status'
}
