import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { type AuditEvent, severityOf } from '../audit/log.ts'
import { MemoryAuditLog } from '../audit/memory.ts'
import { NodeError } from '../node-error.ts'
import { AnnouncedAuditLog } from './announced-audit-log.ts'
import { EVENT_KINDS, severityOfEvent } from './event.ts'
import { RecentEvents } from './events.ts'

class FailingAuditLog extends MemoryAuditLog {
  override async commit(): Promise<never> {
    throw new NodeError('audit.unavailable')
  }
}

function announced(Log = MemoryAuditLog) {
  let at = 0
  const clock = { now: () => at, monotonic: () => at }
  const events = new RecentEvents({ clock })
  const log = new Log({ clock })
  const audit = new AnnouncedAuditLog({ log, events, clock })
  const pass = (ms: number): void => {
    at += ms
  }
  const told = () => events.since(0).map(({ id: _id, time: _time, ...event }) => event)
  return { audit, log, told, pass }
}

const { did } = generateIdentity(systemRandom)
const someone = () => generateIdentity(systemRandom).did

describe(AnnouncedAuditLog, () => {
  it('A7, S19 shows nothing that anybody wrote to make a terminal do something', () => {
    const { audit, told } = announced()
    audit.record({ event: 'login.refused', by: 'x\u001b[2J\r\n'.repeat(99), code: '\u202e' })
    const [event] = told()
    expect(event?.by).toMatch(/^[\x20-\x7e]{1,128}$/)
    expect(event?.code).toBe('?')
  })

  it('A9 shows nobody where something came from', () => {
    const { audit, told } = announced()
    audit.record({ event: 'session.opened', did, peer: '192.0.2.7' })
    expect(told()).toEqual([{ kind: 'agent.joined', severity: 'info', did }])
  })

  it('A8 tells that there can be no entry, and nothing of what was not done', async () => {
    const { audit, told } = announced(FailingAuditLog)
    await expect(audit.commit({ event: 'operation.ordered', did })).rejects.toMatchObject({ code: 'audit.unavailable' })
    expect(told()).toEqual([{ kind: 'audit.unavailable', severity: 'critical', code: 'audit.unavailable' }])
  })

  it('lets no stranger flood those who watch, and no flood hide anybody else’s words', () => {
    const { audit, log, told, pass } = announced()
    const refused = { event: 'message.refused', code: 'message.rate-limited' } as const
    for (let n = 0; n < 100; n++) audit.record({ ...refused, did })
    expect(told()).toHaveLength(4)
    expect(log.lines).toHaveLength(100)
    for (let n = 0; n < 500; n++) audit.record({ ...refused, did: someone() })
    // All that may come at once: of these are the four, and those that came too often cost nothing.
    expect(told()).toHaveLength(64)
    for (const event of ['manifest.drift', 'revocation.applied'] as const) audit.record({ event, did })
    expect(told().slice(64)).toMatchObject([{ kind: 'manifest.drift' }, { kind: 'revocation.applied' }])
    pass(60_000)
    audit.record({ ...refused, did })
    expect(told()).toHaveLength(67)
  })

  it('never leaves out what few can bring about', () => {
    const { audit, told } = announced()
    for (let n = 0; n < 500; n++) audit.record({ event: 'revocation.applied', did })
    expect(told()).toHaveLength(500)
  })

  it.each<[AuditEvent, string | null]>([
    [{ event: 'session.closed', code: 'session.rate-limited' }, 'agent.left'],
    [{ event: 'frame.refused', code: 'session.rate-limited' }, 'quota.exceeded'],
    [{ event: 'statement.refused', code: 'set.full' }, 'quota.exceeded'],
    [{ event: 'statement.refused', code: 'attestation.malformed' }, null],
    [{ event: 'statement.refused', code: 'constructor' }, null],
    [{ event: 'mesh.alarm', code: 'member.silent' }, 'peer.stale'],
    [{ event: 'mesh.alarm', code: 'member.forked' }, 'key.equivocation'],
    [{ event: 'admin.refused', code: 'admin.unauthenticated' }, 'login.refused'],
    [{ event: 'admin.refused', code: 'admin.not-found' }, null],
    [{ event: 'node.stopped' }, 'node.stopping'],
    [{ event: 'statement.accepted' }, null],
    [{ event: 'operation.failed' }, 'operation.failed'],
  ])('tells of %j as %s', async (event, kind) => {
    const { audit, told } = announced()
    audit.record(event)
    expect(told().map((each) => each.kind)).toEqual(kind ? [kind] : [])
    await audit.commit(event)
    expect(told()).toHaveLength(kind ? 2 : 0)
  })

  it('tells what it tells by its own name as gravely as the log does', () => {
    const shared = EVENT_KINDS.flatMap((kind) => {
      const severity = severityOf(kind as never)
      return severity ? [[kind, severity]] : []
    })
    expect(shared.length).toBeGreaterThan(20)
    expect(shared).toEqual(shared.map(([kind]) => [kind, severityOfEvent(kind as never)]))
  })
})
