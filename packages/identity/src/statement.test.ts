import { createHash } from 'node:crypto'
import { Point } from '@noble/ed25519'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf } from './did.ts'
import { engine } from './ed25519/native.ts'
import { decode, type Encodable, encode } from './encoding.ts'
import { type Claim, identityFromSeed, identityOf } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import { preimage } from './signing.ts'
import { MAX_STATEMENT_BYTES, openStatement, sealStatement } from './statement.ts'

const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const alice = identityFromSeed(seed(1))
const bob = identityFromSeed(seed(2))
const common = { net: seed(7), iat: 1_700_000_000_000, nonce: new Uint8Array(16).fill(9) }
const refused = (code: string): unknown => expect.objectContaining({ name: 'IdentityError', code })
const L = 2n ** 252n + 27742317777372353535851937790883648493n

type Envelope = [version: number, type: string, payload: Uint8Array, signer: Uint8Array, signature: Uint8Array]
const partsOf = (envelope: Uint8Array): Envelope => decode(envelope) as Envelope
const sealed = await sealStatement(alice, 'attestation', { ...common, sub: keyOf(bob.did), value: 800 })
const [version, type, payload, signer, signature] = partsOf(sealed.bytes)

/** An envelope that is sound but for its claim. */
async function around(claim: unknown): Promise<Uint8Array> {
  const signed = await alice.sign('attestation', claim as Claim)
  return encode([1, 'attestation', signed.payload, signer, signed.signature])
}

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`)
const bytesOf = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))

describe(openStatement, () => {
  it('I8 refuses S + L, and signatures of 63 and 65 bytes', () => {
    const plusL = Uint8Array.of(...signature.subarray(0, 32), ...bytesOf(littleEndian(signature.subarray(32)) + L))
    for (const other of [plusL, signature.subarray(0, 63), Uint8Array.of(...signature, 0), new Uint8Array()]) {
      expect(() => openStatement(encode([version, type, payload, signer, other]))).toThrow(
        refused('statement.signature'),
      )
    }
    const asText = encode([version, type, payload, signer, Buffer.from(signature).toString('hex')])
    expect(() => openStatement(asText)).toThrow(refused('statement.malformed'))
  })

  it('refuses an envelope of which any single bit is turned', () => {
    const { bytes } = sealed
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const turned = bytes.slice()
      turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(() => openStatement(turned), `bit ${bit}`).toThrow(IdentityError)
    }
  })

  it('refuses whatever random edits make of an envelope, with a code', () => {
    const edit = fc.record({ at: fc.nat(sealed.bytes.length), put: fc.uint8Array({ maxLength: 3 }), drop: fc.nat(3) })
    fc.assert(
      fc.property(edit, ({ at, put, drop }) => {
        const edited = Uint8Array.of(...sealed.bytes.subarray(0, at), ...put, ...sealed.bytes.subarray(at + drop))
        fc.pre(Buffer.compare(edited, sealed.bytes) !== 0)
        expect(() => openStatement(edited)).toThrow(
          expect.objectContaining({
            name: 'IdentityError',
            code: expect.stringMatching(/^(encoding|key|statement)\./),
          }),
        )
      }),
      { numRuns: 3000 },
    )
  })

  it.each([0, 2, -1, 128, 2 ** 40, '1', null, true, [1]])('S18 refuses the version %j', (other) => {
    expect(() => openStatement(encode([other, type, payload, signer, signature]))).toThrow(refused('statement.version'))
  })

  it.each<[string, Encodable]>([
    ['a map', { v: 1, type, payload, signer, signature }],
    ['nil', null],
    ['a number', 1],
    ['a text', 'attestation'],
    ['a byte string', sealed.bytes],
    ['a field too few', [version, type, payload, signer]],
    ['a field too many', [version, type, payload, signer, signature, null]],
    ['a sixth field that is empty', [version, type, payload, signer, signature, []]],
    ['a type that is a byte string', [version, new TextEncoder().encode(type), payload, signer, signature]],
    ['a payload that is a map', [version, type, { ...common }, signer, signature]],
    ['a payload that is a text', [version, type, 'payload', signer, signature]],
    ['a signer that is a Did', [version, type, payload, alice.did, signature]],
    ['a signer that is nil', [version, type, payload, null, signature]],
    ['a signature that is nil', [version, type, payload, signer, null]],
    ['fields out of order', [version, type, signer, payload, signature].toReversed()],
  ])('S18 refuses an envelope that is %s or has it', (_, document) => {
    const code = Array.isArray(document) && document[0] !== 1 ? 'statement.version' : 'statement.malformed'
    expect(() => openStatement(encode(document))).toThrow(refused(code))
  })

  it('S18 refuses an empty envelope', () => {
    expect(() => openStatement(encode([]))).toThrow(refused('statement.version'))
    expect(() => openStatement(new Uint8Array())).toThrow(refused('encoding.truncated'))
  })

  it.each([
    'handshake/responder',
    'handshake/initiator',
    'a/b',
    '',
    'Attestation',
    'attestation ',
    '1st',
    'a'.repeat(33),
    'naïve',
  ])('H7 refuses the type %j, under which no statement can be signed', async (other) => {
    expect(() => openStatement(encode([version, other, payload, signer, signature]))).toThrow(refused('statement.type'))
    await expect(sealStatement(alice, other, common)).rejects.toThrow(refused('statement.type'))
  })

  it('H7 refuses a handshake signature in an envelope, and a statement under another type', async () => {
    for (const label of ['handshake/responder', 'handshake/initiator', 'revocation', 'attestation-2', 'attestatio']) {
      const signed = await alice.sign(label, common)
      const envelope = encode([1, 'attestation', signed.payload, signer, signed.signature])
      expect(() => openStatement(envelope)).toThrow(refused('statement.signature'))
    }
  })

  it('refuses an envelope of more than 40,960 bytes before anything else, and opens one of exactly that', async () => {
    const overhead = (await around({ ...common, pad: new Uint8Array(40_000) })).length - 40_000
    const fitting = await around({ ...common, pad: new Uint8Array(MAX_STATEMENT_BYTES - overhead) })
    expect(fitting).toHaveLength(40_960)
    expect(openStatement(fitting).bytes).toBe(fitting)
    const larger = await around({ ...common, pad: new Uint8Array(MAX_STATEMENT_BYTES - overhead + 1) })
    expect(() => openStatement(larger)).toThrow(refused('statement.size'))
    expect(() => openStatement(new Uint8Array(40_961).fill(0xc1))).toThrow(refused('statement.size'))
    await expect(
      sealStatement(alice, 'attestation', { ...common, pad: new Uint8Array(MAX_STATEMENT_BYTES) }),
    ).rejects.toThrow(refused('statement.size'))
  })

  it('verifies before it decodes the payload', () => {
    const { payload: garbage, signature: over } = signedBytes(Uint8Array.of(0xd4, 0x72, 0x40))
    expect(() => openStatement(encode([1, 'note', garbage, signer, over]))).toThrow(refused('encoding.extension'))
    expect(() => openStatement(encode([1, 'note', garbage, signer, signature]))).toThrow(refused('statement.signature'))
  })

  it.each<[string, Uint8Array, string]>([
    [
      'not strict msgpack: a duplicate key',
      Uint8Array.of(0x82, 0xa1, 0x61, 0, 0xa1, 0x61, 0),
      'encoding.duplicate-key',
    ],
    [
      'not strict msgpack: a float',
      Uint8Array.of(0x81, 0xa1, 0x61, 0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0),
      'encoding.float',
    ],
    ['not strict msgpack: a second document', Uint8Array.of(0x80, 0x80), 'encoding.trailing'],
    ['empty', new Uint8Array(), 'encoding.truncated'],
    ['an empty map', Uint8Array.of(0x80), 'statement.claim'],
    ['an array', Uint8Array.of(0x90), 'statement.claim'],
    ['nil', Uint8Array.of(0xc0), 'statement.claim'],
  ])('refuses a payload that is %s, however well signed', (_, document, code) => {
    const signed = signedBytes(document)
    expect(() => openStatement(encode([1, 'note', signed.payload, signer, signed.signature]))).toThrow(refused(code))
  })

  it.each<[string, object]>([
    ['no net', { iat: 1, nonce: new Uint8Array(16) }],
    ['no iat', { net: seed(0), nonce: new Uint8Array(16) }],
    ['no nonce', { net: seed(0), iat: 1 }],
    ['a net of 31 bytes', { ...common, net: new Uint8Array(31) }],
    ['a net that is text', { ...common, net: 'x'.repeat(32) }],
    ['a negative iat', { ...common, iat: -1 }],
    ['an iat that is text', { ...common, iat: '1' }],
    ['an iat that is nil', { ...common, iat: null }],
    ['a nonce of 15 bytes', { ...common, nonce: new Uint8Array(15) }],
    ['a nonce of 17 bytes', { ...common, nonce: new Uint8Array(17) }],
  ])('refuses a claim with %s', async (_, claim) => {
    const envelope = await around(claim)
    expect(() => openStatement(envelope)).toThrow(refused('statement.claim'))
    await expect(sealStatement(alice, 'attestation', claim as Claim)).rejects.toThrow(refused('statement.claim'))
  })

  it('I8 names a statement by what was signed, never by the signature', () => {
    const message = preimage(type, signer, payload)
    expect(sealed.id).toBe(createHash('sha256').update(message).digest('hex'))
    // Whoever has the key can sign the same again with another R: both are valid, and both are the one statement.
    const again = encode([version, type, payload, signer, otherSignature(seed(1), signer, message)])
    expect(again).not.toEqual(sealed.bytes)
    expect(openStatement(again).id).toBe(sealed.id)
  })

  it('I8 gives another id to another type, issuer or payload', async () => {
    const claim = { ...common }
    const statements = await Promise.all([
      sealStatement(alice, 'note', claim),
      sealStatement(alice, 'note-2', claim),
      sealStatement(bob, 'note', claim),
      sealStatement(alice, 'note', { ...claim, iat: claim.iat + 1 }),
      sealStatement(alice, 'note', { ...claim, nonce: new Uint8Array(16) }),
    ])
    expect(new Set(statements.map(({ id }) => id)).size).toBe(statements.length)
    expect(await sealStatement(alice, 'note', claim)).toEqual(statements[0])
  })

  it('opens a statement of an unknown but well-formed type, with fields that it does not know', async () => {
    const { bytes } = await sealStatement(bob, 'x-weather-2', { ...common, wind: { knots: 12 }, gusts: [1, 2] })
    const { claim, signer: by, type: called } = openStatement(bytes)
    expect(called).toBe('x-weather-2')
    expect(by).toBe(bob.did)
    expect(claim).toEqual({ ...common, wind: { knots: 12 }, gusts: [1, 2] })
  })

  it('keeps the bytes as they came', () => {
    const bytes = Buffer.from(sealed.bytes)
    expect(openStatement(bytes).bytes).toBe(bytes)
    expect(openStatement(bytes).id).toBe(sealed.id)
  })
})

describe(sealStatement, () => {
  it('has nothing signed of which it could not make a statement', async () => {
    let asked = 0
    const { publicKey, sign } = engine.secret(seed(1))
    const counting = identityOf({
      publicKey,
      sign(message) {
        asked++
        return sign(message)
      },
    })
    await expect(sealStatement(counting, 'handshake/initiator', common)).rejects.toThrow(refused('statement.type'))
    await expect(sealStatement(counting, 'note', {})).rejects.toThrow(refused('statement.claim'))
    await expect(sealStatement(counting, 'note', { ...common, score: 0.5 })).rejects.toThrow(refused('encoding.float'))
    expect(asked).toBe(0)
    await sealStatement(counting, 'note', common)
    expect(asked).toBe(1)
  })

  it('gives what openStatement gives of its bytes', async () => {
    const claim = { ...common, b: 2, a: [1, { c: 'd' }] }
    const statement = await sealStatement(alice, 'note', claim)
    expect(openStatement(statement.bytes)).toEqual(statement)
    expect(statement).toEqual(expect.objectContaining({ type: 'note', signer: alice.did, claim }))
  })
})

/** A signature over a payload that our encoder would never write. */
function signedBytes(document: Uint8Array): { payload: Uint8Array; signature: Uint8Array } {
  return { payload: document, signature: engine.secret(seed(1)).sign(preimage('note', signer, document)) }
}

/** RFC 8032 with an r of our own choice. */
function otherSignature(secretSeed: Uint8Array, key: Uint8Array, message: Uint8Array): Uint8Array {
  const sha512 = (...parts: Uint8Array[]): Uint8Array => createHash('sha512').update(Buffer.concat(parts)).digest()
  const head = sha512(secretSeed).subarray(0, 32)
  head[0] = (head[0] as number) & 248
  head[31] = ((head[31] as number) & 127) | 64
  const r = 123_456_789n
  const R = Point.BASE.multiply(r).toBytes()
  return Uint8Array.of(...R, ...bytesOf((r + (littleEndian(sha512(R, key, message)) % L) * littleEndian(head)) % L))
}
