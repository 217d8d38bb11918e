import { bytesToHex } from '@noble/hashes/utils.js'
import { type Did, didOf, type Encodable } from '@trustmesh/identity'
import { type FrameOf, ProtocolError } from '@trustmesh/protocol'
import { type Denial, decide, parseRequirement, type Requirement, type Standing } from '@trustmesh/trust'
import QuickLRU from 'quick-lru'
import { encodeFailure, encodeReply, parseCall } from './bodies.ts'
import type { Log } from './platform/platform.ts'
import { textOf } from './quiet-log.ts'
import type { Standings } from './standings.ts'

/** Who sent a message, and what is held of it now. */
export interface Peer {
  readonly did: Did
  readonly standing: Standing
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
  readonly log: Log
  readonly denied: (denial: Denial) => void
  readonly answer: (to: Did, re: Uint8Array, kind: 'reply' | 'error', body: Uint8Array) => void
}

/** Handlers that run at once: whoever is let in could otherwise make an agent hold any number of calls. */
const MAX_RUNNING = 1_024

/** Takes in what others send. No handler runs before the gate has allowed it, message by message (threat M12). */
export class Inbox {
  readonly #options: InboxOptions
  readonly #handlers = new Map<string, { readonly requirement: Required<Requirement>; readonly handler: Handler }>()
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
    const { self, standings, denied, answer, log, name } = this.#options
    if (!from || didOf(to) !== self) throw new ProtocolError('frame.unexpected')
    const sender = didOf(from)
    // A message that comes twice is handled once.
    const key = bytesToHex(Uint8Array.of(...from, ...id))
    if (this.#seen.has(key)) return
    this.#seen.set(key, true)

    const fail = (failure: Parameters<typeof encodeFailure>[0]): void => {
      if (kind === 'request') answer(sender, id, 'error', encodeFailure(failure))
    }
    const call = parseCall(body)
    const registered = call && this.#handlers.get(call.kind)
    if (!call || !registered) return fail({ code: 'no-handler' })
    const standing = standings.of(sender)
    const verdict = decide(standing, registered.requirement, {
      peer: sender,
      kind: call.kind,
      epoch: standings.epoch,
      decider: name,
    })
    if (!verdict.allow || !standing) {
      if (!verdict.allow) {
        denied(verdict.denial)
        fail({ code: 'denied', denial: verdict.denial })
      }
      return
    }
    if (this.#running >= MAX_RUNNING) return fail({ code: 'failed' })
    void this.#run(async () => {
      try {
        const result = await registered.handler(call.content, { did: sender, standing })
        if (kind === 'request') answer(sender, id, 'reply', encodeReply(result as Encodable))
      } catch (error) {
        fail({ code: 'failed' })
        log.warn(`the handler of "${call.kind}" failed: ${textOf(error)}`)
      }
    })
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
