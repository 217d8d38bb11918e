import type { Did } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import type { AuditEvent, AuditKind } from '../../packages/mesh-node/src/audit/log.ts'
import { auditLinesIn } from '../e2e/audit-lines.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { openLog } from './open-log.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const MAX_BYTES = 1_048_576

/** What strangers, agents and other members bring about. */
const AT_WILL: readonly AuditKind[] = [
  'admin.refused',
  'agent.first-seen',
  'audit.fork',
  'frame.refused',
  'handshake.refused',
  'key.equivocation',
  'login.refused',
  'manifest.changed',
  'manifest.drift',
  'mesh.alarm',
  'message.refused',
  'peer.linked',
  'peer.lost',
  'session.closed',
  'session.opened',
  'statement.accepted',
  'statement.refused',
]

const clockAt = (start: number) => {
  let at = start
  const pass = (ms: number): void => {
    at += ms
  }
  return { now: () => at, monotonic: () => at - start, pass }
}

describe('a log that others flood', () => {
  it('A2 keeps for 30 days what an operator did, whatever they bring about in that time and however often the node is started', async () => {
    await using folder = await temporaryFolder()
    const start = Date.UTC(2030, 0, 1)
    let [asked, entries] = [0, 0]
    for (let day = 0; day < DAYS; day++) {
      const clock = clockAt(start + day * DAY_MS)
      await using log = await openLog(folder.path, { clock, maxBytes: MAX_BYTES, keepMs: DAYS * DAY_MS })
      if (day === 0) await log.commit({ event: 'operation.ordered', by: 'ada' })
      for (let hour = 0; hour < 24; hour++) {
        for (const event of AT_WILL) {
          for (let i = 0; i < 40; i++) {
            const did = `did:key:${'z'.repeat(100)}` as Did
            log.record({ event, code: `code-${i % 4}`, did, peer: '192.0.2.1' } satisfies AuditEvent)
            asked += 1
          }
        }
        clock.pass(DAY_MS / 24)
      }
      entries = log.size
    }
    const clock = clockAt(start + DAYS * DAY_MS)
    await using log = await openLog(folder.path, { clock, maxBytes: MAX_BYTES, keepMs: DAYS * DAY_MS })
    expect(asked * 200).toBeGreaterThan(50 * MAX_BYTES)
    expect(entries).toBeGreaterThan(1000)
    expect(log.first).toBe(0)
    expect((await log.entries(0, 1))[0]?.line).toMatchObject({ event: 'operation.ordered', by: 'ada' })
  })

  it('A2 counts all that it leaves out', async () => {
    await using folder = await temporaryFolder()
    const clock = clockAt(Date.UTC(2030, 0, 1))
    const log = await openLog(folder.path, { clock, maxBytes: MAX_BYTES, keepMs: DAYS * DAY_MS })
    for (let minute = 0; minute < 60; minute++) {
      for (let i = 0; i < 100; i++) log.record({ event: 'handshake.refused', code: 'refused.busy', peer: '192.0.2.1' })
      clock.pass(60_000)
    }
    await log.close()
    const lines = await auditLinesIn(folder.path)
    const [written, counts] = [
      lines.filter(({ event }) => event === 'handshake.refused'),
      lines.filter(({ event }) => event === 'audit.suppressed'),
    ]
    expect(written.length).toBeLessThan(1500)
    expect(counts.length).toBeLessThanOrEqual(61)
    expect(counts[0]).toMatchObject({ suppressed: 'handshake.refused', code: 'refused.busy' })
    expect(written.length + counts.reduce((sum, { detail }) => sum + (detail?.['count'] ?? 0), 0)).toBe(6000)
  })
})
