import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CATALOGUE } from '@trustmesh/simulations'
import { experimentOf, loadScenario } from '@trustmesh/simulator'
import { describe, expect, it } from 'vitest'
import { Terminal } from '../cli/terminal.ts'

const folder = fileURLToPath(new URL('../../examples/simulations/', import.meta.url))
const names = Object.keys(CATALOGUE)

describe('examples/simulations', () => {
  it.each(names)('%s says what it is, in words that hold together', async (name) => {
    const loaded = await loadScenario(name, CATALOGUE)
    const { scenario } = loaded
    expect(scenario.name).toBe(name)
    expect(scenario.question).toMatch(/^[A-Z].*\?$/)
    expect(scenario.claims.length).toBeGreaterThan(0)
    expect(existsSync(`${folder}${name}/README.md`)).toBe(true)
    // Defaults and small values are such as people may write.
    for (const isSmall of [false, true]) {
      const { points } = experimentOf(loaded, { runs: 1, seed: '1', isSmall })
      const settings = { ...defaultsOf(scenario.parameters), ...(isSmall && scenario.small) }
      expect(points[0]?.settings).toEqual(settings)
    }
  })

  it('has no parameter that is an option of the command line already', async () => {
    await using person = await Terminal.open()
    const { stdout: help } = await person.run(['sim', 'run', '--help'])
    const { stdout: everywhere } = await person.run(['--help'])
    const options = [...`${help}${everywhere}`.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(([, option]) => option)
    expect(options).toEqual(expect.arrayContaining(['json', 'runs', 'seed', 'sweep']))
    const scenarios = await Promise.all(names.map((name) => loadScenario(name, CATALOGUE)))
    const parameters = scenarios.flatMap(({ scenario }) => Object.keys(scenario.parameters))
    expect(parameters.filter((parameter) => options.includes(parameter))).toEqual([])
  })

  it('is what sim list shows, with each parameter', async () => {
    await using person = await Terminal.open()
    const { kind, data } = await person.json('sim', 'list')
    expect([kind, (data as { items: { name: string }[] }).items.map(({ name }) => name)]).toEqual([
      'ScenarioList',
      names,
    ])
    const { stdout } = await person.run(['sim', 'list'])
    expect(names.filter((name) => !stdout.includes(name))).toEqual([])
  })
})

function defaultsOf(parameters: Readonly<Record<string, { readonly default: number | string }>>): object {
  return Object.fromEntries(Object.entries(parameters).map(([name, { default: value }]) => [name, value]))
}
