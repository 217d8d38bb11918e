/**
 * `npm run examples`: every example, as real processes, and every simulation at its small size, a line each. With `-- simulations`
 * the simulations alone. Fails where an example does not do what its README says, or a claim of a simulation does not hold.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CATALOGUE } from '@trustmesh/simulations'
import { endAs, node } from './child.mjs'

const what = process.argv[2] ?? 'all'
if (!['all', 'simulations'].includes(what)) {
  console.error('usage: npm run examples [-- simulations]')
  process.exit(2)
}

await endAs(async () => {
  const programs = what === 'all' ? await runPrograms() : 0
  const simulations = await runSimulations()
  return programs === 0 && simulations ? 0 : 1
})

async function runPrograms() {
  const { code } = await node('node_modules/vitest/vitest.mjs', ['run', 'test/examples', '--reporter=verbose'])
  return code
}

async function runSimulations() {
  const folder = mkdtempSync(join(tmpdir(), 'trustmesh-examples-'))
  try {
    let failed = 0
    const names = Object.keys(CATALOGUE)
    for (const name of names) if (!(await holds(name, join(folder, name)))) failed += 1
    console.log(`simulations: ${names.length - failed} passed, ${failed} failed`)
    return failed === 0 && names.length > 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function holds(name, out) {
  const start = performance.now()
  const args = ['sim', 'run', name, '--small', '--json', '--out', out]
  const { code, output } = await node('packages/cli/bin/trustmesh.js', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const seconds = ((performance.now() - start) / 1_000).toFixed(1)
  const { data, error } = JSON.parse(output.trimEnd().split('\n').at(-1) || '{}')
  if (error?.code === 'simulation.cancelled') throw new Error(error.message)
  const told = data?.verdict ?? `${error?.code}: ${error?.message}`
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(24)}${seconds.padStart(6)} s  ${told}`)
  const broken = (data?.points ?? []).flatMap(({ claims }) => claims.filter(({ isHeld }) => !isHeld))
  for (const { about } of broken) console.log(`     does not hold: ${about}`)
  for (const line of [...(error?.why ?? []), ...(error?.fix ? [error.fix] : [])]) console.log(`     ${line.trim()}`)
  return code === 0
}
