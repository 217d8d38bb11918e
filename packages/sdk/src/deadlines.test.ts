import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { held } from '../test/let-go.ts'
import { VirtualTime } from '../test/virtual-time.ts'
import { Deadlines } from './deadlines.ts'

let time: VirtualTime
let deadlines: Deadlines

beforeEach(() => {
  time = new VirtualTime()
  deadlines = new Deadlines({ clock: time.clock, after: (...timer) => time.after(...timer) })
})

describe(Deadlines, () => {
  it('passes none early, none late, and none that was called off', async () => {
    const step = fc.record({
      ms: fc.constantFrom(0, 1, 5, 10),
      waitMs: fc.nat(4),
      isCalledOff: fc.boolean(),
      afterMs: fc.nat(12),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const passed = new Map<number, number>()
        const due: [number, number][] = []
        for (const [id, { ms, waitMs, isCalledOff, afterMs }] of steps.entries()) {
          const at = time.now + ms
          const callOff = deadlines.after(ms, () => passed.set(id, time.now))
          if (isCalledOff) time.after(afterMs + 0.5, callOff)
          if (!isCalledOff || afterMs >= ms) due.push([id, at])
          await time.pass(waitMs)
        }
        await time.pass(20)
        expect([...passed].sort(([a], [b]) => a - b)).toEqual(due)
        expect(time.pending).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  it('takes one timer for all that last as long, and none where nothing is awaited', async () => {
    const callOff = Array.from({ length: 100 }, () => deadlines.after(1_000, () => {}))
    deadlines.after(2_000, () => {})()
    expect(time.pending).toBe(1)
    for (const cancel of callOff) cancel()
    expect(time.pending).toBe(0)
  })

  it('lets go at once of what is called off, though something waits ahead of it for long', async () => {
    deadlines.after(1_000, () => {})
    const calledOff = Array.from({ length: 100 }, () => {
      const act = (): void => {}
      deadlines.after(1_000, act)()
      return new WeakRef(act)
    })
    expect(await held(calledOff)).toBe(0)
    expect(time.pending).toBe(1)
  })

  it('sets and calls off others while one passes', async () => {
    const passed: string[] = []
    const first = deadlines.after(10, () => {
      passed.push('first')
      cancelSecond()
      deadlines.after(10, () => passed.push('third'))
    })
    const cancelSecond = deadlines.after(10, () => passed.push('second'))
    await time.pass(19)
    first()
    expect(passed).toEqual(['first'])
    await time.pass(1)
    expect([passed, time.pending]).toEqual([['first', 'third'], 0])
  })
})
