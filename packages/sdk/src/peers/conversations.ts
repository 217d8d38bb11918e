import { bytesToHex } from '@noble/hashes/utils.js'
import { type Did, didOf, type Identity, keyOf } from '@trustmesh/identity'
import { type Established, type FrameOf, isHello, ProtocolError, Tickets } from '@trustmesh/protocol'
import { isCutOff, type Standing } from '@trustmesh/trust/agent'
import QuickLRU from 'quick-lru'
import { MeshError, type MeshErrorCode, messageCode } from '../mesh-error.ts'
import type { Platform } from '../platform/platform.ts'
import type { Standings } from '../standings.ts'
import { Conversation, type ConversationOptions } from './conversation.ts'
import type { Incoming } from './incoming-line.ts'
import type { Outgoing } from './outgoing-line.ts'
import { type ConnectionId, encodePacket, parsePacket } from './packet.ts'

export interface ConversationsOptions {
  readonly self: Identity
  readonly net: Uint8Array
  readonly platform: Pick<Platform, 'after' | 'clock' | 'keyPair' | 'random'>
  readonly standings: Standings
  readonly maxBytes: number
  readonly home: { readonly isOnline: boolean; readonly hasRoom: boolean; push(frame: FrameOf<'message'>): unknown }
  /** What this agent shows of itself to those whom it meets. */
  readonly shown: () => readonly Uint8Array[]
  readonly met: (peer: Did, established: Established) => void
  readonly received: (from: Did, message: Incoming) => void | Promise<void>
  readonly interrupted: (peer: Did, ...why: Parameters<ConversationOptions['interrupted']>) => void
  /** Whether either side still works on anything that the other has asked, or waits for it. */
  readonly isAnswering: (peer: Did) => boolean
}

/** Others of whom anything is remembered, and packets of which word may come. */
const MAX_CONVERSATIONS = 4_096
const MAX_UNDER_WAY = 4_096
/** Of messages of which only parts have come, from all: before a message is whole no gate can look at it. */
const MAX_PARTS_BYTES = 67_108_864

/** What this agent has with all others, each by its Did; and which packet is whose. */
export class Conversations {
  readonly #options: ConversationsOptions
  readonly #tickets: Tickets
  /** The least lately used first, and the Did that was last. */
  readonly #all = new Map<Did, Conversation>()
  #last: Did | undefined
  readonly #underWay = new QuickLRU<string, { readonly to: Did; readonly connection: string }>({
    maxSize: MAX_UNDER_WAY,
  })
  #partsBytes = 0
  #end: { readonly code: MeshErrorCode; readonly detail: string } | undefined

  constructor(options: ConversationsOptions) {
    this.#options = options
    this.#tickets = new Tickets(options.platform.clock, options.platform.random)
  }

  /**
   * The one with this Did. Throws {@link MeshError}: `peer.cut-off`, `mesh.busy` where there are too many, and why there will be
   * none any more.
   */
  with(peer: Did): Conversation {
    const refusal = this.#refusalOf(peer)
    if (refusal) throw new MeshError('peer.cut-off', { detail: refusal })
    return this.#of(peer)
  }

  /** Says something about what the other side has said. Gives back why, where it is not taken. */
  answer(peer: Did, answer: Outgoing): MeshErrorCode | undefined {
    const conversation = this.#all.get(peer)
    return conversation ? conversation.say(answer) : 'message.interrupted'
  }

  /** A packet that a node delivers. Throws {@link ProtocolError} for what no honest node does. */
  receive({ from, to, body }: FrameOf<'message'>): void {
    const { self } = this.#options
    if (!from || didOf(to) !== self.did) throw new ProtocolError('frame.unexpected')
    const packet = parsePacket(body)
    const peer = didOf(from)
    if (!packet || peer === self.did) return
    const { connection, bytes } = packet
    if (this.#all.has(peer) || isHello(bytes)) this.#known(peer)?.receive(packet)
    else if (bytes.length > 0) this.#carry(peer, connection)
  }

  /** What a node says of a packet. False where it is of none. */
  acknowledged({ re, code }: FrameOf<'ack'>): boolean {
    const id = bytesToHex(re)
    const packet = this.#underWay.get(id)
    if (!packet) return false
    this.#underWay.delete(id)
    if (code !== undefined) this.#all.get(packet.to)?.refused(messageCode(code), packet.connection)
    return true
  }

  /** The node says what it holds of somebody: with whoever is cut off there is nothing to speak of any more. */
  heed(standing: Standing): void {
    if (!isCutOff(standing)) return
    this.#all.get(standing.did)?.end('peer.cut-off', standing.status)
    this.#all.delete(standing.did)
  }

  /** Resolves once everything that has been said has been heard, by those who can hear it now. */
  async heard(): Promise<void> {
    await Promise.all([...this.#all.values()].map((conversation) => conversation.heard()))
  }

  online(): void {
    for (const conversation of this.#all.values()) conversation.online()
  }

  offline(): void {
    for (const conversation of this.#all.values()) conversation.offline()
  }

  end(code: MeshErrorCode, detail: string): void {
    this.#end = { code, detail }
    for (const conversation of this.#all.values()) conversation.end(code, detail)
    this.#all.clear()
  }

  /** None where there is no room for another: whoever it is tries again. */
  #known(peer: Did): Conversation | undefined {
    try {
      return this.#of(peer)
    } catch {
      return undefined
    }
  }

  #of(peer: Did): Conversation {
    if (this.#end) throw new MeshError(this.#end.code, { detail: this.#end.detail })
    const known = this.#all.get(peer)
    if (known && peer === this.#last) return known
    if (known) this.#all.delete(peer)
    else if (this.#all.size >= MAX_CONVERSATIONS) this.#forgetOne()
    const conversation = known ?? this.#begin(peer)
    this.#all.set(peer, conversation)
    this.#last = peer
    return conversation
  }

  #begin(peer: Did): Conversation {
    const { met, received, interrupted, home, standings: _, ...shared } = this.#options
    return new Conversation({
      ...shared,
      peer,
      tickets: this.#tickets,
      refusal: () => {
        const refusal = this.#refusalOf(peer)
        return refusal && { refusal, proof: [] }
      },
      isOnline: () => home.isOnline,
      hasRoom: () => home.hasRoom,
      carry: (connection, bytes) => this.#carry(peer, connection, bytes),
      met: (established) => met(peer, established),
      parted: (bytes) => this.#parted(bytes),
      received: (message) => received(peer, message),
      interrupted: (...why) => interrupted(peer, ...why),
    })
  }

  #carry(peer: Did, connection: ConnectionId, bytes?: Uint8Array): void {
    const { platform, home } = this.#options
    const id = platform.random(16)
    this.#underWay.set(bytesToHex(id), { to: peer, connection: bytesToHex(connection) })
    home.push({ type: 'message', id, to: keyOf(peer), body: encodePacket(connection, bytes) })
  }

  /** Why somebody is cut off, who is. */
  #refusalOf(peer: Did): 'revoked' | 'suspended' | null {
    const status = this.#options.standings.of(peer)?.status
    return status === 'revoked' || status === 'suspended' ? status : null
  }

  /** Whoever has been heard last goes on. */
  #parted(bytes: number): void {
    this.#partsBytes += bytes
    for (const [peer, conversation] of this.#all) {
      if (this.#partsBytes <= MAX_PARTS_BYTES) return
      if (!conversation.isParted) continue
      this.#all.delete(peer)
      conversation.end('mesh.busy')
    }
  }

  #forgetOne(): void {
    const { isAnswering } = this.#options
    for (const [peer, conversation] of this.#all) {
      if (!conversation.isQuiet || isAnswering(peer)) continue
      conversation.end('mesh.busy')
      this.#all.delete(peer)
      return
    }
    throw new MeshError('mesh.busy', { detail: 'too many conversations at once' })
  }
}
