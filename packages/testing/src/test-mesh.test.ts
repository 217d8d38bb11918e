import type { Mesh } from '@trustmesh/sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMesh, type TestMesh, type TestMeshOptions } from './test-mesh.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const failure = (code: string): object => expect.objectContaining({ code })
const silent = { info: () => {}, warn: () => {} }
const denied = (code: string): object => expect.objectContaining({ code: 'request.denied', denial: failure(code) })

/** Whether it has come to anything by the time that whatever can happen without the clock has happened. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false
  const settle = (): void => {
    isSettled = true
  }
  promise.then(settle, settle)
  for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate)
  return isSettled
}

/** Two who join, of whom bob serves whoever is trusted. */
async function aCast(options: TestMeshOptions = {}) {
  const mesh = await createMesh({ log: silent, ...options })
  const ada = await mesh.join('ada')
  const bob = await mesh.join('bob', { node: mesh.nodes.length - 1 })
  bob.on('task', { minTier: 'trusted' }, (content) => `done: ${content}`)
  return { mesh, ada, bob, [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose]() }
}

describe(createMesh, () => {
  afterEach(() => void vi.useRealTimers())

  it('has a stranger refused, and let in once the root vouches for it', async () => {
    await using cast = await aCast()
    const { mesh, ada, bob } = cast
    await expect(ada.request(bob.did, 'task', 1)).rejects.toEqual(denied('gate.tier-too-low'))
    await mesh.vouch(ada.did, 800)
    expect(await ada.request(bob.did, 'task', 2)).toBe('done: 2')
  })

  it('has whoever is revoked cut off at every node, for ever', async () => {
    await using cast = await aCast({ nodes: 3 })
    const { mesh, ada, bob } = cast
    await mesh.vouch(ada.did, 800)
    expect(await ada.request(bob.did, 'task', 1)).toBe('done: 1')
    await mesh.revoke(ada.did)
    expect(await ada.closed()).toBe('revoked')
    for (const { node } of mesh.nodes) expect(node.standingOf(ada.did).status).toBe('revoked')
    await expect(mesh.join('ada', { node: 1 })).rejects.toEqual(failure('mesh.revoked'))
  })

  it('has whoever is suspended kept out for so long, or until that is taken back', async () => {
    await using cast = await aCast()
    const { mesh, ada, bob } = cast
    await mesh.vouch(ada.did, 800)
    await mesh.suspend(ada.did, HOUR_MS)
    expect(await bob.standing(ada.did)).toMatchObject({ status: 'suspended' })
    await mesh.advance(HOUR_MS)
    expect(await bob.standing(ada.did)).toMatchObject({ status: 'active' })
    await mesh.finish(ada.online({ timeoutMs: MINUTE_MS }))
    await mesh.suspend(ada.did)
    expect(await bob.standing(ada.did)).toMatchObject({ status: 'suspended' })
    await mesh.reinstate(ada.did)
    expect(await bob.standing(ada.did)).toMatchObject({ status: 'active' })
  })

  it('lets no time pass for what nobody brings: a call ends when the test says that its time is up', async () => {
    await using cast = await aCast()
    const { mesh, ada, bob } = cast
    ada.on('never', { minTier: 'known' }, () => new Promise(() => {}))
    await mesh.vouch(bob.did, 800)
    const before = mesh.clock.now()
    const waiting = bob.request(ada.did, 'never', null, { timeoutMs: 5_000 })
    const outcome = expect(waiting).rejects.toEqual(failure('request.timeout'))
    expect(await isOver(waiting)).toBe(false)
    expect(mesh.clock.now() - before).toBeLessThan(100)
    await mesh.advance(4_800)
    expect(await isOver(waiting)).toBe(false)
    await mesh.advance(200)
    expect(await isOver(waiting)).toBe(true)
    await outcome
  })

  it('gives something as much time as it takes, and no more than it may', async () => {
    await using mesh = await createMesh()
    const bob = await mesh.join('bob')
    const nobody = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK' as typeof bob.did
    await expect(bob.request(nobody, 'task')).rejects.toEqual(failure('message.recipient-unknown'))
    await expect(mesh.finish(new Promise(() => {}), 500)).rejects.toThrow('500 ms')
    mesh.nodes[0]?.crash()
    await expect(mesh.finish(bob.request(nobody, 'task'))).rejects.toEqual(failure('mesh.disconnected'))
    await expect(mesh.join('carol')).rejects.toEqual(failure('mesh.disconnected'))
  })

  it('has an agent come back by itself, to a node that has forgotten nothing', async () => {
    await using cast = await aCast()
    const { mesh, ada, bob } = cast
    await mesh.vouch(ada.did, 800)
    const [node] = mesh.nodes
    node?.crash()
    await mesh.settle()
    await node?.start()
    await mesh.finish(Promise.all([ada.online(), bob.online()]))
    expect(await ada.request(bob.did, 'task', 1)).toBe('done: 1')
    await mesh.cut(ada.did)
    expect(await mesh.finish(ada.request(bob.did, 'task', 2))).toBe('done: 2')
  })

  it('has nodes that a partition separates agree once it heals', async () => {
    await using cast = await aCast({ nodes: 2 })
    const { mesh, ada, bob } = cast
    await mesh.vouch(ada.did, 800)
    mesh.network.partition([mesh.nodes[1]!.host, mesh.hostOf(bob.did)])
    await mesh.revoke(ada.did)
    expect(await bob.standing(ada.did)).toMatchObject({ status: 'active' })
    mesh.network.heal()
    await mesh.advance(10_000)
    expect(await bob.standing(ada.did)).toMatchObject({ status: 'revoked' })
  })

  it('keeps sessions as long as time passes, and what is said through a month', async () => {
    await using cast = await aCast({ nodes: 2 })
    const { mesh, ada, bob } = cast
    await mesh.vouch(ada.did, 800, { ttlMs: 40 * DAY_MS })
    const session = mesh.nodes[0]?.node.sessions.of(ada.did)
    await mesh.advance(10 * MINUTE_MS)
    expect(mesh.nodes[0]?.node.sessions.of(ada.did)).toBe(session)
    await mesh.skip(30 * DAY_MS)
    expect(await ada.request(bob.did, 'task', 1)).toBe('done: 1')
    await mesh.skip(10 * DAY_MS)
    await expect(ada.request(bob.did, 'task', 2)).rejects.toEqual(denied('gate.tier-too-low'))
    const carol = await mesh.join('carol')
    await mesh.vouch(carol.did, 800)
    expect(await carol.request(bob.did, 'task', 3)).toBe('done: 3')
  })

  it('remembers what has been used when an agent joins anew', async () => {
    await using cast = await aCast()
    const { mesh, ada, bob } = cast
    await mesh.vouch(ada.did, 800)
    const serve = (agent: Mesh): void => void agent.on('search', { can: '/tool/search' }, () => 'found')
    serve(bob)
    const where = [
      { op: 'executors', dids: [bob.did] },
      { op: 'maxCalls', limit: 2 },
    ] as const
    const chain = await bob.delegate(ada.did, { can: '/tool/search', where })
    expect(await ada.request(bob.did, 'search', {}, { chain })).toBe('found')
    await bob[Symbol.asyncDispose]()
    const again = await mesh.join('bob')
    expect(again.did).toBe(bob.did)
    serve(again)
    expect(await ada.request(bob.did, 'search', {}, { chain })).toBe('found')
    await expect(ada.request(bob.did, 'search', {}, { chain })).rejects.toEqual(failure('request.denied'))
  })

  it('takes its course from its seed and the test alone, however long that waits for something else, and whatever it does to the clock', async () => {
    const course = async (seed: number, pause: () => Promise<void>): Promise<string> => {
      await using cast = await aCast({ seed, nodes: 2 })
      const { mesh, ada, bob } = cast
      await mesh.vouch(ada.did, 800)
      await pause()
      await ada.request(bob.did, 'task', 1)
      await mesh.settle()
      await pause()
      await mesh.advance(20_000)
      await mesh.revoke(ada.did)
      return mesh.trace.digest()
    }
    const slowly = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))
    const first = await course(1, async () => {})
    expect(await course(1, slowly)).toBe(first)
    vi.useFakeTimers()
    expect(await course(1, async () => {})).toBe(first)
    expect(await course(2, async () => {})).not.toBe(first)
  })

  it('is over once it is disposed of: agents have left, and nodes have stopped', async () => {
    const { mesh, ada } = await aCast()
    await mesh[Symbol.asyncDispose]()
    expect(await ada.closed()).toBe('closed')
    expect(mesh.nodes.map(({ isUp }) => isUp)).toEqual([false])
    expect((mesh satisfies TestMesh).root.did).not.toBe(ada.did)
  })
})
