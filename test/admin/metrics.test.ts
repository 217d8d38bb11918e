import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../packages/mesh-node/src/metrics.ts'

describe(createMetrics, () => {
  it('keeps a bounded number of series, whatever labels it is told', async () => {
    const metrics = createMetrics()
    for (let i = 0; i < 10_000; i++) metrics.frameRefused(`code-${i}`)
    const series = (await metrics.text()).match(/^trustmesh_frames_refused_total\{.*$/gm) ?? []
    expect(series).toHaveLength(65)
    expect(series.at(-1)).toBe('trustmesh_frames_refused_total{code="other"} 9936')
  })

  it('counts, and says how many sessions are open', async () => {
    const metrics = createMetrics()
    metrics.sessionOpened('agent')
    metrics.sessionOpened('agent')
    metrics.sessionClosed('agent')
    metrics.handshake('ok')
    metrics.message('delivered')
    metrics.statement('accepted')
    metrics.revocation()
    metrics.event('peer.stale')
    metrics.webhook('webhook.timeout')
    metrics.watchWebhooks(() => 7)
    const text = await metrics.text()
    for (const line of [
      'trustmesh_sessions{purpose="agent"} 1',
      'trustmesh_handshakes_total{result="ok"} 1',
      'trustmesh_messages_total{outcome="delivered"} 1',
      'trustmesh_statements_total{outcome="accepted"} 1',
      'trustmesh_revocations_total 1',
      'trustmesh_events_total{kind="peer.stale"} 1',
      'trustmesh_webhook_attempts_total{outcome="webhook.timeout"} 1',
      'trustmesh_webhook_waiting 7',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    expect(text).toContain('nodejs_eventloop_lag_seconds')
  })

  it('shares nothing between two nodes in one process', async () => {
    const [ours, theirs] = [createMetrics(), createMetrics()]
    ours.revocation()
    expect(await theirs.text()).toContain('trustmesh_revocations_total 0')
  })
})
