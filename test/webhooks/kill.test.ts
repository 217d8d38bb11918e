import { beforeAll, describe, expect, it } from 'vitest'
import { buildNode, joinRaw, NodeProcess, someone, until } from '../e2e/kit.ts'
import { freePort } from '../free-port.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { Receiver } from './receiver.ts'

const env = { TRUSTMESH_WEBHOOKS_ALLOW_LOOPBACK: 'true' }

describe('a node that is killed while nobody takes its events', () => {
  beforeAll(buildNode, 180_000)

  it('O9 sends them once it is there again, and somebody takes them', async () => {
    await using home = await temporaryFolder()
    const port = await freePort()
    const bob = someone()
    {
      await using node = await NodeProcess.start({ home: home.path, env })
      const { url, token } = node.operator
      const call = async (path: string, body?: object): Promise<Record<string, unknown>> => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
        const response = await fetch(
          url + path,
          body ? { headers, method: 'POST', body: JSON.stringify(body) } : { headers },
        )
        return (await response.json()) as Record<string, unknown>
      }
      const { id } = await call('/v1/webhooks', { url: `http://127.0.0.1:${port}/`, severity: 'info' })
      using _session = await joinRaw(node.joinFile, bob)
      const deliveries = async () =>
        (await call(`/v1/webhooks/${id}/deliveries`))['items'] as { kind: string; code?: string }[]
      await until(async () => (await deliveries()).some(({ kind, code }) => kind === 'agent.joined' && code))
      await node.kill()
    }
    await using receiver = await Receiver.start({ port })
    await using _node = await NodeProcess.start({ home: home.path, env })
    const about = () =>
      receiver.received.map(({ body }) => JSON.parse(body) as { type: string; data: { did?: string } })
    await until(() => about().some(({ type, data }) => type === 'agent.joined' && data.did === bob.did))
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(receiver.received.length)
  })
})
