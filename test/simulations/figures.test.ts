import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildProgram } from '../cli/program.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

type Figures = { readonly FOLDER: string; readonly pageOf: (folder: string) => Promise<string> }

describe('docs/simulations.md', () => {
  let figures: Figures
  let folder: string
  beforeAll(async () => {
    await buildProgram()
    figures = (await import(`${root}scripts/simulation-figures.mjs`)) as Figures
  }, 300_000)
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trustmesh-figures-'))
    await cp(figures.FOLDER, folder, { recursive: true })
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('says what the figures beside it say, of each scenario', async () => {
    const page = await readFile(`${root}docs/simulations.md`, 'utf8')
    expect(page, 'npm run simulations:figures -- --page').toBe(await figures.pageOf(figures.FOLDER))
    expect(page).not.toContain('no figures yet')
  })

  it('is another once a figure is', async () => {
    const path = join(folder, 'sybil/summary.csv')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace(/^(0,[^\n]*,sybilsServed,share,)0,/m, '$10.5,'))
    expect(await figures.pageOf(folder)).not.toBe(await figures.pageOf(figures.FOLDER))
  })

  it('is not made of figures of a scenario that there is not', async () => {
    await rename(join(folder, 'sybil'), join(folder, 'sibyl'))
    await expect(figures.pageOf(folder)).rejects.toThrow('sibyl')
  })

  it.each([
    ['parameter that there is not', '"crowd":', '"cloud":', 'parameter.unknown'],
    ['value that is none', '"crowd": "10"', '"crowd": "-1"', 'parameter.malformed'],
  ])('is not made of figures of a %s', async (_, before, after, code) => {
    const path = join(folder, 'sybil/manifest.json')
    const text = await readFile(path, 'utf8')
    expect(text).toContain(before)
    await writeFile(path, text.replace(before, after))
    await expect(figures.pageOf(folder)).rejects.toMatchObject({ code })
  })
})
