import { decode, type Encodable, encode, keyOf } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import {
  ALICES_TICKET,
  alice,
  BOBS_TICKET,
  bob,
  carol,
  drawn,
  initiatorOf,
  type Meeting,
  mallory,
  meet,
  NET,
  responderOf,
  resuming,
  SEEDS,
  TICKET_SECRET,
  ticketBook,
  turned,
} from '../../../../test/protocol-kit.ts'
import {
  agreement,
  challengeFrame,
  type Document,
  handshakeKeys,
  responseFrame,
  signature,
  transcript,
  x25519Key,
} from '../../../../test/vectors/reference.ts'

type Fields = { readonly [field: string]: Encodable | undefined }

const partsOf = (frame: Uint8Array): unknown[] => decode(frame) as unknown[]
const helloOf = (frame: Uint8Array): Fields & { e: Uint8Array; n: Uint8Array } => partsOf(frame)[1] as never
const clearOf = (frame: Uint8Array): Fields & { e: Uint8Array } => decode(partsOf(frame)[1] as Uint8Array) as never
const FORGER = drawn('forger')

/** What a responder answers that breaks one rule and keeps all others. */
interface ForgedChallenge {
  readonly clear?: Fields
  /** Whom it claims to be, whose key signs, for whom, and under which label. */
  readonly did?: Uint8Array
  readonly seed?: Uint8Array
  readonly claim?: (claim: Fields) => Fields
  readonly label?: string
  readonly proof?: (proof: Fields) => Document
  readonly ticketSecret?: Uint8Array
}

/** What alice makes of a forged challenge to her hello. */
async function challenged(forgery: ForgedChallenge, meeting: Meeting = {}) {
  const a = initiatorOf(meeting)
  await a.start()
  const [hello] = a.take() as [Uint8Array]
  const { clear, did = keyOf(bob.did), seed = SEEDS.bob, claim = (same) => same, proof = (same) => same } = forgery
  const secret = agreement(FORGER, helloOf(hello).e, forgery.ticketSecret)
  const open = { suite: 1, e: x25519Key(FORGER), n: drawn('forged challenge'), ...clear }
  const { frame } = challengeFrame(hello, secret, open, (t1) => {
    const payload = encode(claim({ net: NET, purpose: 'agent', transcript: t1 }))
    const sig = signature(seed, forgery.label ?? 'handshake/responder', payload, did)
    return proof({ did, sig: forgery.ticketSecret ? undefined : sig, attachments: [] })
  })
  await a.receive(frame)
  return a
}

interface ForgedResponse extends Omit<ForgedChallenge, 'clear'> {
  readonly hello?: Fields
}

/** What bob makes of a forged response to his challenge. */
async function responded(forgery: ForgedResponse, meeting: Meeting = {}) {
  const { did = keyOf(alice.did), seed = SEEDS.alice, claim = (same) => same, proof = (same) => same } = forgery
  const b = responderOf(meeting)
  const n = drawn('forged challenge')
  const hello = encode([
    1,
    { v: 1, suites: [1], net: NET, purpose: 'agent', e: x25519Key(FORGER), n, ...forgery.hello },
  ])
  await b.receive(hello)
  const [challenge] = b.take()
  if (!challenge) return b
  const secret = agreement(FORGER, clearOf(challenge).e, forgery.ticketSecret)
  const keys = handshakeKeys(secret, transcript(hello, partsOf(challenge)[1] as Uint8Array))
  const { frame } = responseFrame(hello, challenge, keys.initiator, (t2) => {
    const payload = encode(claim({ transcript: t2, responder: keyOf(bob.did) }))
    const sig = signature(seed, forgery.label ?? 'handshake/initiator', payload, did)
    return proof({ did, sig: forgery.ticketSecret ? undefined : sig, attachments: [] })
  })
  await b.receive(frame)
  return b
}

it('a forgery that breaks no rule is accepted, so that each refusal below is for the one that it breaks', async () => {
  expect((await challenged({})).asked('send')).toHaveLength(2)
  expect(
    (await challenged({ clear: { resumed: true }, ticketSecret: TICKET_SECRET }, resuming())).asked('send'),
  ).toHaveLength(2)
  expect((await responded({})).established?.peer).toBe(alice.did)
  const resumed = await responded({ hello: { ticket: ALICES_TICKET.id }, ticketSecret: TICKET_SECRET }, resuming())
  expect(resumed.established).toMatchObject({ peer: alice.did, resumed: true })
})

describe('H3 reflection', () => {
  it.each<[string, ForgedChallenge, Meeting?]>([
    ['her ephemeral key', { clear: { e: x25519Key(drawn(' initiator ephemeral')) } }],
    ['her challenge', { clear: { n: drawn(' initiator challenge') } }],
    ['her Did, well signed', { did: keyOf(alice.did), seed: SEEDS.alice }],
    [
      'her Did, in a resumption',
      { did: keyOf(alice.did), clear: { resumed: true }, ticketSecret: TICKET_SECRET },
      resuming(),
    ],
  ])('H3 an initiator refuses %s', async (_, forgery, meeting) => {
    const a = await challenged(forgery, meeting)
    expect([a.failure, a.asked('send').length]).toEqual(['handshake.reflected', 1])
  })

  it.each<[string, ForgedResponse, string]>([
    ['his challenge', { hello: { n: drawn(' responder challenge') } }, 'handshake.reflected'],
    ['his ephemeral key', { hello: { e: x25519Key(drawn(' responder ephemeral')) } }, 'handshake.reflected'],
    ['his Did, well signed', { did: keyOf(bob.did), seed: SEEDS.bob }, 'handshake.reflected'],
  ])('H3 a responder refuses %s', async (_, forgery, code) => {
    const b = await responded(forgery)
    expect([b.failure, b.asked('admit')]).toEqual([code, []])
  })

  it('H3 a responder refuses its own Did in a resumption, although the ticket is its own', async () => {
    const redeem = ticketBook({ ...BOBS_TICKET, peer: bob.did })
    const forgery = { did: keyOf(bob.did), hello: { ticket: BOBS_TICKET.id }, ticketSecret: TICKET_SECRET }
    expect((await responded(forgery, { redeem })).failure).toBe('handshake.reflected')
  })

  it('H3 either side refuses whatever it said itself, in place of whatever it awaits', async () => {
    const frames = await meet(initiatorOf(), responderOf())
    for (const at of frames.keys()) {
      for (const own of frames.keys()) {
        if ((at + own) % 2 === 0) continue
        const [a, b] = [initiatorOf(), responderOf()]
        await meet(a, b, (sent, index) => (index === at ? frames[own]! : sent))
        expect((at % 2 ? a : b).failure, `frame ${own + 1} in place of ${at + 1}`).toBe('handshake.unexpected')
        expect(a.established).toBeUndefined()
      }
    }
  })

  it('H3 an agent that also listens does not take its own hello for another’s', async () => {
    const a = initiatorOf()
    await a.start()
    const [hello] = a.take()
    const alsoAlice = responderOf({ responder: alice, draw: 'also alice' })
    await alsoAlice.receive(hello!)
    expect(alsoAlice.failure).toBe('handshake.peer')
    // Nor when it means itself, or does not say whom it means.
    const [self, itself] = [initiatorOf({ meant: alice.did }), responderOf({ responder: alice })]
    await meet(self, itself)
    expect([self.failure, itself.outcome]).toEqual(['handshake.reflected', undefined])
    const [b, unnamed] = [responderOf({ responder: alice, draw: 'unnamed' }), initiatorOf()]
    await meet(unnamed, b, (frame, index) => (index === 0 ? encode([1, { ...helloOf(frame), to: undefined }]) : frame))
    expect([unnamed.failure, b.outcome]).toEqual(['handshake.unsealed', undefined])
  })
})

const otherLabels = (own: string): string[] =>
  ['handshake/responder', 'handshake/initiator', 'attestation', 'delegation', 'lease', 'handshake'].filter(
    (label) => label !== own,
  )

describe('H5 misbinding', () => {
  it.each<[string, ForgedChallenge, string, Meeting?]>([
    ['carol in bob’s place, well signed', { did: keyOf(carol.did), seed: SEEDS.carol }, 'handshake.peer'],
    ['mallory’s signature for bob', { seed: SEEDS.mallory }, 'handshake.signature'],
    ['bob’s signature for mallory', { proof: (p) => ({ ...p, did: keyOf(mallory.did) }) }, 'handshake.signature'],
    ['bob’s signature for another mesh', { claim: (c) => ({ ...c, net: drawn('other') }) }, 'handshake.signature'],
    ['bob’s signature for another purpose', { claim: (c) => ({ ...c, purpose: 'node' }) }, 'handshake.signature'],
    [
      'bob’s signature over other frames',
      { claim: (c) => ({ ...c, transcript: drawn('other') }) },
      'handshake.signature',
    ],
    ['bob’s Did without a signature', { proof: (p) => ({ ...p, sig: undefined }) }, 'handshake.signature'],
    ['a Did of small order', { proof: (p) => ({ ...p, did: new Uint8Array(32) }) }, 'handshake.weak-key'],
    [
      'carol in bob’s place, who has the ticket',
      { did: keyOf(carol.did), clear: { resumed: true }, ticketSecret: TICKET_SECRET },
      'handshake.peer',
      resuming(),
    ],
    [
      'bob, by a ticket of carol',
      { clear: { resumed: true }, ticketSecret: TICKET_SECRET },
      'handshake.peer',
      { ticket: { ...ALICES_TICKET, peer: carol.did } },
    ],
    [
      'bob, who has the ticket and signs besides',
      { clear: { resumed: true }, ticketSecret: TICKET_SECRET, proof: (p) => ({ ...p, sig: drawn('signature', 64) }) },
      'handshake.malformed',
      resuming(),
    ],
    [
      'a resumption that was not asked for',
      { clear: { resumed: true }, ticketSecret: TICKET_SECRET },
      'handshake.malformed',
    ],
  ])('H5 an initiator that means bob refuses %s, and says nothing of itself', async (_, forgery, code, meeting) => {
    const a = await challenged(forgery, meeting)
    expect([a.failure, a.asked('send').length, a.asked('sign')]).toEqual([code, 1, []])
  })

  it.each<[string, ForgedResponse, string, Meeting?]>([
    ['mallory’s signature for alice', { seed: SEEDS.mallory }, 'handshake.signature'],
    ['alice’s signature for mallory', { proof: (p) => ({ ...p, did: keyOf(mallory.did) }) }, 'handshake.signature'],
    ['alice’s signature for carol', { claim: (c) => ({ ...c, responder: keyOf(carol.did) }) }, 'handshake.signature'],
    ['alice’s signature for nobody', { claim: ({ transcript: t }) => ({ transcript: t }) }, 'handshake.signature'],
    [
      'alice’s signature over other frames',
      { claim: (c) => ({ ...c, transcript: drawn('other') }) },
      'handshake.signature',
    ],
    ['alice’s Did without a signature', { proof: (p) => ({ ...p, sig: undefined }) }, 'handshake.signature'],
    ['a Did of small order', { proof: (p) => ({ ...p, did: new Uint8Array(32) }) }, 'handshake.weak-key'],
    [
      'alice, by a ticket of carol',
      { hello: { ticket: ALICES_TICKET.id }, ticketSecret: TICKET_SECRET },
      'handshake.peer',
      { redeem: ticketBook({ ...BOBS_TICKET, peer: carol.did }) },
    ],
    [
      'alice, who has the ticket and signs besides',
      {
        hello: { ticket: ALICES_TICKET.id },
        ticketSecret: TICKET_SECRET,
        proof: (p) => ({ ...p, sig: drawn('signature', 64) }),
      },
      'handshake.malformed',
      resuming(),
    ],
  ])('H5 a responder refuses %s, and admits nobody', async (_, forgery, code, meeting) => {
    const b = await responded(forgery, meeting)
    expect([b.failure, b.asked('admit'), b.established]).toEqual([code, [], undefined])
  })

  it('H5 a hello for bob is refused by carol, before she says anything', async () => {
    const [a, c] = [initiatorOf(), responderOf({ responder: carol })]
    await meet(a, c)
    expect([c.failure, c.effects.length, a.outcome]).toEqual(['handshake.peer', 1, undefined])
  })

  it('H5 alice is not taken to carol by mallory, whom she means to reach', async () => {
    const toMallory = initiatorOf({ meant: mallory.did })
    const atMallory = responderOf({ responder: mallory })
    const frames = await meet(toMallory, atMallory)
    expect(atMallory.established?.peer).toBe(alice.did)

    // As it is, and with another name on it.
    const carolAsItIs = responderOf({ responder: carol, draw: 'carol' })
    await carolAsItIs.receive(frames[0]!)
    expect(carolAsItIs.failure).toBe('handshake.peer')
    const [victim, misled] = [initiatorOf({ meant: mallory.did }), responderOf({ responder: carol, draw: 'carol' })]
    await meet(victim, misled, (frame, index) => {
      return index === 0 ? encode([1, { ...helloOf(frame), to: undefined }]) : frame
    })
    expect([victim.failure, misled.outcome]).toEqual(['handshake.unsealed', undefined])

    // Mallory knows what alice signed for her, and puts it into a handshake of her own with bob.
    const [asked] = toMallory.asked('sign')
    const { signature: sig } = await alice.sign(asked!.label, asked!.claim)
    expect((await responded({ proof: (p) => ({ ...p, sig }) })).failure).toBe('handshake.signature')
  })

  it('H5 an initiator signs for whom it means, and over everything so far', async () => {
    const [a, b] = [initiatorOf(), responderOf()]
    const [hello, challenge] = (await meet(a, b)) as [Uint8Array, Uint8Array]
    expect(a.asked('sign')).toEqual([
      {
        type: 'sign',
        label: 'handshake/initiator',
        claim: { transcript: transcript(hello, challenge), responder: keyOf(bob.did) },
      },
    ])
    expect(b.asked('sign')).toEqual([
      {
        type: 'sign',
        label: 'handshake/responder',
        claim: { net: NET, purpose: 'agent', transcript: transcript(hello, partsOf(challenge)[1] as Uint8Array) },
      },
    ])
  })
})

describe('H7 labels', () => {
  it.each(otherLabels('handshake/responder'))('H7 an initiator refuses what bob signed as %j', async (label) => {
    expect((await challenged({ label })).failure).toBe('handshake.signature')
  })

  it.each(otherLabels('handshake/initiator'))('H7 a responder refuses what alice signed as %j', async (label) => {
    expect((await responded({ label })).failure).toBe('handshake.signature')
  })
})

/** Every u with which X25519 gives zero, whatever the secret (RFC 7748 §6.1), as far as 32 bytes can spell it. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].flatMap((hex) => {
  const u = new Uint8Array(Buffer.from(hex, 'hex'))
  return [u, turned(u, 255)]
})

describe('an ephemeral key of small order', () => {
  it.each(SMALL_ORDER.map((e) => [e]))('H4 is refused by a responder, before it signs: %s', async (e) => {
    const b = await responded({ hello: { e } })
    expect([b.failure, b.asked('sign'), b.asked('send')]).toEqual(['handshake.weak-key', [], []])
  })

  it.each(SMALL_ORDER.map((e) => [e]))('H4 is refused by an initiator, before it opens anything: %s', async (e) => {
    const a = await challenged({ clear: { e } })
    expect([a.failure, a.asked('sign')]).toEqual(['handshake.weak-key', []])
  })
})
