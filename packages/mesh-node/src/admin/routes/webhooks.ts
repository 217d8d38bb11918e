import type { AuditLog } from '../../audit/log.ts'
import { NodeError } from '../../node-error.ts'
import type { Webhooks } from '../../webhooks/webhooks.ts'
import * as contracts from '../schemas/webhooks.ts'
import type { Serve } from '../serve.ts'

/** Where events are sent. Who changed that is in the log before it is so (threat A8). */
export function addWebhooks(
  serve: Serve,
  { webhooks, audit }: { readonly webhooks: Webhooks; readonly audit: AuditLog },
): void {
  serve(contracts.listWebhooks, () => ({ items: webhooks.list(), cursor: null }))

  serve(contracts.createWebhook, async ({ body, visitor }) => {
    await audit.commit({ event: 'webhook.changed', code: 'webhook.add', by: visitor.name })
    return await webhooks.add(body)
  })

  serve(contracts.deleteWebhook, async ({ params: { id }, visitor }) => {
    if (!webhooks.list().some((webhook) => webhook.id === id)) throw new NodeError('webhook.not-found')
    await audit.commit({ event: 'webhook.changed', code: `webhook.remove:${id}`, by: visitor.name })
    await webhooks.remove(id)
    return null
  })

  serve(contracts.testWebhook, ({ params }) => webhooks.test(params.id))

  serve(contracts.listDeliveries, ({ params }) => ({ items: webhooks.deliveries(params.id), cursor: null }))
}
