/** `npm run test:schedules -- --seed N --runs M --steps S`: random schedules, and the shortest found that violates an invariant. */

import { parseArgs } from 'node:util'
import { checkSchedules } from './schedule/check-schedules.ts'

/** Runs between two lines of progress. */
const CHUNK = 500

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { seed: text, runs: text, steps: text } })
const seed = numberOf(values.seed, Date.now() % 2 ** 31)
const runs = numberOf(values.runs, 10_000)
const maxSteps = numberOf(values.steps, 40)

const totals = new Map<string, number>()
say(`schedules from seed ${seed}`)
for (let done = 0; done < runs && process.exitCode === undefined; done += CHUNK) {
  const { outcomes, failure } = await checkSchedules({
    seed: seed + done,
    runs: Math.min(CHUNK, runs - done),
    maxSteps,
  })
  for (const [what, count] of outcomes) totals.set(what, (totals.get(what) ?? 0) + count)
  if (failure) {
    say(failure)
    process.exitCode = 1
  } else say(`${Math.min(done + CHUNK, runs)} of ${runs}`)
}
say(JSON.stringify(Object.fromEntries([...totals].sort())))

function numberOf(given: string | undefined, otherwise: number): number {
  const number = given === undefined ? otherwise : Number(given)
  if (Number.isSafeInteger(number) && number >= 0) return number
  say('usage: npm run test:schedules -- [--seed N] [--runs M] [--steps S]')
  process.exit(2)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
