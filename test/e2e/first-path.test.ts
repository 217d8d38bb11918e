import { sealStatement } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { CLOSE_CODES, LIMITS } from '@trustmesh/protocol'
import type { Denial } from '@trustmesh/sdk'
import { issueRevocation } from '@trustmesh/trust'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../store/temporary-folder.ts'
import {
  buildNode,
  EndedEarly,
  join,
  joinRaw,
  LyingNode,
  NodeProcess,
  Relay,
  someone,
  TestNode,
  until,
  WELCOME,
} from './kit.ts'

const failure = (code: string): object => expect.objectContaining({ code })

describe('an agent that asks another', () => {
  it('is refused with the reason and the fix until a root has attested it, and served from then on', async () => {
    const root = someone()
    await using node = await TestNode.start({ roots: [root.did] })
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob')
    await using carol = await join(node.joinFile, 'carol', { identity: root })
    const served: unknown[] = []
    alice.on('task', { minTier: 'trusted' }, (content, peer) => {
      served.push([content, peer.did])
      return { done: content as string }
    })

    const refusal = await bob.request(alice.did, 'task', 'first').catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: 'request.denied',
      denial: {
        code: 'gate.tier-too-low',
        peer: { did: bob.did },
        have: { status: 'unknown' },
        need: { kind: 'task', minTier: 'trusted' },
        why: [expect.any(String)],
        fix: expect.stringContaining(bob.did),
      },
    })
    expect(served).toEqual([])

    await carol.attest(bob.did, { value: 800 })
    expect(await bob.request(alice.did, 'task', 'second')).toEqual({ done: 'second' })
    expect(served).toEqual([['second', bob.did]])
  })

  it('is not attested by an agent that is no root', async () => {
    await using node = await TestNode.start()
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob')
    await using mallory = await join(node.joinFile, 'mallory')
    alice.on('task', { minTier: 'known' }, () => 'served')
    await mallory.attest(bob.did, { value: 1000 })
    await expect(bob.request(alice.did, 'task')).rejects.toEqual(failure('request.denied'))
  })

  it('learns that nobody handles what it asks for', async () => {
    await using node = await TestNode.start()
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob')
    await expect(bob.request(alice.did, 'task')).rejects.toEqual(failure('request.no-handler'))
  })

  it('learns whether the other was never here or has left', async () => {
    await using node = await TestNode.start()
    await using bob = await join(node.joinFile, 'bob')
    const alice = await join(node.joinFile, 'alice')
    const calls = [bob.request.bind(bob), bob.send.bind(bob)]
    for (const call of calls)
      await expect(call(someone().did, 'task')).rejects.toEqual(failure('message.recipient-unknown'))
    alice.close()
    await until(() => node.node.sessions.size === 1)
    for (const call of calls)
      await expect(call(alice.did, 'task')).rejects.toEqual(failure('message.recipient-offline'))
  })

  it('gets an error and no text where the handler throws, while the session lives and the log has the line', async () => {
    await using node = await TestNode.start()
    const logged: string[] = []
    const log = { info: () => {}, warn: (line: string) => void logged.push(line) }
    await using alice = await join(node.joinFile, 'alice', { log })
    await using bob = await join(node.joinFile, 'bob', { identity: await node.key('root') })
    alice.on('task', { minTier: 'known' }, async (content) => {
      if (content === 'break') throw new Error('secret of alice')
      return content
    })
    const error = await bob.request(alice.did, 'task', 'break').catch((thrown: unknown) => thrown)
    expect(error).toEqual(failure('request.failed'))
    expect(String((error as Error).stack)).not.toContain('secret of alice')
    expect(logged).toEqual([expect.stringContaining('secret of alice')])
    expect(await bob.request(alice.did, 'task', 'work')).toBe('work')
    expect(
      (await node.audit()).filter(({ event, did }) => event === 'session.opened' && did === alice.did),
    ).toHaveLength(1)
  })

  it('stops waiting when its time is up or it changes its mind, and a late answer troubles nobody', async () => {
    await using node = await TestNode.start()
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob', { identity: await node.key('root') })
    const asked: (() => void)[] = []
    alice.on('task', { minTier: 'known' }, () => new Promise<string>((resolve) => asked.push(() => resolve('late'))))
    alice.on('echo', { minTier: 'known' }, (content) => content)

    await bob.request(alice.did, 'echo', 'first')
    await expect(bob.request(alice.did, 'task', null, { timeoutMs: 500 })).rejects.toEqual(failure('request.timeout'))
    const controller = new AbortController()
    const aborted = bob.request(alice.did, 'task', null, { signal: controller.signal })
    aborted.catch(() => {})
    await until(() => asked.length === 2)
    controller.abort()
    await expect(aborted).rejects.toEqual(failure('request.aborted'))
    await expect(bob.request(alice.did, 'task', null, { signal: AbortSignal.abort() })).rejects.toEqual(
      failure('request.aborted'),
    )

    for (const answer of asked) answer()
    expect(await bob.request(alice.did, 'echo', 'on time')).toBe('on time')
    expect(asked).toHaveLength(2)
  })

  it('stops waiting for a node that is away, too, however long it would have waited', async () => {
    await using node = await TestNode.start()
    await using bob = await join(node.joinFile, 'bob')
    await node.stop()
    const setTimer = vi.spyOn(globalThis, 'setTimeout')
    const controller = new AbortController()
    const waiting = bob.request(someone().did, 'task', null, { signal: controller.signal, timeoutMs: 2 ** 31 })
    waiting.catch(() => {})
    controller.abort()
    await expect(waiting).rejects.toEqual(failure('request.aborted'))
    // Longer ones fire at once (threat F6).
    const delays = setTimer.mock.calls.map(([, ms = 0]) => ms)
    setTimer.mockRestore()
    expect(delays.length).toBeGreaterThan(0)
    expect(Math.max(...delays)).toBe(2 ** 31 - 1)
  })
})

describe('denials', () => {
  it('stream to each reader as they happen, and end with the mesh', async () => {
    await using node = await TestNode.start()
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob')
    alice.on('task', { minTier: 'known' }, () => 'served')
    alice.on('note', { minTier: 'vouched' }, () => 'read')
    const read = async (): Promise<Denial[]> => {
      const denials: Denial[] = []
      for await (const denial of alice.denials()) denials.push(denial)
      return denials
    }
    const readers = [read(), read()]
    await bob.request(alice.did, 'task').catch(() => {})
    await bob.send(alice.did, 'note')
    await bob.request(alice.did, 'task').catch(() => {})
    alice.close()
    for (const reader of readers) {
      const denials = await reader
      expect(denials.map(({ code, peer, need }) => [code, peer.did, need?.kind])).toEqual([
        ['gate.tier-too-low', bob.did, 'task'],
        ['gate.tier-too-low', bob.did, 'note'],
        ['gate.tier-too-low', bob.did, 'task'],
      ])
    }
    expect(await alice.denials().next()).toEqual({ value: undefined, done: true })
  })
})

describe('an agent that is revoked', () => {
  it('R5 loses its session before the operator has the answer, ends for good, and is let in by no later start either', async () => {
    const mallory = someone()
    await using node = await TestNode.start({ roots: [mallory.did] })
    await using alice = await join(node.joinFile, 'alice')
    await using live = await join(node.joinFile, 'mallory', { identity: mallory })
    const served: unknown[] = []
    alice.on('task', { minTier: 'known' }, (content) => served.push(content))
    await live.request(alice.did, 'task', 'before')

    const items = [{ target: { did: mallory.did }, created: true, sessionsClosed: 1 }]
    expect(await node.revoke(mallory.did)).toMatchObject({ state: 'in-force', durable: true, items })
    const { json } = await node.call(`/v1/agents/${mallory.did}`)
    expect(json).toMatchObject({ connected: false, sessions: 0, status: 'revoked', tier: 'untrusted' })
    expect(await live.closed()).toBe('revoked')
    await expect(live.request(alice.did, 'task', 'after')).rejects.toEqual(failure('mesh.revoked'))
    await expect(join(node.joinFile, 'mallory', { identity: mallory })).rejects.toEqual(failure('mesh.revoked'))
    expect((await alice.standing(mallory.did)).status).toBe('revoked')

    await node.stop()
    await node.startAgain()
    await expect(join(node.joinFile, 'mallory', { identity: mallory })).rejects.toEqual(failure('mesh.revoked'))
    expect((await alice.standing(mallory.did)).status).toBe('revoked')
    expect(served).toEqual(['before'])
    const seen = (await node.audit()).filter(({ did }) => did === mallory.did).map(({ event, code }) => [event, code])
    expect(seen).toEqual([
      ['session.opened', undefined],
      ['operation.ordered', 'operation.revoke'],
      ['revocation.applied', undefined],
      ['session.closed', 'session.revoked'],
      ['operation.applied', 'operation.revoke'],
      ['handshake.refused', 'refused.revoked'],
      ['handshake.refused', 'refused.revoked'],
    ])
  })

  it('knows it by nothing but a revocation that it has verified: whatever else a node says, it tries again', async () => {
    await using node = await TestNode.start()
    await using other = await TestNode.start()
    const [alice, mallory, authority] = [someone(), someone(), await node.key('authority')]
    const issuance = { clock: systemClock, random: systemRandom, net: Buffer.from(node.joinFile.net, 'hex') }
    const elsewhere = { ...issuance, net: Buffer.from(other.joinFile.net, 'hex') }
    const target = { did: alice.did }
    const reason = 'a lie'
    const real = (await issueRevocation(authority, { target, reason }, issuance)).bytes
    const forgeries = {
      'nothing at all': [],
      'bytes that are no statement': [systemRandom(200)],
      'a revocation with a bit flipped': [flipped(real)],
      'one signed by somebody who is no authority': [
        (await issueRevocation(mallory, { target, reason }, issuance)).bytes,
      ],
      'one signed by the node': [(await issueRevocation(await node.key('node'), { target, reason }, issuance)).bytes],
      'one of somebody else': [
        (await issueRevocation(authority, { target: { did: mallory.did }, reason }, issuance)).bytes,
      ],
      'one of another mesh': [(await issueRevocation(authority, { target, reason }, elsewhere)).bytes],
      'another statement by the authority': [(await sealStatement(authority, 'manifest', claimOf(issuance))).bytes],
    }
    const lies = Object.values(forgeries)
    const identity = await node.key('node')
    await using liar = await LyingNode.start({
      instead: node.joinFile,
      identity,
      // Each lie is told twice: instead of a welcome, and in a session.
      admit: (_, tries) => (tries <= lies.length ? { refusal: 'revoked', proof: lies[tries - 1] ?? [] } : WELCOME),
      greet: (say, tries) => {
        const proof = lies[tries - lies.length - 1]
        if (proof) say({ type: 'notice', code: 'revoked', proof }, { type: 'close', code: 'session.revoked' })
      },
    })
    await using mesh = await join(liar.joinFile, 'alice', { identity: alice, backoff: { baseMs: 1, capMs: 5 } })
    await until(() => liar.tries === 2 * lies.length + 1)
    await mesh.online()
    expect(await Promise.race([mesh.closed(), 'still in'])).toBe('still in')

    await using truth = await LyingNode.start({
      instead: node.joinFile,
      identity,
      admit: () => ({ refusal: 'revoked', proof: [...lies.flat().slice(0, 4), real] }),
    })
    await expect(join(truth.joinFile, 'alice', { identity: alice })).rejects.toEqual(failure('mesh.revoked'))
    expect(truth.tries).toBe(1)
  })
})

describe('an identity that joins twice', () => {
  it('H15 has one session, the newest; the one before ends for good and does not fight for its place', async () => {
    const identity = someone()
    await using node = await TestNode.start()
    await using bob = await join(node.joinFile, 'bob', { identity: await node.key('root') })
    await using first = await join(node.joinFile, 'alice', { identity })
    await using second = await join(node.joinFile, 'alice', { identity })
    first.on('task', { minTier: 'known' }, () => 'first')
    second.on('task', { minTier: 'known' }, () => 'second')
    expect(await first.closed()).toBe('superseded')
    await expect(first.request(bob.did, 'task')).rejects.toEqual(failure('mesh.closed'))
    expect(await bob.request(identity.did, 'task')).toBe('second')
    const seen = (await node.audit()).filter(({ did }) => did === identity.did).map(({ event, code }) => [event, code])
    expect(seen).toEqual([
      ['agent.first-seen', undefined],
      ['session.opened', undefined],
      ['session.closed', 'session.superseded'],
      ['session.opened', undefined],
    ])
    expect(await node.counted('trustmesh_sessions', 'agent')).toBe(2)
  })
})

describe('a node that is shut down', () => {
  it('tells its agents that it drains, and lets go of them', async () => {
    await using node = await TestNode.start()
    using session = await joinRaw(node.joinFile, someone())
    const stopped = node.stop()
    expect(await session.nextOf('close')).toEqual({ type: 'close', code: 'node.draining' })
    expect(await session.wire.closed).toBe(CLOSE_CODES['node.draining'].ws)
    await stopped
  })

  it('is waited for by its agents, which go on with what was under way, and find there what it acknowledged', async () => {
    const root = someone()
    await using node = await TestNode.start({ roots: [root.did] })
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob')
    await using carol = await join(node.joinFile, 'carol', { identity: root })
    const asked: (() => void)[] = []
    const late = (): Promise<string> => new Promise((resolve) => asked.push(() => resolve('late')))
    alice.on('task', { minTier: 'known' }, (content) => (content === 'wait' ? late() : content))
    await carol.attest(bob.did, { value: 800 })
    expect(await bob.request(alice.did, 'task', 1)).toBe(1)

    const cut = bob.request(alice.did, 'task', 'wait')
    await until(() => asked.length === 1)
    await node.stop()
    for (const answer of asked) answer()
    await expect(bob.request(alice.did, 'task', 2, { timeoutMs: 20 })).rejects.toEqual(failure('mesh.disconnected'))

    await node.startAgain()
    expect(await cut).toBe('late')
    expect(await bob.request(alice.did, 'task', 3)).toBe(3)
    expect(asked).toHaveLength(1)
    expect(await bob.standing(bob.did)).toMatchObject({ status: 'active', tier: 'trusted' })
  })
})

describe('an agent whose connection is cut', () => {
  it('takes up where it was with its ticket, though at first it reaches nobody', async () => {
    await using node = await TestNode.start()
    await using relay = await Relay.start(node.joinFile)
    await using alice = await join(relay.joinFile, 'alice')
    relay.cut()
    await until(() => relay.turnedAway > 1)
    relay.mend()
    await alice.standing(alice.did)
    const opened = (await node.audit()).filter(({ event }) => event === 'session.opened')
    expect(opened.map(({ detail }) => detail?.['resumed'])).toEqual([0, 1])
  })
})

describe('a node that falls silent', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is left by its agent, which tries again, though nothing was closed', async () => {
    await using node = await TestNode.start()
    const identity = await node.key('node')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    await using mute = await LyingNode.start({ instead: node.joinFile, identity, admit: () => WELCOME, isDeaf: true })
    await using alice = await join(mute.joinFile, 'alice')
    const unanswered = alice.request(someone().did, 'task', null, { timeoutMs: 2 * LIMITS.idleMs })
    unanswered.catch(() => {})
    vi.advanceTimersByTime(LIMITS.idleMs - 1)
    expect(mute.tries).toBe(1)
    vi.advanceTimersByTime(1)
    vi.advanceTimersByTime(5_000)
    await until(() => mute.tries === 2)
    await alice.online()
    // It has waited for both, as long as it was told to.
    vi.advanceTimersByTime(LIMITS.idleMs)
    await expect(unanswered).rejects.toEqual(failure('request.timeout'))
  })
})

describe('two nodes on one folder', () => {
  beforeAll(buildNode)

  it('K6 are one: the second says what is wrong and ends, and the first serves on', async () => {
    await using folder = await temporaryFolder()
    const home = folder.path
    await using first = await NodeProcess.start({ home })
    const second = await NodeProcess.start({ home }).catch((error: unknown) => error)
    expect(second).toBeInstanceOf(EndedEarly)
    const { exitCode, stderr } = second as EndedEarly
    expect(exitCode).toBe(2)
    expect(stderr).toContain('store.locked')
    await using alice = await join(first.joinFile, 'alice')
    await alice.standing(alice.did)
    expect(await first.stop()).toBe(0)
    await using third = await NodeProcess.start({ home })
    expect(third.joinFile.node).toBe(first.joinFile.node)
  })
})

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte))
}

function claimOf({ net }: { net: Uint8Array }): { net: Uint8Array; iat: number; nonce: Uint8Array } {
  return { net: new Uint8Array(net), iat: systemClock.now(), nonce: systemRandom(16) }
}
