import { bytesToHex } from '@noble/hashes/utils.js'
import { type Did, didOf, type Encodable } from '@trustmesh/identity'
import { type FrameOf, ProtocolError } from '@trustmesh/protocol'
import {
  type ChainAllowance,
  type ChainVerdict,
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
import type { ChainGate } from './chain-gate.ts'
import type { Log } from './platform/platform.ts'
import { textOf } from './quiet-log.ts'
import type { Standings } from './standings.ts'

/** Who sent a message, and what is held of it now. */
export interface Peer {
  readonly did: Did
  readonly standing: Standing
  /** On whose behalf, where the handler requires a chain: its root, its links, and the arguments that it was checked for. */
  readonly chain?: ChainAllowance
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

  /** Whoever falls short by what is known at once is denied at once: no chain of a stranger is looked into. */
  #gate(call: Call, sender: Did, { requirement, handler }: Registration, respond: Respond): void {
    const { standings, log } = this.#options
    const { can, root, ctx, ...plain } = requirement
    const isPlain = can === undefined && ctx === ''
    if (ctx === '' && !this.#isAllowed({ standing: standings.of(sender) }, plain, call, sender, respond)) return
    if (this.#running >= MAX_RUNNING) return respond('error', encodeFailure({ code: 'failed' }))
    void this.#run(async () => {
      try {
        const chain = isPlain ? undefined : await this.#learn(call, sender, requirement)
        const standing = standings.of(sender, ctx)
        // In the same turn as the handler begins: whoever has been cut off meanwhile is (threat D7).
        if (!isPlain && !this.#isAllowed({ standing, chain }, requirement, call, sender, respond)) return
        const peer: Peer = { did: sender, standing: standing as Standing, ...(chain?.allow && { chain }) }
        respond('reply', encodeReply((await handler(call.content, peer)) as Encodable))
      } catch (error) {
        respond('error', encodeFailure({ code: 'failed' }))
        log.warn(`the handler of "${call.kind}" failed: ${textOf(error)}`)
      }
    })
  }

  /** What the sender holds beyond its standing in the general context, which is told ahead of its messages. */
  async #learn({ proof }: Call, sender: Did, requirement: ParsedRequirement): Promise<ChainVerdict | undefined> {
    const { chains } = this.#options
    const { can, ctx } = requirement
    if (can !== undefined && proof) return await chains.verdict(proof, sender, { ...requirement, can })
    if (ctx !== '') await chains.standing(sender, ctx)
    return undefined
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
