import { bytesToHex } from '@noble/hashes/utils.js'
import { type Did, didOf, type Encodable } from '@trustmesh/identity'
import { type FrameOf, ProtocolError } from '@trustmesh/protocol'
import {
  type Denial,
  decide,
  type Held,
  type ParsedRequirement,
  parseRequirement,
  type Requirement,
  type Standing,
} from '@trustmesh/trust'
import QuickLRU from 'quick-lru'
import { type Call, encodeFailure, encodeReply, parseCall } from './bodies.ts'
import type { ChainGate, PeerChain, PeerVerdict } from './chain-gate.ts'
import type { Freshness } from './freshness.ts'
import type { Log } from './platform/platform.ts'
import { textOf } from './quiet-log.ts'
import type { Standings } from './standings.ts'

/** Who sent a message, and what is held of it now. */
export interface Peer {
  readonly did: Did
  readonly standing: Standing
  /** On whose behalf, where the handler requires a chain. */
  readonly chain?: PeerChain
}

/**
 * Handles messages of one kind. What it returns, or resolves to, is the reply to a request; what it throws is logged here and
 * is an error there, without the text.
 */
export type Handler = (content: unknown, peer: Peer) => unknown

export interface InboxOptions {
  readonly name: string
  readonly self: Did
  readonly standings: Standings
  readonly chains: Pick<ChainGate, 'verdict' | 'standing'>
  readonly freshness: Pick<Freshness, 'ages' | 'renew'>
  readonly log: Log
  readonly denied: (denial: Denial) => void
  readonly answer: (to: Did, re: Uint8Array, kind: 'reply' | 'error', body: Uint8Array) => void
}

interface Registration {
  readonly requirement: ParsedRequirement
  readonly handler: Handler
}

type Respond = (end: 'reply' | 'error', body: Uint8Array) => void

/** Handlers that run at once: whoever is let in could otherwise make an agent hold any number of calls. */
const MAX_RUNNING = 1_024

/** Takes in what others send. No handler runs before the gate has allowed it, message by message (threat M12). */
export class Inbox {
  readonly #options: InboxOptions
  readonly #handlers = new Map<string, Registration>()
  #running = 0
  readonly #seen = new QuickLRU<string, true>({ maxSize: 8192 })

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** One handler a kind; the latest wins. Returns what takes it away again. */
  on(kind: string, requirement: Requirement, handler: Handler): () => void {
    const registration = { requirement: parseRequirement(requirement), handler }
    this.#handlers.set(kind, registration)
    return () => {
      if (this.#handlers.get(kind) === registration) this.#handlers.delete(kind)
    }
  }

  /** A one-way message or a request. Throws {@link ProtocolError} for what no honest node delivers. */
  receive({ id, kind, to, from, body }: FrameOf<'message'>): void {
    const { self, answer } = this.#options
    if (!from || didOf(to) !== self) throw new ProtocolError('frame.unexpected')
    const sender = didOf(from)
    // A message that comes twice is handled once.
    const key = bytesToHex(Uint8Array.of(...from, ...id))
    if (this.#seen.has(key)) return
    this.#seen.set(key, true)

    const call = parseCall(body)
    const registered = call && this.#handlers.get(call.kind)
    const respond = (end: 'reply' | 'error', body: Uint8Array): void => {
      if (kind === 'request') answer(sender, id, end, body)
    }
    if (!call || !registered) return respond('error', encodeFailure({ code: 'no-handler' }))
    this.#gate(call, sender, registered, respond)
  }

  /** Whoever falls short by its standing alone is denied by that: no chain of a stranger is looked into (threat D2). */
  #gate(call: Call, sender: Did, { requirement, handler }: Registration, respond: Respond): void {
    const { standings, chains, freshness, log } = this.#options
    const { can, root, requireFreshness, ...plain } = requirement
    const { ctx } = plain
    const allows = (asked: Requirement, chain?: PeerVerdict): boolean => {
      const held = { standing: standings.of(sender, ctx), freshness: freshness.ages, chain }
      return this.#isAllowed(held, asked, call, sender, respond)
    }
    // The standing in the general context is told ahead of each message, any other has to be asked for.
    if (ctx === '' && !allows(plain)) return
    if (this.#running >= MAX_RUNNING) return respond('error', encodeFailure({ code: 'failed' }))
    void this.#run(async () => {
      try {
        if (ctx !== '') {
          await chains.standing(sender, ctx)
          if (!allows(plain)) return
        }
        if (requireFreshness) {
          await freshness.renew(requireFreshness)
          // What has been learned may be of a later epoch.
          await chains.standing(sender, ctx)
          // Ahead of the chain, whose uses are counted.
          if (!allows({ ...plain, requireFreshness })) return
        }
        let chain: PeerVerdict | undefined
        if (can !== undefined) {
          if (call.proof) chain = await chains.verdict(call.proof, sender, { ...requirement, can })
          await freshness.renew(requireFreshness)
          // In the same turn as the handler begins: whoever has been cut off meanwhile is (threat D7).
          if (!allows(requirement, chain)) return
        }
        const standing = standings.of(sender, ctx) as Standing
        const peer: Peer = { did: sender, standing, ...(chain?.allow && { chain }) }
        respond('reply', encodeReply((await handler(call.content, peer)) as Encodable))
      } catch (error) {
        respond('error', encodeFailure({ code: 'failed' }))
        log.warn(`the handler of "${call.kind}" failed: ${textOf(error)}`)
      }
    })
  }

  #isAllowed(held: Held, requirement: Requirement, call: Call, peer: Did, respond: Respond): boolean {
    const { standings, self, name, denied } = this.#options
    const occasion = { peer, kind: call.kind, epoch: standings.epoch, self, decider: name }
    const verdict = decide(held, requirement, occasion)
    if (verdict.allow) return true
    denied(verdict.denial)
    respond('error', encodeFailure({ code: 'denied', denial: verdict.denial }))
    return false
  }

  async #run(handle: () => Promise<void>): Promise<void> {
    this.#running++
    try {
      await handle()
    } finally {
      this.#running--
    }
  }
}
