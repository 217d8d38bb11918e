import { beforeAll, describe, expect, it } from 'vitest'
import { buildNode, joinRaw, NodeProcess, someone } from '../e2e/kit.ts'
import { until } from '../e2e/until.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { NodeMesh } from './node-mesh.ts'
import { knock } from './rogue.ts'

describe('a member in a process of its own', () => {
  beforeAll(buildNode)

  it('R8 cuts off whoever is revoked at another node, and knows of it after it was away', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    await using home = await temporaryFolder()
    const { did } = await mesh.prepare(home.path)
    const isLinked = (): boolean =>
      mesh.members.every(({ node }) => node.members.some((it) => it.did === did && it.isLinked))
    const [bob, carol] = [someone(), someone()]
    {
      await using far = await NodeProcess.start({ home: home.path })
      // It listens before it serves: until it has what the others hold, it lets no agent in.
      await until(async () => (await far.get('/readyz')) === JSON.stringify({ ok: true }))
      using session = await joinRaw(far.joinFile, bob)
      using _ = await joinRaw(far.joinFile, carol)
      await until(isLinked)
      await mesh.revoke(0, bob.did)
      expect(await session.nextOf('close')).toEqual({ type: 'close', code: 'session.revoked' })
    }
    await mesh.revoke(1, carol.did)
    await using far = await NodeProcess.start({ home: home.path })
    await until(isLinked)
    const url = { ...mesh.at(0), joinFile: { ...mesh.at(0).joinFile, ...far.joinFile } }
    const refused = await until(async () => {
      const answer = await knock(url, carol, [], 'agent')
      return 'refusal' in answer && answer.refusal !== 'syncing' ? answer.refusal : 'session' in answer && 'session'
    })
    expect(refused).toBe('revoked')
  })
})
