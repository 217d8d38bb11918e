import { join } from 'node:path'
import { parseCheckpoint, type Tree, verifyConsistency, verifyExport } from '@trustmesh/audit'
import { systemClock } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { exportOf, logKey, openLog } from '../audit/open-log.ts'
import { until } from '../e2e/until.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { Dice } from './dice.ts'
import { runUntilKilled } from './kill.ts'
import { compileProgram } from './program.ts'

const KILLS = Number(process.env['TRUSTMESH_TEST_KILLS'] ?? 20)
const LANES = 16
const LONGEST_MS = 300

describe('an audit log whose process is killed', () => {
  const claim = `A8 K1 has every entry that was acknowledged, at its index, after each of ${KILLS} kills, and goes on from there`
  it(claim, { timeout: 60_000 + KILLS * 5_000 }, async () => {
    const dice = Dice.roll('audit kills')
    await using folder = await temporaryFolder()
    const program = join(folder.path, 'appender.mjs')
    await compileProgram(new URL('audit-appender.ts', import.meta.url), program)
    const directory = join(folder.path, 'audit')
    const must = new Map<number, string>()
    let before: Tree = { size: 0, root: new Uint8Array() }
    for (let round = 0; round < KILLS; round++) {
      const args = [directory, `${round}`, `${LANES}`, '1000000']
      for (const line of await runUntilKilled(program, args, dice.below(LONGEST_MS))) {
        const [index, operation = ''] = line.split(' ')
        must.set(Number(index), operation)
      }
      await using log = await openLog(directory)
      expect([log.tampering, log.healthy()]).toEqual([[], true])
      const found = new Map((await log.entries(0, log.size)).map(({ index, line }) => [index, line.operation]))
      expect([...must].filter(([index, operation]) => found.get(index) !== operation)).toEqual([])
      await until(() => parseCheckpoint(log.checkpoint()).head.size === log.size)
      const { head } = parseCheckpoint(log.checkpoint())
      if (round > 0) {
        expect(verifyConsistency(before, head, await log.consistencyProof(before.size, head.size))).toBe(true)
      }
      before = head
      const files = await exportOf(log)
      const verdict = await verifyExport(
        async (path) => files.get(path) ?? null,
        { log: logKey.did },
        systemClock.now(),
      )
      expect(verdict).toMatchObject({ ok: true, size: log.size })
    }
    expect(must.size).toBeGreaterThan(KILLS)
  })
})
