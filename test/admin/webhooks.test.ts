import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { RecentEvents } from '../../packages/mesh-node/src/events/events.ts'
import { NodeError } from '../../packages/mesh-node/src/node-error.ts'
import { systemTimers } from '../../packages/mesh-node/src/timers.ts'
import { NodeWebhooks } from '../../packages/mesh-node/src/webhooks/node-webhooks.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { Receiver } from '../webhooks/receiver.ts'
import { AdminFixture, someDid } from './fixture.ts'

describe('a test of a webhook', () => {
  it('A8 is sent by nobody of whom there would be no entry', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start()
    const webhooks = await NodeWebhooks.open({
      ...{ directory: folder.path, node: someDid(), events: new RecentEvents({ clock: systemClock }) },
      ...{ clock: systemClock, random: systemRandom, timers: systemTimers, allowLoopback: true },
    })
    await using fixture = await AdminFixture.start({ webhooks })
    const { id } = await webhooks.add({ url: receiver.url })
    const send = () => fixture.post(`/v1/webhooks/${id}/test`, {})
    const { commit } = fixture.audit
    fixture.audit.commit = () => Promise.reject(new NodeError('audit.unavailable'))
    const refused = await send()
    expect([refused.status, refused.json.code, receiver.received]).toEqual([503, 'audit.unavailable', []])
    fixture.audit.commit = commit
    expect((await send()).json).toMatchObject({ state: 'delivered' })
    expect(receiver.received).toHaveLength(1)
    expect(fixture.lastAudit()).toMatchObject({ event: 'admin.acted', code: 'webhook.tested', by: 'ada' })
    await webhooks.close()
  })
})
