import { type Did, type Identity, keyOf } from '@trustmesh/identity'
import { type FrameOf, keyPairOf } from '@trustmesh/protocol'
import { Answering } from '../src/answering.ts'
import { Calls } from '../src/calls/calls.ts'
import { Deadlines } from '../src/deadlines.ts'
import { Conversations } from '../src/peers/conversations.ts'
import type { Incoming } from '../src/peers/incoming-line.ts'
import { Standings } from '../src/standings.ts'
import type { CancelTimer } from '../src/timer.ts'
import type { Dice } from './dice.ts'
import type { Addressee, Post } from './post.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface PostAgentOptions {
  readonly identity: Identity
  readonly post: Post
  readonly time: VirtualTime
  readonly dice: Dice
  readonly maxBytes?: number
  /** How far its wall clock is ahead. */
  readonly aheadMs?: number
  /** What is done with a message; nothing unless told otherwise. */
  readonly handle?: (answering: Answering) => void | Promise<void>
}

export const NET: Uint8Array = new Uint8Array(32).fill(7)

/** All of an agent that speaks to others, and nothing else: no gate, and no node but the post. */
export class PostAgent implements Addressee {
  readonly did: Did
  readonly conversations: Conversations
  readonly calls: Calls
  readonly standings: Standings = new Standings()
  /** Messages that something began with, in the order in which they came. */
  readonly received: { readonly from: Did; readonly message: Incoming }[] = []
  /** What is being handled, by its sender and number. */
  readonly answerings: Map<string, Answering> = new Map()
  hasRoom = true
  handle: (answering: Answering) => void | Promise<void>
  /** What its key has signed. */
  readonly labels: string[] = []
  /** Its timers that run. */
  readonly timers: Set<CancelTimer> = new Set()
  readonly #post: Post
  readonly #time: VirtualTime
  readonly #deadlines: Deadlines
  /** Of a program that has ended nothing happens any more. */
  #isRunning = true
  #isOnline = true

  constructor({ identity, post, time, dice, maxBytes = 1_048_576, aheadMs = 0, handle = () => {} }: PostAgentOptions) {
    this.did = identity.did
    this.handle = handle
    this.#post = post
    this.#time = time
    const platform = {
      clock: { now: () => time.clock.now() + aheadMs, monotonic: () => time.now },
      after: (ms: number, act: () => void) => this.#after(ms, act),
      random: dice.bytes,
      keyPair: () => keyPairOf(dice.bytes(32)),
    }
    const self: Identity = {
      ...identity,
      sign: (label, claim) => {
        this.labels.push(label)
        return identity.sign(label, claim)
      },
    }
    this.conversations = new Conversations({
      ...{ self, net: NET, platform, standings: this.standings, maxBytes, home: this },
      shown: () => [],
      met: () => {},
      received: (from, message) => this.#received(from, message),
      interrupted: (peer, ...why) => {
        this.calls.unanswered(peer, ...why)
        for (const answering of this.answerings.values()) if (answering.from === peer) answering.abandon()
      },
      isAnswering: (peer) => this.isBusyWith(peer),
    })
    this.#deadlines = new Deadlines(platform)
    this.calls = new Calls({
      conversationWith: (peer) => this.conversations.with(peer),
      isOnline: () => this.#isOnline,
      deadlines: this.#deadlines,
    })
    post.join(this.did, this)
  }

  /** How often its key was used. */
  get signatures(): number {
    return this.labels.length
  }

  get isOnline(): boolean {
    return this.#isRunning && this.#isOnline
  }

  /** Its node is gone, or is there again. */
  set isOnline(isOnline: boolean) {
    if (isOnline === this.#isOnline) return
    this.#isOnline = isOnline
    if (isOnline) this.conversations.online()
    else this.conversations.offline()
  }

  isBusyWith(peer: Did): boolean {
    return this.calls.isAwaited(peer) || [...this.answerings.values()].some(({ from }) => from === peer)
  }

  /** The program ends without a word. */
  crash(): void {
    this.#isRunning = false
  }

  push(frame: FrameOf<'message'>): void {
    if (this.isOnline) this.#post.take(frame, this.did)
  }

  receive(frame: FrameOf<'message'>): void {
    this.conversations.receive(frame)
  }

  acknowledged(frame: FrameOf<'ack'>): unknown {
    return this.conversations.acknowledged(frame)
  }

  /** Learns from its node that somebody is revoked. */
  learnRevoked(did: Did): void {
    const told = { status: 'revoked', score: 0, tier: 'untrusted', confidence: 1_000, epoch: 1 } as const
    this.conversations.heed(this.standings.learn({ type: 'standing', did: keyOf(did), ...told }))
  }

  #after(ms: number, act: () => void): CancelTimer {
    const cancel = (): void => {
      cancelTimer()
      this.timers.delete(cancel)
    }
    const cancelTimer = this.#time.after(ms, () => {
      this.timers.delete(cancel)
      if (this.#isRunning) act()
    })
    this.timers.add(cancel)
    return cancel
  }

  #received(from: Did, message: Incoming): void | Promise<void> {
    const { kind, n, re = 0, grant = 0 } = message
    switch (kind) {
      case 'one-way':
      case 'request':
      case 'stream':
        return this.#begin(from, message)
      case 'credit':
        return this.answerings.get(`${from} ${re}`)?.grant(grant)
      case 'cancel':
        return this.answerings.get(`${from} ${re}`)?.abandon()
      default:
        return this.calls.answered(from, { ...message, n })
    }
  }

  #begin(from: Did, message: Incoming): void | Promise<void> {
    const key = `${from} ${message.n}`
    const answering = new Answering(from, message, {
      say: (...answer) => (this.#isRunning ? this.conversations.answer(...answer) : 'mesh.closed'),
      deadlines: this.#deadlines,
      ended: () => this.answerings.get(key) === answering && this.answerings.delete(key),
    })
    this.received.push({ from, message })
    this.answerings.set(key, answering)
    return this.handle(answering)
  }
}
