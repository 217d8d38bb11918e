import { decode, type Encodable, encode } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  alice,
  bob,
  COOKIES,
  drawn,
  End,
  type Half,
  hexOf,
  initiatorOf,
  initiatorState,
  type Meeting,
  meet,
  responderOf,
  responderState,
  resuming,
  type Tamper,
  TICKET_ID,
  turned,
} from '../../../../test/protocol-kit.ts'
import { Session } from '../session/session.ts'
import { stepInitiator } from './initiator.ts'
import { stepResponder } from './responder.ts'
import type { HandshakeEvent, Step } from './step.ts'

type Hello = { readonly [field: string]: Encodable | undefined }

/** A hello with other fields, or without some. */
function rewritten(hello: Uint8Array, changes: Hello): Uint8Array {
  const [place, body] = decode(hello) as [number, Hello]
  return encode([place, { ...body, ...changes }])
}

const refusing = (): Meeting => ({ admit: () => ({ refusal: 'suspended', proof: [drawn('proof')] }) })
const MEETINGS: [string, number, () => Meeting][] = [
  ...[1, 2, 3, 4].map((place): [string, number, () => Meeting] => ['full', place, () => ({})]),
  ...[1, 2, 3, 4].map((place): [string, number, () => Meeting] => ['resumed', place, resuming]),
  ['refused', 4, refusing],
]

async function tampered(meeting: Meeting, tamper: Tamper) {
  const [a, b] = [initiatorOf(meeting), responderOf(meeting)]
  const frames = await meet(a, b, tamper)
  return { a, b, frames }
}

/** Nobody has a session that the other does not have, and whoever was lied to has failed. */
function expectNoSession({ a, b }: { a: Half; b: Half }, place: number, what: string): void {
  expect([a.established, a.asked('refused')], what).toEqual([undefined, []])
  // What happens to the last frame, its sender cannot know.
  if (place < 4) expect([b.established, b.asked('refused')], what).toEqual([undefined, []])
  // A hello that is sound in itself is accepted, and its sender notices by the answer.
  const code = place === 1 ? (b.failure ?? a.failure) : place === 3 ? b.failure : a.failure
  expect(code, what).toMatch(/^(handshake|frame)\./)
}

describe('H4 a relay', () => {
  it.each(MEETINGS)('H4 turns no bit unnoticed: handshake %s, frame %i', async (_, place, meeting) => {
    const { frames } = await tampered(meeting(), (frame) => frame)
    for (let bit = 0; bit < frames[place - 1]!.length * 8; bit++) {
      const ends = await tampered(meeting(), (frame, index) => (index === place - 1 ? turned(frame, bit) : frame))
      expectNoSession(ends, place, `bit ${bit}`)
    }
  })

  it.each(MEETINGS)(
    'H4 cuts, extends and rewrites nothing unnoticed: handshake %s, frame %i',
    async (_, place, meeting) => {
      const { frames } = await tampered(meeting(), (frame) => frame)
      const original = frames[place - 1]!
      const edit = fc.record({ at: fc.nat(original.length), put: fc.uint8Array({ maxLength: 4 }), drop: fc.nat(40) })
      await fc.assert(
        fc.asyncProperty(edit, async ({ at, put, drop }) => {
          const edited = Uint8Array.of(...original.subarray(0, at), ...put, ...original.subarray(at + drop))
          fc.pre(hexOf(edited) !== hexOf(original))
          const ends = await tampered(meeting(), (frame, index) => (index === place - 1 ? edited : frame))
          expectNoSession(ends, place, 'edited')
        }),
        { numRuns: 300 },
      )
    },
  )

  it.each(MEETINGS)('H4 leaves nothing out unnoticed: handshake %s, frame %i', async (_, place, meeting) => {
    const { a, b } = await tampered(meeting(), (frame, index) => (index === place - 1 ? null : frame))
    expect(a.outcome).toBeUndefined()
    if (place < 4) expect(b.outcome).toBeUndefined()
  })

  it('H4 turns no bit of a hello that brings a cookie, nor of the demand for one', async () => {
    const meeting = { cookies: COOKIES }
    const { frames } = await tampered(meeting, (frame) => frame)
    for (const index of [1, 2]) {
      for (let bit = 0; bit < frames[index]!.length * 8; bit++) {
        const { a, b } = await tampered(meeting, (frame, at) => (at === index ? turned(frame, bit) : frame))
        expect([a.established, b.established], `bit ${bit} of frame ${index}`).toEqual([undefined, undefined])
        expect(a.failure ?? b.failure).toMatch(/^(handshake|frame)\./)
      }
    }
  })

  it.each<[string, Hello]>([
    ['another purpose', { purpose: 'node' }],
    ['a ticket', { ticket: TICKET_ID }],
    ['no word of whom it is for', { to: undefined }],
  ])('H4 wins nothing by putting %s into a hello that a demand for a cookie answers', async (_, changes) => {
    const meeting = { cookies: COOKIES }
    const { a: honest } = await tampered(meeting, (frame) => frame)
    const { a, b } = await tampered(meeting, (frame, at) => (at === 0 ? rewritten(frame, changes) : frame))
    // The first hello counts for nothing: this is the session that there would have been anyhow.
    expect([a.established, b.established?.secrets]).toEqual([honest.established, honest.established?.secrets])
  })

  it('H4 hands everything on, and can still neither read nor put in a word of the session', async () => {
    const seen: Uint8Array[] = []
    const { a, b } = await tampered({}, (frame) => {
      seen.push(frame)
      return frame
    })
    const [ofAlice, ofBob] = [
      new Session({ established: a.established!, role: 'initiator', at: 0 }),
      new Session({ established: b.established!, role: 'responder', at: 0 }),
    ]
    ofAlice.push({ type: 'ping', n: 1 })
    const [message] = ofAlice.flush(0)
    expect(hexOf(message!)).not.toContain(hexOf(Buffer.from('ping')))
    for (const { id, initiatorKey, responderKey } of [a.established!.secrets]) {
      for (const secret of [id, initiatorKey, responderKey])
        expect(hexOf(Buffer.concat(seen))).not.toContain(hexOf(secret))
    }
    expect(() => ofBob.open(seen.at(-1)!)).toThrow(expect.objectContaining({ code: 'frame.unsealed' }))
  })

  it.each([1, 2, 3, 4])('H4 has no frame of its own to put in the place of frame %i', async (place) => {
    const own = [
      [9],
      [0, { cookie: drawn('own') }],
      [1, {}],
      [2, drawn('own'), drawn('own')],
      [3, drawn('own')],
      [4, drawn('own')],
    ]
    for (const frame of [Uint8Array.of(), Uint8Array.of(0xc0), ...own.map((document) => encode(document))]) {
      const { a, b } = await tampered({}, (sent, at) => (at === place - 1 ? frame : sent))
      expect(a.outcome?.type).not.toBe('established')
      if (place < 4) expect(b.outcome?.type).not.toBe('established')
      expect(a.failure ?? b.failure).toMatch(/^(handshake|frame)\./)
    }
  })
})

describe('H6 downgrade', () => {
  it.each<[string, Hello, string?]>([
    ['version 0', { v: 0 }, 'handshake.version'],
    ['version 2', { v: 2 }, 'handshake.version'],
    ['no version', { v: undefined }, 'handshake.malformed'],
    ['suite 2 alone', { suites: [2] }, 'handshake.version'],
    ['no suites', { suites: [] }, 'handshake.malformed'],
    ['suite 2 as well', { suites: [1, 2] }],
    ['suite 2 first', { suites: [2, 1] }],
    ['suite 1 twice', { suites: [1, 1] }],
    ['another mesh', { net: drawn('other') }, 'handshake.mesh'],
    ['another purpose', { purpose: 'node' }],
    ['an unknown purpose', { purpose: 'root' }, 'handshake.malformed'],
    ['another ephemeral key', { e: drawn('other') }],
    ['another challenge, and the word of whom it is for with it', { n: drawn('other'), to: undefined }],
    ['no word of whom it is for', { to: undefined }],
    ['a word for another', { to: drawn('other') }, 'handshake.peer'],
    ['a ticket', { ticket: drawn('other', 16) }],
    ['a cookie', { cookie: drawn('other', 16) }],
    ['an unknown flag', { insecure: true }, 'handshake.malformed'],
  ])('H6 %s in a hello leads to no session', async (_, changes, code) => {
    const { a, b } = await tampered({}, (frame, index) => (index === 0 ? rewritten(frame, changes) : frame))
    expect([a.established, b.established, b.asked('admit')]).toEqual([undefined, undefined, []])
    // What the responder cannot tell from the truth, the initiator finds in the transcript.
    expect([b.failure, a.failure]).toEqual(code ? [code, undefined] : [undefined, 'handshake.unsealed'])
  })

  it('H6 a ticket taken out of a hello leads to no session: there is no way back from a resumption to a full handshake', async () => {
    const { a, b } = await tampered(resuming(), (frame, index) =>
      index === 0 ? rewritten(frame, { ticket: undefined }) : frame,
    )
    expect([a.failure, a.established, b.established]).toEqual(['handshake.unsealed', undefined, undefined])
  })

  it.each<[string, Hello, string]>([
    ['suite 0', { suite: 0 }, 'handshake.version'],
    ['suite 2', { suite: 2 }, 'handshake.version'],
    ['a resumption that nobody asked for', { resumed: true }, 'handshake.malformed'],
    ['an unknown flag', { insecure: true }, 'handshake.malformed'],
  ])('H6 %s in a challenge leads to no session', async (_, changes, code) => {
    const { a, b } = await tampered({}, (frame, index) => {
      if (index !== 1) return frame
      const [place, clear, sealed] = decode(frame) as [number, Uint8Array, Uint8Array]
      return encode([place, encode({ ...(decode(clear) as Hello), ...changes }), sealed])
    })
    expect([a.failure, b.outcome]).toEqual([code, undefined])
  })

  it('S18 no field may be added to a hello', async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 12 })
      .filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key))
    const value = fc.oneof(fc.constant(null), fc.boolean(), fc.nat(), fc.string(), fc.uint8Array({ maxLength: 20 }))
    const a = initiatorOf()
    await a.start()
    const [hello] = a.take()
    const known = Object.keys((decode(hello!) as [number, Hello])[1])
    await fc.assert(
      fc.asyncProperty(name, value, async (key, added) => {
        fc.pre(![...known, 'ticket', 'cookie'].includes(key) && !key.startsWith('\uFEFF'))
        const b = responderOf()
        await b.receive(rewritten(hello!, { [key]: added }))
        expect(b.effects).toEqual([{ type: 'failed', code: 'handshake.malformed' }])
      }),
    )
  })
})

describe('H10 parallel handshakes', () => {
  const RUNS = 10_000

  /** An end, with where its frames came from so far. */
  interface Party {
    readonly end: Half
    readonly opposite: number
    readonly heard: number[]
  }

  /** A step is a function, so one that was taken need not be taken again; and all orders are made of few different steps. */
  function remembering<State extends object>(step: (state: State, event: HandshakeEvent) => Step<State>): typeof step {
    const known = new WeakMap<State, Map<string, Step<State>>>()
    return (state, event) => {
      const steps = known.get(state) ?? new Map<string, Step<State>>()
      const key = event.type === 'frame' ? hexOf(event.bytes) : event.type
      const taken = steps.get(key) ?? step(state, event)
      known.set(state, steps.set(key, taken))
      return taken
    }
  }

  it(`H10 frames of two handshakes of the same pair, in ${RUNS} orders, never make a session of two halves`, async () => {
    const [stepOfAlice, stepOfBob] = [remembering(stepInitiator), remembering(stepResponder)]
    const ofAlice = ['0', '1'].map((draw) => initiatorState({ draw }))
    const ofBob = ['2', '3'].map((draw) => responderState({ draw }))
    const seen = { both: 0, one: 0, none: 0 }
    // Which of the frames under way arrives next, and whether at the end that it was sent to or at its double.
    const schedule = fc.array(
      fc.tuple(
        fc.nat(7),
        fc.nat(3).map((n) => n === 0),
      ),
      { minLength: 0, maxLength: 24 },
    )
    await fc.assert(
      fc.asyncProperty(schedule, async (choices) => {
        // 0 and 1 are alice's ends, 2 and 3 bob's.
        const parties: Party[] = [
          ...ofAlice.map((state) => new End(state, stepOfAlice, { identity: alice })),
          ...ofBob.map((state) => new End(state, stepOfBob, { identity: bob })),
        ].map((end, n) => ({ end, opposite: (n + 2) % 4, heard: [] }))
        const underWay: { from: number; frame: Uint8Array }[] = []
        const collect = (from: number): void => {
          for (const frame of parties[from]!.end.take()) underWay.push({ from, frame })
        }
        for (const n of [0, 1]) {
          await parties[n]!.end.start()
          collect(n)
        }
        let swaps = 0
        for (let step = 0; underWay.length > 0; step++) {
          const [which, crosses] = choices[step] ?? [0, false]
          const [{ from, frame }] = underWay.splice(which % underWay.length, 1) as [{ from: number; frame: Uint8Array }]
          const to = crosses ? parties[from]!.opposite ^ 1 : parties[from]!.opposite
          const party = parties[to]!
          if (crosses) swaps++
          if (!party.end.outcome) party.heard.push(from)
          await party.end.receive(frame)
          collect(to)
        }

        const established = [0, 1].filter((n) => parties[n]!.end.established)
        for (const n of established) {
          const { end, heard } = parties[n]!
          const [other] = heard
          const { end: theirs, heard: heardThere } = parties[other!]!
          // Everything that either heard is everything that the other said, and nothing else.
          expect([new Set(heard), new Set(heardThere)]).toEqual([new Set([other]), new Set([n])])
          expect(end.established?.secrets).toEqual(theirs.established?.secrets)
        }
        const ids = [0, 1, 2, 3].flatMap((n) => parties[n]!.end.established?.secrets.id ?? []).map(hexOf)
        for (const id of ids) expect(ids.filter((same) => same === id).length).toBeLessThanOrEqual(2)
        for (const n of [2, 3]) expect(new Set(parties[n]!.heard).size > 1 && parties[n]!.end.established).toBeFalsy()
        if (swaps === 0) expect(established).toEqual([0, 1])
        seen[(['none', 'one', 'both'] as const)[established.length]!]++
      }),
      { numRuns: RUNS },
    )
    // All three happen, so that nothing above holds only because nothing is ever established, or ever fails.
    for (const count of [seen.both, seen.one, seen.none]) expect(count).toBeGreaterThan(100)
  })
})
