import { bytesToHex } from '@noble/hashes/utils.js'
import { type Clock, type Did, didOf, keyOf, type StatementId } from '@trustmesh/identity'
import { type FrameOf, LIMITS } from '@trustmesh/protocol'
import { covers, isCutOff, type Replica, reaches, type Standing, type Tier } from '@trustmesh/trust'
import type { AgentSession } from './agent-session.ts'
import { COST_OF_TOO_MUCH, EvidencePages } from './evidence-pages.ts'
import type { MemberView } from './links/backbone.ts'
import { TokenBucket, TokenBuckets } from './token-bucket.ts'

/** Standings a second that one agent may ask for. */
const STANDINGS_PER_SECOND = 2_000
/** To look into a context that is not kept up costs time with each attestation: so many a second, for one agent and for all. */
const ATTESTATIONS_PER_SECOND = 10_000
const ATTESTATIONS_PER_SECOND_FOR_ALL = 40_000
/** Agents whose rates are remembered. */
const MAX_AGENTS = 65_536
/** Agents that are looked at for one page of the directory, whether or not they belong on it. */
const MAX_CANDIDATES = 256

/** Answers what agents ask about others. Whoever asks for too much is refused, and told nothing that is not so (threat T12). */
export class Answers {
  readonly #replica: Replica
  readonly #clock: Clock
  readonly #membersNow: () => readonly Pick<MemberView, 'ageMs'>[]
  readonly #evidencePages: EvidencePages
  readonly #standings = new TokenBuckets(STANDINGS_PER_SECOND, MAX_AGENTS)
  readonly #attestations = new TokenBuckets(ATTESTATIONS_PER_SECOND, MAX_AGENTS)
  readonly #attestationsOfAll: TokenBucket

  constructor(replica: Replica, clock: Clock, membersNow: () => readonly Pick<MemberView, 'ageMs'>[]) {
    this.#replica = replica
    this.#clock = clock
    this.#membersNow = membersNow
    this.#evidencePages = new EvidencePages(replica, clock)
    this.#attestationsOfAll = new TokenBucket(ATTESTATIONS_PER_SECOND_FOR_ALL, clock.monotonic())
  }

  query({ did, ctx }: FrameOf<'query'>, from: AgentSession): void {
    if (!this.#affords(from, 1, ctx)) return refuse(from, did)
    from.answer(this.#replica.standingOf(didOf(did), this.#clock.now(), ctx))
  }

  lookup({ id, dids, links, ctx }: FrameOf<'lookup'>, from: AgentSession): void {
    if (!this.#affords(from, 1 + dids.length + links.length, ctx)) return refuse(from, id)
    const now = this.#clock.now()
    for (const did of dids) from.answer(this.#replica.standingOf(didOf(did), now, ctx))
    const { set } = this.#replica
    const revoked = links.filter(([iss, link]) => set.isVoid(didOf(iss), bytesToHex(link) as StatementId))
    // Asked for last: to look into another context may move it.
    const { epoch } = this.#replica
    from.push({ type: 'status', re: id, epoch, void: revoked.map(([, link]) => link), fresh: this.#attested() })
  }

  /** A page of the directory: whoever offers the capability now, stands as is asked for, and is not cut off. */
  find({ id, can, minTier, after, limit }: FrameOf<'find'>, from: AgentSession): void {
    const candidates = this.#replica.set.offering(can, MAX_CANDIDATES, after && didOf(after))
    if (!this.#affords(from, 1 + candidates.length)) return refuse(from, id)
    const manifests: Uint8Array[] = []
    let bytes = 0
    let looked = 0
    for (const did of candidates) {
      const listing = this.#listingOf(did, can, minTier)
      if (listing) {
        bytes += listing.manifest.length
        if (bytes > LIMITS.pageBytes) break
        from.answer(listing.standing)
        manifests.push(listing.manifest)
      }
      looked++
      if (manifests.length === limit) break
    }
    const isLast = looked === candidates.length && looked < MAX_CANDIDATES
    const more = isLast ? undefined : keyOf(candidates[looked - 1] as Did)
    from.push({ type: 'found', re: id, manifests, more })
  }

  explain({ id, did: key, ctx }: FrameOf<'explain'>, from: AgentSession): void {
    if (!this.#affords(from, 1, ctx, 1)) return refuse(from, id)
    const [did, now] = [didOf(key), this.#clock.now()]
    from.answer(this.#replica.standingOf(did, now, ctx))
    const { contributions, rest, positive, negative } = this.#replica.explain(did, now, ctx)
    this.#charge(from, contributions.length + rest.raters)
    const named = contributions.map(({ rater, share, credit, path }) => {
      return { rater: keyOf(rater), share, credit, path: path.map(keyOf) }
    })
    from.push({ type: 'explained', re: id, positive, negative, contributions: named, rest })
  }

  evidence({ id, did: key, ctx, after }: FrameOf<'evidence'>, from: AgentSession): void {
    if (!this.#affords(from, 1, ctx, 1)) return refuse(from, id)
    const did = didOf(key)
    from.answer(this.#replica.standingOf(did, this.#clock.now(), ctx))
    const page = this.#evidencePages.page(did, ctx ?? '', after)
    this.#charge(from, page?.cost ?? COST_OF_TOO_MUCH)
    if (!page) return refuse(from, id, 'query.too-much')
    from.push({ type: 'proofs', re: id, statements: page.statements, more: page.more })
  }

  #listingOf(did: Did, can: string, minTier?: Tier): { standing: Standing; manifest: Uint8Array } | null {
    const { set } = this.#replica
    const manifest = set.manifestOf(did)
    const statement = manifest?.capabilities.some((granted) => covers(granted, can)) && set.get(manifest.id)
    if (!statement) return null
    const standing = this.#replica.standingOf(did, this.#clock.now())
    const isListed = !isCutOff(standing) && (minTier === undefined || reaches(standing, minTier))
    return isListed ? { standing, manifest: statement.bytes } : null
  }

  /** How long ago members attested all that is known here of revocations, in ms: this node now, then the latest first. */
  #attested(): number[] {
    const ages = this.#membersNow().flatMap(({ ageMs }) => (ageMs === null ? [] : [Math.max(0, Math.ceil(ageMs))]))
    return [0, ...ages.sort((a, b) => a - b)].slice(0, LIMITS.attested)
  }

  /** Whether an agent may ask for so many standings in a context, and for what takes so many attestations beside. */
  #affords({ did }: AgentSession, standings: number, ctx = '', attestations = 0): boolean {
    const at = this.#clock.monotonic()
    if (!this.#standings.take(did, at, standings)) return false
    const isKeptUp = this.#replica.holds(ctx) || ctx === ''
    const cost = attestations + (isKeptUp ? 0 : this.#replica.set.size)
    return cost === 0 || (this.#attestations.take(did, at, cost) && this.#attestationsOfAll.take(at, cost))
  }

  /** What an answer has taken, as shows only with it. */
  #charge({ did }: AgentSession, attestations: number): void {
    const at = this.#clock.monotonic()
    this.#attestations.charge(did, at, attestations)
    this.#attestationsOfAll.charge(at, attestations)
  }
}

function refuse(from: AgentSession, re: Uint8Array, code = 'query.rate-limited'): void {
  from.push({ type: 'ack', re, code })
}
