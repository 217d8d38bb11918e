import { systemRandom } from '@trustmesh/identity/node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Dice } from '../crash/dice.ts'
import { attempt, someone } from '../e2e/kit.ts'
import { CONNECTION_BYTES, type Content, connectionOf, contentOf, type Parcel } from './hostile-node.ts'
import { hurried, pass, stopTime } from './hurried.ts'
import { Impostor } from './impostor.ts'
import { Scene } from './scene.ts'

const FLIPS = 32
const REPLAYS = 1_000
const SCHEDULES = 20

beforeEach(stopTime)
afterEach(() => {
  vi.useRealTimers()
})

const contentsOf = (parcels: readonly Parcel[]): Content[] => parcels.map(contentOf)

describe('a handshake of two agents', () => {
  it('takes four frames, and no signature when it is resumed', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    await hurried(scene.say(alice, bob))
    expect(contentsOf(node.parcels).slice(0, 4)).toEqual(['hello', 'challenge', 'response', 'welcome'])
    expect(new Set(contentsOf(node.parcels).slice(4))).toEqual(new Set(['sealed']))
    const [first] = node.parcels as [Parcel]
    node.deliver({ ...first, from: bob.did, to: alice.did, body: connectionOf(first) })
    await hurried(scene.say(alice, bob))
    const hellos = node.parcels.filter((parcel) => contentOf(parcel) === 'hello')
    expect(hellos.map(({ body }) => Buffer.from(body).includes('ticket'))).toEqual([false, true])
    scene.check()
  })

  it.each(['hello', 'challenge', 'response', 'welcome'] as const)(
    'H4, H6 comes to nothing where a bit of the %s is flipped, from its first byte to its last',
    async (which) => {
      await using scene = await Scene.set()
      const { node, alice, bob } = scene
      const spoiled = new Set<string>()
      node.lie = (parcel) => {
        if (contentOf(parcel) !== which || spoiled.size === FLIPS) return node.carry(parcel)
        node.carry({ ...parcel, body: flipped(parcel.body, spoiled.size / (FLIPS - 1)) })
        spoiled.add(nameOf(parcel))
        // Both would try again without that, but later.
        for (const ends of [parcel, { from: parcel.to, to: parcel.from }]) {
          setTimeout(() => node.deliver({ ...ends, body: connectionOf(parcel) }), 100)
        }
      }
      while (spoiled.size < FLIPS) await hurried(scene.say(alice, bob))
      // Neither has said anything in a session that the other side might not have.
      const inSpoiled = node.parcels.filter((parcel) => spoiled.has(nameOf(parcel)))
      const initiated = inSpoiled.filter(({ from }) => from === alice.did)
      expect(contentsOf(initiated)).not.toContain('sealed')
      scene.check()
      await scene.recover()
    },
  )

  it(`H1 opens no session in ${REPLAYS} replays, neither under its own name nor under another, nor to another program`, async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    await hurried(Promise.all(['send', 'request', 'stream'].map((how) => scene.say(alice, bob, how as 'send'))))
    const recorded = node.parcels.filter(({ to }) => to === bob.did)
    const handled = scene.heard.length
    const replay = async (times: number): Promise<void> => {
      const { length } = node.parcels
      // Alice would say that she knows of no such attempt.
      node.lie = (parcel) => node.acknowledge(parcel)
      for (let n = 0; n < times; n++) {
        const connection = n % 2 ? systemRandom(CONNECTION_BYTES) : connectionOf(recorded[0] as Parcel)
        for (const [place, { body, ...parcel }] of recorded.entries()) {
          node.deliver({ ...parcel, body: Uint8Array.of(...connection, ...body.slice(CONNECTION_BYTES)) })
          // Whatever comes before bob is through with a frame of the handshake ends the attempt.
          if (place < 2) await pass(20)
        }
      }
      await pass(10_000)
      // As far as bob lets a stranger come: it never welcomes whoever cannot answer its challenge.
      const since = contentsOf(node.parcels.slice(length).filter(({ from }) => from === bob.did))
      expect(since).toContain('challenge')
      expect(since).not.toContain('welcome')
    }
    await replay(REPLAYS / 2)
    await scene.restart('bob')
    await replay(REPLAYS / 2)
    expect(scene.heard).toHaveLength(handled)
    scene.check()
    await scene.recover()
  })

  it(`H10 mixes with no other, in ${SCHEDULES} schedules in which the frames of several are swapped and put off`, async () => {
    const seed = Number(process.env['TRUSTMESH_SEED'] ?? Date.now() % 2 ** 31)
    const dice = new Dice(seed)
    await using scene = await Scene.set()
    const { node, alice, bob, carol } = scene
    for (let schedule = 0; schedule < SCHEDULES; schedule++) {
      const waiting: Parcel[] = []
      const release = (): void => {
        const [parcel] = waiting.splice(dice.below(waiting.length), 1)
        if (!parcel) return
        const other = node.parcels.slice(-8)[dice.below(8)] ?? parcel
        const connection = dice.below(3) === 0 ? connectionOf(other) : connectionOf(parcel)
        node.carry({ ...parcel, body: Uint8Array.of(...connection, ...parcel.body.slice(CONNECTION_BYTES)) })
      }
      node.lie = (parcel) => {
        waiting.push(parcel)
        setTimeout(release, dice.below(100))
      }
      // Both begin at the same time, and then somebody else with one of them.
      const said = [scene.say(alice, bob), scene.say(bob, alice), scene.say(carol, alice), scene.say(alice, carol)]
      for (const outcome of await hurried(Promise.all(said))) {
        expect(['ok', 'message.unconfirmed', 'request.timeout'], `seed ${seed}`).toContain(outcome)
      }
    }
    scene.check()
    await scene.recover()
  })
})

describe('a node that takes part in a handshake itself', () => {
  const names = ['its own name', 'the name of whom it stands in for'] as const

  it.each(names)('H4, H5 answers in vain under %s: whoever asks does not even say who it is', async (name) => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    const impostor = new Impostor(node, { as: bob.did, to: alice.did })
    node.lie = (parcel) => {
      impostor.lie(parcel)
      if (parcel.from === alice.did && contentOf(parcel) === 'hello') impostor.challenge(name === names[0])
    }
    expect(await hurried(scene.say(alice, bob))).toBe('request.timeout')
    expect(new Set(impostor.contents)).toEqual(new Set(['hello']))
    scene.check()
    await scene.recover()
  })

  it.each(names)('H16 begins one in vain under %s: it has no session in the name of another', async (name) => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    const impostor = new Impostor(node, { as: bob.did, to: alice.did })
    node.lie = impostor.lie
    const mallory = someone()
    const identity = name === names[0] ? mallory : { ...mallory, did: bob.did }
    void attempt(impostor, { ...node.joinFile, node: alice.did }, identity, 'peer')
    await pass(10_000)
    expect(impostor.contents).toEqual(['challenge'])
    await scene.recover()
  })

  it('H3 answers in vain with what the other side has sent it', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    const impostor = new Impostor(node, { as: bob.did, to: alice.did })
    node.lie = (parcel) => {
      impostor.lie(parcel)
      if (parcel.from === alice.did) impostor.send(parcel.body.slice(CONNECTION_BYTES))
    }
    expect(await hurried(scene.say(alice, bob))).toBe('request.timeout')
    await scene.recover()
  })

  it.each(['agent', 'node'] as const)(
    'H6 cannot have one that was begun as a peer taken for one of an %s',
    async (purpose) => {
      await using scene = await Scene.set()
      const { node, alice } = scene
      const mallory = someone()
      const impostor = new Impostor(node, { as: mallory.did, to: alice.did })
      node.lie = impostor.lie
      void attempt(impostor, { ...node.joinFile, node: alice.did }, mallory, purpose)
      await pass(10_000)
      expect(impostor.contents).toEqual(['challenge'])
      await scene.recover()
    },
  )
})

function nameOf(parcel: Parcel): string {
  return Buffer.from(connectionOf(parcel)).toString('hex')
}

/** With one bit flipped behind the name of the connection: 0 is the first byte there, 1 the last. */
function flipped(body: Uint8Array, where: number): Uint8Array {
  const at = CONNECTION_BYTES + Math.round((body.length - 1 - CONNECTION_BYTES) * where)
  const bit = 1 << ((systemRandom(1)[0] as number) % 8)
  return body.map((byte, index) => (index === at ? byte ^ bit : byte))
}
