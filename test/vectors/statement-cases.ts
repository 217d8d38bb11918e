/** `vectors/statements.json`: statements from seeds and claims to envelopes and ids, by the reference; and envelopes that are refused. */

import { type Encodable, encode } from '@trustmesh/identity'
import { type Bytes, named, turned } from './golden.ts'
import { ALICE, BOB, MALLORY, NET } from './handshake-cases.ts'
import { concat, ed25519Key, sha256, signature, signatureOver, signingForm } from './reference.ts'

type Claim = { readonly [field: string]: Encodable | undefined }

export interface StatementCase {
  readonly name: string
  readonly seed: Bytes
  readonly signer: Bytes
  readonly type: string
  readonly claim: object
  readonly payload: Bytes
  readonly form: Bytes
  readonly signature: Bytes
  readonly envelope: Bytes
  readonly id: Bytes
}

export interface StatementFault {
  readonly name: string
  readonly envelope: Bytes
  readonly code: string
}

const IAT = 1_700_000_000_000
const DAY_MS = 86_400_000
const common = { net: NET, iat: IAT, nonce: new Uint8Array(16).fill(9) }
const [alice, bob, mallory] = [ed25519Key(ALICE), ed25519Key(BOB), ed25519Key(MALLORY)]

function statement(name: string, type: string, claim: Claim, seed = ALICE): StatementCase {
  const signer = ed25519Key(seed)
  const payload = encode(claim)
  const form = signingForm(type, signer, payload)
  const signed = signature(seed, type, payload)
  const envelope = encode([1, type, payload, signer, signed])
  return { name, seed, signer, type, claim, payload, form, signature: signed, envelope, id: sha256(form) }
}

const successor = { net: NET, from: alice, next: named('key after next') }

const suspension = { ...common, sub: bob, until: IAT + 30 * DAY_MS, seq: IAT, lifted: false }
const lease = { ...common, node: bob, seq: IAT, exp: IAT + 30 * DAY_MS }
const manifest = { ...common, name: 'alice', version: '1.0.0', capabilities: ['/tool/search'], bom: [], seq: 0 }
const receipt = { ...common, to: bob, body: named('request') }
const rotation = {
  ...common,
  to: bob,
  next: successor.next,
  proof: signature(BOB, 'rotation/successor', encode(successor)),
}
const first = statement('the first manifest, with a commitment and a recovery key', 'manifest', {
  ...manifest,
  next: sha256(bob),
  recovery: mallory,
})

const attestation = {
  ...common,
  sub: bob,
  ctx: 'tool/search',
  value: 800,
  weight: 2000,
  evidence: [],
  evidenceAt: IAT,
  exp: IAT + DAY_MS,
  seq: IAT,
}

const asked = statement('a receipt', 'receipt', receipt)

export const STATEMENTS: readonly StatementCase[] = [
  statement('the least', 'note', common),
  statement('an attestation', 'attestation', attestation),
  statement('an attestation that says the opposite, with evidence', 'attestation', {
    ...attestation,
    ctx: '',
    value: -1000,
    weight: 1,
    evidence: [named('evidence 1'), named('evidence 2')],
    evidenceAt: 0,
    seq: IAT - 1,
  }),
  statement('a revocation of a Did', 'revocation', { ...common, target: { did: bob }, reason: 'leaked key' }),
  statement(
    'a revocation of a statement, by another signer',
    'revocation',
    {
      ...common,
      target: { iss: bob, id: named('some statement') },
      reason: 'irrtümlich ausgestellt',
    },
    BOB,
  ),
  first,
  statement('a later manifest, with a model and a bill of materials', 'manifest', {
    ...manifest,
    version: '1.1.0',
    capabilities: ['/tool/search', '/tool/fetch'],
    model: 'small-1',
    bom: [{ name: 'engine', version: '2.0.0', sha256: named('engine') }],
    seq: IAT,
  }),
  statement(
    'a revocation by a recovery key, with the first manifest as the path',
    'revocation',
    {
      ...common,
      target: { did: alice },
      reason: 'lost key',
      path: [first.envelope],
    },
    MALLORY,
  ),
  statement('a suspension', 'suspension', suspension),
  statement('a suspension that is lifted', 'suspension', { ...suspension, until: IAT, lifted: true }),
  statement('a rotation, by the old key', 'rotation', rotation),
  statement(
    'a rotation, by an authority',
    'rotation',
    { ...common, from: alice, to: bob, next: rotation.next, proof: rotation.proof },
    MALLORY,
  ),
  statement('a lease', 'lease', lease),
  asked,
  statement(
    'a receipt for the answer to it',
    'receipt',
    { ...common, to: alice, body: named('reply'), re: asked.id },
    BOB,
  ),
  statement('an unknown type with fields of its own', 'x-weather-2', {
    ...common,
    wind: { knots: 12, from: null },
    gusts: [1, -1, true],
  }),
  statement('a type of 32 characters, and the least numbers', 'a'.repeat(32), {
    net: NET,
    iat: 0,
    nonce: new Uint8Array(16),
  }),
  statement('fields in another order, and so another statement', 'note', { nonce: common.nonce, iat: IAT, net: NET }),
  statement('the greatest number, and every form of integer', 'note', {
    ...common,
    iat: Number.MAX_SAFE_INTEGER,
    integers: [
      0,
      127,
      128,
      255,
      256,
      65_535,
      65_536,
      2 ** 32 - 1,
      2 ** 32,
      -1,
      -32,
      -33,
      -128,
      -129,
      -32_768,
      -32_769,
      -(2 ** 31),
      -(2 ** 31) - 1,
    ],
  }),
]

const [good] = STATEMENTS as [StatementCase]

/** A signature that is right, of whatever payload and type. */
function around(type: string, payload: Bytes, seed = ALICE): Bytes {
  return encode([1, type, payload, ed25519Key(seed), signature(seed, type, payload)])
}

const L = 2n ** 252n + 27742317777372353535851937790883648493n
const littleEndian = (bytes: Bytes): bigint => BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`)
const toBytes = (value: bigint): Bytes =>
  Uint8Array.from({ length: 32 }, (_, n) => Number((value >> BigInt(8 * n)) & 0xffn))

function faults(): StatementFault[] {
  const { type, payload, signer, signature: signed } = good
  const fault = (name: string, envelope: Bytes, code: string): StatementFault => ({ name, envelope, code })
  const of = (name: string, code: string, parts: readonly Encodable[]): StatementFault =>
    fault(name, encode(parts), code)
  const forged = (name: string, other: Bytes): StatementFault =>
    of(name, 'statement.signature', [1, type, payload, signer, other])
  const claim = (name: string, changes: Claim): StatementFault =>
    fault(name, around('note', encode({ ...common, ...changes })), 'statement.claim')
  const inside = (name: string, hex: string, code: string): StatementFault =>
    fault(`a payload with ${name}, well signed`, around('note', new Uint8Array(Buffer.from(hex, 'hex'))), code)
  const key = (hex: string): Bytes => new Uint8Array(Buffer.from(hex, 'hex'))
  const [R, S] = [signed.slice(0, 32), signed.slice(32)]
  return [
    fault('no bytes', new Uint8Array(), 'encoding.truncated'),
    fault('cut off', good.envelope.slice(0, -1), 'encoding.truncated'),
    fault('a byte behind it', concat(good.envelope, Uint8Array.of(0)), 'encoding.trailing'),
    fault(
      'a header longer than needed',
      concat(Uint8Array.of(0xdc, 0, 5), good.envelope.slice(1)),
      'encoding.not-shortest',
    ),
    fault('an extension', Uint8Array.of(0xd4, 0x72, 0x40), 'encoding.extension'),
    of('version 0', 'statement.version', [0, type, payload, signer, signed]),
    of('version 2', 'statement.version', [2, type, payload, signer, signed]),
    of('version "1"', 'statement.version', ['1', type, payload, signer, signed]),
    of('an empty array', 'statement.version', []),
    fault('a map', encode({ type, payload, signer, signature: signed }), 'statement.malformed'),
    of('an element too few', 'statement.malformed', [1, type, payload, signer]),
    of('an element too many', 'statement.malformed', [1, type, payload, signer, signed, null]),
    of('a payload that is a map', 'statement.malformed', [1, type, { iat: 1 }, signer, signed]),
    of('a signer as text', 'statement.malformed', [1, type, payload, 'did:key:z6Mk', signed]),
    of('a signature that is nil', 'statement.malformed', [1, type, payload, signer, null]),
    ...['', 'Note', 'note ', '1note', '-note', 'a'.repeat(33), 'handshake/initiator', 'nöte'].map((other) =>
      of(`the type ${JSON.stringify(other)}`, 'statement.type', [1, other, payload, signer, signed]),
    ),
    of('a signer of 31 bytes', 'key.length', [1, type, payload, signer.slice(1), signed]),
    of('a signer of small order', 'key.small-order', [1, type, payload, new Uint8Array(32), signed]),
    of('a signer that is not canonical', 'key.non-canonical', [
      1,
      type,
      payload,
      key(`f0${'ff'.repeat(30)}7f`),
      signed,
    ]),
    of('a signer that is not on the curve', 'statement.signature', [
      1,
      type,
      payload,
      key(`02${'00'.repeat(31)}`),
      signed,
    ]),
    of('another signer', 'statement.signature', [1, type, payload, bob, signed]),
    of('another type', 'statement.signature', [1, 'attestation', payload, signer, signed]),
    of('another payload', 'statement.signature', [1, type, turned(payload, payload.length * 8 - 1), signer, signed]),
    forged('a signature of 63 bytes', signed.slice(1)),
    forged('a signature of 65 bytes', concat(signed, Uint8Array.of(0))),
    forged('a signature of zeros', new Uint8Array(64)),
    forged('S + L', concat(R, toBytes(littleEndian(S) + L))),
    forged('an R of small order', concat(Uint8Array.of(1), new Uint8Array(31), S)),
    forged('one bit of R turned', turned(signed, 0)),
    forged('one bit of S turned', turned(signed, 256)),
    forged('a signature over the payload alone', signatureOver(ALICE, payload)),
    forged('a signature by mallory in alice’s name', signature(MALLORY, type, payload, alice)),
    forged('a signature under a label of the handshake', signature(ALICE, 'handshake/initiator', payload)),
    inside('nothing in it', '', 'encoding.truncated'),
    inside('a duplicate field', '82a16100a16100', 'encoding.duplicate-key'),
    inside('a float', '81a161cb3fe0000000000000', 'encoding.float'),
    inside('a forbidden field', '81a95f5f70726f746f5f5f80', 'encoding.forbidden-key'),
    inside('two documents', '8080', 'encoding.trailing'),
    inside('an array', '90', 'statement.claim'),
    inside('an empty map', '80', 'statement.claim'),
    claim('a claim without a mesh', { net: undefined }),
    claim('a mesh of 31 bytes', { net: named('net', 31) }),
    claim('a claim without a time', { iat: undefined }),
    claim('a negative time', { iat: -1 }),
    claim('a time as text', { iat: '2026-01-01' }),
    claim('a nonce of 15 bytes', { nonce: named('nonce', 15) }),
  ]
}

function claimFaults(): StatementFault[] {
  const of = (type: string, claim: Claim) => (name: string, code: string, changes: Claim) => ({
    name: `${type}: ${name}`,
    envelope: around(type, encode({ ...claim, ...changes })),
    code: `${type}.${code}`,
  })
  const ofAttestation = of('attestation', attestation)
  const ofRevocation = of('revocation', { ...common, target: { did: bob }, reason: 'leaked key' })
  const ofSuspension = of('suspension', suspension)
  const ofRotation = of('rotation', rotation)
  const ofManifest = of('manifest', manifest)
  const ofLease = of('lease', lease)
  const ofReceipt = of('receipt', receipt)
  return [
    ofAttestation('a field too many', 'malformed', { note: 'x' }),
    ofAttestation('a value beyond 1000', 'malformed', { value: 1001 }),
    ofAttestation('a context that ends with a slash', 'malformed', { ctx: 'tool/' }),
    ofAttestation('about its issuer', 'self', { sub: alice }),
    ofAttestation('an end more than a year after its seq', 'expiry', { seq: IAT - 1, exp: IAT + 365 * DAY_MS }),
    ofAttestation('evidence from after its issue', 'evidence-time', { evidenceAt: IAT + 1 }),
    ofAttestation('a seq ahead of its issue', 'seq', { seq: IAT + 1 }),
    ofRevocation('a target that is both', 'malformed', { target: { did: bob, iss: bob, id: named('id') } }),
    ofRevocation('a reason of two lines', 'malformed', { reason: 'leaked\nkey' }),
    ofRevocation('an empty path', 'malformed', { path: [] }),
    ofRevocation('a path by the Did itself', 'malformed', { target: { did: alice }, path: [named('path')] }),
    ofRevocation('a path by the issuer of the statement', 'malformed', {
      ...{ target: { iss: alice, id: named('id') }, path: [named('path')] },
    }),
    ofSuspension('a hold of more than 30 days', 'until', { until: IAT + 30 * DAY_MS + 1 }),
    ofSuspension('an end before its seq', 'until', { until: IAT - 1 }),
    ofSuspension('a seq ahead of its issue', 'seq', { seq: IAT + 1, until: IAT + 1 }),
    ofSuspension('a number for a boolean', 'malformed', { lifted: 0 }),
    ofRotation('to itself', 'self', { to: alice }),
    ofRotation('to another than has agreed', 'proof', { to: mallory }),
    ofRotation('with another commitment than was agreed', 'proof', { next: named('another') }),
    ofRotation('from another than was agreed', 'proof', { from: mallory }),
    ofRotation('a proof over the label of the statement', 'proof', {
      proof: signature(BOB, 'rotation', encode(successor)),
    }),
    ofRotation('a proof of 32 bytes', 'malformed', { proof: named('proof', 32) }),
    ofManifest('a commitment in a later one', 'commitment', { seq: 1, next: sha256(bob) }),
    ofManifest('a recovery key in a later one', 'commitment', { seq: 1, recovery: mallory }),
    ofManifest('a seq ahead of its issue', 'seq', { seq: IAT + 1 }),
    ofManifest('a capability with a wildcard', 'malformed', { capabilities: ['/tool/*'] }),
    ofManifest('a component without a hash', 'malformed', { bom: [{ name: 'engine', version: '1' }] }),
    ofLease('an end more than 30 days after its seq', 'expiry', { exp: IAT + 30 * DAY_MS + 1 }),
    ofLease('an end at its issue', 'expiry', { exp: IAT }),
    ofLease('a seq ahead of its issue', 'seq', { seq: IAT + 1 }),
    ofLease('a node of small order', 'malformed', { node: new Uint8Array(32) }),
    ofReceipt('to a key of small order', 'malformed', { to: new Uint8Array(32) }),
    ofReceipt('of a body that is not hashed', 'malformed', { body: encode(['task', null]) }),
    ofReceipt('in answer to no id', 'malformed', { re: named('half an id', 16) }),
    ofReceipt('a field too many', 'malformed', { n: 1 }),
  ]
}

/** Envelopes that open, with claims that break the rules of their types. */
export const CLAIM_FAULTS: readonly StatementFault[] = claimFaults()

/** Envelopes that do not open. */
export const STATEMENT_FAULTS: readonly StatementFault[] = faults()
