import { bytesToHex } from '@noble/hashes/utils.js'
import {
  type ConductOutcome,
  type Established,
  equalBytes,
  type Frame,
  type FrameOf,
  isHello,
  LIMITS,
  ProtocolError,
  Session,
  type Ticket,
} from '@trustmesh/protocol'
import type { MeshErrorCode } from '../mesh-error.ts'
import { IncomingLine, type IncomingLineOptions } from './incoming-line.ts'
import { goesOn, Meeting, type MeetingPorts, type Role } from './meeting.ts'
import { type Outgoing, OutgoingLine } from './outgoing-line.ts'
import type { ConnectionId, Packet } from './packet.ts'
import { Patience } from './patience.ts'

export interface ConversationOptions
  extends MeetingPorts,
    Pick<IncomingLineOptions, 'maxBytes' | 'parted' | 'received'> {
  /** Whether there is a node, and whether it takes packets now. */
  readonly isOnline: () => boolean
  readonly hasRoom: () => boolean
  /** Who the other side is has been proved, and this is what it shows. */
  readonly met: (established: Established) => void
  /** The other side is another program now, or gone: there will be no answers to what either has asked so far. */
  readonly interrupted: (code: MeshErrorCode, detail?: string) => void
}

interface Live {
  readonly connection: ConnectionId
  readonly key: string
  readonly session: Session
  /** Nothing is said before the other side has said who it is and how far it heard. */
  isGreeted: boolean
  /** How far this side has said that it heard. */
  heard: number
  /** When the other side was last heard in it: monotonic, in ms. */
  heardAt: number
}

const LINE_BYTES = 8
/** After so long a silence there may be another program on the other side, or none: that shows in another session. */
const SILENT_MS = 15_000
/** When a node that takes nothing is tried again. */
const NO_ROOM_MS = 20
/** What a node says of a packet after which another one soon would fare no better. */
const FINAL: ReadonlySet<string> = new Set<MeshErrorCode>([
  'message.forged-sender',
  'message.recipient-offline',
  'message.recipient-unknown',
  'message.sender-cut-off',
])

/**
 * All that this agent has with one other: a line in each direction, and at most one session, which is opened when there is
 * something to say. Lines outlast sessions, sessions outlast the connections with nodes; nodes carry all of it and read nothing.
 */
export class Conversation {
  readonly #options: ConversationOptions
  readonly #outgoing: OutgoingLine
  readonly #incoming: IncomingLine
  readonly #patience: Patience
  #live: Live | undefined
  #meeting: Meeting | undefined
  #ticket: (Ticket & { readonly id: Uint8Array; readonly until: number }) | undefined
  #isScheduled = false
  #ended: MeshErrorCode | undefined
  #trouble: MeshErrorCode | undefined
  readonly #awaited: (() => void)[] = []

  constructor(options: ConversationOptions) {
    const { platform, maxBytes, parted, received } = options
    this.#options = options
    this.#patience = new Patience(platform)
    this.#outgoing = new OutgoingLine(platform.random(LINE_BYTES))
    this.#incoming = new IncomingLine({
      ...{ maxBytes, parted, received },
      caughtUp: () => this.#schedule(),
      broken: () => this.#break(),
    })
  }

  /** Whether it can be forgotten: nothing is under way that it knows of. */
  get isQuiet(): boolean {
    return !this.#outgoing.isWanted && !this.#incoming.isBusy && !this.#meeting
  }

  /** Whether a message is coming in parts. */
  get isParted(): boolean {
    return this.#incoming.isParted
  }

  /** What has kept the last packets from arriving, where the node has said so. */
  get trouble(): MeshErrorCode | undefined {
    return this.#trouble
  }

  /** Puts a message in line. Gives back why, where it is not taken. */
  say(message: Outgoing): MeshErrorCode | undefined {
    const refused = this.#ended ?? this.#outgoing.push(message)
    if (!refused) this.#schedule()
    return refused
  }

  /** Resolves once everything that has been said has been heard, or there is no session in which it could be. */
  async heard(): Promise<void> {
    if (!this.#outgoing.isWanted || !this.#live) return
    await new Promise<void>((resolve) => {
      this.#awaited.push(resolve)
    })
  }

  /** Whoever had it said has given up. */
  abandon(message: Outgoing): void {
    this.#outgoing.abandon(message)
  }

  /** What a node says has come from the other side. */
  receive({ connection, key, bytes }: Packet): void {
    const { self, peer, carry } = this.#options
    const isReset = bytes.length === 0
    if (this.#live?.key === key) return isReset ? this.#lose() : this.#open(this.#live, bytes)
    if (this.#meeting?.key === key) return isReset ? this.#missed() : this.#meeting.receive(bytes)
    if (isReset) return
    if (!isHello(bytes)) return carry(connection)
    if (this.#meeting?.isOwn && goesOn(self.did, peer)) return
    this.#meet(connection, 'responder').receive(bytes)
  }

  /** The node has not handed on a packet of this connection, and says why. */
  refused(code: MeshErrorCode, key: string): void {
    if (key !== this.#live?.key && key !== this.#meeting?.key) return
    this.#trouble = code
    if (FINAL.has(code)) this.#outgoing.failWaiting(code)
    if (key === this.#live?.key) this.#lose()
    else this.#missed()
  }

  /** There is a node again. What was on its way when the one before was lost may be lost too. */
  online(): void {
    this.#patience.renew()
    this.#patience.rest()
    if (this.#live && this.#isExpecting(this.#live)) this.#forget()
    this.#schedule()
  }

  /** There is no node: a handshake does not outlast it, as a session does. */
  offline(): void {
    this.#meeting?.abandon()
    this.#meeting = undefined
  }

  /** One of both is cut off, or this agent leaves: nothing more is said or heard. */
  end(code: MeshErrorCode, detail?: string): void {
    if (this.#live) {
      this.#live.session.push({ type: 'close', code: 'session.closed' })
      this.#carry(this.#live)
    }
    this.#ended = code
    this.#forget()
    this.#incoming.end()
    this.offline()
    this.#patience.rest()
    this.#outgoing.fail(code, detail)
    this.#options.interrupted(code, detail)
  }

  get #now(): number {
    return this.#options.platform.clock.monotonic()
  }

  /** Everything that is said in one turn leaves together. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    const { isOnline, hasRoom } = this.#options
    const live = this.#live
    if (this.#ended || !isOnline() || !(live || this.#outgoing.isWanted)) return
    if (!hasRoom()) return this.#patience.later(NO_ROOM_MS, () => this.#flush())
    if (!live || this.#isInDoubt(live)) return this.#connect()
    const { heard } = this.#incoming
    if (heard > live.heard) live.session.push({ type: 'heard', n: heard })
    live.heard = heard
    if (live.isGreeted) for (const frame of this.#outgoing.take()) live.session.push(frame)
    this.#carry(live)
    this.#expect(live)
  }

  #carry({ session, connection }: Live): void {
    for (const sealed of session.flush(this.#now)) this.#options.carry(connection, sealed)
  }

  /** What is said to a program that has ended has failed (PE-24): nothing is begun with one that may have. */
  #isInDoubt({ isGreeted, heardAt }: Live): boolean {
    if (!isGreeted || this.#now - heardAt < SILENT_MS) return false
    return this.#outgoing.isBeginning && !this.#outgoing.isUnheard
  }

  #connect(): void {
    if (this.#live) this.#forget()
    if (this.#meeting || this.#patience.isRetrying) return
    this.#meet(this.#options.platform.random(16), 'initiator').start()
  }

  #meet(connection: ConnectionId, role: Role): Meeting {
    this.#meeting?.abandon()
    const ticket = role === 'initiator' && this.#ticket && this.#ticket.until > this.#now ? this.#ticket : undefined
    // Spent, whatever comes of it (threat H2).
    if (role === 'initiator') this.#ticket = undefined
    const ended = (outcome: ConductOutcome): void => {
      this.#meeting = undefined
      if (outcome.type === 'established') return this.#begin(connection, role, outcome.established)
      if (outcome.type === 'refused') this.#outgoing.failWaiting('message.refused', outcome.refusal.refusal)
      this.#missed()
    }
    this.#meeting = new Meeting({ ...this.#options, connection, role, ticket, ended })
    return this.#meeting
  }

  #begin(connection: ConnectionId, role: Role, established: Established): void {
    const { welcome, secrets, peer, purpose } = established
    if (role === 'initiator' && welcome.ticket) {
      const { id, ttlMs } = welcome.ticket
      const until = this.#now + Math.min(ttlMs, LIMITS.ticketMs)
      this.#ticket = { id, secret: secrets.resumption, peer, purpose, until }
    }
    this.#forget()
    const session = new Session({ established, role, at: this.#now })
    const { place: heard, heard: n } = this.#incoming
    this.#live = { connection, key: bytesToHex(connection), session, isGreeted: false, heard: n, heardAt: this.#now }
    this.#options.met(established)
    const { id: line, next } = this.#outgoing
    session.push({ type: 'greet', line, next, maxBytes: this.#options.maxBytes, heard })
    this.#schedule()
  }

  #open(live: Live, sealed: Uint8Array): void {
    try {
      const frames = live.session.open(sealed)
      live.heardAt = this.#now
      for (const frame of frames) {
        if (this.#live !== live) return
        this.#take(frame, live)
      }
    } catch {
      this.#break()
    }
  }

  /** What has come is of no honest agent, or did not come as it was sent. */
  #break(): void {
    // The other side learns of it as of any other connection that is not known here.
    if (this.#live) this.#options.carry(this.#live.connection)
    this.#lose()
  }

  /** Throws {@link ProtocolError} for what no honest agent says. */
  #take(frame: Frame, live: Live): void {
    if ((frame.type === 'greet') === live.isGreeted) throw new ProtocolError('frame.unexpected')
    switch (frame.type) {
      case 'greet':
        return this.#greeted(frame, live)
      case 'heard':
        this.#outgoing.heard(frame.n)
        this.#patience.renew()
        this.#trouble = undefined
        this.#patience.expectAnew()
        if (!this.#outgoing.isWanted) this.#tell()
        return this.#schedule()
      case 'say':
        this.#incoming.take(frame)
        return this.#schedule()
      case 'close':
        return this.#lose()
      default:
        throw new ProtocolError('frame.unexpected')
    }
  }

  #greeted(frame: FrameOf<'greet'>, live: Live): void {
    const { heard, maxBytes } = frame
    if (this.#incoming.greet(frame)) {
      this.#outgoing.resume(heard && equalBytes(heard.line, this.#outgoing.id) ? heard.n : 0)
    } else {
      this.#outgoing.restart()
      this.#options.interrupted('message.interrupted')
    }
    this.#outgoing.limit(maxBytes)
    live.isGreeted = true
    live.heard = this.#incoming.heard
    this.#patience.expectAnew()
    this.#schedule()
  }

  #tell(): void {
    for (const resolve of this.#awaited.splice(0)) resolve()
  }

  /** There is no session any more, and what it has held back is said again. */
  #forget(): void {
    this.#live = undefined
    this.#incoming.forgetHeld()
    this.#patience.expectAnew()
    this.#tell()
  }

  /** The session is over. What was not heard is said again in another. */
  #lose(): void {
    this.#forget()
    if (!this.#meeting) this.#retry()
  }

  /** No session came of it. */
  #missed(): void {
    this.offline()
    if (!this.#live) this.#retry()
  }

  /** As long as there is something to say, another attempt follows, though not for ever. */
  #retry(): void {
    if (this.#patience.isOver) this.#outgoing.fail(this.#trouble ?? 'message.unconfirmed')
    if (this.#outgoing.isWanted) this.#patience.retry(() => this.#flush())
    else this.#patience.renew()
  }

  #isExpecting({ isGreeted }: Live): boolean {
    return !isGreeted || this.#outgoing.isUnheard
  }

  #expect(live: Live): void {
    if (this.#isExpecting(live)) this.#patience.expect(live.isGreeted, () => this.#lose())
  }
}
