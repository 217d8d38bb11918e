import { joinMesh, type Mesh } from '@trustmesh/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { someone, TestNode } from '../e2e/kit.ts'

const CROWD = 150
const log = { info: () => {}, warn: () => {} }

describe('a crowd of agents whose node restarts', () => {
  let node: TestNode
  const crowd: Mesh[] = []

  afterEach(async () => {
    for (const mesh of crowd.splice(0)) await mesh.close()
    await node[Symbol.asyncDispose]()
  })

  it('O2 comes back as a whole, each by itself, though most are turned away at first', async () => {
    node = await TestNode.start({ limits: { handshakesPerSecondPerAddress: 40 } })
    for (let n = 0; n < CROWD; n++) {
      crowd.push(await joinMesh({ name: 'one', identity: someone(), join: node.joinFile, log }))
    }
    await node.stop()
    await node.startAgain()
    await Promise.all(crowd.map((mesh) => mesh.online({ timeoutMs: 50_000 })))
    expect(node.node.sessions.size).toBe(CROWD)
    for (const mesh of crowd) expect(await mesh.standing(mesh.did)).toMatchObject({ did: mesh.did })
  })
})
