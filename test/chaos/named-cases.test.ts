import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bodyOf } from '../../packages/testing/src/numbered-body.ts'
import { ChaosAgent } from './chaos-agent.ts'
import { ChaosMesh } from './chaos-mesh.ts'
import { Ledger } from './ledger.ts'

/** How long it lasts: long enough for links to end, where there is the time. */
const PARTITION_MS = process.env['TRUSTMESH_TEST_MINUTES'] ? 30_000 : 6_000
/** 5 s are one interval of reconciliation. */
const HEALED = 1
const HEARD = 2

const ledger = new Ledger()
let mesh: ChaosMesh

beforeAll(async () => {
  mesh = await ChaosMesh.start(ledger)
}, 180_000)
afterAll(() => mesh[Symbol.asyncDispose]())

async function agentAt(place: number): Promise<ChaosAgent> {
  const agent = new ChaosAgent({ identity: generateIdentity(systemRandom), mesh, ledger })
  ledger.doomed.add(agent.did)
  expect(await agent.join(place)).toBe('ok')
  return agent
}

async function revoke(place: number, { did }: ChaosAgent): Promise<void> {
  expect(await mesh.at(place).revoke(did)).toBe('durable')
  ledger.cutOff(mesh.at(place), did, true)
}

/** Longer than it takes to send so many messages, one after the other. */
const SLOW_MS = 200
const MESSAGES = 50

describe('a mesh of processes', { timeout: PARTITION_MS + 120_000 }, () => {
  it('R3 has cut off everybody who was revoked on either side within 5 seconds of a partition', async () => {
    const [near, far] = [await agentAt(0), await agentAt(4)]
    await mesh.agreed(HEARD)
    const lanes = mesh.between([3, 4])
    for (const lane of lanes) lane.stall()
    // Each is revoked where it is not.
    await revoke(0, far)
    await revoke(4, near)
    await new Promise((resolve) => setTimeout(resolve, PARTITION_MS))
    expect([near.attached?.place, far.attached?.place]).toEqual([0, 4])
    for (const lane of lanes) lane.mend()
    await mesh.healed(HEALED)
    await mesh.agreed(HEALED)
    expect([await near.join(3), await far.join(1)]).toEqual(['refused.revoked', 'refused.revoked'])
  })

  it('R1 hears of a revocation within two intervals though a third says nothing', async () => {
    const bob = await agentAt(4)
    await mesh.agreed(HEARD)
    const mute = [mesh.at(1), mesh.at(2)]
    for (const node of mute) node.pause()
    // The way that is left is by a node that speaks.
    const lanes = [mesh.lane(0, 4), mesh.lane(4, 0)]
    for (const lane of lanes) lane.stall()
    await revoke(0, bob)
    const others = [0, 3, 4].map((place) => mesh.at(place))
    const hear = (nodes: typeof others): Promise<number> => {
      const { did } = bob
      return mesh.within(HEARD, 'convergence', nodes, (views) =>
        views.every(({ revoked, sessions }) => revoked.includes(did) && !sessions.includes(did)),
      )
    }
    await hear(others)
    for (const lane of lanes) lane.mend()
    for (const node of mute) await node.resume()
    await hear(mesh.nodes)
    await mesh.agreed(HEARD)
  })

  it('R9 hands on nothing of who is revoked, though another node that has not heard still sends it', async () => {
    const [alice, bob] = [await agentAt(0), await agentAt(4)]
    await mesh.agreed(HEARD)
    const send = (number: number): Promise<string> => alice.send(bob.did, bodyOf({ number, sentIn: alice.sessions }))
    expect(await send(0)).toBe('ok')
    const lanes = mesh.between([4])
    for (const lane of lanes) lane.delayMs = SLOW_MS
    const sent = Array.from({ length: MESSAGES }, (_, n) => send(n + 1))
    await revoke(4, alice)
    await bob.expectNothingOf(alice.did)
    await Promise.all(sent)
    await mesh.healed(HEARD)
    ledger.check()
    expect([ledger.delivered, alice.attached]).toEqual([1, undefined])
    for (const lane of lanes) lane.delayMs = 0
  })
})
