import { encodeBody, identityFromSeed } from '@trustmesh/identity'
import { type Frame, LIMITS } from '@trustmesh/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { Dice } from '../../test/dice.ts'
import { Post } from '../../test/post.ts'
import { PostAgent } from '../../test/post-agent.ts'
import { greeting, RawPeer, saying } from '../../test/raw-peer.ts'
import { VirtualTime } from '../../test/virtual-time.ts'

const [ALICE, BOB, MALLORY] = [1, 2, 3].map((byte) => identityFromSeed(new Uint8Array(32).fill(byte)))
const KEY = new Uint8Array(32).fill(0x20)
const FULL = LIMITS.sayBytes
const refusedWith = (code: string) => ({
  status: 'rejected',
  reason: expect.objectContaining({ name: 'MeshError', code }),
})

let time: VirtualTime
let alice: PostAgent
let bob: PostAgent
let mallory: RawPeer

beforeEach(async () => {
  time = new VirtualTime()
  const post = new Post(time)
  const rest = (seed: number) => ({ post, time, dice: new Dice(seed) })
  alice = new PostAgent({ identity: ALICE!, ...rest(1), maxBytes: 4 * FULL })
  bob = new PostAgent({ identity: BOB!, ...rest(2) })
  mallory = new RawPeer({ identity: MALLORY!, ...rest(3) })
  expect(await mallory.meet(alice.did)).toBe(true)
})

const heardBy = (someone: PostAgent, from: RawPeer | PostAgent): number[] =>
  someone.received.filter(({ from: did }) => did === from.did).map(({ message }) => message.n)

/** What was done cost mallory this session; it can begin another, and others have noticed nothing. */
async function expectItsSessionGone(): Promise<void> {
  expect(mallory.resets).toBe(1)
  await expectOthersUnharmed()
  expect(await mallory.meet(alice.did)).toBe(true)
  await mallory.say(greeting(9), saying(1))
  expect(heardBy(alice, mallory).at(-1)).toBe(1)
}

async function expectOthersUnharmed(): Promise<void> {
  const sent = bob.calls.send(alice.did, { body: encodeBody('hello') })
  await time.pass(100)
  await sent
  expect(alice.labels.length + bob.labels.length).toBeLessThan(10)
}

describe('somebody who has proved who it is and then says what no honest agent says', () => {
  it.each<[string, Frame[]]>([
    ['M2 a message behind a gap', [greeting(1), saying(1), saying(3)]],
    ['M13 a message twice', [greeting(1), saying(1), saying(1)]],
    ['a message before its greeting', [saying(1)]],
    ['how far it has heard before its greeting', [{ type: 'heard', n: 0 }]],
    ['two greetings', [greeting(1), greeting(1)]],
    ['two greetings, the second of another line', [greeting(1), saying(1), greeting(2)]],
    ['that it has heard what was not said', [greeting(1), { type: 'heard', n: 1 }]],
    [
      'in its greeting that it has heard what was not said',
      [greeting(1, { heard: { line: KEY.slice(0, 8), n: 5 } }), { type: 'heard', n: 5 }],
    ],
    ['M5 parts that never end', [greeting(1), ...parts(5)]],
    ['a frame that belongs to nodes', [greeting(1), { type: 'ping', n: 1 }]],
    ['a message to somebody else', [greeting(1), { type: 'message', id: new Uint8Array(16), to: KEY, body: KEY }]],
    ['what it holds of somebody', [greeting(1), { type: 'query', did: KEY }]],
    ['a kind that there is not', [greeting(1), saying(1, { kind: 'notice' as 'item' })]],
    ['an answer to nothing', [greeting(1), saying(1, { kind: 'reply' })]],
    ['a part that is not full', [greeting(1), saying(1, { more: true })]],
    [
      'M7 more credit than there can be',
      [greeting(1), saying(1, { kind: 'credit', re: 1, grant: 1_025, body: new Uint8Array() })],
    ],
    ['the number 0', [greeting(1, { next: 0 })]],
  ])('loses its session, and nothing else, for %s', async (_, frames) => {
    await mallory.say(...frames)
    await expectItsSessionGone()
  })

  it('M7 loses its session where it says more than may be unheard', async () => {
    let begin = (): void => {}
    alice.handle = (answering) =>
      answering.from === mallory.did
        ? new Promise<void>((resolve) => {
            begin = resolve
          })
        : undefined
    await mallory.say(
      greeting(1),
      ...Array.from({ length: 7 }, (_, n) => saying(n + 1, { body: new Uint8Array(FULL) })),
    )
    expect(mallory.resets).toBe(1)
    await expectOthersUnharmed()
    begin()
    await time.pass(100)
    // What was held back came in a session that is gone.
    expect(heardBy(alice, mallory)).toEqual([1])
  })

  it('M4 is passed over with answers to what it was not asked, and with what it says of what it has not said', async () => {
    await mallory.say(
      greeting(1),
      saying(1, { kind: 'reply', re: 7 }),
      saying(2, { kind: 'error', re: 1 }),
      saying(3, { kind: 'item', re: 9 }),
      saying(4, { kind: 'end', re: 2, body: new Uint8Array() }),
      saying(5, { kind: 'credit', re: 3, grant: 5, body: new Uint8Array() }),
      saying(6, { kind: 'cancel', re: 99, body: new Uint8Array() }),
      saying(7),
    )
    expect([mallory.resets, heardBy(alice, mallory)]).toEqual([0, [7]])
    expect(mallory.of('heard').at(-1)).toEqual({ type: 'heard', n: 7 })
    await expectOthersUnharmed()
  })

  it('M4 answers nothing that somebody else was asked', async () => {
    await mallory.say(greeting(1))
    const asked = alice.calls.request(bob.did, { body: encodeBody('who?') })
    await time.pass(100)
    await mallory.say(...[1, 2, 3].map((n) => saying(n, { kind: 'reply', re: n, body: encodeBody('mallory') })))
    for (const answering of bob.answerings.values()) answering.end('reply', encodeBody('bob'))
    await time.pass(100)
    expect((await asked).body).toEqual(encodeBody('bob'))
  })

  it('M7 gets no more of a stream than it has granted, and its stream is ended where it sends more than that', async () => {
    await mallory.say(greeting(1))
    const items = alice.calls.stream(mallory.did, { body: encodeBody('many') })
    await time.pass(100)
    const [asked] = mallory.of('say')
    expect(asked).toMatchObject({ kind: 'stream', grant: 16 })
    await mallory.say(
      ...Array.from({ length: 20 }, (_, n) => saying(n + 1, { kind: 'item', re: asked!.n, body: encodeBody(n) })),
    )
    const taken = await Promise.allSettled(Array.from({ length: 17 }, () => items.next()))
    expect(taken.at(-1)).toEqual(refusedWith('request.failed'))
    expect(taken.slice(0, 16).every(({ status }) => status === 'fulfilled')).toBe(true)
    await mallory.say({ type: 'heard', n: asked!.n })
    expect(mallory.of('say').map(({ kind }) => kind)).toContain('cancel')
    expect(mallory.resets).toBe(0)
  })

  it('F6 is said nothing that is larger than there may be, however much it says that it takes', async () => {
    await mallory.say(greeting(1, { maxBytes: Number.MAX_SAFE_INTEGER }))
    const sent = alice.calls.send(mallory.did, { body: new Uint8Array(LIMITS.contentBytes + 1) })
    expect(await Promise.allSettled([sent])).toEqual([refusedWith('message.too-big')])
  })

  it('can take nothing at all, and then is told nothing', async () => {
    await mallory.say(greeting(1, { maxBytes: 0 }))
    const sent = alice.calls.send(mallory.did, { body: Uint8Array.of(1) })
    expect(await Promise.allSettled([sent])).toEqual([refusedWith('message.too-big')])
    await expectOthersUnharmed()
  })

  it('M13 may never say that it heard: then nothing has arrived, and it costs what it asked for', async () => {
    await mallory.say(greeting(1))
    const outcome = Promise.allSettled([alice.calls.send(mallory.did, { body: encodeBody('heard?') })])
    for (let n = 1; n <= 100; n++) await mallory.say(saying(n, { kind: 'request' }))
    for (const answering of alice.answerings.values()) answering.end('reply', new Uint8Array(FULL))
    await time.pass(10_000)
    expect(await outcome).toEqual([refusedWith('request.timeout')])
    expect(mallory.of('say').length).toBeLessThan(10)
    await time.pass(600_000)
    expect([alice.timers.size, alice.conversations.with(mallory.did).isQuiet]).toEqual([0, true])
    await expectOthersUnharmed()
  })

  it('H2 resumes once with a ticket; the second time it has to sign', async () => {
    const { ticket } = mallory
    const before = alice.signatures
    expect([await mallory.meet(alice.did, ticket), mallory.isResumed, alice.signatures]).toEqual([true, true, before])
    expect([await mallory.meet(alice.did, ticket), mallory.isResumed, alice.signatures]).toEqual([
      true,
      false,
      before + 1,
    ])
  })

  it('H2 resumes with nothing that somebody else was given', async () => {
    const { ticket } = mallory
    expect(await mallory.meet(bob.did, { ...ticket!, peer: bob.did })).toBe(true)
    expect(mallory.isResumed).toBe(false)
  })

  it('leaves behind nothing more however many programs it says it is', async () => {
    for (let line = 0; line < 50; line++) {
      if (line > 0) expect(await mallory.meet(alice.did)).toBe(true)
      await mallory.say(greeting(line), saying(1, { kind: 'request' }))
    }
    expect(heardBy(alice, mallory)).toHaveLength(50)
    expect([...alice.answerings.values()].filter(({ isOver }) => !isOver)).toHaveLength(1)
  })
})

function parts(count: number): Frame[] {
  return Array.from({ length: count }, (_, n) => saying(n + 1, { more: true, body: new Uint8Array(FULL) }))
}
