import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectionOf, type Parcel } from './hostile-node.ts'
import { hurried, pass, stopTime } from './hurried.ts'
import { Scene } from './scene.ts'

beforeEach(stopTime)
afterEach(() => {
  vi.useRealTimers()
})

describe('an agent that comes back as another program', () => {
  it('M13 is not given again what the one before it may have handled: that has failed', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    await scene.talk()
    // What bob says of what he has heard is dropped.
    node.lie = (parcel) => parcel.from !== bob.did && node.carry(parcel)
    const said = (['send', 'request', 'stream'] as const).map((how) => scene.say(alice, bob, how))
    await pass(1_000)
    await scene.restart('bob')
    node.lie = null
    expect(await hurried(Promise.all(said))).toEqual(Array(3).fill('message.interrupted'))
    scene.check()
    await scene.recover()
  })

  it('is not waited for by whoever had its word, but no answer yet', async () => {
    await using scene = await Scene.set()
    const { alice, bob } = scene
    const running = scene.say(alice, bob, 'endless')
    await pass(1_000)
    await scene.restart('bob')
    // Nothing tells alice of it before she has something else to say, or takes no more.
    await hurried(scene.say(alice, scene.bob))
    expect(await hurried(running)).toBe('message.interrupted')
    scene.check()
    await scene.recover()
  })

  it('M13 is given no answers that were meant for the one before it', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    await scene.talk()
    const answers: (() => void)[] = []
    bob.on('late', {}, () => new Promise<string>((resolve) => answers.push(() => resolve('late'))))
    for (let n = 0; n < 10; n++) void alice.request(bob.did, 'late').catch(() => {})
    while (answers.length < 10) await pass(20)
    // Bob has the answers when his session is lost, and nobody to say them to.
    node.lie = () => {}
    const { body } = node.parcels.filter(({ from, to }) => from === alice.did && to === bob.did).at(-1) as Parcel
    node.deliver({ from: alice.did, to: bob.did, body: connectionOf({ body }) })
    await pass(100)
    for (const answer of answers) answer()
    await pass(100)
    await scene.restart('alice')
    node.lie = null
    // Some of these have the numbers of those: each gets its own answer.
    const asked = Array.from({ length: 60 }, () => scene.say(scene.alice, bob, 'request'))
    for (const outcome of await hurried(Promise.all(asked))) expect(outcome).toBe('ok')
    scene.check()
    await scene.recover()
  })

  it('M1, M13 handles nothing of what its node has kept, in whichever order it gives that, and under whichever name', async () => {
    await using scene = await Scene.set()
    const { node, alice } = scene
    await scene.talk()
    const kept = node.parcels.filter(({ to }) => to === scene.bob.did)
    await scene.restart('bob')
    const handled = scene.heard.length
    for (const parcels of [kept, kept.toReversed()]) {
      for (const parcel of parcels) node.deliver(parcel)
      await pass(6_000)
      // In the session that there is now, too.
      expect(await hurried(scene.say(alice, scene.bob))).toMatch(/^(ok|message\.interrupted)$/)
      const now = connectionOf(node.parcels.filter(({ to }) => to === scene.bob.did).at(-1) as Parcel)
      for (const { body, ...parcel } of parcels) {
        node.deliver({ ...parcel, body: Uint8Array.of(...now, ...body.slice(now.length)) })
      }
      await pass(6_000)
    }
    expect(scene.heard.slice(handled).every(({ n }) => n >= handled)).toBe(true)
    scene.check()
    await scene.recover()
  })
})

describe('two agents whose node has lost them', () => {
  it.each(['alice', 'bob'] as const)('go on with a stream when only %s was lost', async (name) => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    const running = scene.say(alice, bob, 'endless')
    await pass(200)
    node.drop(scene[name].did)
    await pass(7_000)
    const { items } = scene
    await pass(200)
    expect(await Promise.race([running, 'running'])).toBe('running')
    expect(scene.items).toBeGreaterThan(items)
    scene.check()
  })

  it('go on with all that was under way, when it has them again', async () => {
    await using scene = await Scene.set()
    const { node, alice, bob } = scene
    void scene.say(alice, bob, 'endless')
    await hurried(scene.say(bob, alice))
    node.drop()
    const said = (['send', 'request', 'stream'] as const).map((how) => scene.say(alice, bob, how))
    expect(await hurried(Promise.all(said))).toEqual(Array(3).fill('ok'))
    const { items } = scene
    await pass(1_000)
    expect(scene.items).toBeGreaterThan(items)
    expect(scene.said[0]?.outcome).toBeUndefined()
    scene.check()
  })
})
