import type { Claim, ProtocolLabel, Signed } from '@trustmesh/identity'
import type { CloseCode } from '../close-codes.ts'
import type { Refusal, Welcome } from './frames.ts'
import type { Applicant, Established, HandshakeEffect, HandshakeEvent, Step, Ticket } from './step.ts'

/** How a handshake ended. */
export type ConductOutcome =
  | { readonly type: 'established'; readonly established: Established }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'failed'; readonly code: CloseCode }

/** What a shell does for a handshake. `conclude` is called once, before {@link HandshakeConduct.receive} returns. */
export interface ConductPorts {
  send(bytes: Uint8Array): void
  sign(label: ProtocolLabel, claim: Claim): Promise<Signed>
  monotonic(): number
  conclude(outcome: ConductOutcome): void
  /** Responders only: hands out a ticket's secret, once. */
  redeem?(id: Uint8Array): Ticket | null
  /** Responders only: decides on somebody who has proved who it is. A rejection ends the handshake. */
  admit?(applicant: Applicant): Promise<Welcome | Refusal>
}

/** Carries out the effects of one side of a handshake. Every failure of a port is a failure of the handshake. */
export class HandshakeConduct<State> {
  readonly #step: (state: State, event: HandshakeEvent) => Step<State>
  readonly #ports: ConductPorts
  #state: State
  #concluded = false

  constructor(state: State, step: (state: State, event: HandshakeEvent) => Step<State>, ports: ConductPorts) {
    this.#state = state
    this.#step = step
    this.#ports = ports
  }

  /** Initiators begin. */
  start(): void {
    this.#on({ type: 'start', at: this.#ports.monotonic() })
  }

  receive(bytes: Uint8Array): void {
    this.#on({ type: 'frame', bytes, at: this.#ports.monotonic() })
  }

  /** To be called once the deadline has passed: nothing else would notice that the other side is silent. */
  tick(): void {
    this.#on({ type: 'tick', at: this.#ports.monotonic() })
  }

  /** The connection is gone: nothing more is sent, awaited or concluded. */
  abandon(): void {
    this.#concluded = true
  }

  #on(event: HandshakeEvent): void {
    if (this.#concluded) return
    const { state, effects } = this.#step(this.#state, event)
    this.#state = state
    for (const effect of effects) this.#carryOut(effect)
  }

  #carryOut(effect: HandshakeEffect): void {
    const { send, sign, redeem, admit, monotonic } = this.#ports
    switch (effect.type) {
      case 'send':
        return send(effect.bytes)
      case 'sign':
        return this.#await(
          async () => sign(effect.label, effect.claim),
          'handshake.signer',
          ({ signature }) => this.#on({ type: 'signed', signature, at: monotonic() }),
        )
      case 'redeem':
        return this.#await(
          async () => redeem?.(effect.id) ?? null,
          'handshake.refused',
          (ticket) => this.#on({ type: 'redeemed', ticket, at: monotonic() }),
        )
      case 'admit':
        if (!admit) return this.#conclude({ type: 'failed', code: 'handshake.refused' })
        return this.#await(
          async () => admit(effect.applicant),
          'handshake.refused',
          (outcome) => this.#on({ type: 'admitted', outcome, at: monotonic() }),
        )
      default:
        return this.#conclude(effect)
    }
  }

  /** A port that throws instead of rejecting fails the handshake all the same. */
  #await<T>(ask: () => Promise<T>, onRejection: CloseCode, then: (value: T) => void): void {
    ask()
      .then(then)
      .catch(() => this.#conclude({ type: 'failed', code: onRejection }))
  }

  #conclude(outcome: ConductOutcome): void {
    if (this.#concluded) return
    this.#concluded = true
    this.#ports.conclude(outcome)
  }
}
