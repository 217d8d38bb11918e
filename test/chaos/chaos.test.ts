import { describe, expect, it } from 'vitest'
import { Dice } from '../crash/dice.ts'
import { ChaosMesh } from './chaos-mesh.ts'
import { Faults } from './faults.ts'
import { Ledger } from './ledger.ts'
import { Load } from './load.ts'

const MINUTES = Number(process.env['TRUSTMESH_TEST_MINUTES'] ?? (process.env['CI'] ? 2 : 1 / 3))
/** Beside what the faults take: to start, to heal, to agree and to read the disks. */
const REST_MS = 300_000
const timeout = MINUTES * 60_000 + REST_MS
/** Intervals of reconciliation in which all is well again, after anything, and in which all hold the same. */
const HEALED = 6
const AGREED = 6

describe('a mesh to which everything happens', { timeout }, () => {
  it('R3 R8 K1 keeps what it has acknowledged and lets nobody back in who is revoked; when all is well it is of one mind', async () => {
    const dice = Dice.roll('chaos')
    const ledger = new Ledger()
    await using mesh = await ChaosMesh.start(ledger)
    await using load = new Load({ mesh, ledger, dice: new Dice(dice.seed + 1) })
    const faults = new Faults({ mesh, load, ledger, dice })
    const told = (): string => `${faults.journal.join('\n')}\n${load.outcomes}\n`
    const end = performance.now() + MINUTES * 60_000
    let phases = 0
    const pass = async (): Promise<void> => {
      faults.note(`phase ${++phases}`)
      await faults.strike(4 + dice.below(10))
      await faults.heal()
      const healed = await mesh.healed(HEALED)
      await load.rest()
      const agreed = await mesh.agreed(AGREED)
      load.goOn()
      faults.note(`healed in ${healed.toFixed(1)} intervals, of one mind ${agreed.toFixed(1)} later`)
    }
    try {
      do await pass()
      while (performance.now() < end)
      await load.end()
      await mesh.agreed(AGREED)
      ledger.checkDisks(await mesh.disks())
      ledger.check()
    } catch (cause) {
      throw new Error(`seed ${dice.seed}, phase ${phases}: ${String(cause)}\n${told()}`, { cause })
    }
    const { acknowledged, delivered, revoked } = ledger
    process.stdout.write(`${JSON.stringify({ phases, acknowledged, delivered, revoked: revoked.size })}\n`)
    if (process.env['TRUSTMESH_TEST_JOURNAL']) process.stdout.write(told())
    for (const count of [acknowledged, delivered]) expect(count).toBeGreaterThan(10 * phases)
  })
})
