import { decode, type Encodable, encode, verifySigned } from '@trustmesh/identity'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { primitives } from '#primitives'
import {
  bob,
  COOKIES,
  drawn,
  initiatorOf,
  type Meeting,
  meet,
  responderOf,
  resuming,
  turned,
} from '../../../../test/protocol-kit.ts'

vi.mock('@trustmesh/identity', async (original) => {
  const identity = await original<typeof import('@trustmesh/identity')>()
  return { ...identity, verifySigned: vi.fn(identity.verifySigned) }
})

type Hello = { readonly [field: string]: Encodable | undefined }

const a = initiatorOf()
await a.start()
const [hello] = a.take() as [Uint8Array]
const [, fields] = decode(hello) as [number, Hello]
const changed = (changes: Hello): Uint8Array => encode([1, { ...fields, ...changes }])

/** Everything that costs more than a hash. */
const costly = {
  keyPair: vi.spyOn(primitives, 'keyPair'),
  hkdf: vi.spyOn(primitives, 'hkdf'),
  seal: vi.spyOn(primitives, 'seal'),
  open: vi.spyOn(primitives, 'open'),
  verify: vi.mocked(verifySigned),
  sign: vi.spyOn(bob, 'sign'),
}
const costs = (): Record<string, number> =>
  Object.fromEntries(Object.entries(costly).map(([name, spy]) => [name, spy.mock.calls.length]))
const NOTHING = { keyPair: 0, hkdf: 0, seal: 0, open: 0, verify: 0, sign: 0 }

beforeEach(() => {
  for (const spy of Object.values(costly)) spy.mockClear()
})

describe('a hello that is refused', () => {
  it.each<[string, Uint8Array, string, Meeting?]>([
    ['nothing at all', Uint8Array.of(), 'handshake.malformed'],
    ['more than 1,024 bytes', new Uint8Array(1025), 'frame.too-big'],
    ['no document', Uint8Array.of(0xc1), 'handshake.malformed'],
    ['no array', encode(fields), 'handshake.malformed'],
    ['another place', encode([2, drawn('clear'), drawn('sealed')]), 'handshake.unexpected'],
    ['a part too many', encode([1, fields, null]), 'handshake.malformed'],
    ['another version', changed({ v: 2 }), 'handshake.version'],
    ['no suite that we know', changed({ suites: [7, 8] }), 'handshake.version'],
    ['an unknown field', changed({ more: 1 }), 'handshake.malformed'],
    ['a field too few', changed({ e: undefined }), 'handshake.malformed'],
    ['an ephemeral key of 31 bytes', changed({ e: drawn('e', 31) }), 'handshake.malformed'],
    ['another mesh', changed({ net: drawn('other') }), 'handshake.mesh'],
    ['another responder', changed({ to: drawn('other') }), 'handshake.peer'],
    ['our own challenge', changed({ n: drawn(' responder challenge'), to: undefined }), 'handshake.reflected'],
    ['a wrong cookie', changed({ cookie: drawn('guess') }), 'handshake.cookie', { cookies: COOKIES }],
    ['a cookie of 65 bytes', changed({ cookie: drawn('guess', 65) }), 'handshake.malformed', { cookies: COOKIES }],
  ])('H13 costs no key agreement, signature or seal: %s', async (_, frame, code, meeting) => {
    const b = responderOf(meeting)
    await b.receive(frame)
    expect(b.effects).toEqual([{ type: 'failed', code }])
    expect(costs()).toEqual(NOTHING)
  })

  it('H13 costs none either where a cookie is wanted, once and no more', async () => {
    const b = responderOf({ cookies: COOKIES })
    await b.receive(hello)
    expect(b.effects.map(({ type }) => type)).toEqual(['send'])
    await b.receive(hello)
    expect(b.failure).toBe('handshake.cookie')
    expect(costs()).toEqual(NOTHING)
  })

  it('H13 costs a look into the book where it brings a ticket, before anything else', async () => {
    const seen: Record<string, number>[] = []
    const redeem = (): null => {
      seen.push(costs())
      return null
    }
    const meeting = { ...resuming(), redeem }
    await meet(initiatorOf(meeting), responderOf(meeting), (frame, index) => (index === 0 ? frame : null))
    expect(seen).toEqual([{ ...NOTHING, keyPair: 1 }]) // Alice's own.
  })
})

describe('a hello that is accepted', () => {
  it('H13 costs one key agreement and one signature', async () => {
    const b = responderOf()
    await b.receive(hello)
    expect(costs()).toEqual({ keyPair: 1, hkdf: 1, seal: 1, open: 0, verify: 0, sign: 1 })
  })

  it('H13 costs no signature where it brings a good ticket', async () => {
    const meeting = resuming()
    await meet(initiatorOf(meeting), responderOf(meeting), (frame, index) => (index === 0 ? frame : null))
    expect(costs()).toEqual({ keyPair: 2, hkdf: 1, seal: 1, open: 0, verify: 0, sign: 0 })
  })
})

describe('a response that is refused', () => {
  it('H13 costs no verification unless it opens', async () => {
    const [alice, b] = [initiatorOf(), responderOf()]
    await meet(alice, b, (frame, index) => (index === 2 ? turned(frame, frame.length * 4) : frame))
    expect(b.failure).toBe('handshake.unsealed')
    expect(costs()).toMatchObject({ sign: 1, verify: 1 }) // Alice's, of the challenge.
  })

  it('H13 costs one verification where it opens', async () => {
    await meet(initiatorOf(), responderOf())
    expect(costs()).toMatchObject({ verify: 2, sign: 1 })
  })
})
