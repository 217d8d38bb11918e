import type { MeshErrorCode } from '@trustmesh/sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HELD, type HostileNode, type Lie } from './hostile-node.ts'
import { hurried, pass, stopTime } from './hurried.ts'
import { Scene } from './scene.ts'

beforeEach(stopTime)
afterEach(() => {
  vi.useRealTimers()
})

/** What a node can say of something that it was given. */
const CODES = [
  'message.forged-sender',
  'message.no-lease',
  'message.no-route',
  'message.rate-limited',
  'message.recipient-busy',
  'message.recipient-offline',
  'message.recipient-unknown',
  'message.sender-cut-off',
  'message.unconfirmed',
] as const satisfies readonly MeshErrorCode[]

describe('a node that says what has become of what it carries', () => {
  it('M13 is not believed that it was handed on: what is sent has arrived when the other side says so', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    await scene.talk()
    // From the handshake of the next session on it drops nothing but what is said in it.
    let isDropped = 0
    node.lie = (parcel) => {
      if (parcel.to !== bob.did || parcel.from !== alice.did) return node.carry(parcel)
      isDropped++
      node.acknowledge(parcel)
    }
    const outcomes = ['send', 'request', 'stream'].map((how) => scene.say(alice, bob, how as 'send', 4_000))
    expect(await hurried(Promise.all(outcomes))).toEqual(Array(3).fill('request.timeout'))
    expect(isDropped).toBeGreaterThan(0)
    scene.check()
    await scene.recover()
  })

  it('M13 is not believed that it was handed on, though what comes back is dropped alone', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    await scene.talk()
    const handled = scene.heard.length
    node.lie = (parcel) => (parcel.from === bob.did ? node.acknowledge(parcel) : node.carry(parcel))
    // It has arrived, and is handled; that it has, alice cannot know. It is said again, and not handled again.
    expect(await hurried(scene.say(alice, bob))).toBe('request.timeout')
    expect(scene.heard.length - handled).toBe(1)
    scene.check()
    await scene.recover()
  })

  it.each(CODES)(
    'M13 has nothing handled twice where it says %s of what it hands on, and nothing lost for good',
    async (code) => {
      await using scene = await Scene.set()
      const { node } = scene
      await scene.talk()
      node.lie = (parcel) => {
        node.deliver(parcel)
        node.acknowledge(parcel, code)
      }
      for (const outcome of await scene.talk())
        expect(['ok', 'message.interrupted', 'request.timeout', ...CODES]).toContain(outcome)
      scene.check()
      await scene.recover()
    },
  )

  it('M13 has nothing handled twice where it says what it likes of each, and does what it likes', async () => {
    await using scene = await Scene.set()
    const { node } = scene
    await scene.talk()
    node.lie = whimsical(node)
    for (const outcome of [...(await scene.talk()), ...(await scene.talk())]) {
      expect(['ok', 'message.interrupted', 'request.timeout', ...CODES]).toContain(outcome)
    }
    scene.check()
    await scene.recover()
  })

  it('says so in vain of what it was not given', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    const said = scene.say(alice, bob)
    for (const code of [undefined, ...CODES]) {
      node.acknowledge({ index: 0, id: new Uint8Array(16), from: alice.did, to: bob.did, body: new Uint8Array() }, code)
    }
    expect(await hurried(said)).toBe('ok')
    scene.check()
  })
})

describe('a node that says what it holds of others', () => {
  // The one thing in which a node is believed: `explain` with `verify` looks into that.
  it('is believed: whom it calls vouched for is let in, and whom it calls unknown is not', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    node.standings.set(bob.did, HELD.unknown)
    expect(await hurried(scene.say(bob, alice, 'request'))).toBe('request.denied')
    node.standings.delete(bob.did)
    node.tell(alice.did, bob.did, HELD.vouched)
    expect(await hurried(scene.say(bob, alice, 'request'))).toBe('ok')
    scene.check()
  })

  it('H14 is believed: with whom it calls cut off there is no session, whoever begins it, until it says otherwise', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    await scene.talk()
    const handled = scene.heard.length
    const running = scene.say(alice, bob, 'endless')
    await hurried(scene.say(bob, alice, 'request'))
    node.tell(alice.did, bob.did, HELD.suspended)
    expect(await hurried(running)).toBe('peer.cut-off')
    expect(await hurried(scene.say(bob, alice))).toBe('message.refused')
    expect(await hurried(scene.say(alice, bob))).toBe('peer.cut-off')
    expect(scene.heard.length - handled).toBe(2)
    node.tell(alice.did, bob.did, HELD.vouched)
    await pass(100)
    await scene.recover()
  })

  it.each(['revoked', 'suspended'] as const)(
    'M12, R9 has nothing of somebody handled once it has said %s of them, whatever it hands on',
    async (status) => {
      await using scene = await Scene.set()
      const { node, alice, bob } = scene
      await scene.talk()
      const said = Array.from({ length: 100 }, () => scene.say(bob, alice))
      await hurried(Promise.race(said))
      node.tell(alice.did, bob.did, HELD[status])
      const handled = scene.heard.length
      await hurried(Promise.all(said))
      expect(scene.heard).toHaveLength(handled)
      scene.check()
    },
  )

  it('M12 ends a stream with its word that whoever takes it has fallen too low, in its middle', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    const ended = scene.say(alice, bob, 'endless')
    const denials = bob.denials()
    await pass(500)
    node.tell(bob.did, alice.did, HELD.known)
    expect(await hurried(ended)).toBe('request.denied')
    expect((await denials.next()).value).toMatchObject({ code: 'gate.tier-too-low', peer: { did: alice.did } })
    scene.check()
  })

  it('ends no stream with its word of somebody else', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob, carol } = scene
    const running = scene.say(alice, bob, 'endless')
    await pass(200)
    // Nothing of hers brings its word of her with it before the next item.
    node.lie = (parcel) =>
      parcel.from === alice.did ? void setTimeout(() => node.carry(parcel), 100) : node.carry(parcel)
    for (const holding of [HELD.known, HELD.suspended, HELD.vouched]) {
      await pass(200)
      node.tell(bob.did, carol.did, holding)
    }
    const { items } = scene
    await pass(1_000)
    expect(await Promise.race([running, 'running'])).toBe('running')
    expect(scene.items).toBeGreaterThan(items)
    scene.check()
  })

  it('withholds in vain of whom it speaks: who was told nothing of somebody lets them in nowhere', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    node.withheld.add(bob.did)
    expect(await hurried(scene.say(bob, alice, 'request'))).toBe('request.denied')
    node.withheld.delete(bob.did)
    scene.check()
    await scene.recover()
  })
})

/** Drops, hands on, and says yes or no or nothing, as it comes. */
function whimsical(node: HostileNode): Lie {
  return (parcel) => {
    const mood = (parcel.index * 7_919) % 13
    if (mood % 3 !== 0) node.deliver(parcel)
    if (mood < 6) node.acknowledge(parcel)
    else if (mood < 9) node.acknowledge(parcel, CODES[parcel.index % CODES.length])
  }
}
