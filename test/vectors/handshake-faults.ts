/** `vectors/handshake-invalid.json`: frames that break one rule each, for one side of a handshake of `handshake.json`. */

import { decode, type Encodable, encode } from '@trustmesh/identity'
import { type Bytes, named, turned } from './golden.ts'
import { ALICE, BOB, CAROL, type HandshakeCase, handshakeNamed, MALLORY } from './handshake-cases.ts'
import {
  challengeFrame,
  concat,
  type Document,
  ed25519Key,
  responseFrame,
  seal,
  signature,
  welcomeFrame,
} from './reference.ts'

type Fields = { readonly [field: string]: Encodable | undefined }

export interface HandshakeFault {
  readonly name: string
  /** The handshake whose inputs this side has, and whose frames it has received so far. */
  readonly case: string
  readonly to: 'initiator' | 'responder'
  /** How many of the frames for this side it has received before. */
  readonly received: number
  readonly frame: Bytes
  readonly code: string
}

const raw = (...bytes: number[]): Document => ({ raw: Uint8Array.from(bytes) })
const hexBytes = (hex: string): Bytes => new Uint8Array(Buffer.from(hex, 'hex'))
const full = handshakeNamed('full')
const resumed = handshakeNamed('resumed')
const cookie = handshakeNamed('cookie')
const frameOf = (one: HandshakeCase, name: string): Bytes => one.frames.findLast((frame) => frame.name === name)!.bytes
const bodyOf = (hello: Bytes): Fields => (decode(hello) as [number, Fields])[1]
/** A frame of another length than a strict encoder would choose, and so on, is made from its bytes. */
const spliced = (bytes: Bytes, at: number, drop: number, ...put: number[]): Bytes =>
  concat(bytes.slice(0, at), Uint8Array.from(put), bytes.slice(at + drop))

const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(hexBytes)

function hellos(): HandshakeFault[] {
  const hello = frameOf(full, 'hello')
  const fault = (name: string, frame: Bytes, code: string): HandshakeFault => ({
    name: `hello: ${name}`,
    case: 'full',
    to: 'responder',
    received: 0,
    frame,
    code,
  })
  const changed = (changes: Fields): Bytes => encode([1, { ...bodyOf(hello), ...changes }])
  const malformed = (name: string, frame: Bytes): HandshakeFault => fault(name, frame, 'handshake.malformed')
  return [
    fault('1,025 bytes', new Uint8Array(1025).fill(0xc0), 'frame.too-big'),
    malformed('no bytes', new Uint8Array()),
    malformed('the reserved byte of msgpack', Uint8Array.of(0xc1)),
    malformed('cut off', hello.slice(0, -1)),
    malformed('a byte behind it', concat(hello, Uint8Array.of(0xc0))),
    malformed('a header longer than needed', concat(Uint8Array.of(0xdc, 0, 2), hello.slice(1))),
    malformed('a duplicate field', concat(Uint8Array.of(0x92, 1, 0x88), hello.slice(3), hexBytes('a17601'))),
    malformed('a float version', spliced(hello, 5, 1, 0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0)),
    malformed('a map and no array', encode(bodyOf(hello))),
    malformed('an element too many', encode([1, bodyOf(hello), null])),
    malformed('no body', encode([1])),
    malformed('a body that is nil', encode([1, null])),
    fault('an empty array', encode([]), 'handshake.unexpected'),
    fault('place 0', encode([0, bodyOf(hello)]), 'handshake.unexpected'),
    fault('place 2', encode([2, bodyOf(hello)]), 'handshake.unexpected'),
    fault('place "1"', encode(['1', bodyOf(hello)]), 'handshake.unexpected'),
    fault('its own challenge', frameOf(full, 'challenge'), 'handshake.unexpected'),
    fault('version 0', changed({ v: 0 }), 'handshake.version'),
    fault('version 2', changed({ v: 2 }), 'handshake.version'),
    fault('version 2, of which nothing else is known', encode([1, { v: 2, more: true }]), 'handshake.version'),
    malformed('version "1"', changed({ v: '1' })),
    malformed('no version', changed({ v: undefined })),
    malformed('an unknown field', changed({ flags: 0 })),
    malformed('no suites', changed({ suites: [] })),
    malformed('nine suites', changed({ suites: [1, 2, 3, 4, 5, 6, 7, 8, 9] })),
    malformed('a suite that is no list', changed({ suites: 1 })),
    malformed('a negative suite', changed({ suites: [1, -1] })),
    fault('suite 2 alone', changed({ suites: [2] }), 'handshake.version'),
    fault('another mesh', changed({ net: named('another mesh') }), 'handshake.mesh'),
    malformed('a mesh of 31 bytes', changed({ net: named('another mesh', 31) })),
    malformed('an unknown purpose', changed({ purpose: 'root' })),
    malformed('no ephemeral key', changed({ e: undefined })),
    malformed('an ephemeral key of 31 bytes', changed({ e: named('e', 31) })),
    malformed('a challenge of 16 bytes', changed({ n: named('n', 16) })),
    malformed('a challenge in hex', changed({ n: 'ab'.repeat(32) })),
    malformed('a nil in place of an absent field', changed({ ticket: null })),
    malformed('a ticket of 15 bytes', changed({ ticket: named('ticket', 15) })),
    malformed('a cookie of no bytes', changed({ cookie: new Uint8Array() })),
    malformed('a cookie of 65 bytes', changed({ cookie: new Uint8Array(65) })),
    malformed('a word of whom it is for, of 16 bytes', changed({ to: named('to', 16) })),
    fault('for another responder', changed({ to: named('another responder') }), 'handshake.peer'),
    fault('with the responder’s challenge', changed({ n: full.responder.n, to: undefined }), 'handshake.reflected'),
    fault('with the responder’s ephemeral key', changed({ e: full.responder.e }), 'handshake.reflected'),
    ...SMALL_ORDER.map((e, index) =>
      fault(`an ephemeral key of small order (${index + 1})`, changed({ e }), 'handshake.weak-key'),
    ),
    fault(
      'an ephemeral key of small order, with its top bit',
      changed({ e: turned(SMALL_ORDER[0]!, 255) }),
      'handshake.weak-key',
    ),
    {
      ...fault(
        'a wrong cookie',
        encode([1, { ...bodyOf(frameOf(cookie, 'hello')), cookie: named('guess') }]),
        'handshake.cookie',
      ),
      case: 'cookie',
    },
    {
      ...fault('no cookie, after it was demanded', cookie.frames[0]!.bytes, 'handshake.cookie'),
      case: 'cookie',
      received: 1,
    },
  ]
}

/** What is wrong with the sealed document of frame 2 or 3, in a full handshake. */
function proofFaults(
  own: Bytes,
  label: string,
  otherLabel: string,
  claim: Fields,
): [name: string, proof: Document, code: string][] {
  const did = ed25519Key(own)
  const sign = (seed: Bytes, changes: Fields = {}, as = label): Bytes =>
    signature(seed, as, encode({ ...claim, ...changes }), did)
  const sig = sign(own)
  const good = { did, sig, attachments: [] }
  return [
    ['no document', raw(0xc1), 'handshake.malformed'],
    ['no bytes', raw(), 'handshake.malformed'],
    ['a byte behind it', { raw: concat(encode(good), Uint8Array.of(0)) }, 'handshake.malformed'],
    ['an array', [did, sig, []], 'handshake.malformed'],
    ['an unknown field', { ...good, name: 'somebody' }, 'handshake.malformed'],
    ['no Did', { ...good, did: undefined }, 'handshake.malformed'],
    ['a Did as text', { ...good, did: 'did:key:z6Mk' }, 'handshake.malformed'],
    ['no list of attachments', { ...good, attachments: undefined }, 'handshake.malformed'],
    ['an empty attachment', { ...good, attachments: [new Uint8Array()] }, 'handshake.malformed'],
    ['17 attachments', { ...good, attachments: Array(17).fill(Uint8Array.of(1)) }, 'handshake.malformed'],
    ['a signature of 63 bytes', { ...good, sig: sig.slice(1) }, 'handshake.malformed'],
    ['a nil signature', { ...good, sig: null }, 'handshake.malformed'],
    ['a Did of small order', { ...good, did: new Uint8Array(32) }, 'handshake.weak-key'],
    ['a Did that is not canonical', { ...good, did: hexBytes(`f0${'ff'.repeat(30)}7f`) }, 'handshake.weak-key'],
    ['no signature', { ...good, sig: undefined }, 'handshake.signature'],
    ['a signature of zeros', { ...good, sig: new Uint8Array(64) }, 'handshake.signature'],
    ['a signature with one bit turned', { ...good, sig: turned(sig, 7) }, 'handshake.signature'],
    ['a signature by mallory', { ...good, sig: sign(MALLORY) }, 'handshake.signature'],
    ['another Did over the signature', { ...good, did: ed25519Key(CAROL) }, 'handshake.signature'],
    ['the label of the other side', { ...good, sig: sign(own, {}, otherLabel) }, 'handshake.signature'],
    ['the label of a statement', { ...good, sig: sign(own, {}, 'attestation') }, 'handshake.signature'],
    ['another transcript', { ...good, sig: sign(own, { transcript: named('other') }) }, 'handshake.signature'],
  ]
}

function challenges(): HandshakeFault[] {
  const hello = frameOf(full, 'hello')
  const good = frameOf(full, 'challenge')
  const claim = { net: full.net, purpose: full.purpose, transcript: full.t1 }
  const clear: Fields = { suite: 1, e: full.responder.e, n: full.responder.n }
  const proof = { did: ed25519Key(BOB), sig: full.signatures!.responder.signature, attachments: [] }
  const fault = (
    name: string,
    frame: Bytes,
    code: string,
    base: HandshakeCase = full,
    received = 0,
  ): HandshakeFault => ({
    name: `challenge: ${name}`,
    case: base.name,
    to: 'initiator',
    received,
    frame,
    code,
  })
  const framed = (open: Document, sealed: Document, base = full): Bytes =>
    challengeFrame(frameOf(base, 'hello'), base.secret, open, () => sealed).frame
  const openly = (name: string, changes: Fields, code: string): HandshakeFault =>
    fault(name, framed({ ...clear, ...changes }, proof), code)
  const by = (seed: Bytes): Fields => {
    const did = ed25519Key(seed)
    return { did, sig: signature(seed, 'handshake/responder', encode(claim)), attachments: [] }
  }
  const [, clearBytes, sealed] = decode(good) as [number, Bytes, Bytes]
  const otherClaim = (changes: Fields): Fields => ({
    ...proof,
    sig: signature(BOB, 'handshake/responder', encode({ ...claim, ...changes })),
  })
  const resumedClear = { suite: 1, e: resumed.responder.e, n: resumed.responder.n, resumed: true }
  const ticketProof = { did: ed25519Key(BOB), attachments: [] }
  return [
    fault('no bytes', new Uint8Array(), 'handshake.malformed'),
    fault('its own hello', hello, 'handshake.unexpected'),
    fault('its own response', frameOf(full, 'response'), 'handshake.unexpected'),
    fault('the welcome', frameOf(full, 'welcome'), 'handshake.unexpected'),
    fault('place 3', encode([3, clearBytes, sealed]), 'handshake.unexpected'),
    fault('a part too few', encode([2, clearBytes]), 'handshake.malformed'),
    fault('a part too many', encode([2, clearBytes, sealed, null]), 'handshake.malformed'),
    fault('an open part that is a map', encode([2, clear, sealed]), 'handshake.malformed'),
    fault('a sealed part that is text', encode([2, clearBytes, 'sealed']), 'handshake.malformed'),
    fault('cut off', good.slice(0, -1), 'handshake.malformed'),
    fault('a byte behind it', concat(good, Uint8Array.of(0)), 'handshake.malformed'),
    fault('an open part that is no document', framed(raw(0xc1), proof), 'handshake.malformed'),
    fault(
      'an open part with a byte behind it',
      framed({ raw: concat(clearBytes, Uint8Array.of(0)) }, proof),
      'handshake.malformed',
    ),
    openly('an unknown field', { flags: 1 }, 'handshake.malformed'),
    openly('no ephemeral key', { e: undefined }, 'handshake.malformed'),
    openly('a challenge of 31 bytes', { n: named('n', 31) }, 'handshake.malformed'),
    openly('a resumption that is denied', { resumed: false }, 'handshake.malformed'),
    openly('a resumption without a ticket', { resumed: true }, 'handshake.malformed'),
    openly('suite 0', { suite: 0 }, 'handshake.version'),
    openly('suite 2', { suite: 2 }, 'handshake.version'),
    openly('the initiator’s ephemeral key', { e: full.initiator.e }, 'handshake.reflected'),
    openly('the initiator’s challenge', { n: full.initiator.n }, 'handshake.reflected'),
    ...SMALL_ORDER.map((e, index) =>
      openly(`an ephemeral key of small order (${index + 1})`, { e }, 'handshake.weak-key'),
    ),
    fault(
      'one bit of the ephemeral key turned',
      turned(good, Buffer.from(good).indexOf(full.responder.e) * 8),
      'handshake.unsealed',
    ),
    fault('one bit of the sealed part turned', turned(good, good.length * 8 - 1), 'handshake.unsealed'),
    fault('a sealed part shorter than a tag', encode([2, clearBytes, named('short', 15)]), 'handshake.unsealed'),
    fault(
      'sealed under the initiator’s handshake key',
      encode([2, clearBytes, seal(full.handshakeKeys.initiator, 0, encode(proof), full.t1)]),
      'handshake.unsealed',
    ),
    fault(
      'sealed as message 1',
      encode([2, clearBytes, seal(full.handshakeKeys.responder, 1, encode(proof), full.t1)]),
      'handshake.unsealed',
    ),
    fault(
      'sealed without the transcript',
      encode([2, clearBytes, seal(full.handshakeKeys.responder, 0, encode(proof), new Uint8Array())]),
      'handshake.unsealed',
    ),
    fault('that of another handshake', frameOf(cookie, 'challenge'), 'handshake.unsealed'),
    ...proofFaults(BOB, 'handshake/responder', 'handshake/initiator', claim).map(([name, document, code]) =>
      fault(`sealed, ${name}`, framed(clear, document), code),
    ),
    fault('signed for another mesh', framed(clear, otherClaim({ net: named('another mesh') })), 'handshake.signature'),
    fault('signed for another purpose', framed(clear, otherClaim({ purpose: 'node' })), 'handshake.signature'),
    fault('carol, well signed', framed(clear, by(CAROL)), 'handshake.peer'),
    fault('the initiator’s Did, well signed', framed(clear, by(ALICE)), 'handshake.reflected'),
    fault(
      'in a resumption, carol, who knows the secret',
      framed(resumedClear, { ...ticketProof, did: ed25519Key(CAROL) }, resumed),
      'handshake.peer',
      resumed,
    ),
    fault(
      'in a resumption, the initiator’s Did',
      framed(resumedClear, { ...ticketProof, did: ed25519Key(ALICE) }, resumed),
      'handshake.reflected',
      resumed,
    ),
    fault(
      'in a resumption, a signature besides',
      framed(resumedClear, { ...ticketProof, sig: proof.sig }, resumed),
      'handshake.malformed',
      resumed,
    ),
    fault(
      'in a resumption, sealed without the ticket’s secret',
      challengeFrame(frameOf(resumed, 'hello'), resumed.dh, resumedClear, () => ticketProof).frame,
      'handshake.unsealed',
      resumed,
    ),
    fault('a retry with an empty cookie', encode([0, { cookie: new Uint8Array() }]), 'handshake.malformed'),
    fault('a retry with a cookie of 65 bytes', encode([0, { cookie: new Uint8Array(65) }]), 'handshake.malformed'),
    fault(
      'a retry with an unknown field',
      encode([0, { cookie: named('cookie'), again: true }]),
      'handshake.malformed',
    ),
    fault('a second retry', frameOf(cookie, 'retry'), 'handshake.cookie', cookie, 1),
  ]
}

function responses(): HandshakeFault[] {
  const hello = frameOf(full, 'hello')
  const challenge = frameOf(full, 'challenge')
  const good = frameOf(full, 'response')
  const claim = { transcript: full.t2, responder: ed25519Key(BOB) }
  const proof = { did: ed25519Key(ALICE), sig: full.signatures!.initiator.signature, attachments: [] }
  const fault = (name: string, frame: Bytes, code: string, base: HandshakeCase = full): HandshakeFault => ({
    name: `response: ${name}`,
    case: base.name,
    to: 'responder',
    received: 1,
    frame,
    code,
  })
  const framed = (sealed: Document, base = full): Bytes =>
    responseFrame(frameOf(base, 'hello'), frameOf(base, 'challenge'), base.handshakeKeys.initiator, () => sealed).frame
  const [, sealed] = decode(good) as [number, Bytes]
  const ticketProof = { did: ed25519Key(ALICE), attachments: [] }
  const bySelf = { did: ed25519Key(BOB), sig: signature(BOB, 'handshake/initiator', encode(claim)), attachments: [] }
  const forOther = (changes: Fields): Fields => ({
    ...proof,
    sig: signature(ALICE, 'handshake/initiator', encode({ ...claim, ...changes })),
  })
  return [
    fault('no bytes', new Uint8Array(), 'handshake.malformed'),
    fault('the hello again', hello, 'handshake.unexpected'),
    fault('the responder’s challenge', challenge, 'handshake.unexpected'),
    fault('place 4', encode([4, sealed]), 'handshake.unexpected'),
    fault('a part too many', encode([3, sealed, null]), 'handshake.malformed'),
    fault('no sealed part', encode([3]), 'handshake.malformed'),
    fault('a sealed part that is text', encode([3, 'sealed']), 'handshake.malformed'),
    fault('a byte behind it', concat(good, Uint8Array.of(0)), 'handshake.malformed'),
    fault('one bit turned', turned(good, good.length * 8 - 1), 'handshake.unsealed'),
    fault('a sealed part of no bytes', encode([3, new Uint8Array()]), 'handshake.unsealed'),
    fault('that of another handshake', frameOf(cookie, 'response'), 'handshake.unsealed'),
    fault(
      'sealed under the responder’s handshake key',
      encode([3, seal(full.handshakeKeys.responder, 0, encode(proof), full.t2)]),
      'handshake.unsealed',
    ),
    fault(
      'sealed over the transcript of frame 2',
      encode([3, seal(full.handshakeKeys.initiator, 0, encode(proof), full.t1)]),
      'handshake.unsealed',
    ),
    ...proofFaults(ALICE, 'handshake/initiator', 'handshake/responder', claim).map(([name, document, code]) =>
      fault(`sealed, ${name}`, framed(document), code),
    ),
    fault('signed for carol', framed(forOther({ responder: ed25519Key(CAROL) })), 'handshake.signature'),
    fault('signed for nobody', framed(forOther({ responder: undefined })), 'handshake.signature'),
    fault('the responder’s Did, well signed', framed(bySelf), 'handshake.reflected'),
    fault(
      'in a resumption, carol, who knows the secret',
      framed({ ...ticketProof, did: ed25519Key(CAROL) }, resumed),
      'handshake.peer',
      resumed,
    ),
    fault(
      'in a resumption, the responder’s Did',
      framed({ ...ticketProof, did: ed25519Key(BOB) }, resumed),
      'handshake.reflected',
      resumed,
    ),
    fault(
      'in a resumption, a signature besides',
      framed({ ...ticketProof, sig: proof.sig }, resumed),
      'handshake.malformed',
      resumed,
    ),
  ]
}

function welcomes(): HandshakeFault[] {
  const good = frameOf(full, 'welcome')
  const { session } = full
  const fault = (name: string, frame: Bytes, code: string): HandshakeFault => ({
    name: `welcome: ${name}`,
    case: 'full',
    to: 'initiator',
    received: 1,
    frame,
    code,
  })
  const limits = { messageBytes: 65_536, idleMs: 60_000 }
  const inside = (name: string, document: Document): HandshakeFault =>
    fault(`sealed, ${name}`, welcomeFrame(session, document), 'handshake.malformed')
  const [, sealed] = decode(good) as [number, Bytes]
  const plaintext = full.documents.welcome
  return [
    fault('no bytes', new Uint8Array(), 'handshake.malformed'),
    fault('the challenge again', frameOf(full, 'challenge'), 'handshake.unexpected'),
    fault('its own response', frameOf(full, 'response'), 'handshake.unexpected'),
    fault('a part too many', encode([4, sealed, null]), 'handshake.malformed'),
    fault('a map', encode([4, { limits }]), 'handshake.malformed'),
    fault('one bit turned', turned(good, good.length * 8 - 1), 'handshake.unsealed'),
    fault('that of another handshake', frameOf(cookie, 'welcome'), 'handshake.unsealed'),
    fault(
      'sealed as message 1',
      encode([4, seal(session.responderKey, 1, plaintext, session.id)]),
      'handshake.unsealed',
    ),
    fault(
      'sealed under the initiator’s key',
      encode([4, seal(session.initiatorKey, 0, plaintext, session.id)]),
      'handshake.unsealed',
    ),
    fault(
      'sealed for another session',
      encode([4, seal(session.responderKey, 0, plaintext, cookie.session.id)]),
      'handshake.unsealed',
    ),
    inside('no document', raw(0xc1)),
    inside('an array', []),
    inside('an empty map', {}),
    inside('an unknown field', { limits, more: 1 }),
    inside('a limit too few', { limits: { messageBytes: 65_536 } }),
    inside('a negative limit', { limits: { ...limits, idleMs: -1 } }),
    inside('a ticket of 15 bytes', { limits, ticket: { id: named('ticket', 15), ttlMs: 1 } }),
    inside('a ticket without an end', { limits, ticket: { id: named('ticket', 16) } }),
    inside('an unknown refusal', { refusal: 'unwanted', proof: [] }),
    inside('a refusal without its proof', { refusal: 'revoked' }),
    inside('a refusal with 17 statements', { refusal: 'revoked', proof: Array(17).fill(Uint8Array.of(1)) }),
    inside('a refusal and a welcome', { refusal: 'revoked', proof: [], limits }),
  ]
}

export const HANDSHAKE_FAULTS: readonly HandshakeFault[] = [...hellos(), ...challenges(), ...responses(), ...welcomes()]
