import type { MeshEvent, Status } from '@trustmesh/sdk'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { join, someone, TestNode, until } from './kit.ts'

/** What comes of an iterable, as it comes. */
function collected<T>(source: AsyncIterable<T>): T[] {
  const items: T[] = []
  void (async () => {
    for await (const item of source) items.push(item)
  })()
  return items
}

const manifest = { version: '1.0.0', capabilities: ['/tool/search'] }

describe('an agent that describes itself', () => {
  it('is found by what it offers, and by how far it is trusted', async () => {
    const root = someone()
    await using node = await TestNode.start({ roots: [root.did] })
    await using ada = await join(node.joinFile, 'ada', { identity: root })
    await using bob = await join(node.joinFile, 'bob', { manifest })
    const found = async (minTier?: 'trusted') =>
      (await ada.find({ can: '/tool/search/web', ...(minTier && { minTier }) })).map(({ did }) => did)
    await until(async () => (await found()).includes(bob.did))
    expect(await found('trusted')).toEqual([])
    await ada.attest(bob.did, { value: 800 })
    expect(await found('trusted')).toEqual([bob.did])
    expect(await ada.find({ can: '/tool/write' })).toEqual([])
  })

  it('I14 is denied once it describes itself otherwise, until somebody approves of that', async () => {
    const root = someone()
    const identity = someone()
    await using node = await TestNode.start({ roots: [root.did] })
    await using ada = await join(node.joinFile, 'ada', { identity: root })
    ada.on('task', { minTier: 'trusted' }, () => 'done')
    await ada.attest(identity.did, { value: 800 })
    const events = collected<MeshEvent>(ada.events())
    {
      await using bob = await join(node.joinFile, 'bob', { identity, manifest })
      expect(await bob.request(ada.did, 'task')).toBe('done')
    }
    expect(events).toMatchObject([{ type: 'agent.first-seen', did: identity.did, manifest: { version: '1.0.0' } }])
    await using bob = await join(node.joinFile, 'bob', { identity, manifest: { ...manifest, version: '2.0.0' } })
    await expect(bob.request(ada.did, 'task')).rejects.toMatchObject({
      code: 'request.denied',
      denial: { code: 'gate.manifest-drift' },
    })
    expect(events[1]).toMatchObject({
      type: 'manifest.drift',
      before: { version: '1.0.0' },
      after: { version: '2.0.0' },
    })
    expect(ada.approve(bob.did)).toBe(true)
    expect(await bob.request(ada.did, 'task')).toBe('done')
  })
})

describe('an agent that rotates', () => {
  beforeEach(() => vi.unstubAllEnvs())

  it('I12 goes on under the key that it has committed itself to, with what has been said of it and what it serves', async () => {
    await using folder = await temporaryFolder()
    vi.stubEnv('TRUSTMESH_HOME', folder.path)
    const root = someone()
    await using node = await TestNode.start({ roots: [root.did] })
    await using ada = await join(node.joinFile, 'ada', { identity: root })
    const bob = await joinKept(node)
    const before = bob.did
    bob.on('task', { minTier: 'trusted' }, () => 'done')
    await ada.attest(before, { value: 800 })
    await using heir = await bob.rotate()
    expect(heir.did).not.toBe(before)
    expect(await bob.closed()).toBe('closed')
    expect((await ada.standing(heir.did)).tier).toBe('trusted')
    expect(await ada.request(heir.did, 'task')).toBe('done')
    await heir[Symbol.asyncDispose]()
    await using again = await joinKept(node)
    expect(again.did).toBe(heir.did)
  })
})

/** With an identity of its own, kept in the folder that the environment names. */
async function joinKept(node: TestNode) {
  const { joinMesh } = await import('@trustmesh/sdk')
  return await joinMesh({ name: 'bob', join: node.joinFile, manifest, log: { info: () => {}, warn: () => {} } })
}

describe('an agent that drains', () => {
  it('finishes what it has begun, begins nothing more, and tells where it stands', async () => {
    const root = someone()
    await using node = await TestNode.start({ roots: [root.did] })
    await using ada = await join(node.joinFile, 'ada', { identity: root })
    await using bob = await join(node.joinFile, 'bob')
    const states = collected<Status>(bob.status())
    let finish = (): void => {}
    const isBegun = vi.fn()
    bob.on('task', {}, () => {
      isBegun()
      return new Promise<string>((resolve) => {
        finish = () => resolve('done')
      })
    })
    const answer = ada.request(bob.did, 'task')
    await until(() => isBegun.mock.calls.length === 1)
    const drained = bob.drain()
    await expect(ada.request(bob.did, 'task')).rejects.toMatchObject({ code: 'request.draining' })
    finish()
    expect(await answer).toBe('done')
    await drained
    expect(states.map(({ state }) => state)).toEqual(['online', 'draining', 'closed'])
  })
})
