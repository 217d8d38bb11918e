import { SeededRandom } from '@trustmesh/testing'
import { choice, count, duration } from '../src/parameters.ts'
import type { PointResults, Results } from '../src/report/results.ts'
import type { Measured, RunRecord, TrustGraph } from '../src/run-record.ts'
import { estimateOf } from '../src/statistics/estimate.ts'
import type { Estimate } from '../src/summary.ts'
import { quantilesOf } from '../src/world/quantiles.ts'

const DAY_MS = 86_400_000
const PARAMETERS = {
  attackers: count('How many attackers come.', 20),
  halfLife: duration('After how long half of what was said has faded.', '7d'),
  strategy: choice('What attackers do.', ['praise', 'slander']),
}

export interface MadeResults {
  readonly runs?: number
  /** What each swept parameter goes through. */
  readonly sweep?: Partial<Record<keyof typeof PARAMETERS, readonly (number | string)[]>>
  /** In place of every text that a scenario or an agent brings. */
  readonly text?: string
  readonly isHeld?: boolean
}

/** Results as of a crowd that attacks a mesh: drawn, not played. */
export function madeResults({ runs = 12, sweep = {}, text, isHeld = true }: MadeResults = {}): Results {
  const says = (otherwise: string): string => text ?? otherwise
  const measures = {
    admitted: { about: says('Attackers that were trusted at any time'), unit: 'share' },
    delay: { about: says('Time until the last node knew of the revocation'), unit: 'ms' },
    messages: { about: says('Messages for each agent in a day'), unit: says('messages') },
  }
  const series = {
    attackers: { about: says('Scores of attackers'), unit: says('points') },
    honest: { about: says('Scores of honest agents'), unit: says('points') },
  }
  let combinations: PointResults['settings'][] = [{ attackers: 20, halfLife: 7 * DAY_MS, strategy: says('praise') }]
  for (const [name, values] of Object.entries(sweep)) {
    combinations = combinations.flatMap((each) => values.map((value) => ({ ...each, [name]: value })))
  }
  const records = combinations.flatMap((settings, point) =>
    Array.from({ length: runs }, (_, run) => madeRecord(settings, point, run, says)),
  )
  const points = combinations.map((settings, point): PointResults => {
    const own = records.filter((record) => record.point === point)
    const summary = Object.keys(measures).map((name) => [
      name,
      estimateOf(own.map((record) => record.measures[name] as Measured)) as Estimate,
    ])
    const claims = [
      { about: says('No attacker is ever trusted by a service that asks for it.'), isHeld: true },
      { about: says('Honest agents keep their trust.'), isHeld: isHeld || point !== combinations.length - 1 },
    ]
    return { settings, summary: Object.fromEntries(summary), claims }
  })
  return {
    scenario: {
      ...{ name: 'crowd', title: says('A crowd of attackers'), threats: ['T1', 'T4'], measures, series },
      question: says('Does a crowd that praises itself get what only trusted agents get?'),
      parameters: PARAMETERS,
    },
    ...{ swept: Object.keys(sweep), points, records, seed: '42', version: '0.1.0' },
    verdict: says('No: 0 of 240 attackers were trusted at any time (95 %: 0 to 1.6 %).'),
    command: 'trustmesh sim run crowd --attackers 20 --halfLife 7d --strategy praise --runs 12 --seed 42',
  }
}

function madeRecord(
  settings: PointResults['settings'],
  point: number,
  run: number,
  says: (otherwise: string) => string,
): RunRecord {
  const random = new SeededRandom(`${point} ${run}`)
  const around = (center: number, spread: number): number =>
    Math.min(Math.max(center + random.integer(-spread, spread) + random.integer(-spread, spread), 0), 1000)
  const scores = (length: number, center: number, spread: number): number[] =>
    Array.from({ length }, () => around(center, spread))
  const over = (ends: readonly [number, number], spread: number) =>
    Array.from({ length: 31 }, (_, day) => {
      const center = Math.round(ends[0] + ((ends[1] - ends[0]) * Math.min(day, 12)) / 12)
      return { at: day * DAY_MS, of: 20, quantiles: quantilesOf(scores(20, center, spread)) }
    })
  return {
    ...{ point, run, settings, seed: `42.${run}`, virtualMs: 30 * DAY_MS, events: 48_211 + 10 * run + point },
    measures: {
      admitted: [random.integer(0, point), 20],
      delay: 640 + random.integer(0, 400) + 130 * point,
      messages: 41 + random.integer(0, 8),
    },
    series: { attackers: over([300, 240], 60), honest: over([300, 850], 70) },
    judged: { attackers: scores(20, 320, 160), honest: scores(20, 720, 160) },
    graphs: run > 0 ? [] : [0, 5, 10, 20, 30].map((day) => madeGraph(day, random, says)),
    trace: random.bytes(32).reduce((hex, byte) => hex + byte.toString(16).padStart(2, '0'), ''),
  }
}

function madeGraph(day: number, random: SeededRandom, says: (otherwise: string) => string): TrustGraph {
  const agents = Array.from({ length: 60 }, (_, i) => {
    const [group, center] =
      i === 0 ? ['root', 1000] : i < 36 ? ['honest', 300 + 18 * day] : ['attackers', 300 - 3 * day]
    const score = Math.min(Math.max(center + random.integer(-60, 60), 0), 1000)
    const tier =
      score < 200
        ? 'untrusted'
        : score < 400
          ? 'probation'
          : score < 600
            ? 'known'
            : score < 800
              ? 'trusted'
              : 'vouched'
    const status = i === 40 && day > 5 ? 'revoked' : 'active'
    return { name: says(`${group}-${i}`) + (says('') && i), group: says(group), score, tier, status }
  })
  const attestations = Array.from({ length: 20 + 6 * day }, (): [number, number, number] => {
    const kind = random.integer(0, 9)
    if (kind === 0) return [random.integer(1, 35), random.integer(36, 59), -800]
    if (kind === 1) return [random.integer(36, 59), random.integer(1, 35), 700]
    if (kind < 6) return [random.integer(0, 35), random.integer(1, 35), 800]
    return [random.integer(36, 59), random.integer(36, 59), 1000]
  })
  return {
    at: day * DAY_MS,
    about: says(day === 0 ? 'before the attack' : day === 30 ? 'at the end' : `day ${day}`),
    agents,
    attestations,
  }
}
