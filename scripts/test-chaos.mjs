/** `npm run test:chaos -- --seed N --minutes M`: everything happens to a mesh of real processes; two minutes unless told otherwise. */

import { parseArgs } from 'node:util'
import { endAs, node } from './child.mjs'

const text = { type: 'string' }
const { seed, minutes } = readOptions()
if (![seed ?? '0', minutes].every((number) => number.trim() !== '' && Number(number) >= 0)) misused()

const env = {
  ...process.env,
  TRUSTMESH_TEST_MINUTES: minutes,
  TRUSTMESH_TEST_JOURNAL: 'true',
  ...(seed && { TRUSTMESH_TEST_SEED: seed }),
}
await endAs(async () => (await node('node_modules/vitest/vitest.mjs', ['run', 'test/chaos'], { env })).code)

function readOptions() {
  try {
    return parseArgs({ options: { seed: text, minutes: { ...text, default: '2' } } }).values
  } catch {
    misused()
  }
}

function misused() {
  console.error('usage: npm run test:chaos -- [--seed N] [--minutes M]')
  process.exit(2)
}
