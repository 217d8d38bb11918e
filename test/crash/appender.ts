/**
 * A program for the tests beside it: `appender FOLDER ROUND LANES COUNT` makes so many appends in each of so many lanes,
 * every other in place of the one before, and prints the seed of each once it is acknowledged.
 */

import { writeSync } from 'node:fs'
import { entry } from '../store/entries.ts'
import { openStore } from '../store/open-store.ts'

const [folder = '', round = '', lanes = '', count = ''] = process.argv.slice(2)
const store = await openStore(folder)

async function appendAll(lane: number): Promise<void> {
  for (let i = 0; i < Number(count); i++) {
    const { id, bytes } = entry(`${round}-${lane}-${i}`)
    await store.append(id, bytes, i % 2 === 1 ? [entry(`${round}-${lane}-${i - 1}`).id] : [])
    writeSync(1, `${round}-${lane}-${i}\n`)
  }
}

await Promise.all(Array.from({ length: Number(lanes) }, (_, lane) => appendAll(lane)))
await store.close()
