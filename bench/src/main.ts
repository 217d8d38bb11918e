import { parseArgs } from 'node:util'
import { type Benchmark, UnusableInput } from './benchmark.ts'
import { environment } from './environment.ts'
import { tableOf } from './table.ts'

/** Each benchmark by name. It is loaded only when it is run: none pays for what another imports. */
const benchmarks: Readonly<Record<string, () => Promise<{ run: Benchmark }>>> = {
  catchup: () => import('./catchup/catchup.ts'),
  gate: () => import('./gate/gate.ts'),
  handshake: () => import('./handshake.ts'),
  messages: () => import('./messages/messages.ts'),
  parts: () => import('./parts.ts'),
  propagation: () => import('./propagation/propagation.ts'),
  revocation: () => import('./revocation/revocation.ts'),
  scoring: () => import('./scoring/scoring.ts'),
  simulation: () => import('./simulation/simulation.ts'),
  'simulation-month': () => import('./simulation/month.ts'),
  statements: () => import('./statements.ts'),
  trust: () => import('./trust/trust.ts'),
  validity: () => import('./validity/validity.ts'),
}

const usage = `usage: main.js NAME [--json] [--rounds N] [--seed N] [--data FILE]
benchmarks: ${Object.keys(benchmarks).join(', ')}`

/** Longer than any benchmark takes by itself, that of a whole month apart: whatever hangs ends here. */
const deadlineMs = 15 * 60_000
const monthMs = 90 * 60_000

async function main(): Promise<void> {
  const { name, load, json, ...options } = readArguments()
  setTimeout(() => fail(`${name} took too long`, 1), name === 'simulation-month' ? monthMs : deadlineMs).unref()
  const { run } = await load()
  const progress = (text: string): void => void process.stderr.write(`${text}\n`)
  const result = await run({ ...options, progress })
  const env = environment(result.seed)
  const { figures, table } = 'rows' in result ? { figures: { rows: result.rows }, table: tableOf(result.rows) } : result
  if (json) return void process.stdout.write(`${JSON.stringify({ name, env, ...figures })}\n`)
  const where = Object.entries(env).map(([key, value]) => `${key} ${value}`)
  process.stdout.write(`${name}: ${where.join(', ')}\n\n${table}\n`)
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        ...{ json: { type: 'boolean' }, data: { type: 'string' } },
        ...{ rounds: { type: 'string' }, seed: { type: 'string' } },
      },
    })
    const name = positionals.length === 1 ? (positionals[0] ?? '') : ''
    const load = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
    if (load === undefined) throw new Error(name === '' ? 'which benchmark?' : `no benchmark ${name}`)
    const { json, data } = values
    return { name, load, json, data, rounds: whole(values.rounds, 1), seed: whole(values.seed, 0) }
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${usage}`, 2)
  }
}

function whole(text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`${text} is not a whole number from ${least} on`)
  return value
}

function fail(message: string, exitCode: number): never {
  process.stderr.write(`${message}\n`)
  process.exit(exitCode)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UnusableInput)) throw error
  fail(error.message, 1)
}
