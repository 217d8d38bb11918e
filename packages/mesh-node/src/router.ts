import { type Clock, type Did, didOf, keyOf } from '@trustmesh/identity'
import type { FrameOf } from '@trustmesh/protocol'
import { isCutOff, type Standing } from '@trustmesh/trust'
import type { AgentSession } from './agent-session.ts'
import type { Sessions } from './sessions.ts'
import type { TokenBuckets } from './token-bucket.ts'

export interface RouterOptions {
  readonly sessions: Sessions
  readonly clock: Clock
  readonly messages: TokenBuckets
  readonly standingOf: (did: Did) => Standing
}

/** What became of a message. */
export type RouteOutcome =
  | 'delivered'
  | 'message.forged-sender'
  | 'message.rate-limited'
  | 'message.recipient-busy'
  | 'message.recipient-offline'
  | 'message.recipient-unknown'
  | 'message.sender-cut-off'

/** Carries messages between the agents of this node, each with the standing of its sender ahead of it. */
export class Router {
  readonly #options: RouterOptions

  constructor(options: RouterOptions) {
    this.#options = options
  }

  /** The sender is the session's Did, whatever the frame says (threats H16, M4); it is told what became of the message. */
  route(frame: FrameOf<'message'>, from: AgentSession): RouteOutcome {
    const outcome = this.#deliver(frame, from)
    from.push({ type: 'ack', re: frame.id, code: outcome === 'delivered' ? undefined : outcome })
    return outcome
  }

  #deliver(frame: FrameOf<'message'>, from: AgentSession): RouteOutcome {
    const { sessions, clock, messages, standingOf } = this.#options
    if (!messages.take(from.did, clock.monotonic())) return 'message.rate-limited'
    if (frame.from && didOf(frame.from) !== from.did) return 'message.forged-sender'
    const standing = standingOf(from.did)
    if (isCutOff(standing)) return 'message.sender-cut-off'
    const to = didOf(frame.to)
    const recipient = sessions.of(to)
    if (!recipient) return sessions.hasSeen(to) ? 'message.recipient-offline' : 'message.recipient-unknown'
    if (!recipient.hasRoom()) return 'message.recipient-busy'
    recipient.tell(standing)
    recipient.push({ ...frame, from: keyOf(from.did) })
    return recipient.isOpen ? 'delivered' : 'message.recipient-offline'
  }
}
