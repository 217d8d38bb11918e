/**
 * A program for the test beside it: `full-disk FOLDER` on a small disk of its own, which it fills and frees again.
 * Prints what became of everything, as one line of JSON.
 */

import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Statement, Verified } from '@trustmesh/identity'
import { Replica } from '@trustmesh/trust'
import { Statements } from '../../packages/mesh-node/src/statements.ts'
import type { LevelStore } from '../../packages/mesh-node/src/store/level.ts'
import { systemTimers } from '../../packages/mesh-node/src/timers.ts'
import {
  alice,
  attest,
  bob,
  carol,
  mallory,
  NOW,
  net,
  olga,
  policy,
  revoke,
  suspend,
} from '../../packages/trust/test/cast.ts'
import { contents } from '../store/entries.ts'
import { openStore } from '../store/open-store.ts'

const RESERVE_BYTES = 2 ** 20
const [disk = ''] = process.argv.slice(2)
const directory = join(disk, 'data')
const report: Record<string, unknown> = {}
const alarms: string[] = []
let alarmed = (): void => {}

async function begin(): Promise<{ store: LevelStore; statements: Statements; replica: Replica }> {
  const store = await openStore(directory, {
    reserveBytes: RESERVE_BYTES,
    alarm: (state) => {
      alarms.push(state)
      alarmed()
    },
  })
  const replica = new Replica({ net, policy: { ...policy, threshold: 1 } })
  const clock = { now: () => NOW, monotonic: () => 0 }
  const statements = new Statements({ replica, clock, store, timers: systemTimers, changed: () => {} })
  await statements.load(() => {})
  return { store, statements, replica }
}

/** Takes all the room that there is. */
function fill(name: string): void {
  for (let bytes = 2 ** 20, n = 0; bytes >= 512; ) {
    try {
      writeFileSync(join(disk, `${name}-${n++}`), Buffer.alloc(bytes))
      fillers.push(`${name}-${n - 1}`)
    } catch {
      rmSync(join(disk, `${name}-${n - 1}`), { force: true })
      bytes /= 2
    }
  }
}
const fillers: string[] = []

async function outcomeOf(statements: Statements, statement: Verified<Statement>): Promise<string> {
  return await statements.accept(statement).then(
    ({ kind }) => kind,
    (error: { code: string }) => error.code,
  )
}

let seq = 0
const said = () => attest(alice, { sub: bob.did, ctx: `c${seq++}`, value: 500 })

const first = await begin()
report['before'] = await outcomeOf(first.statements, await said())
fill('all')
const outcomes: string[] = []
while (!first.store.isReadOnly) outcomes.push(await outcomeOf(first.statements, await said()))
report['filling'] = [...new Set(outcomes)]
const { size } = first.replica.set
report['ordinary'] = await outcomeOf(first.statements, await said())
report['ordinary in force'] = first.replica.set.size > size
report['trouble'] = first.statements.trouble
report['revocation'] = await outcomeOf(first.statements, await revoke(olga, { did: mallory.did }))

// What the reserve has given up is taken as well.
fill('reserve')
const carolOut = await revoke(olga, { did: carol.did })
for (let n = 0; n < 2000 && report['past the reserve'] !== 'store.not-durable'; n++) {
  report['past the reserve'] = await outcomeOf(
    first.statements,
    await revoke(alice, { iss: alice.did, id: `${n}`.padStart(64, '0') as never }),
  )
}
report['past the reserve'] = [report['past the reserve'], await outcomeOf(first.statements, carolOut)]
report['held'] = await outcomeOf(first.statements, await suspend(olga, { sub: bob.did, until: NOW + 1000 }))
report['cut off'] = [mallory, carol].map(({ did }) => first.replica.set.isRevoked(did))

for (const name of fillers.splice(0)) rmSync(join(disk, name))
// The timer of the store keeps nobody alive.
const alive = setInterval(() => {}, 1000)
await new Promise<void>((resolve) => {
  alarmed = resolve
})
clearInterval(alive)
report['alarms'] = [...alarms]
report['after'] = await outcomeOf(first.statements, await said())
report['reserve'] = statSync(join(directory, 'statements.reserve')).size === RESERVE_BYTES
const kept = first.replica.set.size
await first.store.close()

const second = await begin()
report['kept'] = [second.store.condition.length, (await contents(second.store)).length - kept]
report['still cut off'] = [mallory, carol].map(({ did }) => second.replica.set.isRevoked(did))
await second.store.close()

fill('again')
const third = await begin()
report['opened on a full disk'] = [third.store.condition.length, third.replica.set.size - kept, third.store.isReadOnly]
report['revocation on a full disk'] = await outcomeOf(third.statements, await revoke(olga, { did: bob.did }))
await third.store.close()
process.stdout.write(`${JSON.stringify(report)}\n`)
