import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { LevelStore } from '../../packages/mesh-node/src/store/level.ts'
import { contents, contentsOf } from './entries.ts'
import { compileProgram } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

const KILLS = Number(process.env['TRUSTMESH_TEST_KILLS'] ?? 6)

describe('a store whose process is killed', () => {
  const claim = `K1 has everything that was acknowledged, whole, after each of ${KILLS} kills`
  it(claim, { timeout: 30_000 + KILLS * 5_000 }, async () => {
    await using folder = await temporaryFolder()
    const program = join(folder.path, 'appender.mjs')
    await compileProgram(new URL('appender.ts', import.meta.url), program)
    const acknowledged: string[] = []
    for (let round = 0; round < KILLS; round++) {
      // At another point of the write each time: after so many acknowledgements, sixteen appends being under way.
      const count = 1 + ((round * 57) % 500)
      const lines = await runUntilKilled(program, [join(folder.path, 'store'), String(round)], count)
      expect(lines.length).toBeGreaterThanOrEqual(count)
      acknowledged.push(...lines)

      await using store = await LevelStore.open(join(folder.path, 'store'))
      const found = new Set(await contents(store))
      const lost = contentsOf(acknowledged).filter((bytes) => !found.has(bytes))
      expect(lost).toEqual([])
    }
  })
})

/** Every line that the program printed before SIGKILL struck, which it does after `count` of them. */
async function runUntilKilled(program: string, args: readonly string[], count: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === count) child.kill('SIGKILL')
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
  return lines
}
