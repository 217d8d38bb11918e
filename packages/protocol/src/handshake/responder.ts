import { equalBytes } from '@noble/ciphers/utils.js'
import { keyOf } from '@trustmesh/identity'
import { primitives } from '#primitives'
import { ProtocolError } from '../protocol-error.ts'
import { sealFirst } from '../session/sealed-direction.ts'
import { SUITE } from '../version.ts'
import {
  encodeChallenge,
  encodeChallengeClear,
  encodeOutcome,
  encodeProof,
  encodeRetry,
  encodeWelcome,
  type Hello,
  parseHello,
  parseProof,
  parseResponse,
  type Refusal,
  type Welcome,
} from './frames.ts'
import { agreedSecret, handshakeKeys, openOnce, sealOnce, sessionSecrets, transcriptHash } from './key-schedule.ts'
import { initiatorClaim, responderClaim, resumedProver, verifiedProver } from './proofs.ts'
import {
  type Done,
  type Established,
  finished,
  guarded,
  type HandshakeEvent,
  type HandshakeOptions,
  type Step,
  type Ticket,
} from './step.ts'

export interface ResponderOptions extends HandshakeOptions {
  /** Under load: a cookie to demand, and the check of one that comes back. Both stateless. */
  readonly cookies?: CookieJar
}

/** Makes and checks cookies that prove that the initiator reads what is sent to its address. */
export interface CookieJar {
  bake(hello: Hello): Uint8Array
  accepts(hello: Hello, cookie: Uint8Array): boolean
}

interface Base {
  readonly options: ResponderOptions
}

/** What frames 1 and 2 have settled. */
interface Challenged extends Base {
  readonly hello: Hello
  readonly frames: readonly [Uint8Array, Uint8Array]
  readonly secret: Uint8Array
  readonly key: Uint8Array
  readonly ticket: Ticket | null
}

/** What the challenge is made of, while a signature is awaited. */
interface Pending {
  readonly hello: Hello
  readonly frame: Uint8Array
  readonly clear: Uint8Array
  readonly secret: Uint8Array
  readonly transcript: Uint8Array
  readonly ticket: Ticket | null
}

type Live =
  | (Base & { readonly phase: 'listening'; readonly cookieSent: boolean })
  | (Base & { readonly phase: 'redeeming'; readonly hello: Hello; readonly frame: Uint8Array })
  | (Base & { readonly phase: 'signing'; readonly pending: Pending })
  | (Challenged & { readonly phase: 'challenged' })
  | (Base & { readonly phase: 'admitting'; readonly established: Omit<Established, 'welcome'> })

/** Opaque outside this file: make one with {@link responder}, advance it with {@link stepResponder}. */
export type ResponderState = Live | Done

/** The state in which the first frame is waited for. */
export function responder(options: ResponderOptions): ResponderState {
  return { phase: 'listening', options, cookieSent: false }
}

/** What an event leads to. Does not throw: whatever is wrong ends the handshake. */
export function stepResponder(state: ResponderState, event: HandshakeEvent): Step<ResponderState> {
  const deadline = state.phase === 'done' ? Infinity : state.options.deadline
  return guarded<Live>(state, event, deadline, (live) => {
    if (live.phase === 'listening' && event.type === 'frame') return onHello(live, event.bytes)
    if (live.phase === 'redeeming' && event.type === 'redeemed') return challenge(live, event.ticket)
    if (live.phase === 'signing' && event.type === 'signed') return sendChallenge(live, live.pending, event.signature)
    if (live.phase === 'challenged' && event.type === 'frame') return onResponse(live, event.bytes)
    if (live.phase === 'admitting' && event.type === 'admitted') return conclude(live, event.outcome)
    throw new ProtocolError('handshake.unexpected')
  })
}

/** Everything that can be refused without a key agreement or a signature is refused first (threat H13). */
function onHello(live: Extract<Live, { phase: 'listening' }>, frame: Uint8Array): Step<Live> {
  const { options } = live
  const hello = parseHello(frame)
  if (!hello.suites.includes(SUITE)) throw new ProtocolError('handshake.version')
  if (!equalBytes(hello.net, options.net)) throw new ProtocolError('handshake.mesh')
  if (hello.to && !equalBytes(hello.to, primitives.sha256(hello.n, keyOf(options.did))))
    throw new ProtocolError('handshake.peer')
  if (equalBytes(hello.n, options.challenge)) throw new ProtocolError('handshake.reflected')
  if (options.cookies) {
    if (!hello.cookie && !live.cookieSent) {
      const bytes = encodeRetry(options.cookies.bake(hello))
      return { state: { ...live, cookieSent: true }, effects: [{ type: 'send', bytes }] }
    }
    if (!hello.cookie || !options.cookies.accepts(hello, hello.cookie)) throw new ProtocolError('handshake.cookie')
  }
  if (!hello.ticket) return challenge({ options, hello, frame }, null)
  return {
    state: { phase: 'redeeming', options, hello, frame },
    effects: [{ type: 'redeem', id: hello.ticket }],
  }
}

/** A ticket that is unknown, used or made for another purpose is no error: the handshake is then a full one. */
function challenge(base: Base & { hello: Hello; frame: Uint8Array }, redeemed: Ticket | null): Step<Live> {
  const { options, hello, frame } = base
  const ticket = redeemed?.purpose === hello.purpose ? redeemed : null
  const pair = options.ephemeral()
  if (equalBytes(hello.e, pair.publicKey)) throw new ProtocolError('handshake.reflected')
  const secret = agreedSecret(pair, hello.e, ticket?.secret)
  const clear = encodeChallengeClear({
    suite: SUITE,
    e: pair.publicKey,
    n: options.challenge,
    resumed: ticket ? true : undefined,
  })
  const transcript = transcriptHash(frame, clear)
  const pending: Pending = { hello, frame, clear, secret, transcript, ticket }
  if (ticket) return sendChallenge(base, pending)
  const claim = responderClaim(options.net, hello.purpose, transcript)
  return {
    state: { phase: 'signing', options, pending },
    effects: [{ type: 'sign', label: 'handshake/responder', claim }],
  }
}

/** Frame 2. */
function sendChallenge({ options }: Base, pending: Pending, signature?: Uint8Array): Step<Live> {
  const { hello, frame, clear, secret, transcript, ticket } = pending
  const keys = handshakeKeys(secret, transcript)
  const proof = encodeProof({ did: keyOf(options.did), sig: signature, attachments: [...options.attachments] })
  const bytes = encodeChallenge(clear, sealOnce(keys.responder, proof, transcript))
  return {
    state: { phase: 'challenged', options, hello, frames: [frame, bytes], secret, key: keys.initiator, ticket },
    effects: [{ type: 'send', bytes }],
  }
}

/** Frame 3: proof first, then the status of whoever proved itself, and only then a session (threat H14). */
function onResponse(live: Extract<Live, { phase: 'challenged' }>, frame: Uint8Array): Step<Live> {
  const { options, hello, frames, secret, key, ticket } = live
  const transcript = transcriptHash(...frames)
  const opened = openOnce(key, parseResponse(frame), transcript)
  if (!opened) throw new ProtocolError('handshake.unsealed')
  const proof = parseProof(opened)
  const peer = ticket
    ? resumedProver(proof)
    : verifiedProver(proof, 'handshake/initiator', initiatorClaim(transcript, options.did))
  if (peer === options.did) throw new ProtocolError('handshake.reflected')
  if (ticket && ticket.peer !== peer) throw new ProtocolError('handshake.peer')

  const secrets = sessionSecrets(secret, transcriptHash(...frames, frame))
  const resumed = ticket !== null
  const { purpose } = hello
  const { attachments } = proof
  return {
    state: { phase: 'admitting', options, established: { peer, purpose, resumed, secrets, attachments } },
    effects: [
      { type: 'admit', applicant: { did: peer, purpose, attachments, resumed, resumption: secrets.resumption } },
    ],
  }
}

/** Frame 4, the first under the session's keys, whether it welcomes or refuses. */
function conclude(live: Extract<Live, { phase: 'admitting' }>, outcome: Welcome | Refusal): Step<Done> {
  const { secrets } = live.established
  const bytes = encodeWelcome(sealFirst(secrets.responderKey, secrets.id, encodeOutcome(outcome)))
  if ('refusal' in outcome) return finished({ type: 'send', bytes }, { type: 'refused', refusal: outcome })
  return finished(
    { type: 'send', bytes },
    { type: 'established', established: { ...live.established, welcome: outcome } },
  )
}
