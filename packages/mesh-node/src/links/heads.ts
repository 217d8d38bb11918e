import { type Clock, type Did, type Identity, openStatement, type Random, sha256Hex } from '@trustmesh/identity'
import { equalBytes, horizonAt, type KeyTree } from '@trustmesh/protocol'
import { type Head, issueHead, MAX_HEAD_LINKS, MAX_SKEW_MS, parseHead } from '@trustmesh/trust'
import type { Timers } from '../timers.ts'
import { TokenBucket } from '../token-bucket.ts'
import type { Local, MemberView } from './backbone.ts'
import type { Link } from './link.ts'
import type { Links } from './links.ts'
import { sidesOf } from './routes.ts'
import { Seen } from './seen.ts'

export interface HeadsOptions {
  readonly identity: Identity
  readonly net: Uint8Array
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly local: Local
  readonly links: Links
  readonly fault: (link: Link) => void
  /** Some member has other links than before. */
  readonly moved: () => void
}

interface Said {
  readonly head: Head
  readonly bytes: Uint8Array
  readonly from: Did
}

interface Known {
  readonly head: Head
  readonly bytes: Uint8Array
  /** When it came: monotonic, in ms. */
  readonly at: number
  /** When it was said, likewise: earlier, where it was held back on its way. */
  readonly saidAt: number
  isCaughtUp: boolean
  isForked: boolean
}

interface Member {
  latest: Known
  /** How often it may say something new. */
  readonly rate: TokenBucket
  /** When the last head was said that this node has caught up with, or never. */
  coveredAt: number | null
  /** Since when its revocations have been others than this node's. */
  differsSince: number | null
  isReported: boolean
}

/** A node says what it holds this often, and at once, but not more often than the second, when there is news. */
const HEAD_MS = 5_000
const SOONEST_MS = 200
/** So long without a head, or with other revocations, and the operator is told. */
const SILENT_MS = 3 * HEAD_MS
const DIVERGED_MS = 6 * HEAD_MS
/** Heads of one member that are taken and passed on in a second: twice as many as an honest one says. */
const HEADS_PER_SECOND = 10
const MAX_MEMBERS = 1_024
const MAX_STRANGERS = 64
const MAX_SEEN = 8_192

/** What the members say that they hold, each over its own signature: silence and contradiction show (threats R1, R2, F3). */
export class Heads {
  readonly #options: HeadsOptions
  readonly #members = new Map<Did, Member>()
  readonly #strangers = new Map<Did, Said>()
  readonly #seen = new Seen(MAX_SEEN)
  #sides: ReadonlyMap<Did, number> | undefined
  #seq = -1
  #said: Uint8Array | undefined
  #saidAt = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined
  #isSoon = false
  #isStopped = false

  constructor(options: HeadsOptions) {
    this.#options = options
  }

  start(): void {
    this.#after(0)
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
  }

  /** There is news that others should hear of. */
  soon(): void {
    if (this.#isSoon || this.#isStopped) return
    this.#isSoon = true
    this.#cancel?.()
    this.#after(Math.max(0, this.#saidAt + SOONEST_MS - this.#now))
  }

  linksOf(member: Did): readonly Did[] {
    return this.#members.get(member)?.latest.head.links ?? []
  }

  /** Whether both say so: what one of them has sent, the other has got from it. */
  areLinked(one: Did, other: Did): boolean {
    return this.linksOf(one).includes(other) && this.linksOf(other).includes(one)
  }

  /**
   * Whether what `via` hands on may come from `origin`: that one was heard of lately, and a way that does not lead over this
   * node joins them, both ends of each link on it saying so.
   */
  isBehind(origin: Did, via: Did): boolean {
    const heardAt = this.#members.get(origin)?.latest.at ?? Number.NEGATIVE_INFINITY
    if (this.#now - heardAt > SILENT_MS) return false
    this.#sides ??= sidesOf(this.#options.local.did, this.#members.keys(), (did) => this.linksOf(did))
    return this.#sides.get(origin) === this.#sides.get(via)
  }

  views(): MemberView[] {
    const { links } = this.#options
    const dids = new Set([...this.#members.keys(), ...[...links].map(({ did }) => did)])
    return [...dids].map((did) => {
      const member = this.#members.get(did)
      if (member) this.#cover(member)
      const coveredAt = member?.coveredAt ?? null
      return {
        did,
        isLinked: links.of(did) !== undefined,
        head: member?.latest.head ?? null,
        ageMs: coveredAt === null ? null : this.#now - coveredAt,
      }
    })
  }

  /** A link begins: the other end hears what is known of everybody. */
  greet(link: Link): void {
    if (this.#said) link.push({ type: 'head', bytes: this.#said })
    for (const { latest } of this.#members.values()) link.push({ type: 'head', bytes: latest.bytes })
    this.soon()
  }

  /** What a member has said up to now is known here: its revocations have been compared since. */
  reconciled(did: Did, since: number): void {
    const member = this.#members.get(did)
    if (!member || member.latest.at > since) return
    member.latest.isCaughtUp = true
    this.#cover(member)
  }

  receive(bytes: Uint8Array, link: Link): void {
    if (!this.#seen.add(sha256Hex(bytes))) return
    const { local, fault, net } = this.#options
    let head: Head
    try {
      head = parseHead(openStatement(bytes))
    } catch {
      return fault(link)
    }
    if (!equalBytes(head.net, net)) return fault(link)
    // One that could be held back for as long unseen, and would outlive a clock that is right again.
    if (this.#isEarly(head)) return
    // What it has signed before it was started again: what follows must not be older.
    if (head.iss === local.did) this.#seq = Math.max(this.#seq, head.seq)
    else if (!local.isMember(head.iss)) this.#wait({ head, bytes, from: link.did })
    else if (this.#keep(head, bytes)) this.#pass(bytes, link.did)
  }

  /** Statements have come that may show who is a member. */
  retry(): void {
    for (const [iss, { head, bytes, from }] of this.#strangers) {
      if (!this.#options.local.isMember(iss)) continue
      this.#strangers.delete(iss)
      if (this.#keep(head, bytes)) this.#pass(bytes, from)
    }
  }

  /** Forgets who is a member no more. */
  review(): void {
    for (const did of this.#members.keys()) if (!this.#options.local.isMember(did)) this.#members.delete(did)
    this.#sides = undefined
  }

  /** Who is not known as a member may be known once this node has caught up. */
  #wait(said: Said): void {
    if (this.#strangers.size < MAX_STRANGERS) this.#strangers.set(said.head.iss, said)
  }

  /** Whether it is news. */
  #keep(head: Head, bytes: Uint8Array): boolean {
    const before = this.#members.get(head.iss)
    const isForked = before?.latest.isForked ?? false
    const latest = { head, bytes, at: this.#now, saidAt: this.#whenSaid(head), isCaughtUp: false, isForked }
    // What it said while both clocks were wrong does not stand in the way of what it says now.
    const lastSeq = before && !this.#isEarly(before.latest.head) ? before.latest.head.seq : -1
    if (!before) {
      if (this.#members.size >= MAX_MEMBERS) return false
      const rate = new TokenBucket(HEADS_PER_SECOND, this.#now)
      this.#members.set(head.iss, { latest, rate, coveredAt: null, differsSince: null, isReported: false })
    } else if (head.seq < lastSeq || head.id === before.latest.head.id || !before.rate.take(this.#now)) {
      return false
    } else if (head.seq === lastSeq) {
      if (isForked) return false
      // Two of one turn: its key is in two hands, or it tells everybody something else.
      before.latest.isForked = true
      before.coveredAt = null
      this.#options.local.alarm('member.forked', head.iss)
      return true
    } else {
      before.latest = latest
      before.isReported = false
    }
    this.#cover(this.#members.get(head.iss) as Member)
    this.#sides = undefined
    this.#options.moved()
    return true
  }

  #cover(member: Member): void {
    const { latest } = member
    if (latest.isForked) return
    latest.isCaughtUp ||= equalBytes(latest.head.revoked, this.#fingerprintOf(this.#options.local.revocations))
    const { saidAt, isCaughtUp } = latest
    if (isCaughtUp) member.coveredAt = Math.max(saidAt, member.coveredAt ?? saidAt)
    member.differsSince = latest.isCaughtUp ? null : (member.differsSince ?? latest.at)
  }

  /** By the clocks of both. */
  #whenSaid({ iat }: Head): number {
    return this.#now - Math.max(0, this.#options.clock.now() - iat)
  }

  #isEarly({ iat }: Head): boolean {
    return iat > this.#options.clock.now() + MAX_SKEW_MS
  }

  #after(ms: number): void {
    this.#cancel = this.#options.timers.after(ms, () => void this.#say())
  }

  async #say(): Promise<void> {
    const { identity, net, clock, random, local, links, timers } = this.#options
    this.#isSoon = false
    this.#cancel = undefined
    const isLate = this.#now - this.#saidAt > 2 * HEAD_MS
    this.#saidAt = this.#now
    try {
      const { bytes, claim } = await issueHead(
        identity,
        {
          count: local.statements.size,
          set: this.#fingerprintOf(local.statements),
          revoked: this.#fingerprintOf(local.revocations),
          links: [...links].map(({ did }) => did).slice(0, MAX_HEAD_LINKS),
          state: local.state,
          // What was said by a clock that ran ahead counts nowhere, once it is right again.
          previousSeq: this.#seq > clock.now() + MAX_SKEW_MS ? -1 : this.#seq,
        },
        { net, clock, random },
      )
      this.#seq = claim['seq'] as number
      this.#said = bytes
      if (!this.#isStopped) this.#pass(bytes)
    } catch {
      // A signer that fails is tried again: the others see the silence.
    }
    // Whoever was away itself has no word on who was silent (threat O5).
    if (!isLate) this.#watch()
    if (this.#cancel || this.#isStopped) return
    const jitter = random(1)[0] as number
    this.#cancel = timers.after(HEAD_MS - jitter * 4, () => void this.#say())
  }

  #watch(): void {
    for (const [did, member] of this.#members) {
      if (member.isReported) continue
      this.#cover(member)
      const isSilent = this.#now - member.latest.at > SILENT_MS
      const isDiverged = member.differsSince !== null && this.#now - member.differsSince > DIVERGED_MS
      if (isSilent || isDiverged) {
        member.isReported = true
        this.#options.local.alarm(isSilent ? 'member.silent' : 'member.diverged', did)
      }
    }
  }

  #pass(bytes: Uint8Array, from?: Did): void {
    const hasIt = (did: Did): boolean => from !== undefined && (did === from || this.areLinked(from, did))
    for (const link of this.#options.links) if (!hasIt(link.did)) link.push({ type: 'head', bytes })
  }

  #fingerprintOf(tree: KeyTree): Uint8Array {
    return tree.range(new Uint8Array(), horizonAt(this.#options.clock.now())).fingerprint
  }

  get #now(): number {
    return this.#options.clock.monotonic()
  }
}
