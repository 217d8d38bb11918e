import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { auditLine } from './log.ts'
import { MemoryAuditLog } from './memory.ts'

describe(auditLine, () => {
  it('A7, S19 lets no control character, no escape and no long text through', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('x'.repeat(1000), 'ok\r\n{"event":"node.stopped"}\u001b[2J\u202e'),
    )
    fc.assert(
      fc.property(hostile, (text) => {
        const line = auditLine({ event: 'admin.acted', by: text, code: text, peer: text }, 0)
        for (const field of [line.by, line.code, line.peer]) {
          expect(field).toMatch(/^[\x20-\x7e]{0,128}$/)
        }
      }),
    )
  })

  it('says when, and keeps everything else as it was', () => {
    const event = { event: 'session.closed', code: 'idle', peer: '::1', detail: { openMs: 12 } } as const
    expect(auditLine(event, Date.UTC(2030, 0, 1))).toEqual({
      time: '2030-01-01T00:00:00.000Z',
      severity: 'info',
      ...event,
    })
  })
})

describe(MemoryAuditLog, () => {
  it('keeps the latest lines and no more', () => {
    const log = new MemoryAuditLog({ clock: { now: () => 0, monotonic: () => 0 }, capacity: 2 })
    for (const code of ['a', 'b', 'c']) log.record({ event: 'frame.refused', code })
    expect(log.lines.map(({ code }) => code)).toEqual(['b', 'c'])
  })
})
