import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { didOf, keyOf } from './did.ts'
import { engine } from './ed25519/native.ts'
import { decode } from './encoding.ts'
import {
  type Claim,
  generateIdentity,
  identityFromSeed,
  identityOf,
  type Signer,
  verify,
  verifyCheckpoint,
  verifyCosignature,
  verifySigned,
} from './identity.ts'
import { isStatementType, type Preimage, preimage } from './signing.ts'

const LABELS = [
  'attestation',
  'delegation',
  'revocation',
  'suspension',
  'rotation',
  'manifest',
  'lease',
  'handshake/responder',
  'handshake/initiator',
  'rotation/successor',
] as const

const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const alice = identityFromSeed(seed(1))
const bob = identityFromSeed(seed(2))
const refused = (code: string): unknown => expect.objectContaining({ name: 'IdentityError', code })
const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** A signer that keeps what it is asked to sign. */
function recording(keySeed: Uint8Array): Signer & { readonly asked: Preimage[] } {
  const secret = engine.secret(keySeed)
  const asked: Preimage[] = []
  return {
    asked,
    publicKey: secret.publicKey,
    sign(message) {
      asked.push(message)
      return secret.sign(message)
    },
  }
}

describe('preimage', () => {
  it.each([
    '',
    ' ',
    'Attestation',
    'attestation ',
    'attestation 4',
    'attestation\n',
    '1attestation',
    '-attestation',
    'attestation/',
    '/attestation',
    'handshake/initiator/more',
    'handshake//initiator',
    'attéstation',
    'аttestation',
    'a'.repeat(33),
    `a/${'b'.repeat(33)}`,
  ])('H8 refuses the label %j', async (label) => {
    expect(() => preimage(label, keyOf(alice.did), new Uint8Array())).toThrow(refused('signer.label'))
    const signer = recording(seed(1))
    await expect(identityOf(signer).sign(label, { a: 1 })).rejects.toThrow(refused('signer.label'))
    expect(signer.asked).toHaveLength(0)
  })

  it('H7 gives no two of (label, signer, payload) the same bytes', () => {
    const label = fc.constantFrom(...LABELS, 'a', 'aa', 'a/a', 'a1', 'a-1')
    // Payloads that imitate the rest of a signing form, so as to shift where one field ends.
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.constantFrom('', ' ', '0 ', ' 1 a', 'TrustMesh/v1 1 a ').map((text) => new Uint8Array(Buffer.from(text))),
    )
    const part = fc.tuple(
      label,
      fc.constantFrom(keyOf(alice.did), keyOf(bob.did), new Uint8Array(32).fill(0x20)),
      payload,
    )
    fc.assert(
      fc.property(part, part, (a, b) => {
        const same = a[0] === b[0] && latin(a[1]) === latin(b[1]) && latin(a[2]) === latin(b[2])
        expect(latin(preimage(...a)) === latin(preimage(...b))).toBe(same)
      }),
      { numRuns: 3000 },
    )
  })

  it('H7 has the form of the specification, byte for byte', () => {
    expect(latin(preimage('attestation', seed(0x41), new Uint8Array(10).fill(0x42)))).toBe(
      `TrustMesh/v1 11 attestation ${'A'.repeat(32)} 10 BBBBBBBBBB`,
    )
  })
})

describe(verifySigned, () => {
  it('H7 refuses under every label what was signed under another', async () => {
    const claim: Claim = { net: seed(0), iat: 0 }
    const signed = await Promise.all(LABELS.map((label) => alice.sign(label, claim)))
    const verdicts = signed.map((one) => LABELS.map((label) => verifySigned(alice.did, label, one)))
    expect(verdicts).toEqual(LABELS.map((i) => LABELS.map((j) => i === j)))
    expect(verdicts.flat().filter(Boolean)).toHaveLength(LABELS.length)
  })

  it('H7 refuses under every Did what another has signed', async () => {
    const signed = await alice.sign('attestation', { a: 1 })
    expect(verifySigned(bob.did, 'attestation', signed)).toBe(false)
    expect(verifySigned(alice.did, 'attestation', signed)).toBe(true)
  })

  it('H7 refuses a signature over the payload alone, or under another version of the form', async () => {
    const { payload } = await alice.sign('attestation', { a: 1 })
    const secret = engine.secret(seed(1))
    const form = Buffer.from(preimage('attestation', keyOf(alice.did), payload))
    const elsewhere = Buffer.from(form)
    elsewhere[11] = '2'.charCodeAt(0)
    for (const message of [payload, elsewhere, form.subarray(13)]) {
      expect(verifySigned(alice.did, 'attestation', { payload, signature: secret.sign(message) })).toBe(false)
    }
    expect(verifySigned(alice.did, 'attestation', { payload, signature: secret.sign(form) })).toBe(true)
  })
})

describe('heads of logs', () => {
  const root = seed(7)
  const head = { origin: alice.did, size: 5, root }
  const at = 1_900_000_000

  it('H7 verifies as what they were signed as, under no label, and as no other head', async () => {
    const own = { ...head, origin: bob.did }
    const signatures = [
      ...(await Promise.all(LABELS.map(async (label) => (await bob.sign(label, { net: root })).signature))),
      await bob.signCheckpoint(own),
      await bob.cosign(head, at),
    ]
    const { payload } = await bob.sign('attestation', { net: root })
    const verifiers: ((signature: Uint8Array) => boolean)[] = [
      ...LABELS.map((label) => (signature: Uint8Array) => verifySigned(bob.did, label, { payload, signature })),
      (signature) => verifyCheckpoint(own, signature),
      (signature) => verifyCosignature(bob.did, head, at, signature),
    ]
    const verdicts = signatures.map((signature) => verifiers.map((verifies) => verifies(signature)))
    expect(verdicts).toEqual(signatures.map((_, i) => verifiers.map((_, j) => i === j)))
    const cosignature = signatures.at(-1)!
    expect(verifyCosignature(bob.did, head, at + 1, cosignature)).toBe(false)
    expect(verifyCosignature(bob.did, { ...head, size: 6 }, at, cosignature)).toBe(false)
    expect(verifyCosignature(alice.did, head, at, cosignature)).toBe(false)
  })

  it('H8 have a form that nobody can choose a byte of beyond whose head it is, how large, its root and the time', async () => {
    const anything = fc.oneof(
      fc.string(),
      fc.constantFrom(alice.did, `${alice.did}\n9`, 'cosignature/v1', 'TrustMesh/v1 '),
    )
    const number = fc.oneof(fc.nat(), fc.double(), fc.constantFrom(-1, 2 ** 53, Number.NaN))
    const TEXT = /^(?:cosignature\/v1\ntime \d+\n)?did:key:z6Mk[1-9A-HJ-NP-Za-km-z]+\n\d+\n[A-Za-z0-9+/]{43}=\n$/
    await fc.assert(
      fc.asyncProperty(
        anything,
        number,
        number,
        fc.uint8Array({ minLength: 31, maxLength: 33 }),
        async (origin, size, time, hash) => {
          const signer = recording(seed(3))
          const claimed = { origin: origin as typeof alice.did, size, root: hash }
          const asked = [identityOf(signer).signCheckpoint(claimed), identityOf(signer).cosign(claimed, time)]
          for (const { reason } of (await Promise.allSettled(asked)).filter(
            ({ status }) => status === 'rejected',
          ) as PromiseRejectedResult[]) {
            expect(reason).toEqual(refused('signer.tree-head'))
          }
          for (const message of signer.asked) expect(latin(message)).toMatch(TEXT)
          const own = signer.asked.filter((message) => !latin(message).startsWith('cosignature'))
          for (const message of own) expect(latin(message).startsWith(`${didOf(signer.publicKey)}\n`)).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
    await expect(alice.cosign(head, at)).rejects.toThrow(refused('signer.tree-head'))
  })
})

describe('Identity', () => {
  it('H8 gives a signer the signing form alone, whatever claim it is handed', async () => {
    const anything = fc.oneof(
      fc.dictionary(
        fc.string({ maxLength: 8 }),
        fc.oneof(
          fc.string(),
          fc.uint8Array(),
          fc.maxSafeInteger(),
          fc.constant(null),
          fc.array(fc.string(), { maxLength: 3 }),
        ),
        { maxKeys: 6 },
      ),
      // What no type lets through, but a peer's bytes might reach by way of a cast.
      fc.oneof(fc.uint8Array(), fc.string(), fc.integer()).map((value) => value as unknown as Claim),
    )
    await fc.assert(
      fc.asyncProperty(anything, fc.constantFrom(...LABELS), async (claim, label) => {
        const signer = recording(seed(3))
        const key = latin(signer.publicKey)
        const signed = await identityOf(signer)
          .sign(label, claim as Claim)
          .catch((error: unknown) => expect(error).toEqual(expect.objectContaining({ name: 'IdentityError' })))
        for (const message of signer.asked) {
          const head = `TrustMesh/v1 ${label.length} ${label} ${key} `
          expect(latin(message).startsWith(head)).toBe(true)
          const [length] = latin(message).slice(head.length).split(' ', 1) as [string]
          const payload = message.subarray(head.length + length.length + 1)
          expect(payload).toHaveLength(Number(length))
          // A document of our own encoding, never the bytes that came in.
          expect(() => decode(payload)).not.toThrow()
          expect(payload).toEqual(signed?.payload)
        }
        expect(signer.asked).toHaveLength(signed ? 1 : 0)
      }),
      { numRuns: 500 },
    )
  })

  it('H8 has no way in its type to have bytes signed that are not in the signing form', () => {
    const signer = recording(seed(4))
    // Only `preimage` makes what a signer takes. The lines below are for the compiler, and are never run.
    const misuse = (): void => {
      // @ts-expect-error a peer's nonce is not a Preimage
      void signer.sign(new Uint8Array(32))
      // @ts-expect-error nor is a text
      void signer.sign('nonce')
      // @ts-expect-error an identity takes a claim, not bytes
      void alice.sign('attestation', new Uint8Array(32))
      // @ts-expect-error and always a label
      void alice.sign({ nonce: new Uint8Array(32) })
      // @ts-expect-error nothing verifies bytes outside the signing form either
      verify(alice.did, new Uint8Array(32), new Uint8Array(64))
    }
    expect(misuse).toBeTypeOf('function')
    void signer.sign(preimage('attestation', signer.publicKey, new Uint8Array()))
    expect(Object.keys(alice).sort()).toEqual(['cosign', 'did', 'sign', 'signCheckpoint'])
  })
})

describe(identityOf, () => {
  const good = engine.secret(seed(5))
  const other = engine.secret(seed(6))

  it.each<[string, Signer['sign']]>([
    ["another key's signature", (message) => other.sign(message)],
    ['a signature of something else', () => good.sign(new Uint8Array(1))],
    ['a signature with a bit turned', (message) => good.sign(message).map((byte, i) => (i === 7 ? byte ^ 1 : byte))],
    ['zeros', () => new Uint8Array(64)],
    ['too little', (message) => good.sign(message).subarray(0, 63)],
    ['nothing', () => new Uint8Array()],
    ['another signature, later', async () => good.sign(new Uint8Array(1))],
  ])('refuses a signer that gives %s', async (_, sign) => {
    await expect(identityOf({ publicKey: good.publicKey, sign }).sign('attestation', { a: 1 })).rejects.toThrow(
      refused('signer.faulty'),
    )
  })

  it('I5 refuses a signer whose key is weak or of another length', () => {
    const sign: Signer['sign'] = (message) => good.sign(message)
    expect(() => identityOf({ publicKey: Uint8Array.of(1, ...new Uint8Array(31)), sign })).toThrow(
      refused('key.small-order'),
    )
    expect(() => identityOf({ publicKey: good.publicKey.subarray(1), sign })).toThrow(refused('key.length'))
  })

  it('passes on what the signer rejects with', async () => {
    const unavailable = new Error('unavailable')
    const identity = identityOf({ publicKey: good.publicKey, sign: () => Promise.reject(unavailable) })
    await expect(identity.sign('attestation', {})).rejects.toBe(unavailable)
  })

  it('works with a key service that answers later and whose key never enters', async () => {
    const service = recording(seed(5))
    const identity = identityOf({
      publicKey: Buffer.from(service.publicKey),
      sign: (message) =>
        new Promise((resolve) => setImmediate(() => resolve(Buffer.from(service.sign(message) as Uint8Array)))),
    })
    const signed = await identity.sign('handshake/initiator', { a: 1 })
    expect(identity.did).toBe(didOf(service.publicKey))
    expect(verifySigned(identity.did, 'handshake/initiator', signed)).toBe(true)
    const { signature } = await identityFromSeed(seed(5)).sign('handshake/initiator', { a: 1 })
    expect(Uint8Array.from(signed.signature)).toEqual(signature)
  })
})

describe(generateIdentity, () => {
  it('refuses a seed of any length but 32', () => {
    for (const length of [0, 31, 33, 64])
      expect(() => generateIdentity(() => new Uint8Array(length))).toThrow(refused('key.length'))
  })

  it('is determined by what it draws', () => {
    const lengths: number[] = []
    const identity = generateIdentity((length) => {
      lengths.push(length)
      return seed(1)
    })
    expect(identity.did).toBe(alice.did)
    expect(lengths).toEqual([32])
  })
})

describe(isStatementType, () => {
  it('H7 refuses every label that is not a statement, so that none can be opened as one', () => {
    const others = ['handshake/responder', 'handshake/initiator', 'rotation/successor']
    expect(LABELS.filter((label) => !isStatementType(label))).toEqual(others)
  })
})
