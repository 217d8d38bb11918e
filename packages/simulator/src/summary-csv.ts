import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import * as z from 'zod/mini'
import type { Experiment, Point } from './experiment.ts'
import type { PointResults } from './report/results.ts'
import { SimulatorError } from './simulator-error.ts'
import type { Estimate, Summary } from './summary.ts'

const COLUMNS = [
  ...['point', 'settings', 'measure', 'unit', 'mean', 'lo', 'hi', 'min', 'max', 'runs', 'count', 'of'],
] as const

const number = z.string().check(z.regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/))
const numberOrNone = z.union([z.literal(''), number])

const row = z.strictObject({
  ...{ point: number, settings: z.string(), measure: z.string(), unit: z.string() },
  ...{ mean: number, lo: numberOrNone, hi: numberOrNone, min: number, max: number, runs: number },
  ...{ count: numberOrNone, of: numberOrNone },
})

/** `summary.csv`: a line for each measure at each point, as RFC 4180 has it but for its ends of lines. */
export function summaryCsv({
  experiment: { loaded },
  points,
}: {
  readonly experiment: Experiment
  readonly points: readonly (Point & PointResults)[]
}): string {
  const rows = points.flatMap((point, n) =>
    Object.entries(point.summary).map(([measure, estimate]) => [
      ...[n, settingsText(point), measure, loaded.scenario.measures[measure]?.unit ?? '', estimate.mean],
      ...[estimate.lo, estimate.hi].map((end) => (Number.isFinite(end) ? end : '')),
      ...[estimate.min, estimate.max, estimate.runs, estimate.count ?? '', estimate.of ?? ''],
    ]),
  )
  return stringify([[...COLUMNS], ...rows.map((cells) => cells.map(String))], { record_delimiter: '\n' })
}

/** The summaries of all points, in their order. Throws `results.malformed`. */
export function parseSummaryCsv(text: string): Summary[] {
  try {
    const summaries: Record<string, Estimate>[] = []
    for (const cells of z.array(row).parse(parse(text, { columns: true }))) {
      const { measure, count, of } = cells
      const [point, mean, min, max, runs] = [cells.point, cells.mean, cells.min, cells.max, cells.runs].map(Number) as [
        ...[number, number, number, number, number],
      ]
      const lo = cells.lo === '' ? Number.NEGATIVE_INFINITY : Number(cells.lo)
      const hi = cells.hi === '' ? Number.POSITIVE_INFINITY : Number(cells.hi)
      const share = of === '' ? {} : { count: Number(count), of: Number(of) }
      summaries[point] = { ...summaries[point], [measure]: { mean, lo, hi, min, max, runs, ...share } }
    }
    return summaries
  } catch (cause) {
    throw new SimulatorError('results.malformed', 'that is no summary of an experiment', { cause })
  }
}

function settingsText({ written }: Point): string {
  return Object.entries(written)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
