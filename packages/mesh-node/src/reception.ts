import type { Clock, Did, Identity, Random } from '@trustmesh/identity'
import {
  type Applicant,
  type CloseCode,
  type ConductOutcome,
  type Established,
  HandshakeConduct,
  type KeyPair,
  LIMITS,
  type Refusal,
  type ResponderState,
  responder,
  stepResponder,
  type Welcome,
} from '@trustmesh/protocol'
import type { Cookies } from './cookies.ts'
import type { Tickets } from './tickets.ts'
import type { Timers } from './timers.ts'
import type { TokenBuckets } from './token-bucket.ts'
import type { Connection, ConnectionHandler } from './transport/connection.ts'

export interface ReceptionOptions {
  readonly identity: Identity
  readonly net: Uint8Array
  readonly clock: Clock
  readonly random: Random
  /** Makes an ephemeral key pair. */
  readonly keyPair: () => KeyPair
  readonly timers: Timers
  readonly tickets: Tickets
  readonly cookies: Cookies
  readonly handshakes: TokenBuckets
  readonly handshakeMs: number
  /** Handshakes under way from which on newcomers have to show a cookie first. */
  readonly busyAt: number
  /** Decides on somebody who has proved who it is; `null` lets it in. */
  readonly refusalOf: (applicant: Applicant) => Refusal | null
  /** Takes over a connection once there is a session. */
  readonly welcome: (established: Established, connection: Connection) => ConnectionHandler
  /** A connection ended without a session. */
  readonly turnedAway: (code: string, address: string, did?: Did) => void
}

const NOTHING: ConnectionHandler = { message: () => {}, violation: () => {}, closed: () => {} }

/** Takes each connection through the handshake, and hands it on or closes it. Until then it can do nothing else. */
export class Reception {
  readonly #options: ReceptionOptions
  #underWay = 0

  constructor(options: ReceptionOptions) {
    this.#options = options
  }

  /** Handshakes that have begun and not ended. */
  get underWay(): number {
    return this.#underWay
  }

  accept(connection: Connection): ConnectionHandler {
    const { clock, handshakes, turnedAway, busyAt } = this.#options
    if (!handshakes.take(connection.address, clock.monotonic())) {
      connection.close('node.busy')
      turnedAway('node.busy', connection.address)
      return NOTHING
    }
    this.#underWay++
    const wantsCookie = this.#underWay > busyAt
    return new Attempt(this.#options, connection, wantsCookie, () => {
      this.#underWay--
    })
  }
}

/** One connection on its way to a session. */
class Attempt implements ConnectionHandler {
  readonly #options: ReceptionOptions
  readonly #connection: Connection
  readonly #conduct: HandshakeConduct<ResponderState>
  readonly #cancelDeadline: () => void
  readonly #over: () => void
  #applicant: Did | undefined
  #next: ConnectionHandler | undefined
  #isOver = false

  constructor(options: ReceptionOptions, connection: Connection, wantsCookie: boolean, over: () => void) {
    const { identity, net, clock, random, keyPair, timers, tickets, cookies, handshakeMs } = options
    this.#options = options
    this.#connection = connection
    this.#over = over
    const state = responder({
      net,
      did: identity.did,
      ephemeral: keyPair,
      challenge: random(32),
      attachments: [],
      deadline: clock.monotonic() + handshakeMs,
      ...(wantsCookie ? { cookies: cookies.for(connection.address) } : {}),
    })
    this.#conduct = new HandshakeConduct(state, stepResponder, {
      send: (bytes) => connection.send(bytes),
      sign: (label, claim) => identity.sign(label, claim),
      monotonic: () => clock.monotonic(),
      redeem: (id) => tickets.redeem(id),
      admit: async (applicant) => this.#admit(applicant),
      conclude: (outcome) => this.#conclude(outcome),
    })
    this.#cancelDeadline = timers.after(handshakeMs + 1, () => this.#conduct.tick())
  }

  message(bytes: Uint8Array): void {
    if (this.#next) this.#next.message(bytes)
    else this.#conduct.receive(bytes)
  }

  violation(code: CloseCode): void {
    if (this.#next) return this.#next.violation(code)
    if (this.#end()) this.#options.turnedAway(code, this.#connection.address)
  }

  closed(): void {
    if (this.#next) return this.#next.closed()
    if (this.#end()) this.#options.turnedAway('handshake.abandoned', this.#connection.address)
  }

  #admit(applicant: Applicant): Welcome | Refusal {
    const { tickets, refusalOf } = this.#options
    const { did, purpose, resumption } = applicant
    this.#applicant = did
    const refusal = refusalOf(applicant)
    if (refusal) return refusal
    return {
      limits: { messageBytes: LIMITS.messageBytes, idleMs: LIMITS.idleMs },
      ticket: tickets.issue({ secret: resumption, peer: did, purpose }),
    }
  }

  #conclude(outcome: ConductOutcome): void {
    if (!this.#end()) return
    const { turnedAway, welcome } = this.#options
    const connection = this.#connection
    if (outcome.type === 'established') {
      connection.proved()
      try {
        this.#next = welcome(outcome.established, connection)
      } catch {
        connection.close('handshake.refused')
        turnedAway('handshake.refused', connection.address, this.#applicant)
      }
    } else if (outcome.type === 'failed') {
      connection.close(outcome.code)
      turnedAway(outcome.code, connection.address, this.#applicant)
    } else {
      connection.close('handshake.refused')
      turnedAway(`refused.${outcome.refusal.refusal}`, connection.address, this.#applicant)
    }
  }

  /** True the first time. */
  #end(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    this.#cancelDeadline()
    this.#conduct.abandon()
    this.#over()
    return true
  }
}
