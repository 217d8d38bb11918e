import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { madeResults } from '../../test/results.ts'
import type { RunRecord, Sample } from '../run-record.ts'
import { quantilesOf } from '../world/quantiles.ts'
import { bandsOf } from './bands.ts'

const [made] = madeResults({ runs: 1 }).records as [RunRecord]
const record = (...samples: Sample[]): RunRecord => ({ ...made, series: { scores: samples } })
const sample = (at: number, values: readonly number[]): Sample => ({
  at,
  of: values.length,
  quantiles: quantilesOf(values),
})
const evenly = (from: number, to: number): number[] =>
  Array.from({ length: 101 }, (_, i) => from + ((to - from) * i) / 100)

describe(bandsOf, () => {
  it('is nothing where nothing was sampled', () => {
    expect(bandsOf([record(), { ...made, series: {} }, record(sample(5, []))], 'scores')).toEqual([])
  })

  it('keeps the quantiles of one run', () => {
    const [band] = bandsOf([record(sample(7, evenly(0, 1000)))], 'scores')
    expect(band).toMatchObject({ at: 7, of: 101 })
    const { q5, q25, q50, q75, q95 } = band!
    for (const [quantile, value] of [
      [q5, 50],
      [q25, 250],
      [q50, 500],
      [q75, 750],
      [q95, 950],
    ] as const) {
      expect(Math.abs(quantile - value)).toBeLessThanOrEqual(10)
    }
  })

  it('mixes runs by how many values each has', () => {
    const [band] = bandsOf([record(sample(0, [0, 0, 0, 0])), record(sample(0, [900]))], 'scores')
    expect(band).toEqual({ at: 0, of: 5, q5: 0, q25: 0, q50: 0, q75: 0, q95: 900 })
  })

  it('never leaves the range of the values, and its quantiles are in order', () => {
    const values = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (runs) => {
        const [band] = bandsOf(
          runs.map((values) => record(sample(0, values))),
          'scores',
        )
        const { q5, q25, q50, q75, q95 } = band!
        const ordered = [Math.min(...runs.flat()), q5, q25, q50, q75, q95, Math.max(...runs.flat())]
        expect(ordered).toEqual(ordered.toSorted((a, b) => a - b))
      }),
      { numRuns: 1000 },
    )
  })

  it('takes samples that a delay has parted for the same', () => {
    const runs = [record(sample(100, [1]), sample(203, [2])), record(sample(101, [3]), sample(200, [4]))]
    expect(bandsOf(runs, 'scores').map(({ at, of }) => [at, of])).toEqual([
      [100, 2],
      [200, 2],
    ])
  })

  it('parts samples of runs whose next ones come before them', () => {
    const runs = [record(sample(0, [1]), sample(10, [1])), record(sample(20, [5]), sample(30, [5]))]
    expect(bandsOf(runs, 'scores').map(({ at, of }) => [at, of])).toEqual([
      [0, 1],
      [10, 1],
      [20, 1],
      [30, 1],
    ])
  })

  it('counts a run that sampled at other times with its last sample, until it ends', () => {
    const runs = [record(sample(0, [1]), sample(10, [1])), record(sample(4, [5]), sample(6, [5]), sample(20, [5]))]
    expect(bandsOf(runs, 'scores').map(({ at, of, q50 }) => [at, of, q50])).toEqual([
      [0, 1, 1],
      [4, 2, 1],
      [6, 2, 1],
      [10, 2, 1],
      [20, 1, 5],
    ])
  })

  it('draws no more times than a plot can show, the first and the last among them', () => {
    const bands = bandsOf([record(...Array.from({ length: 1000 }, (_, i) => sample(i, [i])))], 'scores')
    expect([bands.length, bands[0]?.at, bands.at(-1)?.at]).toEqual([120, 0, 999])
  })
})
