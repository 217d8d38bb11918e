import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../packages/cli/src/exit-codes.ts'
import { buildProgram } from '../cli/program.ts'
import { until } from '../e2e/until.ts'
import { endOf, Researcher, weather } from './program.ts'

beforeAll(buildProgram, 300_000)

describe('trustmesh sim run', () => {
  it.each([
    [['run', 'nonsense'], EXIT.usage, 'scenario.unknown'],
    [['run', './nonsense.js'], EXIT.usage, 'scenario.unknown'],
    [['run', weather, '--rain', '3'], EXIT.usage, 'parameter.unknown'],
    [['run', weather, '--sweep', 'rain=3,4'], EXIT.usage, 'parameter.unknown'],
    [['run', weather, '--most', 'much'], EXIT.usage, 'parameter.malformed'],
    [['run', weather, '--most'], EXIT.usage, 'cli.usage'],
    [['run', weather, '--seed', '../up'], EXIT.usage, 'cli.usage'],
    [['run', weather, '--fault', 'unmeasured', '--runs', '2'], EXIT.failure, 'simulation.nothing-sampled'],
    [['run', weather, '--fault', 'dies', '--runs', '1'], EXIT.failure, 'run.failed'],
    [['run', weather, '--fault', 'hangs', '--runs', '1', '--limit', '3s'], EXIT.failure, 'run.timeout'],
    [['compare', 'a', 'b'], EXIT.notFound, 'results.missing'],
    [['replay', '.'], EXIT.notFound, 'results.missing'],
  ])('%j ends with %i and %s, and leaves no results', async (args, exitCode, code) => {
    await using researcher = await Researcher.open()
    const ended = await researcher.sim(...args, '--json')
    expect([ended.exitCode, ended.lines.at(-1)]).toMatchObject([exitCode, { kind: 'Error', error: { code, exitCode } }])
    expect(await researcher.files('.')).toEqual({})
  })

  it('says an envelope for each run in their order, and then what it came to', async () => {
    await using researcher = await Researcher.open()
    const { exitCode, lines, stderr } = await researcher.sim(
      'run',
      weather,
      '--small',
      '--sweep',
      'most=5,9',
      '--runs',
      '3',
    )
    expect(exitCode).toBe(EXIT.ok)
    const runs = lines.slice(0, -1).map(({ kind, data }) => [kind, data.point, data.run])
    expect(runs).toEqual([0, 1].flatMap((point) => [0, 1, 2].map((run) => ['SimulationRun', point, run])))
    expect(lines.at(-1)).toMatchObject({
      kind: 'Simulation',
      data: {
        isHeld: true,
        verdict: expect.stringMatching(/^It gets .* mm \(95 %: .*\) deep\.$/),
        folder: 'trustmesh-sim/weather-1',
      },
    })
    expect(stderr).toMatch(/times as fast, \d+ events a second/)
    expect(Object.keys(await researcher.files('trustmesh-sim/weather-1'))).toEqual([
      ...['manifest.json', 'report.html', 'runs.ndjson', 'summary.csv'],
    ])
  })

  it('ends with 6 where what it claims does not hold, with its results', async () => {
    await using researcher = await Researcher.open()
    const { exitCode, lines } = await researcher.sim('run', weather, '--most', '100000', '--out', 'deep')
    expect([exitCode, lines.at(-1)]).toMatchObject([
      EXIT.checkFailed,
      { data: { isHeld: false, points: [{ claims: [{ about: 'nobody drowns', isHeld: false }] }] } },
    ])
    expect(Object.keys(await researcher.files('deep'))).toHaveLength(4)
  })

  it('gives the same bytes again, whatever the number of processes', async () => {
    await using researcher = await Researcher.open()
    const args = ['run', weather, '--sweep', 'most=5,50', '--runs', '4', '--seed', '42']
    for (const jobs of ['1', '2', '4']) await researcher.sim(...args, '--jobs', jobs, '--out', jobs)
    const [one, two, four] = await Promise.all(['1', '2', '4'].map((folder) => researcher.files(folder)))
    expect(one?.['runs.ndjson']?.split('\n')).toHaveLength(9)
    expect(two).toEqual(one)
    expect(four).toEqual(one)
    const other = await researcher.sim(...args.with(-1, '43'), '--out', 'other')
    expect(other.exitCode).toBe(EXIT.ok)
    expect((await researcher.files('other'))['runs.ndjson']).not.toBe(one?.['runs.ndjson'])
  })

  it('does not overwrite the results of another experiment, and does its own', async () => {
    await using researcher = await Researcher.open()
    const run = (runs: string) => researcher.sim('run', weather, '--runs', runs, '--out', 'kept')
    expect((await run('1')).exitCode).toBe(EXIT.ok)
    expect((await run('1')).exitCode).toBe(EXIT.ok)
    const refused = await run('2')
    expect([refused.exitCode, refused.lines]).toMatchObject([EXIT.usage, [{ error: { code: 'results.exist' } }]])
  })

  it('names the point, the run and the seed of what fails, and the command that shows it alone', async () => {
    await using researcher = await Researcher.open()
    const { exitCode, lines } = await researcher.sim(
      'run',
      weather,
      '--fault',
      'throws',
      '--sweep',
      'most=10,20',
      '--jobs',
      '1',
    )
    const { message, fix, why } = lines.at(-1)?.error ?? {}
    const [, run = '', depth] = /^run (\d+) of point 0 \(seed [0-9a-f]{32}\): it is (\d+) mm deep$/.exec(message) ?? []
    expect([exitCode, why[0], depth]).toEqual([EXIT.failure, expect.stringContaining('weather.js'), expect.any(String)])
    const [, command = ''] = /^alone: trustmesh sim (run \S+ --most 10 .*)$/.exec(fix) ?? []
    const alone = await researcher.sim(...command.split(' '))
    expect([alone.exitCode, alone.lines.at(-1)?.error.message]).toEqual([EXIT.failure, message])
    expect(command).toContain(`--runs 1 ${run === '0' ? '' : `--from-run ${run} `}`)
  })

  it('leaves no process behind when it is ended, whatever they are doing', async () => {
    await using researcher = await Researcher.open()
    const list = join(researcher.folder, 'pids')
    const child = researcher.start(['run', weather, '--fault', 'hangs', '--jobs', '2'], { WEATHER_PIDS: list })
    const ended = endOf(child)
    const pids = async () => (await readFile(list, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number)
    await until(async () => ((await pids()).length === 2 ? true : null))
    child.kill('SIGINT')
    const { exitCode, lines } = await ended
    expect([exitCode, lines.at(-1)]).toMatchObject([EXIT.failure, { error: { code: 'simulation.cancelled' } }])
    expect((await pids()).filter(isThere)).toEqual([])
    expect(Object.keys(await researcher.files('.'))).toEqual(['pids'])
  })
})

describe('trustmesh sim replay', () => {
  it('finds the same, and says which line of which file is not', async () => {
    await using researcher = await Researcher.open()
    await researcher.sim('run', weather, '--runs', '3', '--out', 'kept')
    const same = await researcher.sim('replay', 'kept', '--jobs', '1')
    expect([same.exitCode, same.lines.at(-1)]).toMatchObject([EXIT.ok, { data: { isSame: true, changed: [] } }])

    const path = join(researcher.folder, 'kept/runs.ndjson')
    const [first, second = '', ...others] = (await readFile(path, 'utf8')).split('\n')
    await writeFile(path, [first, second.replace(/"depth":\d/, '"depth":7'), ...others].join('\n'))
    const { exitCode, lines } = await researcher.sim('replay', 'kept/manifest.json')
    expect([exitCode, lines.at(-1)]).toMatchObject([
      EXIT.checkFailed,
      { kind: 'SimulationReplay', data: { isSame: false, differing: [{ file: 'kept/runs.ndjson', line: 2 }] } },
    ])
  })
})

describe('trustmesh sim compare', () => {
  it('has a line for each measure, from runs of the same seeds', async () => {
    await using researcher = await Researcher.open()
    for (const most of ['10', '90']) await researcher.sim('run', weather, '--most', most, '--runs', '8', '--out', most)
    const { exitCode, lines } = await researcher.sim('compare', '10', '90', '--json')
    expect(exitCode).toBe(EXIT.ok)
    expect(lines).toEqual([expect.objectContaining({ kind: 'SimulationComparison' })])
    expect(lines[0]?.data).toMatchObject({ isPaired: true, differing: ['most'] })
    expect(lines[0]?.data.differences[0]).toMatchObject({ measure: 'depth', p: 2 / 256, runs: [8, 8] })
  })
})

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
