import { writeFile } from 'node:fs/promises'
import { join as pathOf } from 'node:path'
import { ProtocolError, Session } from '@trustmesh/protocol'
import { joinMesh } from '@trustmesh/sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { join, joinRaw, someone, TestNode, until, WirePeer } from './kit.ts'

const failure = (code: string): object => expect.objectContaining({ name: 'MeshError', code })

describe('an agent whose handler misbehaves', () => {
  it('answers failed, whatever was thrown or returned, though its log throws too', async () => {
    await using node = await TestNode.start()
    const warn = vi.fn(() => {
      throw new Error('the disk is full')
    })
    await using alice = await join(node.joinFile, 'alice', { log: { info: () => {}, warn } })
    await using bob = await join(node.joinFile, 'bob', { identity: await node.key('root') })
    const unspeakable = Object.defineProperty(new Error(), 'stack', { get: () => Object.create(null) })
    const misdeeds: (() => unknown)[] = [
      () => {
        throw Object.create(null)
      },
      () => {
        throw unspeakable
      },
      () => Symbol('not encodable'),
      () => new Uint8Array(2 ** 20),
      () => Promise.reject(undefined),
    ]
    alice.on('task', { minTier: 'known' }, (index) => (misdeeds[index as number] as () => unknown)())
    alice.on('echo', { minTier: 'known' }, (content) => content)
    for (const index of misdeeds.keys()) {
      await expect(bob.request(alice.did, 'task', index)).rejects.toEqual(failure('request.failed'))
    }
    expect(warn).toHaveBeenCalledTimes(misdeeds.length)
    expect(await bob.request(alice.did, 'echo', 1)).toBe(1)
  })

  it('runs 256 of one sender at once, and the one that is beyond them when one of them is done', async () => {
    await using node = await TestNode.start({ roots: [] })
    const root = await node.key('root')
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob', { identity: root })
    const held: (() => void)[] = []
    alice.on('task', { minTier: 'known' }, () => new Promise<void>((resolve) => held.push(resolve)))
    for (let sent = 0; sent < 256; sent += 64) {
      await Promise.all(Array.from({ length: 64 }, () => bob.send(alice.did, 'task')))
    }
    await until(() => held.length === 256)
    await expect(bob.request(alice.did, 'task', null, { timeoutMs: 100 })).rejects.toEqual(failure('request.timeout'))
    const served = bob.request(alice.did, 'task')
    expect(held).toHaveLength(256)
    for (const end of held.slice(0, 2)) end()
    await until(() => held.length === 258)
    for (const end of held.slice(256)) end()
    expect(await served).toBeNull()
  })
})

describe('an agent that attests', () => {
  it('does not equivocate, however many of its attestations are under way', async () => {
    const [root, subject] = [someone(), someone()]
    await using node = await TestNode.start({ roots: [root.did] })
    await using carol = await join(node.joinFile, 'carol', { identity: root })
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now())
    const attempts = Array.from({ length: 10 }, (_, index) => carol.attest(subject.did, { value: 100 * index }))
    attempts.push(carol.attest(subject.did, { value: 5_000 }))
    const last = carol.attest(subject.did, { value: 1000 })
    const outcomes = await Promise.allSettled([...attempts, last])
    now.mockRestore()
    expect(outcomes.map(({ status }) => status)).toEqual([...Array(10).fill('fulfilled'), 'rejected', 'fulfilled'])
    expect(await carol.standing(subject.did)).toMatchObject({ did: subject.did, status: 'active', tier: 'trusted' })
  })
})

describe('an agent that asks', () => {
  it('learns that a reply which cannot be read has failed', async () => {
    await using node = await TestNode.start()
    const identity = someone()
    using raw = await joinRaw(node.joinFile, identity)
    await using bob = await join(node.joinFile, 'bob')
    const asked = bob.request(raw.did, 'task')
    asked.catch(() => {})
    const peer = await WirePeer.welcome(raw, identity)
    peer.greet()
    const request = await peer.next()
    peer.say('reply', Uint8Array.of(0xc1), { re: request?.n })
    await expect(asked).rejects.toEqual(failure('request.failed'))
  })

  it('is told when a question to its node cannot be put in line, and leaves no promise behind', async () => {
    await using node = await TestNode.start()
    await using bob = await join(node.joinFile, 'bob')
    const push = vi.spyOn(Session.prototype, 'push').mockImplementationOnce(() => {
      throw new ProtocolError('frame.too-big')
    })
    await expect(bob.standing(bob.did, { timeoutMs: 20 })).rejects.toEqual(failure('message.too-big'))
    push.mockRestore()
  })
})

describe('what no gate could decide on', () => {
  const kinds = ['', 'k'.repeat(129), 'a\nb', '\u202ek', 1 as never]

  it.each(kinds)('is not the kind %j', async (kind) => {
    await using node = await TestNode.start()
    await using bob = await join(node.joinFile, 'bob')
    expect(() => bob.on(kind, {}, () => null)).toThrow(failure('kind.malformed'))
    await expect(bob.send(bob.did, kind)).rejects.toEqual(failure('kind.malformed'))
    await expect(bob.request(bob.did, kind)).rejects.toEqual(failure('kind.malformed'))
  })

  it.each(['n'.repeat(65), 'a\nb', '\u202en'])('is not the name %j', async (name) => {
    await using node = await TestNode.start()
    await expect(join(node.joinFile, name, { timeoutMs: 1 })).rejects.toEqual(failure('config.malformed'))
  })

  it.each(['ws://', 'ws://a b', 'ws://node/#fragment', 'ws://[', 'http://node'])(
    'is not the address %j',
    async (url) => {
      await using node = await TestNode.start()
      await expect(join({ ...node.joinFile, url }, 'bob', { timeoutMs: 1 })).rejects.toEqual(
        failure('config.malformed'),
      )
    },
  )
})

describe('a join file', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('that is no JSON is malformed', async () => {
    await using folder = await temporaryFolder()
    const path = pathOf(folder.path, 'join.json')
    await writeFile(path, '{"version":1,')
    vi.stubEnv('TRUSTMESH_JOIN', path)
    await expect(joinMesh()).rejects.toEqual(failure('config.malformed'))
  })
})
