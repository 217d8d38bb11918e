/**
 * A program for the tests beside it: `audit-appender FOLDER ROUND LANES COUNT` commits so many entries in each of so many lanes,
 * among others that nobody waits for, and prints the index and the name of each once it is durable.
 */

import { writeSync } from 'node:fs'
import { openLog } from '../audit/open-log.ts'

const [folder = '', round = '', lanes = '', count = ''] = process.argv.slice(2)
const log = await openLog(folder)

async function commitAll(lane: number): Promise<void> {
  for (let i = 0; i < Number(count); i++) {
    const operation = `${round}-${lane}-${i}`
    log.record({ event: 'admin.acted', operation: `beside-${operation}` })
    const { index } = await log.commit({ event: 'operation.ordered', operation })
    writeSync(1, `${index} ${operation}\n`)
  }
}

await Promise.all(Array.from({ length: Number(lanes) }, (_, lane) => commitAll(lane)))
await log.close()
