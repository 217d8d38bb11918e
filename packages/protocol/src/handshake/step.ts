/**
 * The handshake as a table: `step(state, event) → {state, effects}`. Nothing here waits, sends or signs by itself; a shell
 * carries the effects out and reports back with events. `docs/spec/handshake.md` has the same table.
 */

import type { Claim, Did, ProtocolLabel } from '@trustmesh/identity'
import type { CloseCode } from '../close-codes.ts'
import type { KeyPair } from '../primitives/primitives.ts'
import { ProtocolError } from '../protocol-error.ts'
import type { Purpose, Refusal, Welcome } from './frames.ts'
import type { SessionSecrets } from './key-schedule.ts'

/** What happened. `at` is monotonic time in ms. */
export type HandshakeEvent = { readonly at: number } & (
  | { readonly type: 'start' }
  | { readonly type: 'frame'; readonly bytes: Uint8Array }
  | { readonly type: 'signed'; readonly signature: Uint8Array }
  | { readonly type: 'redeemed'; readonly ticket: Ticket | null }
  | { readonly type: 'admitted'; readonly outcome: Welcome | Refusal }
  | { readonly type: 'tick' }
)

/** What is to be done, in this order. */
export type HandshakeEffect =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** Answer with `signed`. */
  | { readonly type: 'sign'; readonly label: ProtocolLabel; readonly claim: Claim }
  /** Look the ticket up and forget it, then answer with `redeemed`. */
  | { readonly type: 'redeem'; readonly id: Uint8Array }
  /** The applicant has proved who it is: check its status, then answer with `admitted`. */
  | { readonly type: 'admit'; readonly applicant: Applicant }
  | { readonly type: 'established'; readonly established: Established }
  /** The responder did let the initiator in no further; the proof is not verified yet. */
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'failed'; readonly code: CloseCode }

/** Who wants to be let in: proved, and not yet answered. */
export interface Applicant {
  readonly did: Did
  readonly purpose: Purpose
  readonly attachments: readonly Uint8Array[]
  readonly resumed: boolean
  /** What a ticket for the session would stand for. */
  readonly resumption: Uint8Array
}

/** What a handshake comes to: who is on the other side, and the secrets of a session with them. */
export interface Established {
  readonly peer: Did
  readonly purpose: Purpose
  readonly resumed: boolean
  readonly secrets: SessionSecrets
  readonly welcome: Welcome
  readonly attachments: readonly Uint8Array[]
}

/** A short-lived secret of an earlier session, with which the next handshake needs no signatures. */
export interface Ticket {
  readonly secret: Uint8Array
  /** Who the other side was. */
  readonly peer: Did
  readonly purpose: Purpose
}

/** What both roles begin with. The challenge is 32 fresh random bytes. */
export interface HandshakeOptions {
  readonly net: Uint8Array
  readonly did: Did
  /** Asked at most once, and not before it is needed: a key pair for this attempt alone. */
  readonly ephemeral: () => KeyPair
  readonly challenge: Uint8Array
  readonly attachments: readonly Uint8Array[]
  /** Monotonic time in ms after which the handshake has failed. */
  readonly deadline: number
}

/** What an event leads to: the state after it, and what its caller has to do. */
export interface Step<State> {
  readonly state: State
  readonly effects: readonly HandshakeEffect[]
}

/** A state in which nothing happens any more. */
export interface Done {
  readonly phase: 'done'
}

/** Runs one transition: deadlines first, and every exception is a failure that closes. */
export function guarded<State extends { readonly phase: string }>(
  state: State | Done,
  event: HandshakeEvent,
  deadline: number,
  transition: (state: State) => Step<State | Done>,
): Step<State | Done> {
  if (state.phase === 'done') return { state, effects: [] }
  if (event.at > deadline) return failed('handshake.timeout')
  if (event.type === 'tick') return { state, effects: [] }
  try {
    return transition(state as State)
  } catch (error) {
    return failed(error instanceof ProtocolError ? error.code : 'handshake.malformed')
  }
}

function failed(code: CloseCode): Step<Done> {
  return finished({ type: 'failed', code })
}

export function finished(...effects: HandshakeEffect[]): Step<Done> {
  return { state: { phase: 'done' }, effects }
}
