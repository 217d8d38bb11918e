import { bytesToHex } from '@noble/hashes/utils.js'
import { type Clock, type Did, didOf, keyOf } from '@trustmesh/identity'
import { type FrameOf, LIMITS } from '@trustmesh/protocol'
import type { Timers } from '../timers.ts'
import { type Carried, type CarryOutcome, isCarryOutcome, type Local } from './backbone.ts'
import type { Link } from './link.ts'
import type { Links } from './links.ts'

export interface CarrierOptions {
  readonly local: Local
  readonly links: Links
  readonly clock: Clock
  readonly timers: Timers
  /** The first step of the way to a member. */
  readonly stepTo: (member: Did) => Did | undefined
  /** Whether what one member hands on may come from another. */
  readonly isBehind: (origin: Did, via: Did) => boolean
}

interface Pending {
  readonly settle: (outcome: CarryOutcome) => void
  readonly until: number
}

/** How long it is waited for word of a message. */
const DEADLINE_MS = 5_000
/** Messages of which word is awaited. */
const MAX_PENDING = 16_384
/**
 * A way is kept for so long after its last use, though there be a shorter one now: what follows must not overtake. One that
 * is never out of use is held up after as long again, for then nobody takes anything from it any more.
 */
const HELD_MS = 400
/** What a member hands on for another counts only where this node has had no link of its own with that one for so long. */
const SETTLED_MS = 1_000

interface Way {
  readonly link: Link
  readonly usedAt: number
  /** Since when there has been a shorter one. */
  readonly outdoneAt: number | undefined
}

/** Carries messages between agents of different nodes, and word of what became of them the other way. Keeps nothing of what it relays. */
export class Carrier {
  readonly #options: CarrierOptions
  /** By the id of the message, in the order of their deadlines. */
  readonly #pending = new Map<string, Pending>()
  readonly #ways = new Map<Did, Way>()
  readonly #linkedAt = new WeakMap<Link, number>()
  #cancelSweep: (() => void) | undefined

  constructor(options: CarrierOptions) {
    this.#options = options
  }

  greet(link: Link): void {
    this.#linkedAt.set(link, this.#now)
  }

  carry({ from, to, ...message }: Carried, node: Did): Promise<CarryOutcome> {
    const key = bytesToHex(message.id)
    if (this.#pending.size >= MAX_PENDING || this.#pending.has(key)) return Promise.resolve('message.recipient-busy')
    return new Promise((settle) => {
      this.#pending.set(key, { settle, until: this.#now + DEADLINE_MS })
      this.#cancelSweep ??= this.#options.timers.after(DEADLINE_MS, () => this.#sweep())
      const self = keyOf(this.#options.local.did)
      const ends = { origin: self, dest: keyOf(node), from: keyOf(from), to: keyOf(to) }
      const code = this.#forward({ type: 'carry', ...message, ...ends, hops: 0 }, node)
      if (code) this.#settle(key, code)
    })
  }

  /** A message on its way. */
  relay(frame: FrameOf<'carry'>, link: Link): void {
    const [origin, dest] = [didOf(frame.origin), didOf(frame.dest)]
    const code = this.#mayComeFrom(origin, link) ? this.#onward(frame, origin, dest) : 'message.forged-sender'
    if (code === undefined) return
    const word = { re: frame.id, hops: 0, ...(code !== 'delivered' && { code }) }
    const carried = { type: 'carried', origin: frame.origin, ...word } as const
    // Whoever has brought it may know a way back where this node knows none yet.
    if (this.#forward(carried, origin)) link.push(carried)
  }

  /** Word of a message. */
  heard(frame: FrameOf<'carried'>): void {
    const origin = didOf(frame.origin)
    if (origin !== this.#options.local.did) return void this.#further(frame, origin)
    const { code = 'delivered' } = frame
    this.#settle(bytesToHex(frame.re), isCarryOutcome(code) ? code : 'message.unconfirmed')
  }

  stop(): void {
    this.#cancelSweep?.()
    for (const key of [...this.#pending.keys()]) this.#settle(key, 'message.unconfirmed')
  }

  /**
   * That the sender is at `origin` is for its lease to say; that it comes from there, for the link: beyond a direct one
   * it rests on the members between, each of which looks at its own links, and on `origin` being there (threats R10, H16).
   */
  #mayComeFrom(origin: Did, { did: via }: Link): boolean {
    if (via === origin) return true
    const { links, isBehind } = this.#options
    const direct = links.of(origin)
    const isPast = direct && this.#now - (this.#linkedAt.get(direct) ?? 0) > SETTLED_MS
    return !isPast && isBehind(origin, via)
  }

  #onward(frame: FrameOf<'carry'>, origin: Did, dest: Did): CarryOutcome | undefined {
    const { local } = this.#options
    if (dest !== local.did) return this.#further(frame, dest)
    const { id, from, to, body } = frame
    return local.deliver({ id, from: didOf(from), to: didOf(to), body }, origin)
  }

  /** Nothing where it is on its way. A loop ends with its hops (threat F9). */
  #further(frame: FrameOf<'carry' | 'carried'>, to: Did): CarryOutcome | undefined {
    const hops = frame.hops + 1
    return hops > LIMITS.hops ? 'message.no-route' : this.#forward({ ...frame, hops }, to)
  }

  #forward(frame: FrameOf<'carry' | 'carried'>, to: Did): CarryOutcome | undefined {
    const way = this.#wayTo(to)
    if (!way) return 'message.no-route'
    const { link, usedAt, outdoneAt = usedAt } = way
    if (!link.hasRoom() || (frame.type === 'carry' && usedAt - outdoneAt > HELD_MS)) return 'message.recipient-busy'
    this.#ways.set(to, way)
    link.push(frame)
    return undefined
  }

  /** The way as it would be by what is sent now. */
  #wayTo(to: Did): Way | undefined {
    const { stepTo, links } = this.#options
    const step = stepTo(to)
    const held = this.#ways.get(to)
    const next = step && links.of(step)
    if (next && held && held.link !== next && held.link.isOpen && this.#now - held.usedAt < HELD_MS) {
      return { link: held.link, usedAt: this.#now, outdoneAt: held.outdoneAt ?? this.#now }
    }
    this.#ways.delete(to)
    return next && { link: next, usedAt: this.#now, outdoneAt: undefined }
  }

  #settle(key: string, outcome: CarryOutcome): void {
    const pending = this.#pending.get(key)
    this.#pending.delete(key)
    pending?.settle(outcome)
  }

  #sweep(): void {
    for (const [key, { until }] of this.#pending) {
      if (until > this.#now) break
      this.#settle(key, 'message.unconfirmed')
    }
    const [next] = this.#pending.values()
    this.#cancelSweep = next && this.#options.timers.after(next.until - this.#now, () => this.#sweep())
  }

  get #now(): number {
    return this.#options.clock.monotonic()
  }
}
