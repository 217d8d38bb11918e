import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { type Did, keyOf } from '@trustmesh/identity'
import type {
  ChainAllowance,
  ChainVerdict,
  Delegation,
  Executor,
  LinkCache,
  Moment,
  ParsedRequirement,
  ReplayWindow,
  UseCounters,
} from '@trustmesh/trust'
import { isFresh } from '@trustmesh/trust/agent'
import QuickLRU from 'quick-lru'
import type { Proof } from './bodies.ts'
import { type Exchange, isStatus } from './exchange.ts'
import type { Freshness } from './freshness.ts'
import type { JoinConfig } from './join-config.ts'
import type { Log, Platform, Uses } from './platform/platform.ts'
import { textOf } from './quiet-log.ts'
import type { Standings } from './standings.ts'

export interface ChainGateOptions {
  readonly self: Did
  readonly config: JoinConfig
  readonly platform: Platform
  readonly standings: Standings
  readonly exchange: Pick<Exchange, 'ask' | 'standing'>
  readonly freshness: Pick<Freshness, 'ages' | 'renew'>
  readonly log: Log
}

/** On whose behalf a peer acts: the root of the chain, its links, and the arguments that it was checked for. */
export interface PeerChain extends ChainAllowance {
  /**
   * Whether it still holds, by what is known now. It was allowed for one effect: a handler that has more, or that waits
   * for anything before, asks again before each, in the same turn, and stops at `false`; the peer may then ask anew. It is
   * `false` once anything on the chain is cut off or has expired, and also where nothing is known that is of the present
   * epoch, no older than 10 s, and as fresh as the handler requires.
   */
  isCurrent(): boolean
  /**
   * {@link isCurrent}, once what is known has been brought up to the present epoch; asks the node only where it is not, for
   * at most 5 s at a time. Does not reject: what cannot be learned no longer holds.
   */
  renew(): Promise<boolean>
}

type ChainRequirement = ParsedRequirement & { readonly can: string }

/** What is said of a chain that somebody shows. */
export type PeerVerdict = PeerChain | Exclude<ChainVerdict, ChainAllowance>

/** What of a chain's standing was asked for, and when: monotonic, in ms. */
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
  #linkCache: LinkCache | undefined
  /** By the last link and the context. */
  readonly #statuses = new QuickLRU<string, Status>({ maxSize: 1024 })
  /** Likewise, what has been asked for and has not come yet: whoever needs it meanwhile waits for the same, with its deadline. */
  #lookups = new Map<string, Promise<Status>>()
  #opened: Promise<Uses> | undefined
  readonly #uses: { readonly replayWindow: ReplayWindow; readonly useCounters: UseCounters } = {
    replayWindow: { claim: async (...use) => (await this.#openUses()).replayWindow.claim(...use) },
    useCounters: { charge: async (...use) => (await this.#openUses()).useCounters.charge(...use) },
  }

  constructor(options: ChainGateOptions) {
    this.#options = options
  }

  /** Whether the chain allows the peer what the requirement names. Does not reject: deny is the value of every error. */
  async verdict(proof: Proof, peer: Did, requirement: ChainRequirement): Promise<PeerVerdict> {
    try {
      return await this.#judge(proof, peer, requirement)
    } catch {
      // What judges is loaded at the first use: in a page that can fail.
      return { allow: false, code: 'chain.error', link: null, trace: [] }
    }
  }

  async #judge(proof: Proof, peer: Did, requirement: ChainRequirement): Promise<PeerVerdict> {
    const { self, config, platform, standings, freshness } = this.#options
    const { isCurrent, LinkCache, verifyChain } = await import('./chain-proof.ts')
    this.#linkCache ??= new LinkCache()
    const { can, root = self, minTier, ctx, requireFreshness } = requirement
    const { links, invocation, args } = proof
    let key = ''
    const status = (): Status | undefined => this.#statuses.get(key)
    const present = <Told extends { readonly epoch: number }>(told: Told | null | undefined): Told => {
      if (told?.epoch !== standings.epoch) throw new Error('nothing is known in this epoch')
      return told
    }
    const statusOf = (did: Did) => present(standings.of(did, ctx)).status
    const executor: Executor = {
      ...{ did: self, net: config.net, root, minTier, linkCache: this.#linkCache, ...this.#uses },
      knowledge: {
        get epoch() {
          return status()?.epoch ?? -1
        },
        isRevoked: (did) => statusOf(did) === 'revoked',
        isSuspended: (did) => statusOf(did) === 'suspended',
        isVoid: (_, id) => present(status()).void.has(id),
      },
      learn: async (about) => {
        key = `${about.at(-1)?.id} ${ctx}`
        return { freshAsOf: began.now - this.#ageOf(await this.#learn(key, about, ctx)) }
      },
      maxStalenessMs: MAX_STALENESS_MS,
      standingOf: (did) => standings.of(did, ctx),
    }
    const moment = (): Moment => {
      const now = platform.clock.now()
      return { now, freshAsOf: now - this.#ageOf(status()) }
    }
    const began = moment()
    const verdict = await verifyChain({ peer, can, links, invocation, args }, executor, began)
    if (!verdict.allow) return verdict
    const holds = () => isFresh(freshness.ages, requireFreshness) && isCurrent(verdict, executor, moment())
    const learn = async () => {
      await freshness.renew(requireFreshness)
      await this.#learn(key, verdict.links, ctx)
    }
    return { ...verdict, isCurrent: holds, renew: () => learn().then(holds, () => false) }
  }

  /** Brings what is held of a Did in a context up to the present epoch. Does not reject: what cannot be learned is not held. */
  async standing(did: Did, ctx: string): Promise<void> {
    const { standings, exchange } = this.#options
    for (let lookups = 0; lookups < MAX_LOOKUPS; lookups++) {
      if (standings.of(did, ctx)?.epoch === standings.epoch) return
      const told = await exchange.standing(did, ctx, { timeoutMs: LOOKUP_MS }).catch(() => null)
      if (!told) return
    }
  }

  /** Nothing that a former connection told counts on the next, whose node may count epochs anew. */
  forget(): void {
    this.#statuses.clear()
    this.#lookups = new Map()
  }

  /** What the node knows of the links and of everybody on them, in the present epoch. */
  async #learn(key: string, links: readonly Delegation[], ctx: string): Promise<Status> {
    const known = this.#statuses.get(key)
    if (known && this.#isGood(known)) return known
    const lookups = this.#lookups
    const underWay = lookups.get(key)
    if (underWay !== undefined) return await underWay
    const lookup = this.#lookUp(links, ctx).finally(() => lookups.delete(key))
    lookups.set(key, lookup)
    const status = await lookup
    // Unless the connection that told it has been lost meanwhile.
    if (lookups === this.#lookups) this.#statuses.set(key, status)
    return status
  }

  async #lookUp(links: readonly Delegation[], ctx: string): Promise<Status> {
    const { platform, exchange } = this.#options
    const dids = [...new Set(links.flatMap(({ iss, aud }) => [iss, aud]))]
    for (let lookups = 0; lookups < MAX_LOOKUPS; lookups++) {
      const at = platform.clock.monotonic()
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
      if (this.#isGood(status)) return status
    }
    throw new Error('overtaken by later epochs')
  }

  #isGood(status: Status): boolean {
    return status.epoch === this.#options.standings.epoch && this.#ageOf(status) <= MAX_STALENESS_MS
  }

  /** ms. By a clock that nobody sets: one that is set back would make it young again. */
  #ageOf(status: Status | undefined): number {
    return status ? this.#options.platform.clock.monotonic() - status.at : Number.POSITIVE_INFINITY
  }

  /** Opened at the first use: most agents never take a chain. */
  #openUses(): Promise<Uses> {
    const { platform, self, log } = this.#options
    this.#opened ??= platform.openUses(self).catch((error) => {
      this.#opened = undefined
      log.warn(`no chain is taken: what has been used cannot be remembered: ${textOf(error)}`)
      throw error
    })
    return this.#opened
  }

  async close(): Promise<void> {
    const uses = await this.#opened?.catch(() => undefined)
    await uses?.close()
  }
}
