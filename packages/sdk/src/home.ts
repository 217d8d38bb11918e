import { type Identity, openStatement } from '@trustmesh/identity'
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
  Session,
  stepInitiator,
  type Ticket,
} from '@trustmesh/protocol'
import { StatementSet } from '@trustmesh/trust'
import type { JoinConfig } from './join-config.ts'
import type { Platform, Socket } from './platform/platform.ts'
import { type BackoffOptions, backoffMs } from './reconnect.ts'

export interface HomeOptions {
  readonly config: JoinConfig
  readonly identity: Identity
  readonly platform: Platform
  readonly backoff: BackoffOptions
  readonly online: () => void
  readonly received: (frame: Frame) => void
  /** The connection is lost; another attempt follows. */
  readonly offline: () => void
  /** There will be no other attempt. */
  readonly ended: (reason: HomeEnd) => void
}

/** Why an agent is out of the mesh for good: it left, it is revoked, or the same identity joined elsewhere. */
export type HomeEnd = 'closed' | 'revoked' | 'superseded'

/** However little time a node grants, so that nobody can make an agent ping without end. */
const SHORTEST_IDLE_MS = 3_000

/** An agent's way into the mesh: one live session with its node at any time, and another attempt whenever it is lost. */
export class Home {
  readonly #options: HomeOptions
  #socket: Socket | undefined
  #session: Session | undefined
  #ticket: (Ticket & { readonly id: Uint8Array; readonly until: number }) | undefined
  #attempt = 0
  /** When the last whole message came: monotonic, in ms. */
  #heardAt = 0
  #end: HomeEnd | undefined
  #cancelTimer: () => void = () => {}

  constructor(options: HomeOptions) {
    this.#options = options
  }

  get isOnline(): boolean {
    return this.#session !== undefined
  }

  connect(): void {
    const { platform, config } = this.#options
    let conduct: HandshakeConduct<InitiatorState> | undefined
    const socket = platform.connect(config.url, {
      open: () => {
        conduct = this.#conduct(socket)
        conduct.start()
        this.#after(LIMITS.handshakeMs + 1, () => conduct?.tick())
      },
      message: (bytes) => {
        if (this.#session) this.#receive(this.#session, bytes)
        else conduct?.receive(bytes)
      },
      closed: () => {
        conduct?.abandon()
        this.#lost()
      },
    })
    this.#socket = socket
  }

  /** Puts a frame in line. Returns false where there is no session to carry it. */
  push(frame: Frame): boolean {
    const session = this.#session
    if (!session) return false
    if (session.push(frame)) queueMicrotask(() => this.#flush(session))
    return true
  }

  close(reason: HomeEnd = 'closed'): void {
    if (this.#end) return
    this.#end = reason
    const session = this.#session
    if (session) {
      session.push({ type: 'close', code: 'session.closed' })
      this.#flush(session)
    }
    this.#session = undefined
    this.#cancelTimer()
    this.#socket?.close()
    this.#options.ended(reason)
  }

  #conduct(socket: Socket): HandshakeConduct<InitiatorState> {
    const { config, identity, platform } = this.#options
    const { clock, random } = platform
    const ticket = this.#ticket && this.#ticket.until > clock.monotonic() ? this.#ticket : undefined
    this.#ticket = undefined
    const state = initiator({
      net: config.net,
      did: identity.did,
      responder: config.node,
      purpose: 'agent',
      ephemeral: () => platform.keyPair(),
      challenge: random(32),
      attachments: [],
      deadline: clock.monotonic() + LIMITS.handshakeMs,
      ...(ticket ? { ticket } : {}),
    })
    return new HandshakeConduct(state, stepInitiator, {
      send: (bytes) => socket.send(bytes),
      sign: (label, claim) => identity.sign(label, claim),
      monotonic: () => clock.monotonic(),
      conclude: (outcome) => this.#conclude(outcome, socket),
    })
  }

  #conclude(outcome: ConductOutcome, socket: Socket): void {
    this.#cancelTimer()
    if (outcome.type === 'established') return this.#begin(outcome.established)
    if (outcome.type === 'refused' && outcome.refusal.refusal === 'revoked' && this.#isProved(outcome.refusal.proof)) {
      return this.close('revoked')
    }
    socket.close(outcome.type === 'failed' ? outcome.code : 'session.closed')
  }

  #begin(established: Established): void {
    const { clock } = this.#options.platform
    const { welcome, secrets, peer, purpose } = established
    const at = clock.monotonic()
    if (welcome.ticket) {
      const { id, ttlMs } = welcome.ticket
      this.#ticket = { id, secret: secrets.resumption, peer, purpose, until: at + Math.min(ttlMs, LIMITS.ticketMs) }
    }
    this.#attempt = 0
    this.#session = new Session({ established, role: 'initiator', at })
    this.#heardAt = at
    this.#keepAlive(Math.max(SHORTEST_IDLE_MS, Math.min(welcome.limits.idleMs, LIMITS.idleMs)))
    this.#options.online()
  }

  #receive(session: Session, bytes: Uint8Array): void {
    try {
      const frames = session.open(bytes)
      this.#heardAt = this.#options.platform.clock.monotonic()
      for (const frame of frames) {
        if (this.#session !== session) return
        const isRevoked = frame.type === 'notice' && frame.code === 'revoked' && this.#isProved(frame.proof)
        if (isRevoked) return this.close('revoked')
        if (frame.type === 'close') {
          if (frame.code === 'session.superseded') return this.close('superseded')
          return this.#leave('session.closed')
        }
        this.#options.received(frame)
      }
    } catch (error) {
      this.#leave(error instanceof ProtocolError ? error.code : 'frame.malformed')
    }
  }

  /** The session is over, whatever still comes in on its socket (threats M1, M2); when that is gone, another attempt follows. */
  #leave(code: CloseCode): void {
    this.#forgetSession()
    this.#socket?.close(code)
  }

  #forgetSession(): void {
    if (!this.#session) return
    this.#session = undefined
    this.#options.offline()
  }

  /** Only a revocation that this agent verified itself ends it: a node that merely says so is left and tried again. */
  #isProved(proof: readonly Uint8Array[]): boolean {
    const { config, identity } = this.#options
    const set = new StatementSet({ net: config.net, policy: config.policy })
    for (const bytes of proof) {
      try {
        set.add(openStatement(bytes))
      } catch {
        // What is no statement proves nothing.
      }
    }
    return set.isRevoked(identity.did)
  }

  #flush(session: Session): void {
    const { clock } = this.#options.platform
    for (const message of session.flush(clock.monotonic())) this.#socket?.send(message)
  }

  #lost(): void {
    this.#cancelTimer()
    this.#socket = undefined
    this.#forgetSession()
    if (this.#end) return
    const { platform, backoff } = this.#options
    this.#after(backoffMs(this.#attempt++, platform.random, backoff), () => this.connect())
  }

  /** Pings at a third of the time of silence; a node that lets it pass is gone, whatever its socket says. */
  #keepAlive(idleMs: number): void {
    const { clock } = this.#options.platform
    let n = 0
    const beat = (): void => {
      if (clock.monotonic() - this.#heardAt >= idleMs) return this.#leave('session.idle')
      this.push({ type: 'ping', n: n++ })
      this.#after(idleMs / 3, beat)
    }
    this.#after(idleMs / 3, beat)
  }

  #after(ms: number, act: () => void): void {
    this.#cancelTimer()
    const timer = setTimeout(act, ms)
    this.#cancelTimer = () => clearTimeout(timer)
  }
}
