import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents, entry } from '../store/entries.ts'
import { openStore } from '../store/open-store.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { Dice } from './dice.ts'
import { runUntilKilled } from './kill.ts'
import { compileProgram } from './program.ts'

const KILLS = Number(process.env['TRUSTMESH_TEST_KILLS'] ?? 20)
const LANES = 16
const LONGEST_MS = 300

describe('a store whose process is killed', () => {
  const claim = `K1 has everything that was acknowledged, each of it whole, after each of ${KILLS} kills`
  it(claim, { timeout: 60_000 + KILLS * 5_000 }, async () => {
    const dice = Dice.roll('kills')
    await using folder = await temporaryFolder()
    const program = join(folder.path, 'appender.mjs')
    await compileProgram(new URL('appender.ts', import.meta.url), program)
    const directory = join(folder.path, 'store')
    const must = new Set<string>()
    let acknowledged = 0
    for (let round = 0; round < KILLS; round++) {
      const lines = await runUntilKilled(
        program,
        [directory, `${round}`, `${LANES}`, '1000000'],
        dice.below(LONGEST_MS),
      )
      acknowledged += lines.size

      await using store = await openStore(directory)
      expect(store.condition).toEqual([])
      const found = new Set(await contents(store))
      for (let lane = 0; lane < LANES; lane++) checkLane(found, must, (i) => `${round}-${lane}-${i}`, lines)
      expect([...must].filter((bytes) => !found.has(bytes))).toEqual([])
    }
    expect(acknowledged).toBeGreaterThan(KILLS)
  })
})

const bytesOf = (seed: string): string => Buffer.from(entry(seed).bytes).toString('hex')

/** Of each two, the second has taken the place of the first, or it has not; of those acknowledged it is known. */
function checkLane(found: Set<string>, must: Set<string>, seedOf: (i: number) => string, lines: Set<string>): void {
  for (let i = 0; lines.has(seedOf(i)); i += 2) {
    const [first, second] = [bytesOf(seedOf(i)), bytesOf(seedOf(i + 1))]
    expect(found.has(first)).toBe(!found.has(second))
    must.add(lines.has(seedOf(i + 1)) || found.has(second) ? second : first)
  }
}
