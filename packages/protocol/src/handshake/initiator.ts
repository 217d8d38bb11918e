import { equalBytes } from '@noble/ciphers/utils.js'
import { type Did, keyOf } from '@trustmesh/identity'
import { primitives } from '#primitives'
import type { KeyPair } from '../primitives/primitives.ts'
import { ProtocolError } from '../protocol-error.ts'
import { openFirst } from '../session/sealed-direction.ts'
import { PROTOCOL_VERSION, SUITE } from '../version.ts'
import {
  encodeHello,
  encodeProof,
  encodeResponse,
  type Hello,
  type Purpose,
  parseChallenge,
  parseOutcome,
  parseProof,
  parseRetry,
  parseWelcome,
} from './frames.ts'
import {
  agreedSecret,
  handshakeKeys,
  openOnce,
  type SessionSecrets,
  sealOnce,
  sessionSecrets,
  transcriptHash,
} from './key-schedule.ts'
import { initiatorClaim, responderClaim, resumedProver, verifiedProver } from './proofs.ts'
import {
  type Done,
  finished,
  guarded,
  type HandshakeEvent,
  type HandshakeOptions,
  type Step,
  type Ticket,
} from './step.ts'

export interface InitiatorOptions extends HandshakeOptions {
  readonly purpose: Purpose
  /** Whom this initiator means to reach. It knows that beforehand: from an invitation, a join file or its configuration. */
  readonly responder: Did
  /** A ticket of an earlier session with the same responder, and the name under which the responder knows it. */
  readonly ticket?: Ticket & { readonly id: Uint8Array }
}

interface Base {
  readonly options: InitiatorOptions
  readonly pair: KeyPair
}

type Live = Base &
  (
    | { readonly phase: 'ready' }
    | { readonly phase: 'challenged'; readonly hello: Uint8Array; readonly cookieUsed: boolean }
    | { readonly phase: 'signing'; readonly pending: Pending }
    | {
        readonly phase: 'welcomed'
        readonly secrets: SessionSecrets
        readonly resumed: boolean
        readonly attachments: readonly Uint8Array[]
      }
  )

/** What the response is made of, while a signature is awaited. */
interface Pending {
  readonly frames: readonly [Uint8Array, Uint8Array]
  readonly secret: Uint8Array
  readonly key: Uint8Array
  readonly attachments: readonly Uint8Array[]
}

/** Opaque outside this file: make one with {@link initiator}, advance it with {@link stepInitiator}. */
export type InitiatorState = Live | Done

/** The state before the first frame; `start` sends it. */
export function initiator(options: InitiatorOptions): InitiatorState {
  return { phase: 'ready', options, pair: options.ephemeral() }
}

/** What an event leads to. Does not throw: whatever is wrong ends the handshake. */
export function stepInitiator(state: InitiatorState, event: HandshakeEvent): Step<InitiatorState> {
  const deadline = state.phase === 'done' ? Infinity : state.options.deadline
  return guarded<Live>(state, event, deadline, (live) => {
    if (live.phase === 'ready' && event.type === 'start') return sendHello(live)
    if (live.phase === 'challenged' && event.type === 'frame') return onChallenge(live, event.bytes)
    if (live.phase === 'signing' && event.type === 'signed') return respond(live, live.pending, event.signature)
    if (live.phase === 'welcomed' && event.type === 'frame') return onWelcome(live, event.bytes)
    throw new ProtocolError('handshake.unexpected')
  })
}

function sendHello(base: Base, cookie?: Uint8Array): Step<Live> {
  const { options, pair } = base
  const body: Hello = {
    v: PROTOCOL_VERSION,
    suites: [SUITE],
    net: options.net,
    purpose: options.purpose,
    e: pair.publicKey,
    n: options.challenge,
    to: primitives.sha256(options.challenge, keyOf(options.responder)),
    ticket: options.ticket?.id,
    cookie,
  }
  const hello = encodeHello(body)
  return {
    state: { phase: 'challenged', options, pair, hello, cookieUsed: cookie !== undefined },
    effects: [{ type: 'send', bytes: hello }],
  }
}

function onChallenge(live: Extract<Live, { phase: 'challenged' }>, frame: Uint8Array): Step<Live> {
  const { options, pair, hello } = live
  const cookie = parseRetry(frame)
  if (cookie) {
    if (live.cookieUsed) throw new ProtocolError('handshake.cookie')
    return sendHello(live, cookie)
  }
  const { challenge, clear, sealed } = parseChallenge(frame)
  if (challenge.suite !== SUITE) throw new ProtocolError('handshake.version')
  if (equalBytes(challenge.e, pair.publicKey) || equalBytes(challenge.n, options.challenge))
    throw new ProtocolError('handshake.reflected')
  const ticket = challenge.resumed ? options.ticket : undefined
  if (challenge.resumed && !ticket) throw new ProtocolError('handshake.malformed')

  const secret = agreedSecret(pair, challenge.e, ticket?.secret)
  const transcript = transcriptHash(hello, clear)
  const keys = handshakeKeys(secret, transcript)
  const opened = openOnce(keys.responder, sealed, transcript)
  if (!opened) throw new ProtocolError('handshake.unsealed')
  const proof = parseProof(opened)
  const responder = ticket
    ? resumedProver(proof)
    : verifiedProver(proof, 'handshake/responder', responderClaim(options.net, options.purpose, transcript))
  if (responder === options.did) throw new ProtocolError('handshake.reflected')
  if (responder !== options.responder || (ticket && ticket.peer !== responder))
    throw new ProtocolError('handshake.peer')

  const pending: Pending = { frames: [hello, frame], secret, key: keys.initiator, attachments: proof.attachments }
  if (ticket) return respond(live, pending)
  const claim = initiatorClaim(transcriptHash(hello, frame), responder)
  return {
    state: { phase: 'signing', options, pair, pending },
    effects: [{ type: 'sign', label: 'handshake/initiator', claim }],
  }
}

/** Frame 3. Without a signature in a resumption: opening frame 2 took the ticket's secret, and so does sealing this one. */
function respond(base: Base, pending: Pending, signature?: Uint8Array): Step<Live> {
  const { options, pair } = base
  const { frames, secret, key, attachments } = pending
  const proof = encodeProof({ did: keyOf(options.did), sig: signature, attachments: [...options.attachments] })
  const response = encodeResponse(sealOnce(key, proof, transcriptHash(...frames)))
  const secrets = sessionSecrets(secret, transcriptHash(...frames, response))
  return {
    state: { phase: 'welcomed', options, pair, secrets, resumed: signature === undefined, attachments },
    effects: [{ type: 'send', bytes: response }],
  }
}

function onWelcome(live: Extract<Live, { phase: 'welcomed' }>, frame: Uint8Array): Step<Done> {
  const { options, secrets, resumed, attachments } = live
  const opened = openFirst(secrets.responderKey, secrets.id, parseWelcome(frame))
  if (!opened) throw new ProtocolError('handshake.unsealed')
  const outcome = parseOutcome(opened)
  if ('refusal' in outcome) return finished({ type: 'refused', refusal: outcome })
  const { responder: peer, purpose } = options
  return finished({
    type: 'established',
    established: { peer, purpose, resumed, secrets, welcome: outcome, attachments },
  })
}
