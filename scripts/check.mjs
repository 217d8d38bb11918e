/**
 * `npm run check`. Every check runs, whatever the others say, and each must say how much it saw: one that looked at
 * nothing has not passed.
 */

import { build } from './build.mjs'
import { endAs, node } from './child.mjs'
import { files, publishedFolders } from './tree.mjs'

const source = files().filter((path) => /\.(ts|mjs)$/.test(path)).length
const typescript = files().filter((path) => /(?<!\.d)\.ts$/.test(path)).length
const stdio = ['ignore', 'pipe', 'pipe']
const colors = process.stdout.isTTY ? 'force' : 'off'

const biome = ['ci', '--error-on-warnings', '--max-diagnostics=200', `--colors=${colors}`]
const knip = ['--no-progress', '--no-config-hints', '--reporter', 'symbols', '--reporter', './scripts/knip-witness.mjs']

/** `saw` finds the count in the output; `atLeast` is what it must reach. */
const checks = [
  {
    name: 'format and lint',
    run: () => node('node_modules/@biomejs/biome/bin/biome', biome, { stdio }),
    saw: /Checked (\d+) files/,
    atLeast: source,
  },
  {
    name: 'import walls and lint rules hold',
    run: () => node('scripts/prove-walls.mjs', [], { stdio }),
    saw: /^(\d+) violations/m,
    atLeast: 1,
  },
  { name: 'build', run: () => build(stdio) },
  {
    name: 'types and promises, with tests',
    run: () => node('scripts/types.mjs', [], { stdio }),
    saw: /^(\d+) files/m,
    atLeast: typescript,
  },
  {
    name: 'dead code and dependencies',
    run: () => node('node_modules/knip/bin/knip.js', knip, { stdio }),
    saw: /^(\d+) files/m,
    atLeast: source,
  },
  {
    name: 'doc comments and their links',
    run: () => node('scripts/docs.mjs', ['--check'], { stdio }),
    saw: /^(\d+) names/m,
    atLeast: 1,
  },
  {
    name: 'packaging',
    run: () => node('scripts/packaging.mjs', [], { stdio }),
    saw: /^(\d+) packages/m,
    atLeast: publishedFolders().length,
  },
  {
    name: 'lockfile names no host',
    run: () => node('scripts/lockfile.mjs', [], { stdio }),
    saw: /^(\d+) packages/m,
    atLeast: 1,
  },
]

await endAs(async () => {
  let failures = 0
  for (const check of checks) if (!(await passes(check))) failures += 1
  console.log(failures === 0 ? 'all checks passed' : `${failures} of ${checks.length} checks failed`)
  return failures === 0 ? 0 : 1
})

async function passes({ name, run, saw, atLeast }) {
  const start = performance.now()
  const { code, output } = await run()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const count = saw ? Number(saw.exec(output)?.[1] ?? 0) : undefined
  const blind = count < atLeast
  const passed = code === 0 && !blind
  const what = count === undefined ? '' : `  saw ${count}${blind ? ` of at least ${atLeast}` : ''}`
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name.padEnd(32)}${seconds.padStart(6)} s${what}`)
  if (!passed) console.log(output.trimEnd())
  return passed
}
