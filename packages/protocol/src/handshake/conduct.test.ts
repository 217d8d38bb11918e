import { describe, expect, it, vi } from 'vitest'
import {
  ALICES_TICKET,
  alice,
  BOBS_TICKET,
  bob,
  DEADLINE,
  initiatorState,
  type Meeting,
  responderState,
  ticketBook,
  WELCOME,
} from '../../../../test/protocol-kit.ts'
import { type ConductOutcome, type ConductPorts, HandshakeConduct } from './conduct.ts'
import { stepInitiator } from './initiator.ts'
import { stepResponder } from './responder.ts'

interface Wiring extends Meeting {
  readonly ofAlice?: Partial<ConductPorts>
  readonly ofBob?: Partial<ConductPorts>
}

/** Both conducts with a wire between them that delivers at once, and a clock that stands until it is set. */
function wired({ ofAlice, ofBob, ...meeting }: Wiring = {}) {
  const clock = { ms: 0 }
  const outcomes: { a: ConductOutcome[]; b: ConductOutcome[] } = { a: [], b: [] }
  const sent: string[] = []
  const monotonic = (): number => clock.ms
  const a = new HandshakeConduct(initiatorState(meeting), stepInitiator, {
    send: (bytes) => {
      sent.push('a')
      b.receive(bytes)
    },
    sign: (label, claim) => alice.sign(label, claim),
    monotonic,
    conclude: (outcome) => outcomes.a.push(outcome),
    ...ofAlice,
  })
  const b = new HandshakeConduct(responderState(meeting), stepResponder, {
    send: (bytes) => {
      sent.push('b')
      a.receive(bytes)
    },
    sign: (label, claim) => bob.sign(label, claim),
    monotonic,
    conclude: (outcome) => outcomes.b.push(outcome),
    admit: async () => WELCOME,
    ...ofBob,
  })
  return { a, b, clock, outcomes, sent }
}

/** Everything here waits for promises alone, and never for time. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve()
}

async function started(wiring?: Wiring) {
  const wire = wired(wiring)
  wire.a.start()
  await settled()
  return wire
}

/** A promise that a test settles. */
function held<T>(): { promise: Promise<T>; settle: (value: T) => void } {
  let settle: (value: T) => void = () => {}
  const promise = new Promise<T>((resolve) => {
    settle = resolve
  })
  return { promise, settle }
}

const rejects = (): Promise<never> => Promise.reject(new Error('broken'))
const throws = (): never => {
  throw new Error('broken')
}

describe('HandshakeConduct', () => {
  it.each<[string, Partial<ConductPorts>, string]>([
    ['a signer that rejects', { sign: rejects }, 'handshake.signer'],
    ['a signer that throws', { sign: throws }, 'handshake.signer'],
    ['a ticket book that throws', { redeem: throws }, 'handshake.refused'],
    ['a gatekeeper that rejects', { admit: rejects }, 'handshake.refused'],
    ['a gatekeeper that throws', { admit: throws }, 'handshake.refused'],
  ])('H14 fails closed with %s', async (_, ofBob, code) => {
    const { outcomes } = await started({ ofBob, ticket: ALICES_TICKET })
    expect(outcomes).toEqual({ a: [], b: [{ type: 'failed', code }] })
  })

  it('H14 fails closed where nobody admits', async () => {
    const { outcomes } = await started({ ofBob: { admit: undefined as never } })
    expect(outcomes).toEqual({ a: [], b: [{ type: 'failed', code: 'handshake.refused' }] })
  })

  it('H2 ends at a tick after the deadline, once, and hears nothing more', async () => {
    const { a, b, clock, outcomes, sent } = await started({ ofAlice: { sign: () => held<never>().promise } })
    clock.ms = DEADLINE
    for (const end of [a, b]) end.tick()
    expect(outcomes).toEqual({ a: [], b: [] })
    clock.ms = DEADLINE + 1
    for (const end of [a, b, a, b]) end.tick()
    a.start()
    b.receive(Uint8Array.of(0xc1))
    const timeout = [{ type: 'failed', code: 'handshake.timeout' }]
    expect([outcomes, sent]).toEqual([{ a: timeout, b: timeout }, ['a', 'b']])
  })

  it.each(['sign', 'admit'] as const)('H2 takes no answer of %s after the deadline', async (port) => {
    const { promise, settle } = held<never>()
    const { clock, outcomes, sent } = await started({ ofBob: { [port]: () => promise } })
    const before = sent.length
    clock.ms = DEADLINE + 1
    settle((port === 'sign' ? { payload: Uint8Array.of(), signature: new Uint8Array(64) } : WELCOME) as never)
    await settled()
    expect([outcomes.b, sent.length]).toEqual([[{ type: 'failed', code: 'handshake.timeout' }], before])
  })

  it('does nothing for a connection that is gone', async () => {
    const { promise, settle } = held<typeof WELCOME>()
    const { a, b, outcomes, sent } = await started({ ofBob: { admit: () => promise } })
    const before = sent.length
    for (const end of [a, b]) end.abandon()
    settle(WELCOME)
    await settled()
    b.receive(Uint8Array.of(0xc1))
    expect([outcomes, sent.length]).toEqual([{ a: [], b: [] }, before])
  })

  it('concludes a broken handshake before it returns', () => {
    const { b, outcomes } = wired()
    b.receive(Uint8Array.of(0xc1))
    b.receive(Uint8Array.of(0xc1))
    expect(outcomes.b).toEqual([{ type: 'failed', code: 'handshake.malformed' }])
  })

  it('establishes both ends, in full and by a ticket, and asks for the ticket once', async () => {
    const redeem = vi.fn(ticketBook(BOBS_TICKET))
    for (const resumed of [true, false]) {
      const { outcomes, sent } = await started({ ticket: ALICES_TICKET, ofBob: { redeem } })
      expect(outcomes.a).toEqual([expect.objectContaining({ type: 'established' })])
      expect(outcomes.b).toMatchObject([{ type: 'established', established: { peer: alice.did, resumed } }])
      expect(sent).toEqual(['a', 'b', 'a', 'b'])
    }
    expect(redeem).toHaveBeenCalledTimes(2)
  })

  it('H14 tells both ends of a refusal', async () => {
    const { outcomes } = await started({ ofBob: { admit: async () => ({ refusal: 'revoked', proof: [] }) } })
    const refused = [{ type: 'refused', refusal: { refusal: 'revoked', proof: [] } }]
    expect(outcomes).toEqual({ a: refused, b: refused })
  })
})
