/** `vectors/handshake.json`: handshakes from their inputs to the secrets of the session, by the reference. */

import { didOf, type Encodable, encode } from '@trustmesh/identity'
import { type Bytes, named, seedOf } from './golden.ts'
import {
  agreement,
  challengeFrame,
  ed25519Key,
  type HandshakeKeys,
  responseFrame,
  type SessionKeys,
  sessionKeys,
  sha256,
  signature,
  signingForm,
  transcript,
  welcomeFrame,
  x25519,
  x25519Key,
} from './reference.ts'

export const ALICE: Bytes = seedOf(1)
export const BOB: Bytes = seedOf(2)
export const CAROL: Bytes = seedOf(3)
export const MALLORY: Bytes = seedOf(4)
/** Alice is the root of the mesh. */
export const NET: Bytes = sha256(ed25519Key(ALICE))
const COOKIE: Bytes = named('cookie')

type Purpose = 'agent' | 'node' | 'peer'
type Fields = { readonly [field: string]: Encodable | undefined }

export interface Side {
  readonly seed: Bytes
  readonly did: string
  readonly ephemeralSecret: Bytes
  readonly e: Bytes
  readonly n: Bytes
  readonly attachments: readonly Bytes[]
}

export interface Signed {
  readonly payload: Bytes
  readonly form: Bytes
  readonly signature: Bytes
}

export interface HandshakeCase {
  readonly name: string
  readonly about: string
  readonly net: Bytes
  readonly purpose: Purpose
  readonly initiator: Side & {
    readonly means: string
    readonly ticket?: { readonly id: Bytes; readonly secret: Bytes }
  }
  readonly responder: Side & {
    readonly cookie?: Bytes
    readonly ticket?: { readonly id: Bytes; readonly secret: Bytes; readonly peer: string; readonly purpose: Purpose }
  }
  readonly frames: readonly { readonly from: 'initiator' | 'responder'; readonly name: string; readonly bytes: Bytes }[]
  readonly dh: Bytes
  readonly secret: Bytes
  readonly t1: Bytes
  readonly t2: Bytes
  readonly t3: Bytes
  readonly handshakeKeys: HandshakeKeys
  /** Absent in a resumption. */
  readonly signatures?: { readonly responder: Signed; readonly initiator: Signed }
  readonly documents: {
    readonly clear: Bytes
    readonly challenge: Bytes
    readonly response: Bytes
    readonly welcome: Bytes
  }
  readonly session: SessionKeys
  readonly resumed: boolean
  readonly outcome: 'established' | 'refused'
  readonly refusal?: string
}

interface Inputs {
  readonly name: string
  readonly about: string
  readonly purpose?: Purpose
  readonly initiator?: Bytes
  readonly responder?: Bytes
  readonly initiatorAttachments?: readonly Bytes[]
  readonly responderAttachments?: readonly Bytes[]
  /** Who knows the ticket: the initiator has it always where there is one. */
  readonly ticket?: 'known' | 'forgotten' | 'for another purpose'
  readonly cookie?: boolean
  readonly answer?: Fields
}

const WELCOME: Fields = { limits: { messageBytes: 65_536, idleMs: 60_000 } }

function handshake(inputs: Inputs): HandshakeCase {
  const { name, about, purpose = 'agent', ticket, cookie = false, answer = WELCOME } = inputs
  const side = (role: string, seed: Bytes, attachments: readonly Bytes[] = []): Side => {
    const ephemeralSecret = named(`${name} ${role} ephemeral`)
    const n = named(`${name} ${role} challenge`)
    return { seed, did: didOf(ed25519Key(seed)), ephemeralSecret, e: x25519Key(ephemeralSecret), n, attachments }
  }
  const i = side('initiator', inputs.initiator ?? ALICE, inputs.initiatorAttachments)
  const r = side('responder', inputs.responder ?? BOB, inputs.responderAttachments)
  const [keyI, keyR] = [ed25519Key(i.seed), ed25519Key(r.seed)]
  const [ticketId, ticketSecret] = [named(`${name} ticket`, 16), named(`${name} ticket secret`)]
  const resumed = ticket === 'known'

  const helloWith = (shown?: Bytes): Bytes => {
    const to = sha256(i.n, keyR)
    const body = {
      v: 1,
      suites: [1],
      net: NET,
      purpose,
      e: i.e,
      n: i.n,
      to,
      ticket: ticket ? ticketId : undefined,
      cookie: shown,
    }
    return encode([1, body])
  }
  const hello = helloWith(cookie ? COOKIE : undefined)
  const dh = x25519(r.ephemeralSecret, i.e)
  const secret = agreement(r.ephemeralSecret, i.e, resumed ? ticketSecret : undefined)
  const signedBy = (seed: Bytes, label: string, claim: Fields): Signed => {
    const payload = encode(claim)
    return { payload, form: signingForm(label, ed25519Key(seed), payload), signature: signature(seed, label, payload) }
  }

  const clear = { suite: 1, e: r.e, n: r.n, resumed: resumed ? true : undefined }
  const t1 = transcript(hello, encode(clear))
  const byR = signedBy(r.seed, 'handshake/responder', { net: NET, purpose, transcript: t1 })
  const proofR = { did: keyR, sig: resumed ? undefined : byR.signature, attachments: r.attachments }
  const challenge = challengeFrame(hello, secret, clear, () => proofR)

  const t2 = transcript(hello, challenge.frame)
  const byI = signedBy(i.seed, 'handshake/initiator', { transcript: t2, responder: keyR })
  const proofI = { did: keyI, sig: resumed ? undefined : byI.signature, attachments: i.attachments }
  const response = responseFrame(hello, challenge.frame, challenge.keys.initiator, () => proofI)

  const t3 = transcript(hello, challenge.frame, response.frame)
  const session = sessionKeys(secret, t3)
  const refusal = answer['refusal'] as string | undefined
  return {
    name,
    about,
    net: NET,
    purpose,
    initiator: { ...i, means: r.did, ...(ticket ? { ticket: { id: ticketId, secret: ticketSecret } } : {}) },
    responder: {
      ...r,
      ...(cookie ? { cookie: COOKIE } : {}),
      ...(ticket && ticket !== 'forgotten'
        ? { ticket: { id: ticketId, secret: ticketSecret, peer: i.did, purpose: resumed ? purpose : 'peer' } }
        : {}),
    },
    frames: [
      ...(cookie
        ? [
            { from: 'initiator', name: 'hello', bytes: helloWith() } as const,
            { from: 'responder', name: 'retry', bytes: encode([0, { cookie: COOKIE }]) } as const,
          ]
        : []),
      { from: 'initiator', name: 'hello', bytes: hello },
      { from: 'responder', name: 'challenge', bytes: challenge.frame },
      { from: 'initiator', name: 'response', bytes: response.frame },
      { from: 'responder', name: 'welcome', bytes: welcomeFrame(session, answer as Encodable) },
    ],
    dh,
    secret,
    t1,
    t2,
    t3,
    handshakeKeys: challenge.keys,
    ...(resumed ? {} : { signatures: { responder: byR, initiator: byI } }),
    documents: {
      clear: encode(clear),
      challenge: encode(proofR),
      response: encode(proofI),
      welcome: encode(answer as Encodable),
    },
    session,
    resumed,
    outcome: refusal ? 'refused' : 'established',
    ...(refusal ? { refusal } : {}),
  }
}

export const HANDSHAKES: readonly HandshakeCase[] = [
  handshake({ name: 'full', about: 'An agent meets a node: four frames, nothing attached, a plain welcome.' }),
  handshake({
    name: 'full with everything',
    about: 'Two nodes, with attachments on both sides, and a ticket in the welcome.',
    purpose: 'node',
    initiatorAttachments: [named('attachment 1', 20), named('attachment 2', 32)],
    responderAttachments: [named('attachment 3', 1)],
    answer: { ...WELCOME, ticket: { id: named('new ticket', 16), ttlMs: 600_000 } },
  }),
  handshake({
    name: 'cookie',
    about: 'The responder demands a cookie first. The second hello is frame 1.',
    cookie: true,
  }),
  handshake({
    name: 'resumed',
    about: 'By a ticket: no signatures, and the secret has the ticket’s behind it.',
    ticket: 'known',
  }),
  handshake({
    name: 'resumed between agents, with a cookie',
    about: 'All of it at once.',
    purpose: 'peer',
    ticket: 'known',
    cookie: true,
    initiatorAttachments: [named('attachment 1', 20)],
    responderAttachments: [named('attachment 2', 20)],
    answer: { ...WELCOME, ticket: { id: named('new ticket', 16), ttlMs: 1 } },
  }),
  handshake({
    name: 'ticket forgotten',
    about: 'The responder does not know the ticket (any more): a full handshake.',
    ticket: 'forgotten',
  }),
  handshake({
    name: 'ticket for another purpose',
    about: 'The ticket was issued for "peer" and is shown for "agent": a full handshake.',
    ticket: 'for another purpose',
  }),
  handshake({
    name: 'refused',
    about: 'The initiator proves who it is, and is revoked. The refusal travels sealed, with the reason.',
    answer: { refusal: 'revoked', proof: [named('revocation', 48)] },
  }),
  handshake({
    name: 'resumed and refused',
    about: 'Status is checked in a resumption too.',
    ticket: 'known',
    answer: { refusal: 'suspended', proof: [] },
  }),
]

export function handshakeNamed(name: string): HandshakeCase {
  const found = HANDSHAKES.find((one) => one.name === name)
  if (!found) throw new RangeError(name)
  return found
}
