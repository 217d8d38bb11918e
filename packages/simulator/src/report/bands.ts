import { QUANTILES, type RunRecord, type Sample } from '../run-record.ts'

/** How the values of a group, of all runs together, lay at one time. */
export interface Band {
  readonly at: number
  /** Values of all runs. */
  readonly of: number
  readonly q5: number
  readonly q25: number
  readonly q50: number
  readonly q75: number
  readonly q95: number
}

/** More times than this are not to be told apart in a plot. */
const MAX_TIMES = 120

/** Into so many equal parts a sample is cut, to be mixed with others. */
const PARTS = 100

/** A series over time. Where runs sampled out of step, each counts with what it sampled last, until it ends. */
export function bandsOf(records: readonly RunRecord[], series: string): Band[] {
  const runs = inStep(
    records.map((record) => (record.series[series] ?? []).filter(({ quantiles }) => quantiles.length > 0)),
  )
  const times = [...new Set(runs.flatMap((samples) => samples.map(({ at }) => at)))].sort((a, b) => a - b)
  return thinned(times).map((at) =>
    bandOf(
      at,
      runs.flatMap((samples) => sampleAt(samples, at) ?? []),
    ),
  )
}

/** With the same times in all, where each run's n-th sample comes before every other's next: they differ by a delay or so. */
function inStep(runs: readonly (readonly Sample[])[]): readonly (readonly Sample[])[] {
  const times = (runs[0] ?? []).map((_, i) => runs.map((samples) => samples[i]?.at ?? Number.NaN))
  const earliest = times.map((of) => Math.min(...of))
  const areInStep = times.every((of, i) => Math.max(...of) < (earliest[i + 1] ?? Number.POSITIVE_INFINITY))
  if (!areInStep || runs.some(({ length }) => length !== times.length)) return runs
  return runs.map((samples) => samples.map((sample, i) => ({ ...sample, at: earliest[i] ?? sample.at })))
}

function sampleAt(samples: readonly Sample[], at: number): Sample | undefined {
  return at > (samples.at(-1)?.at ?? 0) ? undefined : samples.findLast((sample) => sample.at <= at)
}

/** First and last, and as many between as fit. */
function thinned(times: readonly number[]): number[] {
  const step = Math.max((times.length - 1) / (MAX_TIMES - 1), 1)
  const length = Math.min(times.length, MAX_TIMES)
  return Array.from({ length }, (_, i) => times[Math.round(i * step)] as number)
}

function bandOf(at: number, samples: readonly Sample[]): Band {
  const parts = samples
    .flatMap(({ of, quantiles }) =>
      Array.from({ length: PARTS }, (_, i) => ({ value: valueAt(quantiles, (i + 0.5) / PARTS), weight: of })),
    )
    .sort((a, b) => a.value - b.value)
  const of = samples.reduce((sum, sample) => sum + sample.of, 0)
  const quantile = (q: number): number => {
    let left = q * of * PARTS
    for (const { value, weight } of parts) {
      left -= weight
      if (left <= 0) return value
    }
    return parts.at(-1)?.value ?? Number.NaN
  }
  return {
    at,
    of,
    q5: quantile(0.05),
    q25: quantile(0.25),
    q50: quantile(0.5),
    q75: quantile(0.75),
    q95: quantile(0.95),
  }
}

/** Between two quantiles that were kept, on the straight line. */
function valueAt(quantiles: readonly number[], q: number): number {
  const above = QUANTILES.findIndex((each) => each >= q)
  const [q0, q1] = [QUANTILES[above - 1] ?? 0, QUANTILES[above] ?? 1]
  const [v0, v1] = [quantiles[above - 1] ?? 0, quantiles[above] ?? 0]
  return v0 + ((v1 - v0) * (q - q0)) / (q1 - q0)
}
