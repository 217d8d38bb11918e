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
    await audit.commit({ event: 'webhook.changed', code: 'webhook.added', by: visitor.name, ...originOf(body.url) })
    return await webhooks.add(body)
  })

  serve(contracts.deleteWebhook, async ({ params: { id }, visitor }) => {
    if (!webhooks.list().some((webhook) => webhook.id === id)) throw new NodeError('webhook.not-found')
    await audit.commit({ event: 'webhook.changed', code: 'webhook.removed', name: id, by: visitor.name })
    await webhooks.remove(id)
    return null
  })

  serve(contracts.testWebhook, async ({ params: { id }, visitor }) => {
    if (!webhooks.list().some((webhook) => webhook.id === id)) throw new NodeError('webhook.not-found')
    await audit.commit({ event: 'admin.acted', code: 'webhook.tested', name: id, by: visitor.name })
    return await webhooks.test(id)
  })

  serve(contracts.listDeliveries, ({ params }) => ({ items: webhooks.deliveries(params.id), cursor: null }))
}

/** Of a URL, what is no secret: its path and query often are one. Nothing of what is none, which is refused. */
function originOf(url: string): { readonly origin?: string } {
  return URL.canParse(url) ? { origin: new URL(url).origin } : {}
}
