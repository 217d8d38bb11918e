import { bytesToHex } from '@noble/hashes/utils.js'
import { type Did, type Identity, keyOf } from '@trustmesh/identity'
import {
  type Applicant,
  type ConductOutcome,
  type ConductPorts,
  HandshakeConduct,
  type HandshakeOptions,
  type InitiatorState,
  initiator,
  LIMITS,
  type Refusal,
  type ResponderState,
  responder,
  stepInitiator,
  stepResponder,
  type Ticket,
  type Tickets,
  type Welcome,
} from '@trustmesh/protocol'
import type { Platform } from '../platform/platform.ts'
import type { CancelTimer } from '../timer.ts'
import type { ConnectionId } from './packet.ts'

/** What all handshakes with one other agent have in common. */
export interface MeetingPorts {
  readonly self: Identity
  readonly peer: Did
  readonly net: Uint8Array
  readonly platform: Pick<Platform, 'after' | 'clock' | 'keyPair' | 'random'>
  /** What this agent shows of itself: statements. */
  readonly shown: () => readonly Uint8Array[]
  /** Why the other side may have no session though it has proved who it is, by what is known of it now. */
  readonly refusal: () => Refusal | null
  /** Those that this agent has given out. */
  readonly tickets: Tickets
  /** Gives the node a packet; without bytes it says that the connection is not known. What does not reach the other side is said again. */
  readonly carry: (connection: ConnectionId, bytes?: Uint8Array) => void
}

export type Role = 'initiator' | 'responder'

export interface MeetingOptions extends MeetingPorts {
  readonly connection: ConnectionId
  readonly role: Role
  readonly ticket: (Ticket & { readonly id: Uint8Array }) | undefined
  /** Once, before a method of the meeting returns or later; never after {@link Meeting.abandon}. */
  readonly ended: (outcome: ConductOutcome) => void
}

/** A handshake with another agent. Nodes carry it and need not be believed: what they change or mix up does not come to a session. */
export class Meeting {
  readonly key: string
  readonly isOwn: boolean
  readonly #conduct: HandshakeConduct<InitiatorState> | HandshakeConduct<ResponderState>
  readonly #cancelTimer: CancelTimer

  constructor(options: MeetingOptions) {
    const { connection, role, self, platform, carry, ended } = options
    this.key = bytesToHex(connection)
    this.isOwn = role === 'initiator'
    const ports: ConductPorts = {
      send: (bytes) => carry(connection, bytes),
      sign: (label, claim) => self.sign(label, claim),
      monotonic: () => platform.clock.monotonic(),
      conclude: (outcome) => {
        this.#cancelTimer()
        ended(outcome)
      },
    }
    this.#conduct = this.isOwn ? beginning(options, ports) : answering(options, ports)
    this.#cancelTimer = platform.after(LIMITS.handshakeMs + 1, () => this.#conduct.tick())
  }

  start(): void {
    this.#conduct.start()
  }

  receive(frame: Uint8Array): void {
    this.#conduct.receive(frame)
  }

  abandon(): void {
    this.#cancelTimer()
    this.#conduct.abandon()
  }
}

/** Where both have begun, the one with the lower key goes on. */
export function goesOn(self: Did, peer: Did): boolean {
  return bytesToHex(keyOf(self)) < bytesToHex(keyOf(peer))
}

function beginning(options: MeetingOptions, ports: ConductPorts): HandshakeConduct<InitiatorState> {
  const { peer, ticket } = options
  const state = initiator({ ...common(options), purpose: 'peer', responder: peer, ...(ticket && { ticket }) })
  return new HandshakeConduct(state, stepInitiator, ports)
}

function answering(options: MeetingOptions, ports: ConductPorts): HandshakeConduct<ResponderState> {
  const { peer, tickets, refusal } = options
  const admit = async ({ did, purpose, resumption }: Applicant): Promise<Welcome | Refusal> => {
    // The node that says from whom this came is not believed, nor whoever came for something else.
    if (did !== peer || purpose !== 'peer') throw new Error('not who or what it was said to be')
    const refused = refusal()
    if (refused) return refused
    const ticket = tickets.issue({ secret: resumption, peer, purpose })
    return { limits: { messageBytes: LIMITS.packetBytes, idleMs: LIMITS.idleMs }, ticket }
  }
  const redeem = (id: Uint8Array): Ticket | null => tickets.redeem(id)
  return new HandshakeConduct(responder(common(options)), stepResponder, { ...ports, admit, redeem })
}

function common({ self, net, platform, shown }: MeetingOptions): HandshakeOptions {
  return {
    net,
    did: self.did,
    ephemeral: () => platform.keyPair(),
    challenge: platform.random(32),
    attachments: shown(),
    deadline: platform.clock.monotonic() + LIMITS.handshakeMs,
  }
}
