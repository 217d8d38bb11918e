/**
 * `npm run simulations:figures [-- --minutes 10] [--small] [NAME …]`: plays the scenarios, keeps what each came to in
 * `docs/simulations/NAME`, and writes `docs/simulations.md` from that. With `--page` only the page. How many runs there are follows
 * from how long one takes, so that all are over in time.
 */

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CATALOGUE } from '@trustmesh/simulations'
import {
  claimResults,
  commandOf,
  experimentIn,
  loadScenario,
  parseManifest,
  parseSummaryCsv,
  verdictOf,
} from '@trustmesh/simulator'
import { endAs, node } from './child.mjs'
import { root } from './tree.mjs'

/** Where figures are kept, and what is written of them. */
export const FOLDER = `${root}docs/simulations`
const PAGE = `${root}docs/simulations.md`
const KEPT = ['manifest.json', 'summary.csv']

/** What a scenario is about that asks how something changes. */
const SWEEPS = { growth: 'nodes=10,30,100,1000,10000,100000' }

const MAX_RUNS = 20
/** Fewer give no interval worth having. */
const MIN_RUNS = 6

const INTRODUCTION = `# What the simulations say

Each row is an attack on a mesh, or a fault of it, that runs the code of production in virtual time, and what came of it: the mean over so many runs with its 95 % interval. The
figures are those of [the summaries](simulations) beside this page. The command gives them again to the byte; with \`--small\` it is over in seconds.
[Simulations](guides/simulations.md) says how to read them, and how to ask a question of your own.

`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { minutes: { type: 'string', default: '10' }, small: { type: 'boolean' }, page: { type: 'boolean' } }
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  await endAs(async () => {
    const names = positionals.length > 0 ? positionals : Object.keys(CATALOGUE)
    const failed = values.page ? 0 : await playAll(names, Number(values.minutes) * 60_000, values.small ?? false)
    writeFileSync(PAGE, await pageOf(FOLDER))
    return failed === 0 ? 0 : 1
  })
}

/** The page, from the figures in a folder. Rejects where they are of a scenario or a parameter that there is not. */
export async function pageOf(folder) {
  const kept = existsSync(folder) ? readdirSync(folder) : []
  const unknown = kept.filter((name) => !Object.hasOwn(CATALOGUE, name))
  if (unknown.length > 0) throw new Error(`there are figures of what is no scenario: ${unknown.join(', ')}`)
  const rows = await Promise.all(Object.keys(CATALOGUE).map((name) => rowOf(join(folder, name), name)))
  return `${INTRODUCTION}| scenario | question | answer | command |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
}

async function rowOf(folder, name) {
  const loaded = await loadScenario(name, CATALOGUE)
  const { scenario } = loaded
  const cells = (answer, command) =>
    `| ${[`[${name}](../examples/simulations/${name})`, scenario.question, answer, command].map(cell).join(' | ')} |`
  if (!existsSync(folder)) return cells('no figures yet', `\`trustmesh sim run ${name}\``)
  const [manifest, summaries] = [
    parseManifest(readFileSync(join(folder, 'manifest.json'), 'utf8')),
    parseSummaryCsv(readFileSync(join(folder, 'summary.csv'), 'utf8')),
  ]
  if (manifest.scenario.name !== name) throw new Error(`${folder} has figures of ${manifest.scenario.name}`)
  experimentIn(loaded, manifest)
  const claims = summaries.flatMap((summary) => claimResults(scenario.claims, summary))
  const held = claims.filter(({ isHeld }) => isHeld).length
  const defaults = Object.entries(scenario.parameters).map(([parameter, { write, default: value }]) => [
    parameter,
    write(value),
  ])
  const settings = Object.entries(manifest.settings).filter(
    ([parameter, value]) => !defaults.some(([other, usual]) => parameter === other && value === usual),
  )
  const command = commandOf({ ...manifest, settings: Object.fromEntries(settings) })
  // Of a sweep, where it begins and where it ends.
  const verdicts = [summaries[0], ...summaries.slice(1).slice(-1)].map((summary = {}) => verdictOf(scenario, summary))
  return cells(`${verdicts.join(' ')} ${held} of ${claims.length} claims hold.`, `\`${command}\``)
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** Plays scenarios within a time, and keeps their figures; how many could not be had. */
async function playAll(names, withinMs, isSmall) {
  const end = performance.now() + withinMs
  const folder = mkdtempSync(join(tmpdir(), 'trustmesh-figures-'))
  let failed = 0
  try {
    for (const [n, name] of names.entries()) {
      const budgetMs = (end - performance.now()) / (names.length - n)
      if (!(await playFor(name, join(folder, name), Math.max(10_000, budgetMs), isSmall))) failed += 1
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return failed
}

/** One run says how long the others are going to take. */
async function playFor(name, folder, budgetMs, isSmall) {
  const sweep = SWEEPS[name] && !isSmall ? ['--sweep', SWEEPS[name]] : []
  const size = isSmall ? ['--small'] : sweep
  const cores = availableParallelism()
  // Whatever takes longer leaves no time for the others.
  const limit = isSmall ? [] : ['--limit', `${Math.ceil((budgetMs * cores) / (MIN_RUNS + cores) / 1_000)}s`]
  const first = await play(name, join(folder, 'first'), [...size, '--runs', '1', ...limit])
  const runs = first ? Math.min(MAX_RUNS, Math.floor(((budgetMs - first.tookMs) * cores) / first.tookMs)) : 0
  if (runs < MIN_RUNS && !isSmall) {
    console.log(`     ${name} takes too long at its full size: its small one`)
    return await playFor(name, join(folder, 'small'), budgetMs, true)
  }
  const all = await play(name, join(folder, 'all'), [...size, '--runs', String(Math.max(MIN_RUNS, runs))])
  console.log(`${all?.isHeld ? 'ok  ' : 'FAIL'} ${name.padEnd(24)} ${all?.verdict ?? 'nothing came of it'}`)
  if (!all) return false
  mkdirSync(join(FOLDER, name), { recursive: true })
  for (const file of KEPT) copyFileSync(join(folder, 'all', file), join(FOLDER, name, file))
  return all.isHeld
}

/** What came of it, and how long it took with all that starting a process takes; null where it failed. */
async function play(name, out, options) {
  const start = performance.now()
  const args = ['sim', 'run', name, ...options, '--json', '--out', out]
  const { output } = await node('packages/cli/bin/trustmesh.js', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const { data, error } = JSON.parse(output.trimEnd().split('\n').at(-1) || '{}')
  if (error?.code === 'simulation.cancelled') throw new Error(error.message)
  if (error) console.log(`     ${error.code}: ${error.message}`)
  return data ? { ...data, tookMs: performance.now() - start } : null
}
