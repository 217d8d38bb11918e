import { beforeAll, describe, expect, it } from 'vitest'
import { buildNode, join, joinRaw, NodeProcess, someone, until } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

beforeAll(buildNode, 180_000)

describe('a node that is told to end', () => {
  it('says that it is not ready, answers what is under way, and ends with 0', async () => {
    await using home = await temporaryFolder()
    const root = someone()
    await using node = await NodeProcess.start({ home: home.path, env: { TRUSTMESH_ROOTS: root.did } })
    await using alice = await join(node.joinFile, 'alice', { identity: root })
    await using bob = await join(node.joinFile, 'bob')
    bob.on('task', { minTier: 'known' }, (content) => content as number)

    // Traffic that goes on until there is nobody left to carry it.
    let [asked, came, failed] = [0, 0, 0]
    const traffic = async (): Promise<void> => {
      while (failed === 0) {
        asked += 1
        const n = asked
        const answer = await alice.request(bob.did, 'task', n, { timeoutMs: 2_000 }).catch(() => null)
        if (answer === n) came += 1
        else failed += 1
      }
    }
    const streams = [traffic(), traffic(), traffic()]
    await until(() => came > 100)

    // Somebody who does not hear the close, so that the node has to wait for the socket.
    using deaf = await joinRaw(node.joinFile, someone())
    deaf.wire.isPolite = false
    expect(JSON.parse(await node.get('/readyz'))).not.toHaveProperty('code')
    const ended = node.stop()
    const problem = await until(async () => {
      const text = await node.get('/readyz').catch(() => '{}')
      return JSON.parse(text).code !== undefined && text
    })
    expect(problem).toContain('serving')
    expect(await ended).toBe(0)
    await Promise.all(streams)
    expect([came + failed, failed > 0]).toEqual([asked, true])
    expect(node.stderr.split('\n').filter((line) => line && JSON.parse(line).level >= 50)).toEqual([])
  })
})
