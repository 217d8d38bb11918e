import { type Did, didOf, encode, identityFromSeed, keyOf } from '@trustmesh/identity'
import { LIMITS } from '@trustmesh/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { Dice } from '../../test/dice.ts'
import { Post } from '../../test/post.ts'
import { PostAgent } from '../../test/post-agent.ts'
import { greeting, RawPeer, saying } from '../../test/raw-peer.ts'
import { VirtualTime } from '../../test/virtual-time.ts'
import { Conversations } from './conversations.ts'
import { encodePacket } from './packet.ts'

const identityOf = (n: number) => identityFromSeed(new Uint8Array(32).fill(n))
const [ALICE, BOB] = [identityOf(1), identityOf(2)]
/** One of many whose keys nobody uses. */
const strangers: Did[] = Array.from({ length: 9_000 }, (_, n) => {
  const key = new Uint8Array(32).fill(0x20)
  new DataView(key.buffer).setUint32(0, n)
  return didOf(key)
})
const stranger = (n: number): Did => strangers[n]!
const MOST = 4_096

let time: VirtualTime
let post: Post
let alice: PostAgent

beforeEach(() => {
  time = new VirtualTime()
  post = new Post(time)
  alice = new PostAgent({ identity: ALICE, post, time, dice: new Dice(1) })
})

const raw = (n: number) => new RawPeer({ identity: identityOf(n), post, time, dice: new Dice(n) })
const message = (from: Uint8Array | undefined, to: Uint8Array, body: Uint8Array) => ({
  ...{ type: 'message' as const, id: new Uint8Array(16), to, body },
  ...(from && { from }),
})
/** As many as it can have, in the order of their numbers. */
const meetMany = (): void => {
  for (let n = 100; n < 100 + MOST; n++) alice.conversations.with(stranger(n))
}

describe(Conversations, () => {
  it('H16 M4 throws for a message that is of nobody, or for somebody else', () => {
    const [own, bobs, body] = [keyOf(ALICE.did), keyOf(BOB.did), new Uint8Array(20)]
    for (const frame of [message(undefined, own, body), message(own, bobs, body)]) {
      expect(() => alice.receive(frame)).toThrow(expect.objectContaining({ code: 'frame.unexpected' }))
    }
  })

  it('passes over what is no packet, and what comes in its own name', async () => {
    alice.receive(message(keyOf(BOB.did), keyOf(ALICE.did), new Uint8Array(15)))
    alice.receive(message(keyOf(ALICE.did), keyOf(ALICE.did), encodePacket(new Uint8Array(16), Uint8Array.of(1))))
    await time.pass(10)
    expect(post.taken).toEqual([])
  })

  it('M6 keeps nothing of whoever sends it packets of nothing', async () => {
    meetMany()
    const first = alice.conversations.with(stranger(100))
    meetMany()
    for (let n = 1; n <= 2 * MOST; n++) alice.receive(message(keyOf(stranger(n)), keyOf(ALICE.did), new Uint8Array(40)))
    await time.pass(10)
    expect(alice.conversations.with(stranger(100))).toBe(first)
  })

  it('M7 keeps no more than 64 MiB of messages of which only parts have come, and forgets who began one longest ago', async () => {
    const parts = Array.from({ length: 18 }, (_, n) =>
      saying(n + 1, { more: true, body: new Uint8Array(LIMITS.sayBytes) }),
    )
    const many = Array.from({ length: 66 }, (_, n) => raw(n + 10))
    const bob = raw(3)
    await bob.meet(alice.did)
    await bob.say(greeting(1), saying(1))
    for (const mallory of many) {
      await mallory.meet(alice.did)
      await mallory.say(greeting(1), ...parts)
    }
    const last = saying(19)
    for (const each of [many[0]!, many[1]!, many[65]!]) await each.say(last)
    await bob.say(saying(2))
    const { received } = alice
    expect(received.map(({ from, message }) => [from, message.body.length])).toEqual([
      ...[
        [bob.did, 1],
        [many[1]!.did, 18 * LIMITS.sayBytes + 1],
        [many[65]!.did, 18 * LIMITS.sayBytes + 1],
        [bob.did, 1],
      ],
    ])
  })

  it('forgets whom it has not spoken to for longest where there are too many', () => {
    const oldest = alice.conversations.with(stranger(10))
    const older = alice.conversations.with(stranger(11))
    for (let n = 100; n < 98 + MOST; n++) alice.conversations.with(stranger(n))
    expect(alice.conversations.with(stranger(10))).toBe(oldest)
    alice.conversations.with(BOB.did)
    expect(alice.conversations.with(stranger(10))).toBe(oldest)
    expect(alice.conversations.with(stranger(11))).not.toBe(older)
  })

  it('forgets nobody whom it still answers, or whose answer it waits for', async () => {
    const bob = new PostAgent({ identity: BOB, post, time, dice: new Dice(2) })
    const mallory = raw(3)
    await mallory.meet(alice.did)
    await mallory.say(greeting(1), saying(1, { kind: 'request' }))
    const asked = alice.calls.request(bob.did, { body: new Uint8Array() }, { timeoutMs: 60_000 })
    await time.pass(100)
    meetMany()
    for (const answering of [...bob.answerings.values(), ...alice.answerings.values()]) answering.end('reply')
    await time.pass(100)
    expect((await asked).kind).toBe('reply')
    expect(mallory.of('say')).toMatchObject([{ kind: 'reply', re: 1 }])
  })

  it('has no room for another where all are in use', async () => {
    const waiting: Promise<unknown>[] = []
    alice.isOnline = false
    for (let n = 100; n < 100 + MOST; n++) {
      waiting.push(alice.calls.send(stranger(n), { body: new Uint8Array() }, { timeoutMs: 10 }))
    }
    const outcomes = Promise.allSettled(waiting)
    expect(() => alice.conversations.with(BOB.did)).toThrow(expect.objectContaining({ code: 'mesh.busy' }))
    expect(() =>
      alice.receive(message(keyOf(BOB.did), keyOf(ALICE.did), encodePacket(new Uint8Array(16), encode([1, { v: 9 }])))),
    ).not.toThrow()
    await time.pass(10)
    await outcomes
    alice.conversations.with(BOB.did)
  })

  it('tells nobody an answer that it has forgotten', () => {
    expect(alice.conversations.answer(BOB.did, { kind: 'reply', re: 1, body: new Uint8Array() })).toBe(
      'message.interrupted',
    )
  })

  it('leaves to others what a node says of anything but its packets', () => {
    expect(alice.conversations.acknowledged({ type: 'ack', re: new Uint8Array(16) })).toBe(false)
    expect(alice.conversations.acknowledged({ type: 'ack', re: new Uint8Array(32) })).toBe(false)
  })

  it('begins nothing once it has ended, and says why', () => {
    alice.conversations.end('mesh.revoked', 'revoked')
    expect(() => alice.conversations.with(BOB.did)).toThrow(
      expect.objectContaining({ code: 'mesh.revoked', detail: 'revoked' }),
    )
  })
})
