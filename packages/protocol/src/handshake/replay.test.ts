import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ALICES_TICKET,
  BOBS_TICKET,
  COOKIES,
  DEADLINE,
  drawn,
  hexOf,
  initiatorOf,
  type Meeting,
  meet,
  responderOf,
  resuming,
  ticketBook,
} from '../../../../test/protocol-kit.ts'
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
    ['ephemeral key', { ephemeralSecret: drawn('fresh') }],
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

/** Every step of a good handshake: the state, the event that it met, and what came of it. */
async function steps(meeting: Meeting) {
  const [a, b] = [initiatorOf(meeting), responderOf(meeting)]
  await meet(a, b)
  return [
    ...a.history.map(({ state, event }) => ({ state, event, step: (next: HandshakeEvent) => stepInitiator(state, next) })),
    ...b.history.map(({ state, event }) => ({ state, event, step: (next: HandshakeEvent) => stepResponder(state, next) })),
  ]
}

/** A responder that waits for the response to its challenge, and that response. */
async function challenged(): Promise<{ state: ResponderState; response: HandshakeEvent }> {
  const b = responderOf()
  await meet(initiatorOf(), b)
  const found = b.history.find(({ state }) => state.phase === 'challenged')
  return { state: found!.state, response: found!.event }
}

function run(state: ResponderState, ...events: HandshakeEvent[]): { state: ResponderState; effects: HandshakeEffect[] } {
  const start: Step<ResponderState> = { state, effects: [] }
  return events.reduce<{ state: ResponderState; effects: HandshakeEffect[] }>(
    (before, event) => {
      const after = stepResponder(before.state, event)
      return { state: after.state, effects: [...before.effects, ...after.effects] }
    },
    { ...start, effects: [] },
  )
}

const admitted: HandshakeEvent = {
  type: 'admitted',
  outcome: { limits: { messageBytes: 65_536, idleMs: 60_000 } },
  at: 0,
}

describe('a challenge', () => {
  it('H2 is answered once: a second response fails the handshake, also while the first is still being decided', async () => {
    const { state, response } = await challenged()
    const { effects } = run(state, response, response, admitted, response)
    expect(effects.map(({ type }) => type)).toEqual(['admit', 'failed'])
    expect(effects.at(-1)).toEqual({ type: 'failed', code: 'handshake.unexpected' })
  })

  it('H2 is used up by a wrong answer: the right one comes too late', async () => {
    const { state, response } = await challenged()
    const wrong = { ...response, bytes: Uint8Array.of(0x92, 3, 0xc4, 0) } as HandshakeEvent
    expect(run(state, wrong, response, admitted).effects).toEqual([{ type: 'failed', code: 'handshake.unsealed' }])
  })

  it('H2 is not answered by an old one', async () => {
    const frames = await recorded({ draw: 'yesterday' })
    const b = responderOf()
    const a = initiatorOf()
    await meet(a, b, (frame, index) => (index === 2 ? frames[1]! : frame))
    expect([a.established, b.established, b.failure]).toEqual([undefined, undefined, 'handshake.unsealed'])
  })

  it.each<[string, () => Meeting]>([
    ['in full', () => ({})],
    ['with a cookie', () => ({ cookies: COOKIES })],
    ['with a ticket that is not known', () => ({ ...resuming(), redeem: () => null })],
    ['by a ticket', resuming],
  ])('H2 is worth nothing after the deadline, in any state of a handshake %s', async (_, meeting) => {
    for (const { event, step } of await steps(meeting())) {
      const intime = step(event)
      expect(intime.effects).not.toEqual([])
      for (const at of [DEADLINE - 1, DEADLINE]) expect(step({ ...event, at })).toEqual(intime)
      const late = { state: { phase: 'done' }, effects: [{ type: 'failed', code: 'handshake.timeout' }] }
      for (const at of [DEADLINE + 1, DEADLINE + 1e9, Infinity]) expect(step({ ...event, at })).toEqual(late)
      for (const at of [0, DEADLINE]) expect(step({ type: 'tick', at }).effects).toEqual([])
      expect(step({ type: 'tick', at: DEADLINE + 1 })).toEqual(late)
    }
  })

  it('H2 is met by at most one session, whatever events come in whatever order', async () => {
    const events = (await steps({ ...resuming(), cookies: COOKIES })).map(({ event }) => event)
    const full = (await steps({ ...resuming(), redeem: () => null, cookies: COOKIES })).map(({ event }) => event)
    const outcomes = new Set<string>()
    const some = fc.array(fc.constantFrom(...events, ...full, admitted), { maxLength: 20 })
    const inOrder = fc.shuffledSubarray([...full, ...events], { minLength: 0 }).map((list) => list.slice(0, 12))
    await fc.assert(
      fc.asyncProperty(fc.oneof(some, inOrder, fc.constant([...full, ...full])), async (list) => {
        const b = responderOf({ cookies: COOKIES })
        const initial = b.history.length === 0 ? responderStateOf(b) : undefined
        const { effects } = run(initial!, ...list)
        const count = (type: HandshakeEffect['type']): number => effects.filter((effect) => effect.type === type).length
        outcomes.add(effects.at(-1)?.type ?? 'nothing')
        expect(count('established') + count('refused') + count('failed')).toBeLessThanOrEqual(1)
        expect(count('admit')).toBeLessThanOrEqual(1)
        expect(count('redeem')).toBeLessThanOrEqual(1)
        expect(count('sign')).toBeLessThanOrEqual(1)
        if (count('established') > 0) expect(count('admit')).toBe(1)
      }),
      { numRuns: 3000 },
    )
    expect(outcomes).toContain('established')
  })
})
