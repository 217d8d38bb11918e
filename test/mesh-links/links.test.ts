import { generateIdentity, type Identity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinRaw } from '../e2e/kit.ts'
import { until } from '../e2e/until.ts'
import { NodeMesh } from './node-mesh.ts'

let mesh: NodeMesh
const someone = (): Identity => generateIdentity(systemRandom)

beforeAll(async () => {
  mesh = await NodeMesh.start({ nodes: 3 })
})
afterAll(() => mesh[Symbol.asyncDispose]())

describe('a mesh of three nodes', () => {
  it('holds the same everywhere', async () => {
    await mesh.agree()
    expect(mesh.at(0).node.statementCount).toBeGreaterThan(3)
  })

  it('R8 closes the session of whoever is revoked at another node, and lets it in nowhere', async () => {
    const mallory = someone()
    using session = await joinRaw(mesh.at(2).joinFile, mallory)
    await mesh.agree()
    await mesh.revoke(0, mallory.did)
    expect(await session.nextOf('close')).toEqual({ type: 'close', code: 'session.revoked' })
    await until(() => mesh.at(1).node.standingOf(mallory.did).status === 'revoked')
  })
})
