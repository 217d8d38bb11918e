/**
 * # @trustmesh/protocol
 *
 * How two Dids come to trust a wire: a mutual handshake of four frames ({@link initiator}, {@link responder}), and the
 * sealed, ordered {@link Session} that it establishes. Both are pure: events and bytes in, effects and bytes out; clocks,
 * sockets and randomness belong to the caller. `docs/spec/handshake.md` and `docs/spec/session.md` are normative.
 *
 * And how two replicas find out where they differ: each keeps a {@link KeyTree} of what it holds, a {@link Reconciler} asks,
 * and {@link answerCompare} answers. `docs/spec/replication.md` is normative.
 */

export { equalBytes } from '@noble/ciphers/utils.js'
export {
  CLOSE_CODES,
  type CloseCode,
  type CloseRow,
  isCloseCode,
  REFUSALS,
  type RefusalCode,
} from './close-codes.ts'
export { type ConductOutcome, type ConductPorts, HandshakeConduct } from './handshake/conduct.ts'
export { type Hello, isHello, type Purpose, type Refusal, type Welcome } from './handshake/frames.ts'
export { type InitiatorOptions, type InitiatorState, initiator, stepInitiator } from './handshake/initiator.ts'
export type { SessionSecrets } from './handshake/key-schedule.ts'
export {
  type CookieJar,
  type ResponderOptions,
  type ResponderState,
  responder,
  stepResponder,
} from './handshake/responder.ts'
export type {
  Applicant,
  Established,
  HandshakeEffect,
  HandshakeEvent,
  HandshakeOptions,
  Step,
  Ticket,
} from './handshake/step.ts'
export { Tickets } from './handshake/tickets.ts'
export { LIMITS } from './limits.ts'
export { type KeyPair, keyPairOf } from './primitives/key-pair.ts'
export { ProtocolError } from './protocol-error.ts'
export { answerCompare } from './replication/answer.ts'
export { dayOf, horizonAt, idBytes, idInKey, replicaKey, statementIdOf } from './replication/key.ts'
export { KeyTree, type Range } from './replication/key-tree.ts'
export {
  type Progress,
  Reconciler,
  type ReconcilerOptions,
  type ReconciliationFault,
  type RoundEnd,
} from './replication/reconciler.ts'
export type { Frame, FrameOf } from './session/frames.ts'
export type { Collection } from './session/link-frames.ts'
export type { SayKind } from './session/peer-frames.ts'
export { Session, type SessionOptions } from './session/session.ts'
export { PROTOCOL_VERSION, SUITE } from './version.ts'
