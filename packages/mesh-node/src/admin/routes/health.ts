import type { Metrics } from '../../metrics.ts'
import type { AdminControl } from '../control.ts'
import { refusalOf, sendRefusal } from '../problems.ts'
import * as contracts from '../schemas/health.ts'
import type { Serve } from '../serve.ts'

/** Whether the node lives and serves, and its metrics. */
export function addHealth(
  serve: Serve,
  { control, metrics }: { readonly control: AdminControl; readonly metrics: Metrics },
): void {
  serve(contracts.getLivez, () => ({ ok: true }))

  serve(contracts.getReadyz, ({ reply }) => {
    const failed = control.checks().filter(({ ok }) => !ok)
    return failed.length === 0 ? { ok: true } : sendRefusal(reply, refusalOf('admin.not-ready'), { checks: failed })
  })

  serve(contracts.getMetrics, async ({ reply }) => {
    reply.type(metrics.contentType)
    return await metrics.text()
  })
}
