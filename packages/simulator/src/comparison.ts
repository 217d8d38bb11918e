import type { Manifest } from './manifest.ts'
import type { RunRecord } from './run-record.ts'
import { SimulatorError } from './simulator-error.ts'
import { CONFIDENCE, meanInterval, roundedNumber } from './statistics/estimate.ts'
import { holmAdjusted } from './statistics/holm.ts'
import { mean, sampleStandardDeviation } from './statistics/library.ts'
import { pairedTest, unpairedTest } from './statistics/permutation-test.ts'
import { studentQuantile } from './statistics/student-t.ts'

/** The manifest of an experiment with its runs. */
export interface Compared {
  readonly manifest: Manifest
  readonly records: readonly RunRecord[]
}

/** How one measure differs at one point: b less a. Each run counts alike, also where the measure is a share. */
export interface Difference {
  readonly point: number
  readonly measure: string
  readonly a: number
  readonly b: number
  readonly difference: number
  /** The 95 % interval of the difference; `null` where there are too few runs for one. */
  readonly interval: readonly [lo: number, hi: number] | null
  /** How often chance alone would make them differ as much, by a permutation test; `null` where there are too few runs. */
  readonly p: number | null
  /** The same, adjusted for how many measures were compared at once. */
  readonly adjusted: number | null
  readonly runs: readonly [a: number, b: number]
}

/** How two experiments differ. */
export interface Comparison {
  /** What is not the same in both: names of the manifest's parts, and of settings. */
  readonly differing: readonly string[]
  /** Whether runs of the same seed were held against each other, which shows smaller differences. */
  readonly isPaired: boolean
  readonly differences: readonly Difference[]
}

/** Compares two experiments, measure by measure, at points of the same number. Throws `comparison.nothing`. */
export function comparisonOf(a: Compared, b: Compared): Comparison {
  const isPaired = seedsOf(a) === seedsOf(b)
  const found = measuresIn(a).filter(({ key }) => measuresIn(b).some((other) => other.key === key))
  if (found.length === 0) throw new SimulatorError('comparison.nothing', 'the two have no measure in common')
  const differences = found.map(({ point, measure }) => {
    const [some, others] = [valuesOf(a, point, measure), valuesOf(b, point, measure)]
    return { point, measure, ...(isPaired ? paired(some, others) : unpaired(some, others)) }
  })
  const tested = differences.map(({ p }) => p).filter((p) => p !== null)
  const adjusted = holmAdjusted(tested)
  return {
    ...{ differing: differing(a.manifest, b.manifest), isPaired },
    differences: differences.map((each) => ({
      ...each,
      adjusted: each.p === null ? null : (adjusted.shift() ?? null),
    })),
  }
}

type Values = ReadonlyMap<number, number>
type Tested = Omit<Difference, 'adjusted' | 'measure' | 'point'>

/** Runs in which only one of the two had the measure say nothing of the difference. */
function paired(some: Values, others: Values): Tested {
  const runs = [...some.keys()].filter((run) => others.has(run))
  const [a, b] = [some, others].map((values) => runs.map((run) => values.get(run) ?? 0)) as [number[], number[]]
  const differences = b.map((value, n) => value - (a[n] ?? 0))
  return tested(a, b, meanInterval(differences), () => pairedTest(differences))
}

/** By Welch's interval: the degrees of freedom as a whole number, rounded down as tables have it. */
function unpaired(some: Values, others: Values): Tested {
  const [a, b] = [[...some.values()], [...others.values()]]
  const none = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const
  if (a.length < 2 || b.length < 2) return tested(a, b, none, () => 1)
  const [first, second] = [sampleStandardDeviation(a) ** 2 / a.length, sampleStandardDeviation(b) ** 2 / b.length]
  const squares = first + second
  const degrees = squares ** 2 / (first ** 2 / (a.length - 1) + second ** 2 / (b.length - 1))
  const half = squares === 0 ? 0 : studentQuantile(CONFIDENCE, Math.floor(degrees)) * Math.sqrt(squares)
  const center = mean(b) - mean(a)
  return tested(a, b, [center - half, center + half], () => unpairedTest(a, b))
}

function tested(a: number[], b: number[], [lo, hi]: readonly [number, number], test: () => number): Tested {
  const center = [a, b].map((values) => (values.length === 0 ? Number.NaN : mean(values))) as [number, number]
  const hasInterval = Number.isFinite(lo) && Number.isFinite(hi)
  return {
    ...{ a: roundedNumber(center[0]), b: roundedNumber(center[1]), difference: roundedNumber(center[1] - center[0]) },
    interval: hasInterval ? [roundedNumber(lo), roundedNumber(hi)] : null,
    p: hasInterval ? roundedNumber(test()) : null,
    runs: [a.length, b.length],
  }
}

function measuresIn({
  records,
}: Compared): { readonly key: string; readonly point: number; readonly measure: string }[] {
  const found = records.flatMap(({ point, measures }) =>
    Object.keys(measures).map(
      (measure) => [`${point} ${measure}`, { key: `${point} ${measure}`, point, measure }] as const,
    ),
  )
  return [...new Map(found).values()]
}

/** By number of the run. */
function valuesOf({ records }: Compared, point: number, measure: string): Values {
  const values = new Map<number, number>()
  for (const record of records) {
    const value = record.point === point ? record.measures[measure] : undefined
    if (typeof value === 'number') values.set(record.run, value)
    else if (value && value[1] > 0) values.set(record.run, value[0] / value[1])
  }
  return values
}

function seedsOf({ records }: Compared): string {
  return JSON.stringify([...new Set(records.map(({ run, seed }) => `${run} ${seed}`))].sort())
}

function differing(a: Manifest, b: Manifest): string[] {
  const parts = (manifest: Manifest): Record<string, unknown> => ({
    ...{ scenario: manifest.scenario.name, source: manifest.scenario.sha256, simulator: manifest.simulator },
    ...{ seed: manifest.seed, runs: manifest.runs, firstRun: manifest.firstRun ?? 0 },
    ...manifest.settings,
    ...Object.fromEntries(Object.entries(manifest.sweep).map(([name, values]) => [name, values.join()])),
  })
  const [some, others] = [parts(a), parts(b)]
  return [...new Set([...Object.keys(some), ...Object.keys(others)])].filter((name) => some[name] !== others[name])
}
