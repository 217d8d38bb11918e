import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Chain } from '@trustmesh/sdk'
import type { Constraint } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { buildNode, join, TestNode } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { hasPython, PYTHON, PythonAgent } from './python-agent.ts'
import { hex, python, scene, seed, unhex } from './scene.ts'

/** Rejects, with all that the program said, unless it exits with 0. */
async function runs(program: string): Promise<void> {
  await promisify(execFile)(PYTHON, ['-B', fileURLToPath(new URL(program, import.meta.url))])
}

describe.skipIf(!hasPython())('a client written in Python from docs/spec', () => {
  it('passes its own checks against the worked examples of the specification', () => runs('selftest.py'))

  it('passes its own checks against a node as a process, and against one that lies', async () => {
    await buildNode()
    await runs('live_test.py')
  })

  it('is gated by an agent with the SDK, and served once a root has vouched for it', async () => {
    await using on = await scene()
    const { ada, alice, agent } = on
    alice.on('task', { minTier: 'trusted' }, (content, peer) => ({ got: content as string, from: peer.did }))

    agent.do({ do: 'request', id: 1, to: alice.did, kind: 'task', content: 'ein Wort: häßlich 🦊' })
    expect(await agent.next('error')).toMatchObject({
      id: 1,
      code: 'denied',
      denial: { code: 'gate.tier-too-low', peer: { did: python }, need: { minTier: 'trusted' } },
    })

    await ada.attest(python, { value: 800 })
    agent.do({ do: 'request', id: 2, to: alice.did, kind: 'task', content: 'ein Wort: häßlich 🦊' })
    expect(await agent.next('reply')).toMatchObject({ id: 2, content: { got: 'ein Wort: häßlich 🦊', from: python } })
  })

  it('gates an agent with the SDK, and serves it once a root has vouched for it', async () => {
    await using on = await scene()
    const { ada, alice, agent } = on
    agent.do({ do: 'serve', kind: 'echo', minTier: 'trusted' })
    // Only the answer to a request shows that the command before it was carried out.
    agent.do({ do: 'request', id: 1, to: alice.did, kind: 'nothing', content: null })
    expect(await agent.next('error')).toMatchObject({ id: 1, code: 'no-handler' })

    const refusal = await alice.request(python, 'echo', 'x').catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: 'request.denied',
      denial: { code: 'gate.tier-too-low', peer: { did: alice.did } },
    })
    expect(await agent.next('denied')).toMatchObject({ kind: 'echo', from: alice.did })

    await ada.attest(alice.did, { value: 800 })
    const content = { list: [1, -5_000_000_000, 0.5], bytes: null, text: 'ß' }
    expect(await alice.request(python, 'echo', content)).toEqual({ echo: content, for: alice.did })
  })

  it('uses a chain of the SDK, and hands it on to an agent with the SDK', async () => {
    await using on = await scene()
    const { ada, alice, agent } = on
    await ada.attest(python, { value: 800 })
    alice.on('search', { can: '/tool/search' }, (content) => content)
    const few: Constraint = { op: 'lte', at: ['limit'], value: 10 }
    const lent = await alice.delegate(python, { can: '/tool', where: [few], depth: 1 })
    const chain = lent.links.map(hex)
    const ask = { do: 'request', to: alice.did, kind: 'search', chain, can: '/tool/search' }
    agent.do({ ...ask, id: 1, content: { limit: 11 } })
    expect(await agent.next('error')).toMatchObject({ id: 1, denial: { code: 'chain.constraint' } })
    agent.do({ ...ask, id: 2, content: { limit: 10, ratio: 0.5 } })
    expect(await agent.next('reply')).toMatchObject({ id: 2, content: { limit: 10, ratio: 0.5 } })

    agent.do({ do: 'delegate', id: 3, to: ada.did, can: '/tool/search', chain })
    const further = Chain.from([...chain, (await agent.next('delegated'))['bytes'] as string].map(unhex))
    expect(await ada.request(alice.did, 'search', { limit: 1 }, { chain: further })).toEqual({ limit: 1 })
  })

  it('is told how many more uses of a chain are left', async () => {
    await using on = await scene()
    const { ada, alice, agent } = on
    await ada.attest(python, { value: 800 })
    alice.on('search', { can: '/tool' }, () => 'found')
    const where: Constraint[] = [
      { op: 'maxCalls', limit: 2 },
      { op: 'executors', dids: [alice.did] },
    ]
    const chain = (await alice.delegate(python, { can: '/tool', where })).links.map(hex)
    agent.do({ do: 'request', id: 1, to: alice.did, kind: 'search', chain })
    expect(await agent.next('reply')).toMatchObject({ id: 1, calls: 1 })
    agent.do({ do: 'request', id: 2, to: alice.did, kind: 'search', chain })
    expect(await agent.next('reply')).toMatchObject({ id: 2, calls: 0 })
    agent.do({ do: 'request', id: 3, to: alice.did, kind: 'search', chain })
    expect(await agent.next('error')).toMatchObject({ id: 3, denial: { code: 'chain.exhausted' } })
  })

  it('serves on behalf of itself an agent with the SDK that shows a chain, until the chain is revoked', async () => {
    await using on = await scene()
    const { ada, alice, agent } = on
    await ada.attest(alice.did, { value: 800 })
    agent.do({ do: 'serve', kind: 'search', minTier: 'known', can: '/tool/search' })
    agent.do({ do: 'delegate', id: 1, to: ada.did, can: '/tool/search', depth: 1 })
    const first = Chain.from([unhex((await agent.next('delegated'))['bytes'] as string)])
    const chain = await ada.delegate(alice.did, { can: '/tool/search', from: first })
    const code = (options = {}): Promise<unknown> =>
      alice.request(python, 'search', 'x', options).then(
        () => null,
        ({ denial }) => denial.code,
      )
    expect(await code()).toBe('gate.no-chain')
    expect(await code({ chain })).toBeNull()
    await ada.revoke(chain, 'over')
    expect(await code({ chain })).toBe('chain.void')
  })

  it('attests, and its attestation counts where it is a root', async () => {
    await using folder = await temporaryFolder()
    await using node = await TestNode.start({ roots: [python] })
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob')
    await using agent = await PythonAgent.start(node.joinFile, seed, folder.path)
    await agent.next('joined')
    alice.on('task', { minTier: 'trusted' }, () => 'served')
    await expect(bob.request(alice.did, 'task')).rejects.toMatchObject({ code: 'request.denied' })
    agent.do({ do: 'attest', id: 1, subject: bob.did, value: 800 })
    await agent.next('attested')
    expect(await bob.request(alice.did, 'task')).toBe('served')
  })

  it('comes back with its ticket', async () => {
    await using on = await scene()
    const { agent } = on
    agent.do({ do: 'resume' })
    expect(await agent.next('joined')).toMatchObject({ did: python, resumed: true })
  })

  it('is cut off by a revocation that it verifies itself', async () => {
    await using on = await scene()
    const { node, agent } = on
    await node.revoke(python)
    expect(await agent.next('revoked')).toMatchObject({ verified: true })
    expect(await agent.exit()).toBe(3)
  })
})
