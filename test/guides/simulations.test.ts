import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildProgram } from '../cli/program.ts'
import { Researcher } from '../simulations/program.ts'
import { blocks, complaintsOf } from './guide.ts'

const [scenario, ...others] = await blocks('docs/guides/simulations.md')

beforeAll(buildProgram, 300_000)

describe('the scenario in docs/guides/simulations.md', () => {
  it('is whole, and of types that the package has', () => {
    expect(others).toEqual([])
    expect(complaintsOf(scenario ? [scenario] : [])).toEqual([])
  })

  it('runs as printed, and what it claims holds', async () => {
    await using researcher = await Researcher.open()
    // Where what users install is installed.
    const folder = await mkdtemp(fileURLToPath(new URL('../.guides-', import.meta.url)))
    try {
      const path = join(folder, 'newcomer.js')
      await writeFile(path, scenario?.code ?? '')
      const { exitCode, lines } = await researcher.sim('run', path, '--nodes', '5', '--runs', '3')
      expect([exitCode, lines.at(-1)]).toMatchObject([0, { data: { isHeld: true, scenario: 'newcomer' } }])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
