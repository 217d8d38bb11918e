import { type Clock, type Did, didOf, keyOf } from '@trustmesh/identity'
import type { FrameOf } from '@trustmesh/protocol'
import { isCutOff, type Standing } from '@trustmesh/trust'
import QuickLRU from 'quick-lru'
import type { AgentSession } from './agent-session.ts'
import type { Leases } from './leases.ts'
import type { Carried, CarryOutcome } from './links/backbone.ts'
import type { Sessions } from './sessions.ts'
import type { TokenBuckets } from './token-bucket.ts'

export interface RouterOptions {
  readonly sessions: Sessions
  readonly clock: Clock
  readonly messages: TokenBuckets
  readonly standingOf: (did: Did) => Standing
  readonly leases: Leases
  readonly carry: (message: Carried, node: Did) => Promise<CarryOutcome>
  readonly routed: (outcome: CarryOutcome, from: Did) => void
}

/** What becomes of a message. */
export const ROUTE_OUTCOMES = [
  'delivered',
  'message.forged-sender',
  'message.no-lease',
  'message.rate-limited',
  'message.recipient-busy',
  'message.recipient-offline',
  'message.recipient-unknown',
  'message.sender-cut-off',
] as const
export type RouteOutcome = (typeof ROUTE_OUTCOMES)[number]

/** Who has sent to whom elsewhere, of late. */
const MAX_PAIRS = 10_000

/** Hands messages to the agents of this node, each with the standing of its sender ahead of it, and all others to their nodes. */
export class Router {
  readonly #options: RouterOptions
  /** The node to which a sender's last message to an agent elsewhere has gone, by both. */
  readonly #latest = new QuickLRU<string, Did>({ maxSize: MAX_PAIRS })

  constructor(options: RouterOptions) {
    this.#options = options
  }

  /** The sender is the session's Did, whatever the frame says (threats H16, M4); it is told what became of the message. */
  route(frame: FrameOf<'message'>, from: AgentSession): void {
    const settle = (outcome: CarryOutcome): void => {
      from.push({ type: 'ack', re: frame.id, code: outcome === 'delivered' ? undefined : outcome })
      this.#options.routed(outcome, from.did)
    }
    const outcome = this.#outcomeOf(frame, from)
    if (outcome instanceof Promise) void outcome.then(settle)
    else settle(outcome)
  }

  /** To an agent of this node, from wherever. */
  hand({ from, to, ...message }: Carried): RouteOutcome {
    const { sessions, standingOf } = this.#options
    const standing = standingOf(from)
    if (isCutOff(standing)) return 'message.sender-cut-off'
    const recipient = sessions.of(to)
    if (!recipient) return sessions.hasSeen(to) ? 'message.recipient-offline' : 'message.recipient-unknown'
    if (!recipient.hasRoom()) return 'message.recipient-busy'
    recipient.tell(standing)
    recipient.push({ type: 'message', ...message, to: keyOf(to), from: keyOf(from) })
    return recipient.isOpen ? 'delivered' : 'message.recipient-offline'
  }

  #outcomeOf(
    { type: _, ...frame }: FrameOf<'message'>,
    { did: from }: AgentSession,
  ): CarryOutcome | Promise<CarryOutcome> {
    const { sessions, clock, messages, standingOf, leases } = this.#options
    if (!messages.take(from, clock.monotonic())) return 'message.rate-limited'
    if (frame.from && didOf(frame.from) !== from) return 'message.forged-sender'
    const message = { ...frame, from, to: didOf(frame.to) }
    const node = sessions.of(message.to) ? null : this.#elsewhere(message.to)
    if (!node) return this.hand(message)
    if (isCutOff(standingOf(from))) return 'message.sender-cut-off'
    // Whoever is here without a lease cannot be answered, and is not believed to be here.
    if (leases.nodeOf(from) !== leases.node) return 'message.no-lease'
    return this.#carry(message, node)
  }

  /**
   * Whoever has moved while the message was on its way is found at the new place, unless the sender has sent another one
   * there meanwhile: none overtakes the one before it.
   */
  async #carry(message: Carried, node: Did): Promise<CarryOutcome> {
    const { carry } = this.#options
    const pair = `${message.from} ${message.to}`
    this.#latest.set(pair, node)
    const outcome = await carry(message, node)
    if (outcome !== 'message.recipient-offline') return outcome
    const now = this.#elsewhere(message.to)
    return now && now !== node && this.#latest.get(pair) === node ? await carry(message, now) : outcome
  }

  #elsewhere(agent: Did): Did | null {
    const { leases } = this.#options
    const node = leases.nodeOf(agent)
    return node === leases.node ? null : node
  }
}
