import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ALICES_TICKET,
  BOBS_TICKET,
  bob,
  COOKIES,
  DEADLINE,
  drawn,
  initiatorOf,
  type Meeting,
  mallory,
  meet,
  responderOf,
  resuming,
  ticketBook,
  turned,
  WELCOME,
} from '../../../../test/protocol-kit.ts'
import { keyPairOf } from '../primitives/key-pair.ts'
import { stepInitiator } from './initiator.ts'
import { type ResponderState, stepResponder } from './responder.ts'
import type { HandshakeEffect, HandshakeEvent, Step } from './step.ts'

/** What alice sent in a good handshake. */
async function recorded(meeting: Meeting): Promise<Uint8Array[]> {
  const [a, b] = [initiatorOf(meeting), responderOf(meeting)]
  await meet(a, b)
  expect([a.established, b.established]).not.toContain(undefined)
  return a.asked('send').map(({ bytes }) => bytes)
}

describe('a recorded handshake', () => {
  it.each<[string, () => Meeting, () => Meeting]>([
    ['in full', () => ({}), () => ({})],
    ['with a cookie that is still good', () => ({ cookies: COOKIES }), () => ({ cookies: COOKIES })],
    ['by a ticket', resuming, () => ({})],
    ['by a ticket that was not forgotten', resuming, () => ({ redeem: () => BOBS_TICKET })],
  ])('H1 is refused by a fresh responder, 1,000 times in 1,000: %s', async (_, original, fresh) => {
    const frames = await recorded(original())
    for (let n = 0; n < 1000; n++) {
      const b = responderOf({ ...fresh(), draw: `fresh ${n}` })
      for (const frame of frames) await b.receive(frame)
      expect([b.failure, b.established, b.asked('admit')]).toEqual(['handshake.unsealed', undefined, []])
    }
  })

  it.each<[string, Meeting]>([
    ['ephemeral key', { ephemeral: () => keyPairOf(drawn('fresh')) }],
    ['challenge', { challenge: drawn('fresh') }],
  ])('H1 is refused even where all that is fresh is the responder’s %s', async (_, fresh) => {
    const b = responderOf(fresh)
    for (const frame of await recorded({})) await b.receive(frame)
    expect(b.failure).toBe('handshake.unsealed')
  })

  it('H1 is accepted where nothing is fresh, which shows what the refusals rest on', async () => {
    const b = responderOf()
    for (const frame of await recorded({})) await b.receive(frame)
    expect(b.established).toBeDefined()
  })

  it('H1 is refused by a fresh initiator, whatever it is that bob said', async () => {
    const b = responderOf()
    await meet(initiatorOf(), b)
    const [challenge, welcome] = b.asked('send').map(({ bytes }) => bytes)
    for (const [frame, code] of [
      [challenge, 'handshake.unsealed'],
      [welcome, 'handshake.unexpected'],
    ] as const) {
      const fresh = initiatorOf({ draw: 'fresh' })
      await fresh.start()
      await fresh.receive(frame!)
      expect(fresh.failure).toBe(code)
    }
  })
})

/** What a step makes of an event. */
type Act = (event: HandshakeEvent) => Step<unknown>

/** Every step of a good handshake, of either side. */
async function steps(meeting: Meeting): Promise<{ event: HandshakeEvent; act: Act }[]> {
  const [a, b] = [initiatorOf(meeting), responderOf(meeting)]
  await meet(a, b)
  return [
    ...a.history.map(({ state, event }) => ({ event, act: (next: HandshakeEvent) => stepInitiator(state, next) })),
    ...b.history.map(({ state, event }) => ({ event, act: (next: HandshakeEvent) => stepResponder(state, next) })),
  ]
}

/** What a responder asks for while it is fed these events, whatever it asked for before. */
function effectsOf(state: ResponderState, ...events: readonly HandshakeEvent[]): HandshakeEffect[] {
  const effects: HandshakeEffect[] = []
  events.reduce((before, event) => {
    const after = stepResponder(before, event)
    effects.push(...after.effects)
    return after.state
  }, state)
  return effects
}

/** What bob's end goes through in a good handshake. */
async function ofBob(meeting: Meeting = {}): Promise<{ state: ResponderState; event: HandshakeEvent }[]> {
  const b = responderOf(meeting)
  await meet(initiatorOf(meeting), b)
  return b.history
}

const typesOf = (effects: readonly HandshakeEffect[]): string[] => effects.map(({ type }) => type)
const ADMITTED: HandshakeEvent = { type: 'admitted', outcome: WELCOME, at: 0 }

describe('a challenge', () => {
  it('H2 is answered once: a second response fails, also while the first is still being decided', async () => {
    const { state, event: response } = (await ofBob()).find((one) => one.state.phase === 'challenged')!
    const effects = effectsOf(state, response, response, ADMITTED, response)
    expect(typesOf(effects)).toEqual(['admit', 'failed'])
    expect(effects.at(-1)).toEqual({ type: 'failed', code: 'handshake.unexpected' })
    expect(typesOf(effectsOf(state, response, ADMITTED, response, ADMITTED))).toEqual(['admit', 'send', 'established'])
  })

  it('H2 is used up by a wrong answer: the right one comes too late', async () => {
    const { state, event: response } = (await ofBob()).find((one) => one.state.phase === 'challenged')!
    const wrong: HandshakeEvent = { type: 'frame', bytes: Uint8Array.of(0x92, 3, 0xc4, 0), at: 0 }
    expect(effectsOf(state, wrong, response, ADMITTED)).toEqual([{ type: 'failed', code: 'handshake.unsealed' }])
  })

  it('H2 is not met by the answer to an older one', async () => {
    const [, old] = await recorded({ draw: 'older' })
    const [a, b] = [initiatorOf(), responderOf()]
    await meet(a, b, (frame, index) => (index === 2 ? old! : frame))
    expect([a.established, b.established, b.failure]).toEqual([undefined, undefined, 'handshake.unsealed'])
  })

  it.each<[string, () => Meeting]>([
    ['in full', () => ({})],
    ['with a cookie', () => ({ cookies: COOKIES })],
    ['with a ticket that is not known', () => ({ ...resuming(), redeem: () => null })],
    ['by a ticket', resuming],
  ])('H2 is worth nothing a millisecond after the deadline, in any state of a handshake %s', async (_, meeting) => {
    const late = { state: { phase: 'done' }, effects: [{ type: 'failed', code: 'handshake.timeout' }] }
    for (const { event, act } of await steps(meeting())) {
      const inTime = act(event)
      expect(inTime.effects).not.toEqual([])
      for (const at of [DEADLINE - 1, DEADLINE]) expect(act({ ...event, at })).toEqual(inTime)
      for (const at of [DEADLINE + 1, Infinity]) expect(act({ ...event, at })).toEqual(late)
      expect(act({ type: 'tick', at: DEADLINE }).effects).toEqual([])
      expect(act({ type: 'tick', at: DEADLINE + 1 })).toEqual(late)
    }
  })

  it('H2 leads to one session at most, whatever comes in whatever order', async () => {
    const [full, resumed] = [await ofBob({ ...resuming(), redeem: () => null }), await ofBob(resuming())]
    const events = [...full, ...resumed].map(({ event }) => event)
    const good = full.map(({ event }) => event)
    // Good handshakes with anything put in between, and anything at all.
    const spoilt = fc
      .array(fc.tuple(fc.nat(good.length), fc.constantFrom(...events)), { maxLength: 4 })
      .map((extra) => extra.reduce((list, [at, event]) => list.toSpliced(at, 0, event), [...good, ...good]))
    const ends = new Set<string | undefined>()
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.array(fc.constantFrom(...events), { maxLength: 20 })), (list) => {
        const types = typesOf(effectsOf(full[0]!.state, ...list))
        const count = (...some: HandshakeEffect['type'][]): number =>
          types.filter((type) => some.includes(type as never)).length
        expect(count('established', 'refused', 'failed')).toBeLessThanOrEqual(1)
        for (const once of ['sign', 'redeem', 'admit'] as const) expect(count(once)).toBeLessThanOrEqual(1)
        expect(count('established')).toBeLessThanOrEqual(count('admit'))
        ends.add(types.at(-1))
      }),
      { numRuns: 3000 },
    )
    expect(ends).toContain('established')
    expect(ends).toContain('failed')
  })
})

describe('a ticket', () => {
  it('H2 is good once: of two that come with it at the same time, one resumes', async () => {
    const redeem = ticketBook(BOBS_TICKET)
    const ends = ['one', 'two'].map((draw) => ({
      a: initiatorOf({ draw, ticket: ALICES_TICKET }),
      b: responderOf({ draw, redeem }),
    }))
    // Frame by frame, side by side.
    await Promise.all(ends.map(({ a, b }) => meet(a, b)))
    const [one, two] = ends.map(({ a, b }) => [a.established?.resumed, b.established?.resumed])
    expect([one, two]).toEqual([
      [true, true],
      [false, false],
    ])
  })

  it('H2 is gone, although the attempt that brought it came to nothing', async () => {
    const redeem = ticketBook(BOBS_TICKET)
    const failing = responderOf({ redeem })
    await meet(initiatorOf({ ticket: ALICES_TICKET }), failing, (frame, index) =>
      index < 2 ? frame : turned(frame, 100),
    )
    expect(failing.failure).toBe('handshake.unsealed')
    const [a, b] = [initiatorOf({ ticket: ALICES_TICKET, draw: 'again' }), responderOf({ redeem, draw: 'again' })]
    await meet(a, b)
    expect([a.established?.resumed, b.established?.resumed]).toEqual([false, false])
  })

  it('H2 is asked for once in a handshake, and answered once', async () => {
    const history = await ofBob(resuming())
    const { state, event: redeemed } = history.find((one) => one.state.phase === 'redeeming')!
    expect(effectsOf(state, redeemed, redeemed).at(-1)).toEqual({ type: 'failed', code: 'handshake.unexpected' })
    const asked = history.filter(({ event }) => event.type === 'redeemed')
    expect(asked).toHaveLength(1)
  })

  it('H2 is worth nothing without its secret, to either side', async () => {
    const forged = { ...ALICES_TICKET, secret: drawn('guess') }
    const [a, b] = [initiatorOf({ ticket: forged }), responderOf({ redeem: ticketBook(BOBS_TICKET) })]
    await meet(a, b)
    expect([a.failure, b.outcome]).toEqual(['handshake.unsealed', undefined])

    const thief = responderOf({
      responder: { ...bob, sign: mallory.sign },
      redeem: () => ({ ...BOBS_TICKET, secret: drawn('guess') }),
    })
    const victim = initiatorOf({ ticket: ALICES_TICKET })
    await meet(victim, thief)
    expect([victim.failure, thief.outcome]).toEqual(['handshake.unsealed', undefined])
  })
})
