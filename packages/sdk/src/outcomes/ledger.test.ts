import { DEFAULT_MODEL, parseModel } from '@trustmesh/trust'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entered, type Ledger, ledgerOf, ledgerSchema, summaryOf } from './ledger.ts'
import { OUTCOMES, type Outcome } from './outcome.ts'

const NOW = 1_767_225_600_000
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000]
const RUNS = { numRuns: 1000 }
/** What carries a stranger from 300 to 400, in micro-units: a sixth of one. */
const UP_TO_KNOWN = 166_667

/** Micro-units, negative where it speaks against the subject. */
const saidBy = (ledger: Ledger): number => {
  const { value, weight } = summaryOf(ledger)
  return value * weight
}
/** What so many outcomes make of it, the first at a time, and each so long after the one before. */
const after = (count: number, outcome: Outcome, from?: Ledger, at = NOW, apartMs = 0): Ledger => {
  let ledger = from
  for (let n = 0; n < count; n++) ledger = entered(ledger, outcome, at + Math.floor(n * apartMs))
  return ledger as Ledger
}

const outcome = fc.constantFrom(...OUTCOMES)
const step = fc.record({
  outcome,
  /** Also back, as clocks go. */
  ms: fc.oneof(fc.constant(0), fc.integer({ min: -2 * DAY_MS, max: 5 * DAY_MS }), fc.nat(400 * DAY_MS)),
  times: fc.integer({ min: 1, max: 40 }),
})
/** Anything that can have happened, and when it ended. */
const history = fc.array(step, { minLength: 1, maxLength: 12 }).map((steps) => {
  let at = NOW
  let ledger = ledgerOf({ value: 0, weight: 1 }, NOW)
  for (const { outcome, ms, times } of steps) {
    at = Math.max(at + ms, 0)
    ledger = after(times, outcome, ledger, at)
  }
  return { ledger, at }
})

describe('a summary', () => {
  it('T8, T15 stays in range, whatever happens and however the clock goes', () => {
    fc.assert(
      fc.property(history, ({ ledger }) => {
        const { value, weight } = summaryOf(ledger)
        expect(Number.isInteger(value) && value >= -1000 && value <= 1000 && !Object.is(value, -0)).toBe(true)
        expect(Number.isInteger(weight) && weight >= 1 && weight <= 3000).toBe(true)
        expect(Math.abs(value * weight)).toBeLessThanOrEqual(DEFAULT_MODEL.cap)
        expect(ledgerSchema.parse(JSON.parse(JSON.stringify(ledger)))).toEqual(ledger)
      }),
      RUNS,
    )
  })

  it('T5 is moved no further by a million successes in an hour than by what leaves a stranger one', () => {
    for (const start of [0, DAY_MS - HOUR_MS / 2]) {
      const first = after(1, 'success')
      const flooded = after(1_000_000, 'success', first, NOW + start, HOUR_MS / 1_000_000)
      expect(ledgerSchema.parse(flooded)).toEqual(flooded)
      expect(saidBy(flooded)).toBeLessThan(UP_TO_KNOWN)
      expect(saidBy(flooded) - saidBy(after(100, 'success', first, NOW + start))).toBeLessThan(UP_TO_KNOWN / 2)
    }
  })

  it('T5 is moved no further than that by any number of successes in a day, whatever was before', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 500 }), fc.nat(DAY_MS - 1), ({ ledger, at }, count, withinMs) => {
        const later = after(count, 'success', ledger, at, withinMs / count)
        const faded = entered(ledger, 'timeout', at + withinMs)
        expect(saidBy(later) - Math.max(saidBy(ledger), saidBy(faded))).toBeLessThan(UP_TO_KNOWN)
      }),
      RUNS,
    )
  })

  it('T14 does not depend on the order of outcomes of one time', () => {
    const batch = fc.array(outcome, { maxLength: 30 })
    const shuffled = batch.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(history, shuffled, ({ ledger, at }, [one, other]) => {
        const enter = (outcomes: readonly Outcome[]): Ledger =>
          outcomes.reduce((all, outcome) => entered(all, outcome, at), ledger)
        expect(enter(one)).toEqual(enter(other))
      }),
      RUNS,
    )
  })

  it('never rises by a failure or a timeout, and never falls by a success', () => {
    const rounded = 3_000
    fc.assert(
      fc.property(history, fc.constantFrom('success', 'failure', 'timeout'), ({ ledger, at }, last) => {
        const before = entered(ledger, last, at)
        const saidAfter = (outcome: Outcome): number => saidBy(entered(before, outcome, at))
        expect(saidAfter('success')).toBeGreaterThanOrEqual(saidBy(before) - rounded)
        expect(saidAfter('failure')).toBeLessThanOrEqual(saidBy(before) + rounded)
        expect(saidAfter('timeout')).toBeLessThanOrEqual(saidBy(before) + rounded)
      }),
      RUNS,
    )
  })

  it('M12 never speaks against anybody for timeouts', () => {
    expect(summaryOf(after(1_000, 'timeout'))).toEqual({ value: 0, weight: 1 })
    const was = after(30, 'success', undefined, NOW, DAY_MS)
    let ledger = was
    for (let day = 0; day < 100; day++) ledger = after(100, 'timeout', ledger, NOW + (30 + day) * DAY_MS)
    expect(saidBy(was)).toBeGreaterThan(0)
    expect(summaryOf(ledger)).toEqual({ value: 0, weight: 1 })
  })

  it.each([1, 10, 100])('falls less by %i timeouts than by as many failures', (count) => {
    const good = ledgerOf({ value: 1000, weight: 2000 }, NOW)
    const lost = (outcome: Outcome): number => saidBy(good) - saidBy(after(count, outcome, good))
    expect(lost('timeout')).toBeGreaterThan(0)
    expect(lost('timeout')).toBeLessThan(lost('failure') * 0.7)
  })

  it('is not changed by denials', () => {
    fc.assert(
      fc.property(history, fc.nat(400 * DAY_MS), ({ ledger, at }, ms) => {
        expect(entered(ledger, 'denied', at + ms)).toBe(ledger)
      }),
      RUNS,
    )
  })

  it('falls faster than it rises', () => {
    const busy = (days: number, outcome: Outcome, from?: Ledger, at = NOW): Ledger => {
      let ledger = from
      for (let day = 0; day < days; day++) ledger = after(100, outcome, ledger, at + day * DAY_MS)
      return ledger as Ledger
    }
    const good = busy(30, 'success')
    expect(saidBy(good)).toBeGreaterThan(1_000_000)
    expect(saidBy(busy(10, 'failure', good, NOW + 30 * DAY_MS))).toBeLessThan(0)
    expect(saidBy(busy(7, 'failure'))).toBeLessThan(-2 * saidBy(busy(7, 'success')))
  })

  it('says no more than an attestation can, after years, and the more has been seen the less by a day', () => {
    const gains: number[] = []
    let ledger: Ledger | undefined
    for (let day = 0; day < 1_000; day++) {
      const before = ledger ? saidBy(ledger) : 0
      ledger = after(100, 'failure', ledger, NOW + day * DAY_MS)
      gains.push(before - saidBy(ledger))
    }
    expect(ledgerSchema.parse(ledger)).toEqual(ledger)
    expect(gains[1]).toBeLessThan(gains[0] as number)
    expect(gains[10]).toBeLessThan((gains[0] as number) / 2)
  })

  it('says no more than an attestation can of what is for and against at once, and no −0', () => {
    const of = (success: number, failure: number) => {
      return summaryOf({ ...ledgerOf({ value: 0, weight: 1 }, NOW), past: { success, failure, timeout: 0 } })
    }
    expect(of(3_000_000, 3_000_000)).toEqual({ value: 0, weight: 3000 })
    expect(of(3_000_000, 2_000_000)).toEqual({ value: 333, weight: 3000 })
    expect(of(100_000, 100_050)).toEqual({ value: 0, weight: 201 })
  })

  it.each([
    ['success', 1, 6_818],
    ['success', 100, 68_181],
    ['failure', 1, -9_677],
    ['failure', 100, -230_769],
  ] as const)('weighs a day of %s, %i times, as %i', (outcome, count, expected) => {
    expect(Math.abs(saidBy(after(count, outcome)) - expected)).toBeLessThanOrEqual(
      summaryOf(after(count, outcome)).weight,
    )
  })

  it('halves with the half-life of the model', () => {
    expect(parseModel(DEFAULT_MODEL).halfLifeMs).toBe(180 * DAY_MS)
    const ledger = ledgerOf({ value: -1000, weight: 2000 }, NOW)
    const later = entered(ledger, 'failure', NOW + 180 * DAY_MS)
    expect(later.past.failure).toBe(1_000_000)
  })

  it('T8 is not made younger by what adds nothing', () => {
    let ledger = ledgerOf({ value: 1000, weight: 3000 }, NOW)
    for (let n = 1; n <= 180; n++) ledger = entered(ledger, 'timeout', NOW + n * DAY_MS)
    expect(ledger.past.success).toBeLessThanOrEqual(1_500_000)
  })

  it('O3 does not begin another day for a clock that is set back and forth', () => {
    let ledger = after(50, 'success')
    for (let n = 0; n < 20; n++) {
      ledger = after(50, 'success', ledger, NOW - 10 * DAY_MS)
      ledger = after(50, 'success', ledger, NOW - 10 * DAY_MS + HOUR_MS)
    }
    expect(saidBy(ledger)).toBeLessThan(75_000)
    expect(ledger.since).toBe(NOW - 10 * DAY_MS)
  })

  it('goes on from what has been attested deliberately', () => {
    const warned = ledgerOf({ value: -900, weight: 2000 }, NOW)
    expect(saidBy(warned)).toBe(-1_800_000)
    expect(saidBy(after(1_000, 'success', warned))).toBeLessThan(-1_700_000)
    expect(saidBy(ledgerOf({ value: 800, weight: 2000 }, NOW))).toBe(1_600_000)
  })
})
