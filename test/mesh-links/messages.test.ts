import type { Did, Identity } from '@trustmesh/identity'
import type { Mesh } from '@trustmesh/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { join, someone } from '../e2e/kit.ts'
import { until } from '../e2e/until.ts'
import { NodeMesh } from './node-mesh.ts'

let mesh: NodeMesh
/** Everybody trusts them. */
const ALICE = someone()
const BOB = someone()
const agents: Mesh[] = []

/** An agent at a node; everybody hears everybody. */
async function agentAt(place: number, identity: Identity): Promise<Mesh> {
  const name = identity === ALICE ? 'alice' : 'bob'
  const agent = await join(mesh.at(place).joinFile, name, { identity, backoff: { baseMs: 10, capMs: 100 } })
  agents.push(agent)
  return agent
}

/** Its lease has arrived, and there is a way. */
async function reachable(from: Mesh, to: Did): Promise<void> {
  await until(() =>
    from.send(to, 'hello').then(
      () => true,
      () => false,
    ),
  )
}

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.close()
  await mesh[Symbol.asyncDispose]()
})

describe('agents of different nodes', () => {
  // A line: whoever is at its ends is three links away.
  beforeEach(async () => {
    mesh = await NodeMesh.start({
      roots: [ALICE.did, BOB.did],
      nodes: 4,
      dials: (place) => (place === 0 ? [] : [place - 1]),
    })
  })

  it('get each message once, in the order in which it was sent, over any number of nodes', async () => {
    const alice = await agentAt(0, ALICE)
    const bob = await agentAt(3, BOB)
    const got: unknown[] = []
    bob.on('note', { minTier: 'known' }, (content) => void got.push(content))
    const sent = Array.from({ length: 300 }, (_, n) => n)
    await reachable(alice, bob.did)
    await Promise.all(sent.map((n) => alice.send(bob.did, 'note', n)))
    await until(() => got.length === sent.length)
    expect(got).toEqual(sent)
  })

  it('answer each other', async () => {
    const alice = await agentAt(0, ALICE)
    const bob = await agentAt(3, BOB)
    bob.on('double', { minTier: 'known' }, (content) => 2 * (content as number))
    await reachable(alice, bob.did)
    expect(await alice.request(bob.did, 'double', 21)).toBe(42)
  })

  it('learn what became of a message: nobody knows the recipient, or it has left', async () => {
    const alice = await agentAt(0, ALICE)
    await expect(alice.send(someone().did, 'note')).rejects.toMatchObject({ code: 'message.recipient-unknown' })
    const bob = await agentAt(3, BOB)
    await reachable(alice, bob.did)
    bob.close()
    await until(() => !mesh.at(3).node.sessions.of(bob.did))
    await expect(alice.send(bob.did, 'note')).rejects.toMatchObject({ code: 'message.recipient-offline' })
  })
})

describe('an agent that moves', () => {
  beforeEach(async () => {
    mesh = await NodeMesh.start({ roots: [ALICE.did, BOB.did], nodes: 3 })
  })

  it('is found at its new place at once, and its old session ends for good', async () => {
    const alice = await agentAt(0, ALICE)
    const before = await agentAt(1, BOB)
    await reachable(alice, BOB.did)
    const after = await agentAt(2, BOB)
    const got: unknown[] = []
    after.on('note', { minTier: 'known' }, (content) => void got.push(content))
    expect(await before.closed()).toBe('superseded')
    // It may have reached the one that is gone, and is not said again to the one that has come.
    await expect(alice.send(BOB.did, 'note', 0)).rejects.toMatchObject({ code: 'message.interrupted' })
    await alice.send(BOB.did, 'note', 1)
    expect(got).toEqual([1])
    expect(mesh.at(1).node.sessions.of(BOB.did)).toBeUndefined()
  })
})
