/**
 * A program for the test beside it: `audit-full-disk FOLDER` on a small disk of its own, which it fills and frees again.
 * Prints what became of everything, as one line of JSON.
 */

import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemTimers } from '../../packages/mesh-node/src/timers.ts'
import { openLog } from '../audit/open-log.ts'

const [disk = ''] = process.argv.slice(2)
const directory = join(disk, 'audit')
const errors: string[] = []
/** What is to be done later is done as soon as it is asked for. */
const later: (() => void)[] = []
const timers = {
  ...systemTimers,
  after: (ms: number, act: () => void) => {
    if (ms < 5_000) return systemTimers.after(ms, act)
    later.push(act)
    return () => {}
  },
}
const log = await openLog(directory, { timers, onError: (error) => errors.push(error.message.slice(0, 6)) })
const outcomeOf = (promise: Promise<{ index: number }>): Promise<string> =>
  promise.then(
    () => 'durable',
    (error: { code: string }) => error.code,
  )

/** Takes all the room that there is. */
function fill(): void {
  for (let bytes = 2 ** 20, n = readdirSync(disk).length; bytes >= 1; ) {
    const path = join(disk, `filler-${n++}`)
    try {
      writeFileSync(path, Buffer.alloc(bytes))
    } catch {
      rmSync(path, { force: true })
      bytes = Math.floor(bytes / 2)
    }
  }
}

const before = await outcomeOf(log.commit({ event: 'operation.ordered', operation: 'before' }))
fill()
for (let i = 0; i < 100; i++) log.record({ event: 'admin.acted', operation: 'beside', by: 'x'.repeat(128) })
const full: string[] = []
for (let i = 0; i < 100; i++)
  full.push(await outcomeOf(log.commit({ event: 'operation.ordered', operation: `full-${i}` })))
const isHealthyWhenFull = log.healthy()
fill()
const past: string[] = []
for (let i = 0; i < 100; i++)
  past.push(await outcomeOf(log.commit({ event: 'operation.ordered', operation: `past-${i}` })))
for (const name of readdirSync(disk)) if (name.startsWith('filler')) rmSync(join(disk, name))
for (const act of later) act()
while (!log.healthy()) await new Promise(setImmediate)
const after = await outcomeOf(log.commit({ event: 'operation.ordered', operation: 'after' }))
const reserve = statSync(join(directory, 'reserve')).size
await log.close()
const again = await openLog(directory)
const kept = (await again.entries(0, 1000)).map(({ line }) => line.operation)
await again.close()
process.stdout.write(
  JSON.stringify({
    before,
    full: [...new Set(full)],
    isHealthyWhenFull,
    'past the reserve': past.at(-1),
    after,
    reserve,
    tampering: again.tampering,
    'kept are those that were durable': full.every(
      (outcome, i) => kept.includes(`full-${i}`) === (outcome === 'durable'),
    ),
    'and of those past the reserve': past.every((outcome, i) => kept.includes(`past-${i}`) === (outcome === 'durable')),
    beside: kept.includes('beside'),
    errors: errors.length > 0,
  }),
)
process.exit()
