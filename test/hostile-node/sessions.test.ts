import { encodeBody } from '@trustmesh/identity'
import { LIMITS } from '@trustmesh/protocol'
import { MeshError } from '@trustmesh/sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { join, joinRaw, someone, TestNode, until, WirePeer } from '../e2e/kit.ts'
import { NodeMesh } from '../mesh-links/node-mesh.ts'
import { contentOf, HELD, HostileNode } from './hostile-node.ts'
import { hurried, pass, stopTime } from './hurried.ts'
import { Scene } from './scene.ts'

afterEach(() => {
  vi.useRealTimers()
})

const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'ok',
    (error: unknown) => (error instanceof MeshError ? error.code : error),
  )

describe('a handler that throws', () => {
  it('is an error without its text for whoever asked, a line in the log, and no harm to the session', async () => {
    const logged: string[] = []
    const log = { info: () => {}, warn: (line: string) => void logged.push(line) }
    await using node = await HostileNode.start()
    await using alice = await join(node.joinFile, 'alice', { log })
    await using bob = await join(node.joinFile, 'bob')
    const fail = (): never => {
      throw new Error('secret of alice')
    }
    alice.on('at once', {}, fail)
    alice.on('later', {}, async () => fail())
    alice.on('nothing', {}, () => Promise.reject(undefined))
    alice.on('between items', {}, async function* () {
      yield* [1, 2]
      fail()
    })
    alice.on('echo', {}, (content) => content)
    const told: unknown[] = []
    for (const kind of ['at once', 'later', 'nothing']) {
      told.push(await bob.request(alice.did, kind).catch((error: unknown) => error))
      await bob.send(alice.did, kind)
    }
    const items: unknown[] = []
    const stream = async (kind: string): Promise<void> => {
      for await (const item of bob.stream(alice.did, kind)) items.push(item)
    }
    for (const kind of ['at once', 'between items']) told.push(await stream(kind).catch((error: unknown) => error))
    expect(items).toEqual([1, 2])
    for (const error of told) {
      expect(error).toMatchObject({ name: 'MeshError', code: 'request.failed' })
      expect(String((error as Error).stack)).not.toContain('secret of alice')
    }
    expect(await bob.request(alice.did, 'echo', 1)).toBe(1)
    expect(logged).toHaveLength(8)
    expect(logged.filter((line) => line.includes('secret of alice'))).toHaveLength(6)
    expect(node.parcels.map(contentOf).filter((content) => content === 'hello')).toHaveLength(1)
    expect(Buffer.concat(node.read).includes('secret of alice')).toBe(false)
  })
})

describe('a message that is too big', () => {
  it('M5 is refused before any of it is said', async () => {
    await using node = await HostileNode.start()
    await using alice = await join(node.joinFile, 'alice', { maxMessageBytes: 100_000 })
    await using bob = await join(node.joinFile, 'bob', { maxMessageBytes: 200_000 })
    const handled: unknown[] = []
    alice.on('note', {}, (content) => void handled.push((content as Uint8Array).length))
    await bob.send(alice.did, 'note', new Uint8Array(99_000))
    const { length } = node.parcels
    // More than whoever says it takes himself, and more than the other side has said that it takes.
    for (const size of [200_001, 100_001]) {
      expect(await codeOf(bob.send(alice.did, 'note', new Uint8Array(size)))).toBe('message.too-big')
    }
    expect(node.parcels).toHaveLength(length)
    expect(handled).toEqual([99_000])
  })

  it('M5 ends the session of whoever says it all the same, and is not handled', async () => {
    await using node = await HostileNode.start()
    const mallory = someone()
    await using alice = await join(node.joinFile, 'alice', { maxMessageBytes: 100_000 })
    using at = await joinRaw(node.joinFile, mallory)
    const handled: unknown[] = []
    alice.on('note', {}, (content) => void handled.push(content))
    const peer = await WirePeer.meet(at, mallory, alice.did)
    peer.greet()
    peer.say('one-way', encodeBody(['note', 1]))
    expect(await peer.session.nextOf('heard')).toMatchObject({ n: 1 })
    const part = new Uint8Array(LIMITS.sayBytes)
    for (let n = 0; n < 100; n++) peer.say('one-way', part, { more: true })
    expect(await peer.session.nextOf('heard')).toMatchObject({ n: 2 })
    expect(await peer.next()).toBeNull()
    const again = await WirePeer.meet(at, mallory, alice.did)
    again.greet()
    const re = again.say('request', encodeBody(['note', 2]))
    expect(await again.next()).toMatchObject({ kind: 'reply', re })
    expect(handled).toEqual([1, 2])
  })
})

describe('two agents of whom one is revoked', () => {
  it.each(['asks', 'answers'] as const)(
    'R9 are done with each other at once, where it is the one that %s',
    async (which) => {
      await using node = await TestNode.start({ limits: { messagesPerSecondPerDid: 1_000_000 } })
      await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
      await using alice = await join(node.joinFile, 'alice')
      await using bob = await join(node.joinFile, 'bob')
      for (const { did } of [alice, bob]) await ada.attest(did, { value: 900 })
      let signal: AbortSignal | undefined
      let served = 0
      bob.on('wait', { minTier: 'trusted' }, (_, peer) => {
        signal = peer.signal
        return new Promise(() => {})
      })
      bob.on('count', { minTier: 'trusted' }, async function* () {
        for (let item = 0; ; item++) {
          served++
          yield item
        }
      })
      bob.on('note', { minTier: 'trusted' }, () => void served++)
      const waiting = codeOf(alice.request(bob.did, 'wait'))
      const streaming = codeOf(
        (async () => {
          for await (const _ of alice.stream(bob.did, 'count'));
        })(),
      )
      const sending = Array.from({ length: 50 }, async () => {
        while ((await codeOf(alice.send(bob.did, 'note'))) === 'ok');
      })
      await until(() => signal && served > 100)

      const [revoked, other] = which === 'asks' ? [alice, bob] : [bob, alice]
      await node.revoke(revoked.did)
      // Behind everything that the node has handed on before.
      expect((await other.standing(revoked.did)).status).toBe('revoked')
      const before = served
      expect(signal?.aborted).toBe(true)
      expect(await revoked.closed()).toBe('revoked')
      const code = which === 'asks' ? 'mesh.revoked' : 'peer.cut-off'
      expect([await waiting, await streaming]).toEqual([code, code])
      expect(await codeOf(alice.send(bob.did, 'note'))).toBe(code)
      await Promise.all(sending)
      expect(served).toBe(before)
    },
  )

  it('R9 are done with each other, too, where they are at different nodes, once the word has come', async () => {
    const [root, other] = [someone(), someone()]
    await using mesh = await NodeMesh.start({ nodes: 2, roots: [root.did, other.did] })
    await using alice = await join(mesh.at(0).joinFile, 'alice', { identity: root })
    await using bob = await join(mesh.at(1).joinFile, 'bob', { identity: other })
    let served = 0
    alice.on('note', { minTier: 'known' }, () => void served++)
    bob.on('wait', { minTier: 'known' }, () => new Promise(() => {}))
    await until(async () => (await codeOf(bob.send(alice.did, 'note'))) === 'ok')
    const waiting = codeOf(alice.request(bob.did, 'wait'))
    await mesh.revoke(1, bob.did)
    await until(() => mesh.at(0).node.standingOf(bob.did).status === 'revoked')
    expect((await alice.standing(bob.did)).status).toBe('revoked')
    const before = served
    expect(await waiting).toBe('peer.cut-off')
    expect(await bob.closed()).toBe('revoked')
    expect(served).toBe(before)
  })
})

describe('a stream to somebody whose trust drops', () => {
  it('M12 ends in its middle, with the denial that both learn of', async () => {
    await using node = await TestNode.start()
    await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob')
    await ada.attest(bob.did, { value: 900 })
    let item = 0
    alice.on('count', { minTier: 'trusted' }, async function* (_, { signal }) {
      for (; !signal.aborted; item++) {
        await new Promise((resolve) => setImmediate(resolve))
        yield item
      }
    })
    const denials = alice.denials()
    const items: unknown[] = []
    const stream = async (): Promise<void> => {
      for await (const got of bob.stream(alice.did, 'count')) items.push(got)
    }
    const ended = stream().catch((error: unknown) => error)
    await until(() => items.length > 100)
    await ada.attest(bob.did, { value: -900 })
    const { denial } = (await ended) as MeshError
    expect(denial).toMatchObject({ code: 'gate.tier-too-low', peer: { did: bob.did }, need: { kind: 'count' } })
    expect((await denials.next()).value).toEqual(denial)
    expect(items).toEqual(items.map((_, place) => place))
    expect(await codeOf(bob.request(alice.did, 'count'))).toBe('request.denied')
  })
})

describe('a revocation that a node withholds from one of its agents', () => {
  // That is in its power, and only for those who have nobody else to ask: all others have done with whoever is revoked.
  it('R1 lets the revoked one go on there and nowhere else, until it is told', async () => {
    stopTime()
    await using scene = await Scene.set()
    const { node, alice, bob, carol } = scene
    await scene.talk()
    node.tell(carol.did, bob.did, HELD.revoked)
    node.standings.delete(bob.did)
    expect(await hurried(scene.say(bob, alice))).toBe('ok')
    const handled = scene.heard.length
    expect(await hurried(scene.say(bob, carol))).not.toBe('ok')
    expect(await hurried(scene.say(carol, bob))).toBe('peer.cut-off')
    node.tell(alice.did, bob.did, HELD.revoked)
    await pass(100)
    expect(await hurried(scene.say(bob, alice))).not.toBe('ok')
    expect(scene.heard).toHaveLength(handled)
    scene.check()
  })
})
