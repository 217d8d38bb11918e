import { describe, expect, it } from 'vitest'
import type { Estimate } from '../summary.ts'
import { numberText, timeText, Unit } from './unit.ts'

const estimate = (mean: number, lo: number, hi: number, more: Partial<Estimate> = {}): Estimate => ({
  ...{ mean, lo, hi, min: mean, max: mean, runs: 10 },
  ...more,
})
/** As it reads: spaces that do not break are spaces. */
const read = (text: string | null): string | undefined => text?.replaceAll('\u00a0', ' ')

describe(Unit, () => {
  it('gives one run no interval, except to a share of many', () => {
    const ms = Unit.of('ms', [500])
    const one = estimate(500, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, { runs: 1 })
    expect(ms.interval(one)).toBeNull()
    expect(read(ms.mean(one))).toBe('500 ms')
    const share = estimate(0.25, 0.182, 0.334, { runs: 1, count: 30, of: 120 })
    expect(read(Unit.of('share', []).interval(share))).toBe('18 to 33 %')
  })

  it('claims no digit that the interval does not leave', () => {
    const points = Unit.of('points', [])
    const wide = estimate(617.283, 412.1, 823.9)
    expect([read(points.mean(wide)), read(points.interval(wide))]).toEqual(['617 points', '412 to 824 points'])
    const narrow = estimate(0.0123456, 0.01201, 0.01268)
    expect([read(points.mean(narrow)), read(points.interval(narrow))]).toEqual([
      '0.01235 points',
      '0.01201 to 0.01268 points',
    ])
    expect(points.interval(estimate(3, 3, 3))).toBe('all runs alike')
  })

  it('shows times in the unit that suits the largest', () => {
    expect(['5 ms', '1,999 ms', '2 s', '90 s', '36 h', '30 d']).toEqual(
      [5, 1_999, 2_000, 90_000, 129_600_000, 2_592_000_000].map((ms) => read(timeText(ms))),
    )
    expect(Unit.of('ms', [10, 86_400_000]).number(3_600_000)).toBe('1')
  })

  it('shows shares in percent, nothing and everything without decimals', () => {
    const share = Unit.of('share', [])
    expect([0, 0.0126, 0.5, 1].map((value) => read(share.text(value)))).toEqual(['0 %', '1.26 %', '50 %', '100 %'])
  })
})

describe(numberText, () => {
  it('has a minus that is one, and none on nothing', () => {
    expect([-1234.5, -0, -0.0000001].map((value) => numberText(value))).toEqual(['\u22121,235', '0', '0'])
  })
})
