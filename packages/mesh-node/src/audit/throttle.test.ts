import { describe, expect, it } from 'vitest'
import type { AuditEvent } from './log.ts'
import { AuditThrottle } from './throttle.ts'

function throttleAt(burst: number, perSecond: number) {
  let at = 0
  const clock = { now: () => 0, monotonic: () => at }
  const throttle = new AuditThrottle({ clock, burst, perSecond })
  const admitted = (event: AuditEvent, count: number): number =>
    Array.from({ length: count }, () => throttle.admits(event)).filter(Boolean).length
  const pass = (ms: number): void => {
    at += ms
  }
  return { throttle, admitted, pass }
}

const refused = (code: string): AuditEvent => ({ event: 'frame.refused', code })

describe(AuditThrottle, () => {
  it('refuses what exceeds the burst, and counts it once', () => {
    const { throttle, admitted, pass } = throttleAt(3, 1)
    expect(admitted(refused('frame.size'), 10)).toBe(3)
    expect(throttle.takeSuppressed()).toEqual([])
    pass(1000)
    expect(throttle.takeSuppressed()).toEqual([{ event: 'frame.refused', code: 'frame.size', count: 7 }])
    expect(throttle.takeSuppressed(true)).toEqual([])
  })

  it('hands out every count at the end', () => {
    const { throttle, admitted } = throttleAt(1, 1)
    admitted(refused('a'), 3)
    admitted({ event: 'session.closed' }, 2)
    expect(throttle.takeSuppressed(true)).toEqual([
      { event: 'frame.refused', code: 'a', count: 2 },
      { event: 'session.closed', count: 1 },
    ])
  })

  it('lets a flood of one kind cost the others nothing', () => {
    const { admitted } = throttleAt(2, 1)
    expect(admitted(refused('a'), 1000)).toBe(2)
    expect(admitted(refused('b'), 2)).toBe(2)
  })

  it('refills with time, to the burst and no further', () => {
    const { admitted, pass } = throttleAt(4, 2)
    admitted(refused('a'), 4)
    pass(500)
    expect(admitted(refused('a'), 4)).toBe(1)
    pass(3_600_000)
    expect(admitted(refused('a'), 10)).toBe(4)
  })

  it('never leaves out a revocation or an act of an operator', () => {
    const { admitted } = throttleAt(1, 1)
    expect(admitted({ event: 'revocation.applied' }, 1000)).toBe(1000)
    expect(admitted({ event: 'admin.acted' }, 1000)).toBe(1000)
  })

  it('keeps a bounded number of buckets, whatever codes it is told', () => {
    const { admitted } = throttleAt(1, 1)
    let lines = 0
    for (let i = 0; i < 5000; i++) lines += admitted(refused(`code-${i}`), 1)
    expect(lines).toBeLessThan(600)
  })
})
