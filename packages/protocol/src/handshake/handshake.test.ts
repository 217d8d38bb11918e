import { decode, keyOf, sealStatement } from '@trustmesh/identity'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  alice,
  BOBS_TICKET,
  bob,
  COOKIES,
  carol,
  drawn,
  hexOf,
  initiatorOf,
  type Meeting,
  mallory,
  meet,
  NET,
  responderOf,
  resuming,
  ticketBook,
  WELCOME,
} from '../../../../test/protocol-kit.ts'
import { REFUSALS } from '../close-codes.ts'
import { Session } from '../session/session.ts'
import type { Applicant } from './step.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** Alice and bob, and what they said. */
async function met(meeting: Meeting = {}) {
  const [a, b] = [initiatorOf(meeting), responderOf(meeting)]
  const frames = await meet(a, b)
  return { a, b, frames }
}

const places = (frames: readonly Uint8Array[]): unknown[] => frames.map((frame) => (decode(frame) as unknown[])[0])

describe('a refusal', () => {
  it.each(REFUSALS)('H14 establishes no session on either side: %s', async (refusal) => {
    const proof = [drawn('a statement', 20), drawn('another', 32)]
    const { a, b, frames } = await met({ admit: () => ({ refusal, proof }) })
    expect(a.outcome).toEqual({ type: 'refused', refusal: { refusal, proof } })
    expect(b.outcome).toEqual({ type: 'refused', refusal: { refusal, proof } })
    expect([a.established, b.established]).toEqual([undefined, undefined])
    expect(places(frames)).toEqual([1, 2, 3, 4])
  })

  it('H14 travels sealed: nobody on the way reads it, or the Did that is refused', async () => {
    const statement = drawn('a statement')
    const { frames } = await met({ admit: () => ({ refusal: 'revoked', proof: [statement] }) })
    const seen = hexOf(Buffer.concat(frames))
    for (const secret of [
      Buffer.from('revoked'),
      Buffer.from('refusal'),
      statement,
      keyOf(alice.did),
      keyOf(bob.did),
    ]) {
      expect(seen).not.toContain(hexOf(secret))
    }
  })

  it('H14 comes after the proof: nobody is asked about a Did that has shown nothing', async () => {
    const admit = vi.fn(() => WELCOME)
    const { b } = await met({ initiator: { ...carol, sign: mallory.sign }, admit })
    expect(b.failure).toBe('handshake.signature')
    expect(admit).not.toHaveBeenCalled()
  })

  it('H14 comes before the session: nothing is sent and nothing exists until somebody has decided', async () => {
    const soFar: string[][] = []
    const b = responderOf({
      admit: () => {
        soFar.push(b.effects.map(({ type }) => type))
        return WELCOME
      },
    })
    await meet(initiatorOf(), b)
    expect(soFar).toEqual([['sign', 'send', 'admit']])
    expect(b.effects.map(({ type }) => type)).toEqual(['sign', 'send', 'admit', 'send', 'established'])
  })

  it('H14 refuses in a resumption as in a full handshake', async () => {
    const { a, b } = await met({ ...resuming(), admit: () => ({ refusal: 'suspended', proof: [] }) })
    expect(b.asked('admit')[0]?.applicant).toMatchObject({ did: alice.did, resumed: true })
    expect(a.outcome).toEqual({ type: 'refused', refusal: { refusal: 'suspended', proof: [] } })
    expect(b.established).toBeUndefined()
  })
})

describe('a handshake', () => {
  it.each<[string, () => Meeting, number[], boolean]>([
    ['in four frames', () => ({}), [1, 2, 3, 4], false],
    ['in six frames where a cookie is asked for', () => ({ cookies: COOKIES }), [1, 0, 1, 2, 3, 4], false],
    ['by a ticket', resuming, [1, 2, 3, 4], true],
    ['by a ticket, with a cookie', () => ({ ...resuming(), cookies: COOKIES }), [1, 0, 1, 2, 3, 4], true],
    ['in full where the ticket is not known', () => ({ ...resuming(), redeem: () => null }), [1, 2, 3, 4], false],
    [
      'in full where the ticket was for another purpose',
      () => ({ ...resuming(), redeem: ticketBook({ ...BOBS_TICKET, purpose: 'peer' }) }),
      [1, 2, 3, 4],
      false,
    ],
  ])('gives both sides the same keys and each the other’s Did, %s', async (_, meeting, expected, resumed) => {
    const { a, b, frames } = await met(meeting())
    expect(places(frames)).toEqual(expected)
    expect(a.established).toEqual({ ...b.established, peer: bob.did })
    expect(b.established).toMatchObject({ peer: alice.did, purpose: 'agent', resumed, welcome: WELCOME })
    const { id, initiatorKey, responderKey, resumption } = a.established!.secrets
    expect(new Set([id, initiatorKey, responderKey, resumption].map(hexOf)).size).toBe(4)
    expect([a, b].map((end) => end.asked('sign').length)).toEqual(resumed ? [0, 0] : [1, 1])
  })

  it('gives a session in which both sides speak', async () => {
    const { a, b } = await met()
    const ofAlice = new Session({ established: a.established!, role: 'initiator', at: 0 })
    const ofBob = new Session({ established: b.established!, role: 'responder', at: 0 })
    for (let n = 0; n < 3; n++) {
      ofAlice.push({ type: 'ping', n })
      ofBob.push({ type: 'pong', n })
      expect(ofAlice.flush(0).map((message) => ofBob.open(message))).toEqual([[{ type: 'ping', n }]])
      expect(ofBob.flush(0).map((message) => ofAlice.open(message))).toEqual([[{ type: 'pong', n }]])
    }
  })

  it('carries statements of each side to the other, out of sight', async () => {
    const claim = { net: NET, iat: 1, nonce: drawn('nonce', 16) }
    const ofAlice = await sealStatement(alice, 'lease', claim)
    const ofBob = await sealStatement(bob, 'delegation', claim)
    const [a, b] = [
      initiatorOf({ attachments: [ofAlice.bytes] }),
      responderOf({ attachments: [ofBob.bytes, ofBob.bytes] }),
    ]
    const frames = await meet(a, b)
    expect(a.established?.attachments).toEqual([ofBob.bytes, ofBob.bytes])
    expect(b.established?.attachments).toEqual([ofAlice.bytes])
    expect(b.asked('admit')[0]?.applicant.attachments).toEqual([ofAlice.bytes])
    expect(hexOf(Buffer.concat(frames))).not.toContain(hexOf(ofAlice.bytes.subarray(-64)))
  })

  it('lets a session be resumed by what both sides hold of it, again and again', async () => {
    const seen = new Set<string>()
    let meeting: Meeting = {}
    for (let round = 0; round < 4; round++) {
      const { a, b } = await met({ ...meeting, draw: `round ${round}` })
      expect(a.established).toMatchObject({ resumed: round > 0 })
      const { resumption: secret } = a.established!.secrets
      expect(b.asked('admit')[0]?.applicant.resumption).toEqual(secret)
      seen.add(hexOf(secret)).add(hexOf(a.established!.secrets.id))
      const id = drawn(`ticket ${round}`, 16)
      const redeem = ticketBook({ id, secret, peer: alice.did, purpose: 'agent' })
      meeting = { ticket: { id, secret, peer: bob.did, purpose: 'agent' }, redeem }
    }
    expect(seen.size).toBe(8)
  })

  it('takes new keys for every session, also from one ticket', async () => {
    const ids = await Promise.all(
      [0, 1, 2, 3].map(
        async (n) => (await met({ ...(n < 2 ? resuming() : {}), draw: `draw ${n}` })).a.established!.secrets.id,
      ),
    )
    expect(new Set(ids.map(hexOf)).size).toBe(4)
  })

  it('does nothing once it is over', async () => {
    const { a, b, frames } = await met()
    for (const end of [a, b]) {
      const before = end.effects.length
      end.at = 1e9
      await end.start()
      for (const frame of frames) await end.receive(frame)
      expect(end.effects).toHaveLength(before)
    }
  })

  it('tells whoever admits who it is, why it comes, and whether by a ticket', async () => {
    const applicants: Applicant[] = []
    const admit = (applicant: Applicant): typeof WELCOME => {
      applicants.push(applicant)
      return WELCOME
    }
    for (const purpose of ['agent', 'node', 'peer'] as const) await met({ purpose, admit })
    expect(applicants).toMatchObject(
      ['agent', 'node', 'peer'].map((purpose) => ({ did: alice.did, purpose, resumed: false, attachments: [] })),
    )
  })

  it('H9 says the same whatever the wall clock shows, and never looks at it', async () => {
    const YEAR_MS = 31_557_600_000
    const said = await Promise.all(
      [met(), met({ ...resuming() }), met({ cookies: COOKIES })].map(async (one) => (await one).frames.map(hexOf)),
    )
    for (const offset of [-10 * YEAR_MS, -3_600_000, -1, 0, 1, 3_600_000, 10 * YEAR_MS]) {
      vi.useFakeTimers({ now: 1_743_296_400_000 + offset, toFake: ['Date', 'performance'] })
      const [now, monotonic] = [vi.spyOn(Date, 'now'), vi.spyOn(performance, 'now')]
      for (const [index, meeting] of [{}, resuming(), { cookies: COOKIES }].entries()) {
        const { a, b, frames } = await met(meeting)
        expect(frames.map(hexOf)).toEqual(said[index])
        expect([a.outcome?.type, b.outcome?.type]).toEqual(['established', 'established'])
      }
      expect([now.mock.calls, monotonic.mock.calls]).toEqual([[], []])
      vi.useRealTimers()
    }
  })
})
