import { describe, expect, it } from 'vitest'
import { experimentIn, experimentOf, tasksOf } from './experiment.ts'
import type { LoadedScenario } from './loaded-scenario.ts'
import { count, duration } from './parameters.ts'
import { defineScenario } from './scenario.ts'

const scenario = defineScenario({
  ...{ name: 'rain', title: 'Rain', question: 'Does it rain?', threats: [] },
  parameters: { agents: count('how many', 20, { max: 500 }), halfLife: duration('how long', '7d') },
  small: { agents: 3 },
  measures: { wet: { about: 'who got wet', unit: 'share' } },
  series: {},
  mesh: () => ({}),
  play: async () => {},
  ...{ claims: [], verdict: () => 'It does.' },
})
const loaded = { scenario, module: new URL('file:///rain.js'), sha256: 'ab' } as unknown as LoadedScenario
const request = { runs: 2, seed: '1' }

describe(experimentOf, () => {
  it.each([
    ['a parameter that there is not', { settings: { agnets: '3' } }, 'parameter.unknown'],
    ['a sweep of one that there is not', { sweep: { agnets: ['3'] } }, 'parameter.unknown'],
    ['one that every object has', { settings: { constructor: '3' } }, 'parameter.unknown'],
    ['a value that is none', { settings: { agents: 'many' } }, 'parameter.malformed'],
    ['a value beyond its bounds', { sweep: { agents: ['3', '501'] } }, 'parameter.malformed'],
    ['what is both set and swept', { settings: { agents: '3' }, sweep: { agents: ['4'] } }, 'parameter.malformed'],
    ['more points than anybody looks at', { sweep: { agents: Array(1_001).fill('3') } }, 'experiment.size'],
  ])('refuses %s', (_, more, code) => {
    expect(() => experimentOf(loaded, { ...request, ...more })).toThrow(expect.objectContaining({ code }))
  })

  it('takes defaults, then what is small, then what somebody says', () => {
    const settingsOf = (more: object) => experimentOf(loaded, { ...request, ...more }).points[0]?.settings
    expect(settingsOf({})).toEqual({ agents: 20, halfLife: 604_800_000 })
    expect(settingsOf({ isSmall: true })).toEqual({ agents: 3, halfLife: 604_800_000 })
    expect(settingsOf({ isSmall: true, settings: { agents: '9' } })).toEqual({ agents: 9, halfLife: 604_800_000 })
  })

  it('goes through all combinations, the first parameter slowest', () => {
    const sweep = { halfLife: ['1d', '7d'], agents: ['1', '2'] }
    const { points } = experimentOf(loaded, { ...request, sweep })
    expect(points.map(({ written }) => Object.values(written).join())).toEqual(['1,1d', '2,1d', '1,7d', '2,7d'])
  })

  it('gives one manifest to what is the same, however it was written', () => {
    const manifestOf = (halfLife: string) => experimentOf(loaded, { ...request, settings: { halfLife } }).manifest
    expect(manifestOf('168h')).toEqual(manifestOf('7d'))
    const { manifest, points } = experimentOf(loaded, { ...request, sweep: { agents: ['7'] }, isSmall: true })
    expect(experimentIn(loaded, manifest).points).toEqual(points)
  })
})

describe(tasksOf, () => {
  it('has the same seeds at all points, and at none two alike', () => {
    const tasks = tasksOf(experimentOf(loaded, { ...request, sweep: { agents: ['1', '2'] } }))
    expect(tasks.map(({ point, run, settings }) => [point, run, settings['agents']])).toEqual([
      ...[
        [0, 0, 1],
        [0, 1, 1],
        [1, 0, 2],
        [1, 1, 2],
      ],
    ])
    const seeds = tasks.map(({ seed }) => seed)
    expect([seeds[0] === seeds[2], seeds[1] === seeds[3], seeds[0] === seeds[1]]).toEqual([true, true, false])
  })

  it('begins where it is told, with the run that others have under that number', () => {
    const all = tasksOf(experimentOf(loaded, { ...request, runs: 5 }))
    const [alone] = tasksOf(experimentOf(loaded, { ...request, runs: 1, firstRun: 3 }))
    expect(alone).toEqual(all[3])
  })
})
