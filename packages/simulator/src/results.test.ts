import { describe, expect, it } from 'vitest'
import { experimentOf } from './experiment.ts'
import type { LoadedScenario } from './loaded-scenario.ts'
import { count } from './parameters.ts'
import { resultsOf } from './results.ts'
import type { Measured, RunRecord } from './run-record.ts'
import { defineScenario } from './scenario.ts'
import { parseSummaryCsv, summaryCsv } from './summary-csv.ts'

const scenario = defineScenario({
  ...{ name: 'rain', title: 'Rain', question: 'Does it rain?', threats: [], small: {} },
  parameters: { agents: count('how many', 2) },
  measures: { wet: { about: 'who got wet', unit: 'share' }, depth: { about: 'of the flood, "at most"', unit: 'mm' } },
  series: {},
  mesh: () => ({}),
  play: async () => {},
  claims: [
    { about: 'somebody gets wet', holds: ({ wet }) => wet.count !== 0 },
    { about: 'nobody drowns', holds: ({ depth }) => depth.max < 100 },
  ],
  verdict: ({ depth }) => `It is ${depth.mean} mm deep.`,
})
const loaded = { scenario, module: new URL('file:///rain.js'), sha256: 'ab' } as unknown as LoadedScenario
const experiment = experimentOf(loaded, { runs: 2, seed: '1', sweep: { agents: ['1', '2'] } })

function record(point: number, run: number, measures: Record<string, Measured>): RunRecord {
  const judged = { attackers: [], honest: [] }
  return {
    point,
    run,
    seed: `${run}`,
    settings: {},
    measures,
    series: {},
    judged,
    graphs: [],
    virtualMs: 1,
    events: 1,
    trace: '',
  }
}

describe(resultsOf, () => {
  it('fails where nothing was measured at some point', () => {
    const records = [record(0, 0, { depth: 1 }), record(1, 0, { wet: [0, 0] })]
    expect(() => resultsOf(experiment, records)).toThrow(
      expect.objectContaining({ code: 'simulation.nothing-sampled' }),
    )
  })

  it('holds claims at each point, and one about what was not measured for none that holds', () => {
    const records = [record(0, 0, { depth: 1, wet: [1, 2] }), record(1, 0, { wet: [1, 2] })]
    const { points, isHeld } = resultsOf(experiment, records)
    expect(points.map(({ claims }) => claims.map((claim) => claim.isHeld))).toEqual([
      [true, true],
      [true, false],
    ])
    expect(isHeld).toBe(false)
  })

  it('has the verdict of the first point, or says that it has none', () => {
    const whole = [record(0, 0, { depth: 3 }), record(1, 0, { depth: 9 })]
    expect(resultsOf(experiment, whole).verdict).toBe('It is 3 mm deep.')
    expect(resultsOf(experiment, [record(0, 0, { wet: [1, 2] }), record(1, 0, { depth: 9 })]).verdict).toMatch(
      /not measured/,
    )
  })
})

describe(parseSummaryCsv, () => {
  const records = [
    ...[record(0, 0, { depth: 1, wet: [1, 3] }), record(0, 1, { depth: 2, wet: [2, 3] })],
    ...[record(1, 0, { depth: 1e-7 }), record(1, 1, { wet: [0, 3] })],
  ]

  it('reads the summaries that were written', () => {
    const results = resultsOf(experiment, records)
    expect(parseSummaryCsv(summaryCsv(results))).toEqual(results.points.map(({ summary }) => summary))
  })

  it('finds a line for each measure at each point, and no interval of one run', () => {
    expect(summaryCsv(resultsOf(experiment, records)).split('\n')).toEqual([
      'point,settings,measure,unit,mean,lo,hi,min,max,runs,count,of',
      expect.stringMatching(/^0,agents=1,wet,share,0\.5,.*,2,3,6$/),
      '0,agents=1,depth,mm,1.5,-4.8531,7.8531,1,2,2,,',
      expect.stringMatching(/^1,agents=2,wet,share,0,0,.*,1,0,3$/),
      '1,agents=2,depth,mm,1e-7,,,1e-7,1e-7,1,,',
      '',
    ])
  })

  it.each(['', 'point,mean\n0,1\n', summaryCsv(resultsOf(experiment, records)).replace('1.5', 'much')])(
    'refuses what is no summary: %j',
    (text) => {
      if (text === '') expect(parseSummaryCsv(text)).toEqual([])
      else expect(() => parseSummaryCsv(text)).toThrow(expect.objectContaining({ code: 'results.malformed' }))
    },
  )
})
