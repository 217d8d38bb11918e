/** Two ends of a handshake with nothing between them: what one sends waits until a test hands it on, changes it, or does not. */

import { createHash } from 'node:crypto'
import { type Did, type Identity, identityFromSeed, meshIdOf } from '@trustmesh/identity'
import {
  type Applicant,
  type CookieJar,
  type Established,
  type HandshakeEffect,
  type HandshakeEvent,
  type InitiatorState,
  initiator,
  type KeyPair,
  keyPairOf,
  LIMITS,
  type Purpose,
  type Refusal,
  type ResponderState,
  responder,
  type Step,
  stepInitiator,
  stepResponder,
  type Ticket,
  type Welcome,
} from '@trustmesh/protocol'

const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

export const SEEDS = { alice: seed(1), bob: seed(2), carol: seed(3), mallory: seed(4) } as const
export const alice: Identity = identityFromSeed(SEEDS.alice)
export const bob: Identity = identityFromSeed(SEEDS.bob)
export const carol: Identity = identityFromSeed(SEEDS.carol)
export const mallory: Identity = identityFromSeed(SEEDS.mallory)

export const NET: Uint8Array = meshIdOf(bob.did)
export const WELCOME: Welcome = { limits: { messageBytes: LIMITS.messageBytes, idleMs: LIMITS.idleMs } }
export const DEADLINE: number = LIMITS.handshakeMs

/** Bytes that look random and follow from their name. */
export function drawn(name: string, length = 32): Uint8Array {
  return new Uint8Array(createHash('shake256', { outputLength: length }).update(name).digest())
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export type Outcome = Extract<HandshakeEffect, { type: 'established' | 'refused' | 'failed' }>

/** What an end answers when the handshake asks. */
export interface Answers {
  readonly identity: Pick<Identity, 'sign'>
  readonly redeem?: (id: Uint8Array) => Ticket | null
  readonly admit?: (applicant: Applicant) => Welcome | Refusal
}

type EffectOf<T extends HandshakeEffect['type']> = Extract<HandshakeEffect, { type: T }>

/** One side of a handshake, with everything that it asked for. */
export class End<State = unknown> {
  /** Monotonic time: what every event of this end is dated with. */
  at = 0
  readonly effects: HandshakeEffect[] = []
  /** Every event, with the state that it met. */
  readonly history: { readonly state: State; readonly event: HandshakeEvent }[] = []
  readonly #step: (state: State, event: HandshakeEvent) => Step<State>
  readonly #answers: Answers
  #state: State
  #outbox: Uint8Array[] = []

  constructor(state: State, step: (state: State, event: HandshakeEvent) => Step<State>, answers: Answers) {
    this.#state = state
    this.#step = step
    this.#answers = answers
  }

  start(): Promise<void> {
    return this.#on({ type: 'start', at: this.at })
  }

  receive(bytes: Uint8Array): Promise<void> {
    return this.#on({ type: 'frame', bytes, at: this.at })
  }

  /** What it has sent and nobody has taken yet. */
  take(): Uint8Array[] {
    return this.#outbox.splice(0)
  }

  asked<T extends HandshakeEffect['type']>(type: T): EffectOf<T>[] {
    return this.effects.filter((effect) => effect.type === type) as EffectOf<T>[]
  }

  /** How it ended, if it did. */
  get outcome(): Outcome | undefined {
    const [outcome] = [...this.asked('established'), ...this.asked('refused'), ...this.asked('failed')]
    return outcome
  }

  get established(): Established | undefined {
    return this.asked('established')[0]?.established
  }

  /** The code with which it failed. */
  get failure(): string | undefined {
    return this.asked('failed')[0]?.code
  }

  async #on(event: HandshakeEvent): Promise<void> {
    this.history.push({ state: this.#state, event })
    const { state, effects } = this.#step(this.#state, event)
    this.#state = state
    this.effects.push(...effects)
    for (const effect of effects) await this.#answer(effect)
  }

  async #answer(effect: HandshakeEffect): Promise<void> {
    const { identity: own, redeem, admit } = this.#answers
    if (effect.type === 'send') {
      this.#outbox.push(effect.bytes)
    } else if (effect.type === 'sign') {
      const { signature } = await own.sign(effect.label, effect.claim)
      await this.#on({ type: 'signed', signature, at: this.at })
    } else if (effect.type === 'redeem') {
      await this.#on({ type: 'redeemed', ticket: redeem?.(effect.id) ?? null, at: this.at })
    } else if (effect.type === 'admit') {
      await this.#on({ type: 'admitted', outcome: admit?.(effect.applicant) ?? WELCOME, at: this.at })
    }
  }
}

/** Alice meets bob, unless a test says otherwise. Whatever is random follows from `draw`. */
export interface Meeting {
  readonly draw?: string
  readonly ephemeral?: () => KeyPair
  readonly challenge?: Uint8Array
  readonly initiator?: Identity
  readonly responder?: Identity
  /** Whom the initiator means to reach. */
  readonly meant?: Did
  readonly purpose?: Purpose
  readonly net?: Uint8Array
  readonly attachments?: readonly Uint8Array[]
  /** Held by the initiator. */
  readonly ticket?: Ticket & { readonly id: Uint8Array }
  /** The responder's. */
  readonly redeem?: (id: Uint8Array) => Ticket | null
  readonly cookies?: CookieJar
  readonly admit?: (applicant: Applicant) => Welcome | Refusal
}

export function initiatorState(meeting: Meeting = {}): InitiatorState {
  const { draw = '', initiator: own = alice, meant = bob.did, purpose = 'agent', ticket } = meeting
  return initiator({
    net: meeting.net ?? NET,
    did: own.did,
    purpose,
    responder: meant,
    ephemeral: meeting.ephemeral ?? (() => keyPairOf(drawn(`${draw} initiator ephemeral`))),
    challenge: meeting.challenge ?? drawn(`${draw} initiator challenge`),
    attachments: meeting.attachments ?? [],
    deadline: DEADLINE,
    ...(ticket ? { ticket } : {}),
  })
}

export function initiatorOf(meeting: Meeting = {}): End<InitiatorState> {
  return new End(initiatorState(meeting), stepInitiator, { identity: meeting.initiator ?? alice })
}

export function responderState(meeting: Meeting = {}): ResponderState {
  const { draw = '', responder: own = bob, cookies } = meeting
  return responder({
    net: meeting.net ?? NET,
    did: own.did,
    ephemeral: meeting.ephemeral ?? (() => keyPairOf(drawn(`${draw} responder ephemeral`))),
    challenge: meeting.challenge ?? drawn(`${draw} responder challenge`),
    attachments: meeting.attachments ?? [],
    deadline: DEADLINE,
    ...(cookies ? { cookies } : {}),
  })
}

export function responderOf(meeting: Meeting = {}): End<ResponderState> {
  const { responder: own = bob, redeem, admit } = meeting
  const answers = { identity: own, ...(redeem ? { redeem } : {}), ...(admit ? { admit } : {}) }
  return new End(responderState(meeting), stepResponder, answers)
}

/** An end of either role. */
export type Half = Pick<End, 'start' | 'receive' | 'take' | 'asked' | 'outcome' | 'established' | 'failure'>

/** What arrives in place of a frame, or nothing. `index` counts the frames of the exchange from 0, whoever sent them. */
export type Tamper = (frame: Uint8Array, index: number) => Uint8Array | null

/** Hands on every frame until nobody sends any more. Gives back the frames as they were sent. */
export async function meet(from: Half, to: Half, tamper: Tamper = (frame) => frame): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = []
  await from.start()
  for (let before = -1; before < frames.length; ) {
    before = frames.length
    for (const [sender, receiver] of [
      [from, to],
      [to, from],
    ] as const) {
      for (const frame of sender.take()) {
        frames.push(frame)
        const arriving = tamper(frame, frames.length - 1)
        if (arriving) await receiver.receive(arriving)
      }
    }
  }
  return frames
}

/** A cookie jar that knows its own cookies. */
export const COOKIES: CookieJar = {
  bake: (hello) => createHash('sha256').update('cookie').update(hello.e).update(hello.n).digest(),
  accepts: (hello, cookie) => hexOf(COOKIES.bake(hello)) === hexOf(cookie),
}

/** Tickets that are forgotten when they are redeemed. */
export function ticketBook(
  ...tickets: readonly (Ticket & { readonly id: Uint8Array })[]
): (id: Uint8Array) => Ticket | null {
  const book = new Map<string, Ticket>(tickets.map((ticket) => [hexOf(ticket.id), ticket]))
  return (id) => {
    const ticket = book.get(hexOf(id)) ?? null
    book.delete(hexOf(id))
    return ticket
  }
}

/** As both ends of a resumption between alice and bob hold it. */
export const TICKET_ID: Uint8Array = drawn('ticket', 16)
export const TICKET_SECRET: Uint8Array = drawn('ticket secret')
export const BOBS_TICKET: Ticket & { readonly id: Uint8Array } = {
  id: TICKET_ID,
  secret: TICKET_SECRET,
  peer: alice.did,
  purpose: 'agent',
}
export const ALICES_TICKET: Ticket & { readonly id: Uint8Array } = { ...BOBS_TICKET, peer: bob.did }
/** A meeting that resumes; one at a time, since the ticket is gone then. */
export const resuming = (): Meeting => ({ ticket: ALICES_TICKET, redeem: ticketBook(BOBS_TICKET) })

/** The same bytes with one bit turned. */
export function turned(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes)
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
  return copy
}
