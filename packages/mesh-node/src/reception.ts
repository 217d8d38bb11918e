import type { Clock, Did, Identity, Random } from '@trustmesh/identity'
import {
  type Applicant,
  type ConductPorts,
  type Established,
  HandshakeConduct,
  type KeyPair,
  LIMITS,
  type Refusal,
  type ResponderState,
  responder,
  stepResponder,
  type Tickets,
  type Welcome,
} from '@trustmesh/protocol'
import { Attempt } from './attempt.ts'
import type { Cookies } from './cookies.ts'
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
  /** What this node shows of itself: how it is a member of the mesh. */
  readonly attachments: () => readonly Uint8Array[]
  /** Decides on somebody who has proved who it is; `null` lets it in. */
  readonly refusalOf: (applicant: Applicant) => Promise<Refusal | null>
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
    const { clock, timers, handshakes, turnedAway, busyAt, handshakeMs, welcome } = this.#options
    const { address } = connection
    if (!handshakes.take(address, clock.monotonic())) {
      connection.close('node.busy')
      turnedAway('node.busy', address)
      return NOTHING
    }
    this.#underWay++
    const wantsCookie = this.#underWay > busyAt
    let applicant: Did | undefined
    return new Attempt({
      connection,
      timers,
      handshakeMs,
      conduct: (conclude) => {
        const admit = (proved: Applicant): Promise<Welcome | Refusal> => {
          applicant = proved.did
          return this.#admit(proved)
        }
        return this.#conduct(connection, wantsCookie, { admit, conclude })
      },
      welcome: (established) => welcome(established, connection),
      over: (code) => {
        this.#underWay--
        if (code !== null) turnedAway(code, address, applicant)
      },
    })
  }

  #conduct(
    connection: Connection,
    wantsCookie: boolean,
    ports: Pick<ConductPorts, 'admit' | 'conclude'>,
  ): HandshakeConduct<ResponderState> {
    const { identity, net, clock, random, keyPair, tickets, cookies, handshakeMs, attachments } = this.#options
    const state = responder({
      net,
      did: identity.did,
      ephemeral: keyPair,
      challenge: random(32),
      attachments: attachments(),
      deadline: clock.monotonic() + handshakeMs,
      ...(wantsCookie ? { cookies: cookies.for(connection.address) } : {}),
    })
    return new HandshakeConduct(state, stepResponder, {
      ...ports,
      send: (bytes) => connection.send(bytes),
      sign: (label, claim) => identity.sign(label, claim),
      monotonic: () => clock.monotonic(),
      redeem: (id) => tickets.redeem(id),
    })
  }

  async #admit(applicant: Applicant): Promise<Welcome | Refusal> {
    const { tickets, refusalOf } = this.#options
    const refusal = await refusalOf(applicant)
    if (refusal) return refusal
    const { did: peer, purpose, resumption } = applicant
    return {
      limits: { messageBytes: LIMITS.messageBytes, idleMs: LIMITS.idleMs },
      ticket: tickets.issue({ secret: resumption, peer, purpose }),
    }
  }
}
