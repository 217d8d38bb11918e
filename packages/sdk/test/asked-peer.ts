import { type Did, encodeBody, identityFromSeed } from '@trustmesh/identity'
import { Calls } from '../src/calls/calls.ts'
import { Deadlines } from '../src/deadlines.ts'
import type { MeshErrorCode } from '../src/mesh-error.ts'
import type { Conversation } from '../src/peers/conversation.ts'
import type { Incoming } from '../src/peers/incoming-line.ts'
import type { Outgoing } from '../src/peers/outgoing-line.ts'
import { VirtualTime } from './virtual-time.ts'

/** Another agent without a wire, of whom one agent asks: it hears and answers what a test says. */
export class AskedPeer implements Pick<Conversation, 'say' | 'abandon' | 'trouble'> {
  readonly did: Did = identityFromSeed(new Uint8Array(32).fill(9)).did
  readonly time: VirtualTime = new VirtualTime()
  /** What has been put in line, and what has been given up. */
  readonly said: Outgoing[] = []
  readonly abandoned: Outgoing[] = []
  /** Why nothing is taken. */
  refused: MeshErrorCode | undefined
  trouble: MeshErrorCode | undefined
  isOnline = true
  readonly calls: Calls

  constructor() {
    const { time } = this
    this.calls = new Calls({
      conversationWith: () => this,
      isOnline: () => this.isOnline,
      deadlines: new Deadlines({ clock: time.clock, after: (...timer) => time.after(...timer) }),
    })
  }

  say(message: Outgoing): MeshErrorCode | undefined {
    if (!this.refused) this.said.push(message)
    return this.refused
  }

  abandon(message: Outgoing): void {
    this.abandoned.push(message)
  }

  /** Hears what was said as the `place`th, under a number. */
  hear(place: number, n: number = place + 1): void {
    this.said[place]?.sent?.(n)
    this.said[place]?.heard?.()
  }

  answer(kind: Incoming['kind'], re: number, content: string | Uint8Array = ''): void {
    const body = typeof content === 'string' ? encodeBody(content) : content
    this.calls.answered(this.did, { n: 1, kind, re, body })
  }

  /** What has been said, by kind and what it is about. */
  get kinds(): string[] {
    return this.said.map(({ kind, re }) => (re === undefined ? kind : `${kind} ${re}`))
  }
}
