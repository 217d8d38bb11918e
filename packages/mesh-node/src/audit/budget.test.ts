import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AuditBudget } from './budget.ts'
import { type AuditKind, auditLine } from './log.ts'

const DAY_MS = 86_400_000
const MAX_BYTES = 268_435_456
const STRANGERS: readonly AuditKind[] = ['admin.refused', 'frame.refused', 'handshake.refused', 'login.refused']

function budgetAt(maxBytes: number, startMs = 0) {
  let at = startMs
  const clock = { now: () => at, monotonic: () => at - startMs }
  const budget = new AuditBudget({ clock, maxBytes, keepMs: 30 * DAY_MS })
  const pass = (ms: number): void => {
    at += ms
  }
  /** Bytes of entries of one size that there is room for. */
  const flood = (event: AuditKind, bytes = 65_534): number => {
    const entry = new Uint8Array(bytes)
    let taken = 0
    while (taken <= maxBytes && budget.takes(event, entry)) taken += bytes + 2
    return taken
  }
  return { budget, clock, pass, flood }
}

describe(AuditBudget, () => {
  it('A2 lets others fill no more than half of what is kept in 30 days, however they go about it', () => {
    const step = fc.record({
      event: fc.constantFrom<AuditKind>(...STRANGERS, 'session.opened', 'key.equivocation', 'audit.suppressed'),
      afterMs: fc.oneof(fc.nat(10_000), fc.nat(3 * DAY_MS)),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const { pass, flood } = budgetAt(MAX_BYTES)
        let [elapsed, taken] = [0, 0]
        for (const { event, afterMs } of steps) {
          elapsed += afterMs
          if (elapsed > 30 * DAY_MS) break
          pass(afterMs)
          taken += flood(event)
        }
        expect(taken).toBeGreaterThan(0)
        expect(taken).toBeLessThanOrEqual(MAX_BYTES / 2)
      }),
    )
  })

  it('A2 gives a flood of one kind half of the room, and leaves half of the rest to each that follows', () => {
    const { flood } = budgetAt(MAX_BYTES)
    const shares = STRANGERS.map((event) => Math.round((flood(event, 98) / (MAX_BYTES / 4)) * 1000))
    expect(shares).toEqual([500, 250, 125, 62])
    expect(flood('session.opened', 98)).toBeGreaterThan(MAX_BYTES / 4 / 40)
  })

  it('gives room back with time', () => {
    const { pass, flood } = budgetAt(MAX_BYTES)
    const first = flood('frame.refused')
    pass(30 * DAY_MS)
    expect(flood('frame.refused') / first).toBeCloseTo(1 - 1 / Math.E, 2)
  })

  it('A2 remembers what was spent before a restart, by what stands in the log', () => {
    const { flood, clock, pass } = budgetAt(MAX_BYTES, 1_900_000_000_000)
    flood('frame.refused')
    const line = auditLine({ event: 'frame.refused', code: '"event":"node.started"' }, clock.now())
    const entry = new Uint8Array(65_534).fill(32)
    entry.set(Buffer.from(JSON.stringify(line)))
    pass(1000)
    const again = budgetAt(MAX_BYTES, clock.now())
    for (let bytes = 0; bytes < MAX_BYTES / 8; bytes += 65_536) again.budget.remember(entry)
    expect(again.flood('frame.refused')).toBeLessThan(500_000)
  })

  it('A8 has room for what a node or its operators do, always', () => {
    const { budget, flood } = budgetAt(MAX_BYTES)
    for (const event of STRANGERS) flood(event)
    for (const event of ['operation.failed', 'store.damaged', 'suspension.applied'] as const) {
      const entry = new Uint8Array(65_000)
      expect(Array.from({ length: 10_000 }, () => budget.takes(event, entry))).not.toContain(false)
    }
  })
})
