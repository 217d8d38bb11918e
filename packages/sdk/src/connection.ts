import type { Identity } from '@trustmesh/identity'
import {
  type CloseCode,
  type ConductOutcome,
  type Established,
  type Frame,
  HandshakeConduct,
  type InitiatorState,
  initiator,
  LIMITS,
  ProtocolError,
  type Refusal,
  Session,
  stepInitiator,
  type Ticket,
} from '@trustmesh/protocol'
import type { JoinConfig } from './join-config.ts'
import type { Platform, Socket } from './platform/platform.ts'
import type { CancelTimer } from './timer.ts'

/** What became of a frame: `busy` where too much waits for the node to read it, `offline` where there is no session. */
export type Pushed = 'sent' | 'busy' | 'offline'

export interface ConnectionOptions {
  readonly config: JoinConfig
  readonly identity: Identity
  readonly platform: Platform
  readonly ticket: (Ticket & { readonly id: Uint8Array }) | undefined
  /** What the agent shows of itself: made anew for each connection that opens. */
  readonly attachments: () => Promise<readonly Uint8Array[]>
  /** The node is there, and the handshake begins: a ticket is spent, whatever comes of it (threat H2). */
  readonly reached: () => void
  readonly online: (established: Established) => void
  readonly refused: (refusal: Refusal) => void
  /** What it throws ends the session. */
  readonly received: (frame: Frame) => void
  /** The session is over; the socket may still be closing. Never without {@link online} before. */
  readonly offline: () => void
  /** The socket is gone: nothing more follows. */
  readonly closed: () => void
}

/** However little time a node grants, so that nobody can make an agent ping without end. */
const SHORTEST_IDLE_MS = 3_000

/**
 * One connection to a node: a handshake, then at most one session, then nothing, whatever still comes in on its socket
 * (threats M1, M2). Both live and die in here, so that no connection can have a part in the session of another.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #socket: Socket
  #conduct: HandshakeConduct<InitiatorState> | undefined
  #session: Session | undefined
  #isLeft = false
  /** When the last whole message came: monotonic, in ms. */
  #heardAt = 0
  #cancelTimer: CancelTimer

  constructor(options: ConnectionOptions) {
    const { platform, config } = options
    this.#options = options
    this.#socket = platform.connect(config.url, {
      open: () => {
        options.reached()
        options.attachments().then(
          (attachments) => this.#introduce(attachments),
          () => this.leave('handshake.signer'),
        )
      },
      message: (bytes) => (this.#session ? this.#receive(this.#session, bytes) : this.#conduct?.receive(bytes)),
      text: () => this.leave('frame.text'),
      closed: () => {
        this.#forget()
        options.closed()
      },
    })
    this.#cancelTimer = platform.after(LIMITS.handshakeMs, () => this.leave('handshake.timeout'))
  }

  get isOnline(): boolean {
    return this.#session !== undefined
  }

  get hasRoom(): boolean {
    return this.#session !== undefined && this.#backlogOf(this.#session) <= LIMITS.backlogBytes / 2
  }

  /** Puts a frame in line, to leave with all others of this turn, or as soon as there are enough for a message. */
  push(frame: Frame): Pushed {
    const session = this.#session
    if (!session) return 'offline'
    if (this.#backlogOf(session) > LIMITS.backlogBytes) return 'busy'
    if (session.push(frame)) queueMicrotask(() => this.#session === session && this.#flush(session))
    else if (session.backlog >= LIMITS.messageBytes) this.#flush(session)
    return 'sent'
  }

  /** Takes its leave of the node, where there is a session to say so. */
  close(): void {
    const session = this.#session
    if (session) {
      session.push({ type: 'close', code: 'session.closed' })
      this.#flush(session)
    }
    this.leave('session.closed')
  }

  /** From here on nothing is received, sent or begun. */
  leave(code: CloseCode): void {
    if (this.#isLeft) return
    this.#forget()
    this.#socket.close(code)
  }

  #backlogOf(session: Session): number {
    return session.backlog + this.#socket.backlog
  }

  #forget(): void {
    this.#isLeft = true
    this.#cancelTimer()
    this.#conduct?.abandon()
    if (!this.#session) return
    this.#session = undefined
    this.#options.offline()
  }

  #introduce(attachments: readonly Uint8Array[]): void {
    if (this.#isLeft) return
    this.#conduct = this.#handshake(attachments)
    this.#conduct.start()
  }

  #handshake(attachments: readonly Uint8Array[]): HandshakeConduct<InitiatorState> {
    const { config, identity, platform, ticket } = this.#options
    const { clock, random } = platform
    const state = initiator({
      net: config.net,
      did: identity.did,
      responder: config.node,
      purpose: 'agent',
      ephemeral: () => platform.keyPair(),
      challenge: random(32),
      attachments,
      deadline: clock.monotonic() + LIMITS.handshakeMs,
      ...(ticket ? { ticket } : {}),
    })
    return new HandshakeConduct(state, stepInitiator, {
      send: (bytes) => this.#socket.send(bytes),
      sign: (label, claim) => identity.sign(label, claim),
      monotonic: () => clock.monotonic(),
      conclude: (outcome) => this.#conclude(outcome),
    })
  }

  #conclude(outcome: ConductOutcome): void {
    if (outcome.type === 'established') return this.#begin(outcome.established)
    this.leave(outcome.type === 'failed' ? outcome.code : 'session.closed')
    if (outcome.type === 'refused') this.#options.refused(outcome.refusal)
  }

  #begin(established: Established): void {
    const at = this.#options.platform.clock.monotonic()
    this.#session = new Session({ established, role: 'initiator', at })
    this.#heardAt = at
    this.#keepAlive(Math.max(SHORTEST_IDLE_MS, Math.min(established.welcome.limits.idleMs, LIMITS.idleMs)))
    this.#options.online(established)
  }

  #receive(session: Session, bytes: Uint8Array): void {
    try {
      const frames = session.open(bytes)
      this.#heardAt = this.#options.platform.clock.monotonic()
      for (const frame of frames) {
        if (this.#session !== session) return
        this.#options.received(frame)
      }
    } catch (error) {
      this.leave(error instanceof ProtocolError ? error.code : 'frame.malformed')
    }
  }

  #flush(session: Session): void {
    for (const message of session.flush(this.#options.platform.clock.monotonic())) this.#socket.send(message)
  }

  /** Pings at a third of the time of silence; a node that lets it pass is gone, whatever its socket says. */
  #keepAlive(idleMs: number): void {
    const { platform } = this.#options
    let n = 0
    const again = (): void => {
      this.#cancelTimer()
      this.#cancelTimer = platform.after(idleMs / 3, beat)
    }
    const beat = (): void => {
      if (platform.clock.monotonic() - this.#heardAt >= idleMs) return this.leave('session.idle')
      if (this.push({ type: 'ping', n: n++ }) === 'busy') return this.leave('session.slow-consumer')
      again()
    }
    again()
  }
}
