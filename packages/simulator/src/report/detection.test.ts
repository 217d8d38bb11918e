import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectionOf, thresholdAt } from './detection.ts'

describe(detectionOf, () => {
  it('says nothing where there is nothing to tell apart', () => {
    expect(detectionOf([])).toBeNull()
    expect(detectionOf([{ attackers: [1], honest: [] }])).toBeNull()
    expect(detectionOf([{ attackers: [], honest: [1] }])).toBeNull()
  })

  it('has as AUC how many pairs of an attacker and an honest agent are in order, ties by half', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(scores, scores, (attackers, honest) => {
        const pairs = attackers.flatMap((low) => honest.map((high) => (low < high ? 1 : low === high ? 0.5 : 0)))
        const expected = pairs.reduce((sum: number, pair) => sum + pair, 0) / pairs.length
        expect(detectionOf([{ attackers, honest }])?.auc).toBeCloseTo(expected, 10)
      }),
      { numRuns: 1000 },
    )
  })

  it('goes from nobody to everybody over all runs together', () => {
    const detection = detectionOf([
      { attackers: [300], honest: [900] },
      { attackers: [100], honest: [200, 800] },
    ])
    expect(detection?.curve[0]).toEqual({ below: 100, detected: 0, falseAlarms: 0 })
    expect(detection?.curve.at(-1)).toEqual({ below: 901, detected: 1, falseAlarms: 1 })
    expect(thresholdAt(detection!, 600)).toEqual({ below: 600, detected: 1, falseAlarms: 1 / 3 })
    expect(thresholdAt(detection!, 300)).toMatchObject({ detected: 0.5 })
  })
})
