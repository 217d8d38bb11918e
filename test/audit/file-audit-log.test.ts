import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  entriesIn,
  leafHash,
  parseCheckpoint,
  verifyConsistency,
  verifyExport,
  verifyInclusion,
} from '@trustmesh/audit'
import { systemClock } from '@trustmesh/identity/node'
import { systemTimers } from '@trustmesh/mesh-node'
import { describe, expect, it } from 'vitest'
import { FileAuditLog } from '../../packages/mesh-node/src/audit/file.ts'
import { auditLinesIn } from '../e2e/audit-lines.ts'
import { until } from '../e2e/until.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { exportOf, logKey, openLog } from './open-log.ts'

const clock = { now: () => Date.UTC(2030, 0, 1), monotonic: () => 0 }
const headOf = (log: FileAuditLog) => parseCheckpoint(log.checkpoint()).head

describe(FileAuditLog, () => {
  it('A8 resolves a commit with its index once it is on disk, many of them with one write', async () => {
    await using folder = await temporaryFolder()
    await using log = await openLog(folder.path)
    const done = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => log.commit({ event: 'operation.ordered', detail: { i } })),
    )
    expect(done.map(({ index }) => index)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect((await auditLinesIn(folder.path)).map(({ detail }) => detail?.['i'])).toEqual(done.map(({ index }) => index))
    expect(log.size).toBe(1000)
  })

  it('A8 refuses a commit, and says that it is not well, where its file has been taken away', async () => {
    await using folder = await temporaryFolder()
    const errors: Error[] = []
    await using log = await openLog(folder.path, { onError: (error) => errors.push(error) })
    await log.commit({ event: 'operation.ordered' })
    await rm(join(folder.path, 'journal'))
    for (let i = 0; i < 2; i++) {
      await expect(log.commit({ event: 'operation.ordered' })).rejects.toMatchObject({ code: 'audit.unavailable' })
    }
    log.record({ event: 'node.started' })
    expect([log.healthy(), log.size, errors.length]).toEqual([false, 1, 1])
  })

  it('A8 opens in no place that is none', async () => {
    await expect(openLog('/dev/null/audit')).rejects.toMatchObject({ code: 'audit.unavailable' })
  })

  it('A8 refuses a commit once it is closed', async () => {
    await using folder = await temporaryFolder()
    const log = await openLog(folder.path)
    await log.close()
    await expect(log.commit({ event: 'operation.ordered' })).rejects.toMatchObject({ code: 'audit.unavailable' })
  })

  it('leaves out what a slow disk cannot take, says so, and counts it; but no commit', async () => {
    await using folder = await temporaryFolder()
    const errors: Error[] = []
    const log = await openLog(folder.path, { onError: (error) => errors.push(error) })
    for (let i = 0; i < 50_000; i++) log.record({ event: 'admin.acted', by: 'ada' })
    const committed = log.commit({ event: 'operation.ordered' })
    expect([log.healthy(), errors.length]).toEqual([false, 1])
    await committed
    expect(log.healthy()).toBe(true)
    await log.close()
    const lines = await auditLinesIn(folder.path)
    const written = lines.filter(({ event }) => event === 'admin.acted').length
    const left = lines.filter(({ event }) => event === 'audit.suppressed').map(({ detail }) => detail?.['count'] ?? 0)
    expect(written).toBeLessThan(20_000)
    expect(written + left.reduce((sum, count) => sum + count, 0)).toBe(50_000)
  })

  it('leaves a bounded number of entries of a flood, and the count of the others', async () => {
    await using folder = await temporaryFolder()
    const log = await openLog(folder.path, { clock, burst: 10 })
    for (let i = 0; i < 100_000; i++) log.record({ event: 'frame.refused', code: 'encoding.depth', peer: '192.0.2.1' })
    await log.commit({ event: 'operation.ordered', by: 'ada' })
    await log.close()
    const lines = await auditLinesIn(folder.path)
    expect(lines).toHaveLength(12)
    expect(lines.slice(-2)).toMatchObject([
      { event: 'operation.ordered', by: 'ada' },
      { event: 'audit.suppressed', suppressed: 'frame.refused', code: 'encoding.depth', detail: { count: 99_990 } },
    ])
  })

  it('A2 keeps a bounded number of bytes, says what it drops, and proves the rest', async () => {
    await using folder = await temporaryFolder()
    const log = await openLog(folder.path, { maxBytes: 200_000 })
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 256 }, (_, i) => log.commit({ event: 'admin.acted', detail: { round, i } })),
      )
    }
    expect(log.first).toBeGreaterThan(0)
    const bundles = (await readdir(join(folder.path, 'tile', 'entries'))).sort()
    const sizes = await Promise.all(
      bundles.map(async (name) => (await stat(join(folder.path, 'tile/entries', name))).size),
    )
    expect(sizes.reduce((a, b) => a + b)).toBeLessThanOrEqual(200_000)
    await log.close()
    await using again = await openLog(folder.path, { maxBytes: 200_000 })
    expect([again.first, again.healthy(), again.size]).toEqual([log.first, true, log.size])
    const [oldest] = await again.entries(0, 1)
    expect(oldest?.index).toBe(again.first)
    const files = await exportOf(again)
    const verdict = await verifyExport(async (path) => files.get(path) ?? null, { log: logKey.did }, clock.now())
    expect(verdict).toMatchObject({ ok: true, size: log.size, first: log.first })
  })

  it('goes on where it was: one line an entry, for its owner alone', async () => {
    await using folder = await temporaryFolder()
    for (const event of ['node.started', 'node.stopped'] as const) {
      await using log = await openLog(join(folder.path, 'made'), { clock })
      log.record({ event })
    }
    const common = { time: '2030-01-01T00:00:00.000Z', severity: 'notice' }
    expect(await auditLinesIn(join(folder.path, 'made'))).toEqual([
      { ...common, event: 'node.started' },
      { ...common, event: 'node.stopped' },
    ])
    expect((await stat(join(folder.path, 'made', 'journal'))).mode & 0o777).toBe(0o600)
  })

  it('A3 shows checkpoints of which each goes on from the one before, and proves its entries, also after a restart', async () => {
    await using folder = await temporaryFolder()
    const heads: { size: number; root: Uint8Array }[] = []
    for (const count of [1, 254, 1, 1, 300, 600]) {
      await using log = await openLog(folder.path)
      await Promise.all(Array.from({ length: count }, (_, i) => log.commit({ event: 'admin.acted', detail: { i } })))
      await until(() => headOf(log).size === log.size)
      heads.push(headOf(log))
    }
    await using log = await openLog(folder.path)
    const last = headOf(log)
    for (const head of heads) {
      expect(verifyConsistency(head, last, await log.consistencyProof(head.size, last.size))).toBe(true)
    }
    const files = await exportOf(log)
    for (const index of [0, 255, 256, 555, 1156]) {
      const bundle = files.get([...files.keys()].filter((path) => path.startsWith('tile/entries'))[index >> 8]!)!
      const leaf = leafHash(entriesIn(bundle)[index % 256]!)
      expect(verifyInclusion(leaf, index, last, await log.inclusionProof(index, last.size))).toBe(true)
    }
    await expect(log.inclusionProof(0, last.size + 1)).rejects.toMatchObject({ code: 'proof.range' })
    await expect(log.consistencyProof(0, last.size + 1)).rejects.toMatchObject({ code: 'proof.range' })
    expect(await log.file('tile/../journal')).toBeNull()
    expect(await log.file('tile/0/004.p/200')).toBeNull()
    expect(await readFile(join(folder.path, 'checkpoint'), 'utf8')).toBe(log.checkpoint())
  })

  it('shows a new checkpoint once a second to five others, and less often in proportion to more', async () => {
    await using folder = await temporaryFolder()
    const pauses: number[] = []
    const after = (ms: number, act: () => void) => {
      pauses.push(ms)
      return systemTimers.after(ms > 500 ? 0 : ms, act)
    }
    const clock = { ...systemClock, monotonic: () => 0 }
    await using log = await openLog(folder.path, { clock, timers: { ...systemTimers, after } })
    let audience = 5
    const shown: number[] = []
    log.publish(
      ({ head }) => shown.push(head.size),
      () => audience,
    )
    for (audience of [0, 5, 20]) {
      await log.commit({ event: 'admin.acted' })
      await until(() => shown.at(-1) === log.size)
    }
    expect(pauses.filter((ms) => ms > 500)).toEqual([1_000, 4_000])
  })
})
