import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Did } from '@trustmesh/identity'
import { loadConfig, startNode } from '@trustmesh/mesh-node'
import { transform } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { Dice } from '../crash/dice.ts'
import { runUntilKilled } from '../crash/kill.ts'
import { auditTextsIn } from '../e2e/audit-lines.ts'
import { buildNode } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

const KILLS = Number(process.env['TRUSTMESH_TEST_KILLS'] ?? 5)
const LONGEST_MS = 400
const quiet = (): void => {}
const QUIET = { debug: quiet, info: quiet, warn: quiet, error: quiet }

beforeAll(() => buildNode(), 180_000)

describe('a node whose process is killed in the middle of what its operators order', () => {
  const claim = `O8 has done all that it answered for, and nothing that is on record is lost, after each of ${KILLS} kills`
  it(claim, { timeout: 60_000 + KILLS * 15_000 }, async () => {
    const dice = Dice.roll('kills of a node')
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'node')
    const source = await readFile(new URL('ordering-node.ts', import.meta.url), 'utf8')
    const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node20' })
    const program = join(folder.path, 'ordering-node.mjs')
    await writeFile(program, code)
    // What it imports is found as if it stood here.
    await symlink(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder.path, 'node_modules'))
    const answered = new Set<string>()
    for (let round = 0; round < KILLS; round++) {
      for (const did of await runUntilKilled(program, [dataDir, '4'], dice.below(LONGEST_MS))) answered.add(did)
      const at = { host: '127.0.0.1', port: 0 }
      const overrides = { dataDir, joinFile: join(dataDir, 'join.json'), listen: at, admin: at }
      await using running = await startNode(await loadConfig({ overrides }), {
        log: QUIET,
        passphrase: async () => null,
      })
      const { control } = running.node
      expect([...answered].filter((did) => control.standing(did as Did).status !== 'revoked')).toEqual([])
      const operations = new Map(control.operations().map((operation) => [operation.id, operation]))
      expect([...operations.values()].filter(({ state }) => state !== 'in-force')).toEqual([])
      const texts = await auditTextsIn(join(dataDir, 'audit'))
      const ordered = texts.filter((text) => text.includes('"operation.ordered"'))
      const onRecord = ordered.map((text) => (JSON.parse(text) as { operation: string }).operation)
      expect(onRecord.length).toBeGreaterThan(round)
      expect(onRecord.filter((id) => !operations.has(id))).toEqual([])
    }
    expect(answered.size).toBeGreaterThan(KILLS)
  })
})
