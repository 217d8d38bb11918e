/**
 * A program for `crash.test.ts`: `appender FOLDER ROUND` appends for as long as it lives, many at a time, and prints the
 * seed of an append once that is acknowledged.
 */

import { writeSync } from 'node:fs'
import { LevelStore } from '../../packages/mesh-node/src/store/level.ts'
import { entry } from './entries.ts'

const [folder = '', round = ''] = process.argv.slice(2)
const store = await LevelStore.open(folder)

async function appendForEver(lane: number): Promise<never> {
  for (let i = 0; ; i++) {
    const seed = `${round}-${lane}-${i}`
    const { id, bytes } = entry(seed)
    await store.append(id, bytes)
    writeSync(1, `${seed}\n`)
  }
}

await Promise.all(Array.from({ length: 16 }, (_, lane) => appendForEver(lane)))
