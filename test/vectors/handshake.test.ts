import { type Did, decode, identityFromSeed } from '@trustmesh/identity'
import {
  type CookieJar,
  type InitiatorState,
  initiator,
  isCloseCode,
  keyPairOf,
  type Purpose,
  type Refusal,
  type ResponderState,
  responder,
  stepInitiator,
  stepResponder,
  type Ticket,
  type Welcome,
} from '@trustmesh/protocol'
import { describe, expect, it } from 'vitest'
import { End, meet } from '../protocol-kit.ts'
import { bytesOf, generated, onDisk, type Shown, shown } from './golden.ts'
import { HANDSHAKES, type HandshakeCase } from './handshake-cases.ts'
import { HANDSHAKE_FAULTS, type HandshakeFault } from './handshake-faults.ts'

const VALID = 'handshake.json'
const INVALID = 'handshake-invalid.json'
const written = [
  generated(VALID, { version: 1, cases: HANDSHAKES }),
  generated(INVALID, { version: 1, cases: HANDSHAKE_FAULTS }),
]
const { cases } = JSON.parse(onDisk(VALID)) as { cases: readonly Shown<HandshakeCase>[] }
const faults = (JSON.parse(onDisk(INVALID)) as { cases: readonly Shown<HandshakeFault>[] }).cases

/** Both ends as the inputs of a vector make them. */
function ends({ net, purpose, initiator: i, responder: r, documents }: Shown<HandshakeCase>) {
  const secrets = (side: typeof i | typeof r) => ({
    net: bytesOf(net),
    did: side.did as Did,
    ephemeral: () => keyPairOf(bytesOf(side.ephemeralSecret)),
    challenge: bytesOf(side.n),
    attachments: side.attachments.map(bytesOf),
    deadline: 1,
  })
  const ticket = i.ticket && {
    id: bytesOf(i.ticket.id),
    secret: bytesOf(i.ticket.secret),
    peer: i.means as Did,
    purpose: purpose as Purpose,
  }
  const a = new End<InitiatorState>(
    initiator({ ...secrets(i), purpose, responder: i.means as Did, ...(ticket ? { ticket } : {}) }),
    stepInitiator,
    { identity: identityFromSeed(bytesOf(i.seed)) },
  )
  const { cookie, ticket: known } = r
  const cookies: CookieJar | undefined =
    cookie === undefined
      ? undefined
      : { bake: () => bytesOf(cookie), accepts: (_, shown) => Buffer.from(shown).toString('hex') === cookie }
  const redeem = (id: Uint8Array): Ticket | null =>
    known && Buffer.from(id).toString('hex') === known.id
      ? { secret: bytesOf(known.secret), peer: known.peer as Did, purpose: known.purpose }
      : null
  const answer = decode(bytesOf(documents.welcome)) as Welcome | Refusal
  const b = new End<ResponderState>(responder({ ...secrets(r), ...(cookies ? { cookies } : {}) }), stepResponder, {
    identity: identityFromSeed(bytesOf(r.seed)),
    redeem,
    admit: () => answer,
  })
  return { a, b }
}

it.each([
  [VALID, written[0]],
  [INVALID, written[1]],
])('%s is what the generator makes, byte for byte', (file, text) => {
  expect(onDisk(file)).toBe(text)
})

describe('handshake-invalid.json', () => {
  it.each(faults.map((fault) => [fault.name, fault.code, fault] as const))('refuses %s: %s', async (_, code, fault) => {
    const base = cases.find(({ name }) => name === fault.case)!
    const { a, b } = ends(base)
    const side = fault.to === 'initiator' ? a : b
    if (fault.to === 'initiator') await a.start()
    const forIt = base.frames.filter(({ from }) => from !== fault.to)
    for (const { bytes } of forIt.slice(0, fault.received)) await side.receive(bytesOf(bytes))
    expect(side.outcome).toBeUndefined()
    await side.receive(bytesOf(fault.frame))
    expect(side.outcome).toEqual({ type: 'failed', code })
    expect(isCloseCode(code)).toBe(true)
  })

  it('has every code that a frame can be refused with', () => {
    const codes = new Set(faults.map(({ code }) => code))
    expect(codes).toEqual(
      new Set([
        'frame.too-big',
        ...[
          'malformed',
          'unexpected',
          'unsealed',
          'signature',
          'peer',
          'mesh',
          'reflected',
          'weak-key',
          'cookie',
          'version',
        ].map((code) => `handshake.${code}`),
      ]),
    )
  })

  it('names no two cases alike, and no case that handshake.json does not have', () => {
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length)
    for (const fault of faults) expect(cases.map(({ name }) => name)).toContain(fault.case)
  })
})

describe('handshake.json', () => {
  it.each(cases.map((one) => [one.name, one] as const))('is what both sides say and end with: %s', async (_, one) => {
    const { a, b } = ends(one)
    const frames = await meet(a, b)
    expect(frames.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(one.frames.map(({ bytes }) => bytes))
    expect([a.outcome?.type, b.outcome?.type]).toEqual([one.outcome, one.outcome])
    expect(b.asked('admit')[0]?.applicant).toMatchObject({ did: one.initiator.did, resumed: one.resumed })
    expect(shown(b.asked('admit')[0]?.applicant.resumption)).toBe(one.session.resumption)
    if (one.outcome === 'established') {
      for (const end of [a, b]) expect(shown(end.established?.secrets)).toEqual(one.session)
      expect([a.established?.peer, b.established?.peer]).toEqual([one.responder.did, one.initiator.did])
    } else {
      expect(a.outcome).toMatchObject({ refusal: { refusal: one.refusal } })
    }
    const signatures = [...b.asked('sign'), ...a.asked('sign')]
    expect(signatures).toHaveLength(one.signatures ? 2 : 0)
  })
})
