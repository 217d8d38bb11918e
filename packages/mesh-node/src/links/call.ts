import type { Clock, Did, Identity, Random } from '@trustmesh/identity'
import {
  type Established,
  HandshakeConduct,
  initiator,
  type KeyPair,
  LIMITS,
  type Refusal,
  stepInitiator,
} from '@trustmesh/protocol'
import { Attempt } from '../attempt.ts'
import type { Timers } from '../timers.ts'
import type { Connection, ConnectionHandler } from '../transport/connection.ts'

/** Who calls, and what it takes. */
export interface Caller {
  readonly identity: Identity
  readonly net: Uint8Array
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly keyPair: () => KeyPair
  /** What shows the other node that this one is a member. */
  readonly attachments: () => readonly Uint8Array[]
}

export interface CallOptions extends Caller {
  readonly welcome: (established: Established, connection: Connection) => ConnectionHandler
  readonly refused: (refusal: Refusal) => void
  /** It has come to a link, or to nothing. */
  readonly over: (isLinked: boolean) => void
}

/** Takes a connection that this node has opened to a member through the handshake. */
export function call(connection: Connection, node: Did, options: CallOptions): ConnectionHandler {
  const { identity, net, clock, random, timers, keyPair, attachments, welcome, refused, over } = options
  const handshakeMs = LIMITS.handshakeMs
  const state = initiator({
    net,
    did: identity.did,
    responder: node,
    purpose: 'node',
    ephemeral: keyPair,
    challenge: random(32),
    attachments: attachments(),
    deadline: clock.monotonic() + handshakeMs,
  })
  const attempt = new Attempt({
    connection,
    timers,
    handshakeMs,
    conduct: (conclude) =>
      new HandshakeConduct(state, stepInitiator, {
        send: (bytes) => connection.send(bytes),
        sign: (label, claim) => identity.sign(label, claim),
        monotonic: () => clock.monotonic(),
        conclude: (outcome) => {
          if (outcome.type === 'refused') refused(outcome.refusal)
          conclude(outcome)
        },
      }),
    welcome: (established) => welcome(established, connection),
    over: (code) => over(code === null),
  })
  attempt.start()
  return attempt
}
