import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { until } from '../e2e/until.ts'
import { NodeMesh } from '../mesh-links/node-mesh.ts'
import { rogue } from '../mesh-links/rogue.ts'
import { openRaw } from './raw-level.ts'

/** Where a store keeps statements. */
const STATEMENT = 0x02

/** Damages every statement that a node of a mesh has on its disk, while it is stopped. */
async function damage(mesh: NodeMesh, place: number): Promise<void> {
  await using level = await openRaw(mesh.dataDir(place))
  for (const key of await level.keys().all()) {
    if (key[0] !== STATEMENT) continue
    const value = Uint8Array.from((await level.get(key)) as Uint8Array)
    value[10] = (value[10] as number) ^ 1
    await level.put(key, value)
  }
}

describe('a node whose disk has lost something', () => {
  it('K3 is made whole by the others before it serves', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    const { did } = generateIdentity(systemRandom)
    await mesh.revoke(1, did)
    await mesh.agree()
    await mesh.stop(0)
    await damage(mesh, 0)
    await mesh.startAgain(0)
    await mesh.linked()
    expect(mesh.at(0).node.fingerprint).toBe(mesh.at(1).node.fingerprint)
    expect(mesh.at(0).node.standingOf(did).status).toBe('revoked')
    // And what it has learned is on its disk again.
    await mesh.stop(0)
    await mesh.startAgain(0)
    expect(mesh.at(0).node.standingOf(did).status).toBe('revoked')
    expect(mesh.at(0).node.control.checks()).toContainEqual(expect.objectContaining({ name: 'store', ok: true }))
  })

  it('K2 K3 takes no agents where nobody can make it whole, until its operator goes on without', async () => {
    await using mesh = await NodeMesh.start({ nodes: 1 })
    const { did } = generateIdentity(systemRandom)
    await mesh.revoke(0, did)
    const rated = generateIdentity(systemRandom).did
    const attestation = { verb: 'attest', did: rated, value: 500 } as const
    await mesh.at(0).node.control.order(attestation, { name: 'operator', role: 'operator' })
    await mesh.stop(0)
    await damage(mesh, 0)
    await mesh.startAgain(0)
    const { control } = mesh.at(0).node
    await until(() => control.checks().some(({ name, ok }) => name === 'store' && !ok))
    expect(mesh.at(0).node.state).toBe('syncing')
    await mesh.stop(0)
    await mesh.startAgain(0, { acceptLoss: true })
    await mesh.linked()
    expect([...mesh.at(0).node.control.attestations()]).toEqual([])
    // What its operator has revoked it knows without the store.
    expect(mesh.at(0).node.standingOf(did).status).toBe('revoked')
  })

  it('K2 R4 is not made whole by a member that answers nothing', async () => {
    await using mesh = await NodeMesh.start({ nodes: 1 })
    await mesh.revoke(0, generateIdentity(systemRandom).did)
    await mesh.stop(0)
    await damage(mesh, 0)
    await mesh.startAgain(0)
    const { link } = await rogue(mesh, 0)
    // Two questions of a first round, and of a second one: the first is over.
    for (let n = 0; n < 4; n++) await link.nextOf('compare')
    const { node } = mesh.at(0)
    expect(node.state).toBe('syncing')
    expect(node.control.checks().find(({ name }) => name === 'store')?.ok).toBe(false)
  })
})
