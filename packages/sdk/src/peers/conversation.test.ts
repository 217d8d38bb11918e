import { decode, identityFromSeed } from '@trustmesh/identity'
import { isHello, LIMITS } from '@trustmesh/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { Dice } from '../../test/dice.ts'
import { held } from '../../test/let-go.ts'
import { connectionOf, type Parcel, Post } from '../../test/post.ts'
import { PostAgent, type PostAgentOptions } from '../../test/post-agent.ts'
import { settled, VirtualTime } from '../../test/virtual-time.ts'
import type { Answering } from '../answering.ts'
import { encodeReply } from '../bodies.ts'
import type { CallOptions } from '../calls/calls.ts'
import { Conversation } from './conversation.ts'
import { encodePacket } from './packet.ts'

const identityOf = (byte: number) => identityFromSeed(new Uint8Array(32).fill(byte))
/** The keys of alice are below those of bob. */
const [ALICE, BOB, CAROL] = [identityOf(1), identityOf(2), identityOf(3)]
const MIB = 1_048_576
const failure = (code: string): unknown => expect.objectContaining({ name: 'MeshError', code })
const textOf = (body: Uint8Array): string => new TextDecoder().decode(body)
const content = (text: string) => ({ body: new TextEncoder().encode(text) })
const sized = (bytes: number) => ({ body: new Uint8Array(bytes).fill(0x2e) })

let time: VirtualTime
let post: Post
let alice: PostAgent
let bob: PostAgent

const agent = (identity: PostAgentOptions['identity'], seed: number, rest: Partial<PostAgentOptions> = {}) =>
  new PostAgent({ identity, post, time, dice: new Dice(seed), ...rest })

beforeEach(() => {
  time = new VirtualTime()
  post = new Post(time)
  alice = agent(ALICE, 1)
  bob = agent(BOB, 2)
})

/** What becomes of a promise, once it is known. */
function outcomeOf(promise: Promise<unknown>): { value?: unknown; code?: string } {
  const outcome: { value?: unknown; code?: string } = {}
  promise.then(
    (value) => {
      outcome.value = value ?? 'done'
    },
    (error: { code: string }) => {
      outcome.code = error.code
    },
  )
  return outcome
}

const send = (text: string, options?: CallOptions) => outcomeOf(alice.calls.send(bob.did, content(text), options))
const ask = (text: string, options?: CallOptions) =>
  outcomeOf(alice.calls.request(bob.did, content(text), options).then(({ body }) => textOf(body)))
const heardBy = (someone: PostAgent): string[] => someone.received.map(({ message }) => textOf(message.body))
const echo = (answering: Answering): void => void answering.end('reply', answering.message.body)
const hellos = (): Parcel[] => post.taken.filter(({ body }) => isHello(body.subarray(16)))
const ticketIn = ({ body }: Parcel): string | undefined => {
  const [, { ticket }] = decode(body.subarray(16)) as [number, { ticket?: Uint8Array }]
  return ticket && Buffer.from(ticket).toString('hex')
}
/** Nothing arrives until the returned function is called. */
function cut(): () => void {
  const { carry } = post
  post.carry = () => {}
  return () => {
    post.carry = carry
  }
}
/** The session is lost to whoever is told so, as by a node that lies. */
const reset = (someone: PostAgent): void => {
  const last = post.taken.findLast(({ from, to }) => from === someone.did || to === someone.did)!
  const from = last.from === someone.did ? last.to : last.from
  post.deliver({ from, to: someone.did, body: encodePacket(last.body.slice(0, 16)) })
}

describe('Conversation, with sessions', () => {
  it('has one session where both begin at once, and hears both', async () => {
    const [there, back] = [send('there'), outcomeOf(bob.calls.send(alice.did, content('back')))]
    await time.pass(100)
    expect([there, back, heardBy(alice), heardBy(bob)]).toEqual([
      { value: 'done' },
      { value: 'done' },
      ['back'],
      ['there'],
    ])
    expect(hellos()).toHaveLength(2)
    const connection = connectionOf(hellos().find(({ from }) => from === bob.did)!)
    expect(post.of(connection).length).toBeGreaterThan(4)
  })

  it('H2 resumes with a ticket and no signature, with another ticket each time', async () => {
    send('first')
    await time.pass(100)
    expect([alice.signatures, bob.signatures]).toEqual([1, 1])
    for (const text of ['second', 'third', 'fourth']) {
      reset(alice)
      await time.pass(1_000)
      send(text)
      await time.pass(1_000)
    }
    expect(heardBy(bob)).toEqual(['first', 'second', 'third', 'fourth'])
    expect([alice.signatures, bob.signatures]).toEqual([1, 1])
    const [none, ...tickets] = hellos().map(ticketIn)
    expect([none, new Set(tickets).size]).toEqual([undefined, 3])
  })

  it('H2 spends its ticket, whatever comes of the attempt', async () => {
    send('first')
    await time.pass(100)
    reset(alice)
    await time.pass(10)
    const restore = cut()
    const second = send('second')
    await time.pass(LIMITS.handshakeMs + 100)
    restore()
    await time.pass(LIMITS.handshakeMs)
    expect(second).toEqual({ value: 'done' })
    expect(hellos().map(ticketIn)).toEqual([undefined, expect.any(String), undefined])
  })

  it('meets with signatures again where its ticket is too old', async () => {
    send('first')
    await time.pass(100)
    reset(alice)
    await time.pass(LIMITS.ticketMs)
    send('second')
    await time.pass(100)
    expect(hellos().map(ticketIn)).toEqual([undefined, undefined])
    expect([alice.signatures, heardBy(bob)]).toEqual([2, ['first', 'second']])
  })

  it('goes on under other keys once these have been used for an hour', async () => {
    bob.handle = echo
    const answers: unknown[] = []
    for (let ms = 0; ms < 2.5 * LIMITS.keyMs; ms += 14_000) {
      answers.push(ask(`${ms}`))
      await time.pass(14_000)
    }
    expect(answers.every((answer) => 'value' in (answer as object))).toBe(true)
    expect(hellos()).toHaveLength(1)
  })

  it('says that a connection is not known, and never answers to that', async () => {
    send('first')
    await time.pass(100)
    const count = post.taken.length
    const stray = encodePacket(new Uint8Array(16), Uint8Array.of(0x92, 1, 3))
    post.deliver({ from: BOB.did, to: ALICE.did, body: stray })
    post.deliver({ from: CAROL.did, to: ALICE.did, body: stray })
    await time.pass(100)
    expect(post.taken.slice(count)).toEqual([
      { from: ALICE.did, to: BOB.did, body: encodePacket(new Uint8Array(16)) },
      { from: ALICE.did, to: CAROL.did, body: encodePacket(new Uint8Array(16)) },
    ])
    send('second')
    await time.pass(100)
    expect(hellos()).toHaveLength(1)
  })

  it.each([-10, 10])('H9 does not care that it is %i years later elsewhere', async (years) => {
    const carol = agent(CAROL, 3, { aheadMs: years * 31_557_600_000 })
    const sent = outcomeOf(alice.calls.send(carol.did, content('hello')))
    await time.pass(100)
    expect(sent).toEqual({ value: 'done' })
  })

  it('H7 H8 signs nothing but its own side of a handshake', async () => {
    send('first')
    outcomeOf(bob.calls.send(alice.did, content('second')))
    await time.pass(100)
    const labels = new Set([...alice.labels, ...bob.labels])
    expect([...labels].sort()).toEqual(['handshake/initiator', 'handshake/responder'])
  })
})

describe('Conversation, with a node that lies', () => {
  it('H1 answers no transcript that is replayed, however often', async () => {
    bob.handle = echo
    ask('first')
    await time.pass(100)
    const recorded = post.taken.filter(({ from }) => from === alice.did)
    for (let round = 0; round < 1_000; round++) for (const parcel of recorded) post.deliver(parcel)
    await time.pass(20_000)
    const again = agent(BOB, 5, { handle: echo })
    for (const parcel of recorded) post.deliver(parcel)
    await time.pass(20_000)
    expect([heardBy(bob), heardBy(again)]).toEqual([['first'], []])
    const second = ask('second')
    await time.pass(20_000)
    expect(second).toEqual({ value: 'second' })
  })

  it('H3 does not meet itself', async () => {
    post.carry = ({ from, body }) => post.deliver({ from: bob.did, to: from, body })
    const sent = send('hello')
    await time.pass(20_000)
    expect([sent, heardBy(alice)]).toEqual([{ code: 'request.timeout' }, []])
  })

  it('H5 M4 meets nobody in the place of another', async () => {
    const carol = agent(CAROL, 3)
    post.carry = ({ from, body }) => {
      post.deliver({
        from: from === alice.did ? alice.did : bob.did,
        to: from === alice.did ? carol.did : alice.did,
        body,
      })
    }
    const sent = send('for bob')
    await time.pass(20_000)
    expect([sent, heardBy(carol), heardBy(bob)]).toEqual([{ code: 'request.timeout' }, [], []])
  })

  it('H16 takes nothing from whoever the node says it is, and is not', async () => {
    post.carry = (parcel, ack) => {
      const { from, to } = parcel
      if (from === alice.did) post.deliver({ ...parcel, from: CAROL.did }, ack)
      else
        post.deliver({ ...parcel, from: to === CAROL.did ? bob.did : from, to: to === CAROL.did ? alice.did : to }, ack)
    }
    const sent = send('from alice')
    await time.pass(20_000)
    expect([sent, heardBy(bob)]).toEqual([{ code: 'request.timeout' }, []])
  })

  it('H6 meets nobody where any bit of what is offered was turned', async () => {
    let bit = 0
    const carry = post.carry
    post.carry = (parcel, ack) => {
      if (!isHello(parcel.body.subarray(16))) return carry(parcel, ack)
      const body = parcel.body.slice()
      const at = 18 + (bit >> 3)
      body[at] = body[at]! ^ (1 << (bit & 7))
      carry({ ...parcel, body }, ack)
    }
    const sent = send('hello', { timeoutMs: 1e9 })
    await settled()
    const bits = 8 * (hellos()[0]!.body.length - 18)
    for (bit = 0; bit < bits; bit += 7) {
      alice.isOnline = false
      alice.isOnline = true
      await time.pass(50)
    }
    expect([sent, heardBy(bob)]).toEqual([{}, []])
  })

  it.each([
    ['lost', []],
    ['doubled', [1, 2]],
    ['overtaken', [50]],
  ])('M1 M2 says again in another session what was %s in this', async (_, arrivals) => {
    const texts = Array.from({ length: 9 }, (_, n) => `${n}`)
    send('known')
    await time.pass(100)
    for (const text of texts) {
      send(text, { timeoutMs: 100_000 })
      const { carry } = post
      if (text === '3') post.carry = (parcel, ack) => arrivals.map((ms) => post.deliver(parcel, ack, ms))
      await settled()
      post.carry = carry
    }
    await time.pass(60_000)
    send('last')
    await time.pass(100)
    expect(heardBy(bob)).toEqual(['known', ...texts, 'last'])
    expect(hellos().length).toBeGreaterThan(1)
  })

  it.each([
    'message.recipient-offline',
    'message.recipient-unknown',
    'message.forged-sender',
    'message.sender-cut-off',
  ])('fails at once with %s where the node says so, and what begins nothing waits', async (code) => {
    post.carry = (_, ack) => ack(code)
    const [sent, asked] = [send('hello'), ask('hello')]
    await time.pass(10)
    expect([sent, asked]).toEqual([{ code }, { code }])
    await time.pass(1)
    expect(alice.timers.size).toBe(0)
  })

  it.each(['message.recipient-busy', 'message.rate-limited', 'whatever'])(
    'tries again, ever more seldom, where the node says %s',
    async (code) => {
      post.carry = (_, ack) => ack(code)
      const sent = send('hello')
      await time.pass(9_999)
      expect(sent).toEqual({})
      expect(hellos().length).toBeLessThan(20)
      await time.pass(1)
      expect(sent).toEqual({ code: code === 'whatever' ? 'message.refused' : code })
      await time.pass(60_000)
      expect(alice.timers.size).toBe(0)
    },
  )

  it('gives up in the end where nobody is there, though a deadline were a year away', async () => {
    post.carry = () => {}
    const sent = send('hello', { timeoutMs: 31_557_600_000 })
    await time.pass(600_000)
    expect(sent).toEqual({ code: 'message.unconfirmed' })
    expect([alice.timers.size, hellos().length]).toEqual([0, 25])
  })

  it('gives up answers to whoever does not come back', async () => {
    let answer = (): void => {}
    bob.handle = (answering) => {
      answer = () => void answering.end('reply', answering.message.body)
    }
    ask('hello')
    await time.pass(100)
    alice.crash()
    answer()
    await time.pass(600_000)
    expect([bob.timers.size, bob.conversations.with(alice.did).isQuiet]).toEqual([0, true])
  })

  it('does not come back faster and faster where sessions begin and break', async () => {
    const { carry } = post
    post.carry = (parcel, ack) => {
      carry(parcel, ack)
      // Behind its greeting.
      if (post.of(connectionOf(parcel), alice.did).length > 2)
        post.deliver({ ...parcel, body: encodePacket(parcel.body.slice(0, 16)) })
    }
    bob.handle = () => new Promise(() => {})
    send('begins and is not begun', { timeoutMs: 60_000 })
    send('waits', { timeoutMs: 60_000 })
    await time.pass(60_000)
    expect(hellos().length).toBeLessThan(40)
  })
})

describe('Conversation, when one of both is another program', () => {
  it('M13 fails what had been said and not heard, or heard and not answered, and says the rest', async () => {
    const heard = ask('heard and not answered', { timeoutMs: 100_000 })
    await time.pass(100)
    bob.crash()
    const said = [send('said and not heard', { timeoutMs: 100_000 }), ask('no more', { timeoutMs: 100_000 })]
    await time.pass(10)
    const again = agent(BOB, 5, { handle: echo })
    const waiting = ask('waits', { timeoutMs: 100_000 })
    await time.pass(20_000)
    expect([heard, ...said, waiting]).toEqual([...Array(3).fill({ code: 'message.interrupted' }), { value: 'waits' }])
    expect(heardBy(again)).toEqual(['waits'])
  })

  it('M13 fails nothing where only the first greetings were lost', async () => {
    const { carry } = post
    post.carry = (parcel, ack) => {
      const places = post.of(connectionOf(parcel), parcel.from).length
      if (places <= 2) carry(parcel, ack)
    }
    const sent = send('hello', { timeoutMs: 60_000 })
    await time.pass(1_000)
    post.carry = carry
    await time.pass(20_000)
    expect([sent, heardBy(bob)]).toEqual([{ value: 'done' }, ['hello']])
  })

  it('M4 answers nobody with what an earlier program has asked', async () => {
    const answers: (() => void)[] = []
    bob.handle = (answering) => {
      answers.push(() => void answering.end('reply', answering.message.body))
    }
    ask('of the first program')
    await time.pass(100)
    bob.isOnline = false
    answers[0]?.()
    alice.crash()
    alice = agent(ALICE, 6)
    bob.isOnline = true
    const second = ask('of the second')
    await time.pass(1_000)
    answers[1]?.()
    await time.pass(100)
    expect(second).toEqual({ value: 'of the second' })
  })

  it('lets a handler know that nobody waits any more', async () => {
    let signal: AbortSignal | undefined
    bob.handle = (answering) => {
      signal ??= answering.signal
    }
    ask('hello')
    await time.pass(100)
    alice.crash()
    alice = agent(ALICE, 6)
    expect(signal?.aborted).toBe(false)
    send('anew')
    await time.pass(1_000)
    expect(signal?.aborted).toBe(true)
  })
})

describe('Conversation, with messages of any size', () => {
  it('says 1 MiB in parts, between others, in order', async () => {
    const sent = [send('before'), outcomeOf(alice.calls.send(bob.did, sized(MIB))), send('behind')]
    await time.pass(1_000)
    expect(sent).toEqual(Array(3).fill({ value: 'done' }))
    expect(bob.received.map(({ message }) => message.body.length)).toEqual([6, MIB, 6])
    expect(Math.max(...post.taken.map(({ body }) => body.length))).toBeLessThanOrEqual(LIMITS.bodyBytes)
  })

  it('M13 goes on in the middle of a message in the next session', async () => {
    const sent = outcomeOf(alice.calls.send(bob.did, sized(MIB)))
    await time.until(() => post.taken.length > 12)
    reset(alice)
    await time.pass(20_000)
    expect(sent).toEqual({ value: 'done' })
    expect(bob.received.map(({ message }) => message.body.length)).toEqual([MIB])
    expect(post.taken.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(1.5 * MIB)
  })

  it.each([
    ['the first thing that is said', false],
    ['said later', true],
  ])(
    'M5 fails before any of it is sent where it is larger than the other side takes, and is %s',
    async (_, isKnown) => {
      bob.crash()
      bob = agent(BOB, 5, { maxBytes: 1_000 })
      if (isKnown) send('known')
      await time.pass(100)
      const [large, small] = [
        outcomeOf(alice.calls.send(bob.did, sized(1_001))),
        outcomeOf(alice.calls.send(bob.did, sized(1_000))),
      ]
      await time.pass(100)
      expect([large, small]).toEqual([{ code: 'message.too-big' }, { value: 'done' }])
      expect(hellos()).toHaveLength(1)
    },
  )

  it('answers that it has failed where the answer is larger than the other side takes', async () => {
    alice.crash()
    alice = agent(ALICE, 5, { maxBytes: 1_000 })
    bob.handle = (answering) => void answering.end('reply', new Uint8Array(1_001))
    const asked = ask('for too much')
    await time.pass(100)
    expect(asked).toEqual({ code: 'request.failed' })
  })

  it('M7 says no more than the other side has room for, and fails what is too much', async () => {
    const begin: (() => void)[] = []
    bob.handle = () => new Promise((resolve) => begin.push(resolve))
    send('taken in, and not begun')
    await time.pass(100)
    const before = post.taken.length
    const sent = Array.from({ length: 80 }, () =>
      outcomeOf(alice.calls.send(bob.did, sized(60_000), { timeoutMs: 4_000 })),
    )
    await time.pass(100)
    const waiting = sent.filter(({ code }) => code === undefined)
    expect(sent.filter(({ code }) => code === 'mesh.busy')).toHaveLength(80 - waiting.length)
    expect(waiting).toHaveLength(69)
    const bytes = post.taken.slice(before).reduce((sum, { body }) => sum + body.length, 0)
    expect(bytes).toBeLessThan(LIMITS.unheardBytes + 65_536)
    for (let n = 0; n < 100; n++) {
      begin.splice(0).map((go) => go())
      await time.pass(10)
    }
    expect(waiting).toEqual(Array(69).fill({ value: 'done' }))
    expect(hellos()).toHaveLength(1)
  })

  it('M7 does not give a receiver more with each session that is lost while it is not ready', async () => {
    let begin = (): void => {}
    bob.handle = () =>
      new Promise((resolve) => {
        begin = resolve
      })
    const sent = Array.from({ length: 40 }, () =>
      outcomeOf(alice.calls.send(bob.did, sized(50_000), { timeoutMs: 1e6 })),
    )
    for (let session = 0; session < 12; session++) {
      await time.pass(3_000)
      reset(bob)
    }
    expect(sent.filter(({ value }) => value).length).toBeLessThanOrEqual(1)
    bob.handle = () => {}
    begin()
    await time.pass(100_000)
    expect(sent).toEqual(Array(40).fill({ value: 'done' }))
    expect(bob.received).toHaveLength(40)
  })

  it('answers with as much as was asked for, though that is more than may wait of what it says by itself', async () => {
    bob.handle = (answering) => void answering.end('reply', new Uint8Array(MIB))
    const asked = Array.from({ length: 12 }, () => ask('for a lot'))
    await time.pass(5_000)
    expect(asked.every(({ value }) => (value as string).length === MIB)).toBe(true)
  })
})

describe('Conversation, with streams', () => {
  /** A stream of so many items, and how many have been made. */
  function streamOf(count: number, bytes = 1): { made: number; signal?: AbortSignal } {
    const stream: { made: number; signal?: AbortSignal } = { made: 0 }
    bob.handle = (answering) => {
      stream.signal = answering.signal
      const make = async (): Promise<void> => {
        while (stream.made < count && (await answering.mayGoOn())) {
          answering.item(encodeReply(new Uint8Array(bytes).fill(stream.made++), 2 * MIB))
        }
        answering.end('end')
      }
      void make()
    }
    return stream
  }

  it('M7 gets no more items than are taken, and sixteen', async () => {
    const stream = streamOf(1_000)
    const items = alice.calls.stream(bob.did, content('many'))
    const taking = items.next()
    await time.pass(100)
    await taking
    for (let taken = 1; taken < 200; taken++) {
      expect(stream.made).toBeLessThanOrEqual(taken + 16)
      const next = items.next()
      await time.pass(100)
      expect((await next).value).toEqual(new Uint8Array(1).fill(taken))
    }
    const end = items.return()
    await time.pass(100)
    await end
    expect([stream.signal?.aborted, stream.made < 220]).toEqual([true, true])
  })

  it('gets all of it, however large the items are and whatever becomes of sessions', async () => {
    streamOf(30, MIB - 10)
    const taken: number[] = []
    const taking = (async () => {
      for await (const item of alice.calls.stream(bob.did, content('large'))) taken.push((item as Uint8Array)[0]!)
    })()
    for (let n = 0; n < 6; n++) {
      await time.pass(30)
      reset(n % 2 === 0 ? alice : bob)
    }
    await time.pass(60_000)
    await taking
    expect(taken).toEqual(Array.from({ length: 30 }, (_, item) => item))
  })

  it('ends on both sides where its taker aborts', async () => {
    const stream = streamOf(1_000)
    const abort = new AbortController()
    const items = alice.calls.stream(bob.did, content('many'), { signal: abort.signal })
    await time.pass(100)
    abort.abort()
    await time.pass(100)
    expect(stream.signal?.aborted).toBe(true)
    for (let taken = 0; taken < 16; taken++) await items.next()
    await expect(items.next()).rejects.toEqual(failure('request.aborted'))
  })

  it('ends where the other side is gone', async () => {
    streamOf(1_000)
    const items = alice.calls.stream(bob.did, content('many'))
    await time.pass(100)
    alice.learnRevoked(bob.did)
    for (let taken = 0; taken < 16; taken++) await items.next()
    await expect(items.next()).rejects.toEqual(failure('peer.cut-off'))
  })
})

describe('Conversation, after a silence', () => {
  const SILENT_MS = 15_000

  it.each([
    ['nothing that another program would make fail', SILENT_MS, { value: 'hello' }],
    ['what may have been handled, if less than 15 s have passed,', SILENT_MS - 1_000, { code: 'message.interrupted' }],
  ])('M13 says %s to nobody', async (_, silentMs, outcome) => {
    bob.handle = echo
    ask('first')
    await time.pass(100)
    await time.pass(silentMs)
    bob.crash()
    bob = agent(BOB, 9, { handle: echo })
    const second = ask('hello')
    await time.pass(5_000)
    expect(second).toEqual(outcome)
  })

  it('begins another session for what it begins, without a signature, and none for what it answers', async () => {
    let answer = (): void => {}
    bob.handle = (answering) => {
      answer = () => void answering.end('reply', answering.message.body)
    }
    const first = ask('first', { timeoutMs: 100_000 })
    await time.pass(2 * SILENT_MS)
    answer()
    await time.pass(100)
    expect([first, hellos().length]).toEqual([{ value: 'first' }, 1])
    await time.pass(SILENT_MS)
    const second = ask('second')
    await time.pass(100)
    answer()
    await time.pass(100)
    expect([second, hellos().length, alice.signatures, bob.signatures]).toEqual([{ value: 'second' }, 2, 1, 1])
  })

  it('goes on in the session that it has as long as there is a word now and then', async () => {
    bob.handle = echo
    for (let round = 0; round < 10; round++) {
      ask(`${round}`)
      await time.pass(SILENT_MS - 1_000)
    }
    expect([heardBy(bob).length, hellos().length]).toEqual([10, 1])
  })
})

describe('Conversation, when somebody gives up', () => {
  it('says nothing that was given up before it was said', async () => {
    alice.isOnline = false
    const gone = send('given up', { timeoutMs: 100 })
    await time.pass(200)
    alice.isOnline = true
    await time.pass(1_000)
    expect([gone, post.taken.length, alice.timers.size]).toEqual([{ code: 'mesh.disconnected' }, 0, 0])
  })

  it('does not say again what was given up meanwhile', async () => {
    send('known')
    await time.pass(100)
    const restore = cut()
    const [gone, kept] = [send('given up', { timeoutMs: 1_000 }), send('kept')]
    await time.pass(2_000)
    restore()
    await time.pass(20_000)
    expect([gone, kept, heardBy(bob)]).toEqual([{ code: 'request.timeout' }, { value: 'done' }, ['known', 'kept']])
  })

  it('M4 stops what was given up, and nothing else', async () => {
    const signals = new Map<string, AbortSignal>()
    bob.handle = (answering) => {
      signals.set(textOf(answering.message.body), answering.signal)
    }
    ask('first')
    await time.pass(100)
    const restore = cut()
    // Never heard, and given up: those behind it take its number.
    ask('lost', { timeoutMs: 1_000 })
    ask('second', { timeoutMs: 100_000 })
    await time.pass(2_000)
    restore()
    await time.pass(5_000)
    expect([...signals].map(([text, { aborted }]) => [text, aborted])).toEqual([
      ['first', false],
      ['second', false],
    ])
    await time.pass(100_000)
    expect([...signals].map(([, { aborted }]) => aborted)).toEqual([true, true])
  })

  it('does not knock at the door of nobody for what nobody wants any more', async () => {
    send('known')
    await time.pass(100)
    bob.isOnline = false
    const gone = send('given up', { timeoutMs: 1_000 })
    await time.pass(1_000)
    const { length } = post.taken
    await time.pass(100_000)
    expect([gone.code, post.taken.length, alice.timers.size]).toEqual(['message.recipient-offline', length, 0])
    expect(alice.conversations.with(bob.did).isQuiet).toBe(true)
  })

  it('lets go of everything once it is heard, answered or given up', async () => {
    bob.handle = echo
    const bodies: WeakRef<object>[] = []
    const remembered = (bytes: number) => {
      const said = sized(bytes)
      bodies.push(new WeakRef(said.body))
      return said
    }
    for (let n = 0; n < 20; n++) {
      outcomeOf(alice.calls.send(bob.did, remembered(n * 10_000)))
      outcomeOf(alice.calls.request(bob.did, remembered(100)))
      outcomeOf(alice.calls.request(bob.did, remembered(100), { timeoutMs: 0 }))
    }
    await time.pass(20_000)
    bob.received.length = 0
    post.taken.length = 0
    expect(await held(bodies)).toBe(0)
    expect([alice.isBusyWith(bob.did), bob.isBusyWith(alice.did)]).toEqual([false, false])
    expect([alice.timers.size, bob.timers.size, time.pending]).toEqual([0, 0, 0])
  })
})

describe('Conversation, with its node', () => {
  it('waits for one without a sound, and says then what waits', async () => {
    alice.isOnline = false
    const sent = send('hello', { timeoutMs: 100_000 })
    await time.pass(60_000)
    expect([post.taken.length, alice.timers.size]).toEqual([0, 1])
    alice.isOnline = true
    await time.pass(1_000)
    expect(sent).toEqual({ value: 'done' })
  })

  it('keeps a session through another connection, and begins one where something was on its way', async () => {
    send('first')
    await time.pass(100)
    alice.isOnline = false
    alice.isOnline = true
    send('second')
    await time.pass(100)
    expect([heardBy(bob), hellos().length]).toEqual([['first', 'second'], 1])
    send('third')
    await settled()
    alice.isOnline = false
    alice.isOnline = true
    await time.pass(10)
    expect(hellos()).toHaveLength(2)
    await time.pass(20_000)
    expect(heardBy(bob)).toEqual(['first', 'second', 'third'])
  })

  it.each(['before', 'in'])('M7 waits for room %s a session', async (when) => {
    if (when === 'in') send('known')
    await time.pass(100)
    const { length } = post.taken
    alice.hasRoom = false
    const sent = send('hello')
    await time.pass(5_000)
    expect(post.taken).toHaveLength(length)
    alice.hasRoom = true
    await time.pass(100)
    expect(sent).toEqual({ value: 'done' })
  })

  it('says in one packet what is said in one turn', async () => {
    send('known')
    await time.pass(100)
    const { length } = post.taken
    for (let n = 0; n < 50; n++) send(`${n}`)
    await settled()
    expect(post.taken).toHaveLength(length + 1)
  })
})

describe('Conversation, when somebody is cut off', () => {
  it('H14 R9 ends at once, in the middle of everything, and is not begun anew', async () => {
    let signal: AbortSignal | undefined
    bob.handle = (answering) => {
      signal = answering.signal
    }
    const asked = ask('hello')
    await time.pass(100)
    bob.learnRevoked(alice.did)
    alice.learnRevoked(bob.did)
    await time.pass(0)
    expect([asked, signal?.aborted]).toEqual([{ code: 'peer.cut-off' }, true])
    const later = send('hello?')
    await time.pass(100)
    expect([later, heardBy(bob), hellos().length]).toEqual([{ code: 'peer.cut-off' }, ['hello'], 1])
  })

  it('H14 refuses whoever has proved to be cut off, before there is a session', async () => {
    bob.learnRevoked(alice.did)
    const sent = send('hello')
    await time.pass(100)
    expect([sent, heardBy(bob)]).toEqual([{ code: 'message.refused' }, []])
  })

  it('H14 refuses whoever is cut off between two sessions, ticket or not', async () => {
    send('first')
    await time.pass(100)
    bob.learnRevoked(alice.did)
    await time.pass(100)
    const second = send('second')
    await time.pass(5_000)
    expect([second, heardBy(bob), ticketIn(hellos()[1]!)]).toEqual([
      { code: 'message.refused' },
      ['first'],
      expect.any(String),
    ])
  })

  it('says its farewell, and nothing more, once it leaves', async () => {
    send('first')
    await time.pass(100)
    const conversation = alice.conversations.with(bob.did)
    const waiting = ask('never answered')
    await time.pass(10)
    alice.conversations.end('mesh.closed', 'left')
    await time.pass(10_000)
    expect([waiting, alice.timers.size]).toEqual([{ code: 'mesh.closed' }, 0])
    expect(conversation.say({ kind: 'one-way', body: new Uint8Array() })).toBe('mesh.closed')
    expect(conversation).toBeInstanceOf(Conversation)
    const { length } = post.taken
    await time.pass(10_000)
    expect(post.taken).toHaveLength(length)
  })
})

describe('Conversation.heard', () => {
  it('waits for what is said to be heard, or until it cannot be', async () => {
    const conversation = alice.conversations.with(bob.did)
    await conversation.heard()
    send('first')
    await time.pass(100)
    send('second')
    const heard = outcomeOf(conversation.heard())
    await settled()
    expect(heard).toEqual({})
    await time.pass(10)
    expect(heard).toEqual({ value: 'done' })
    cut()
    send('third')
    const lost = outcomeOf(conversation.heard())
    await time.pass(100)
    expect(lost).toEqual({})
    reset(alice)
    await time.pass(10)
    expect(lost).toEqual({ value: 'done' })
  })
})
