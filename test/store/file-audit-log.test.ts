import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileAuditLog } from '../../packages/mesh-node/src/audit/file.ts'
import type { AuditLine } from '../../packages/mesh-node/src/audit/log.ts'
import { temporaryFolder } from './temporary-folder.ts'

const clock = { now: () => Date.UTC(2030, 0, 1), monotonic: () => 0 }
const onError = (error: Error): void => {
  throw error
}

async function linesIn(directory: string, file = 'audit.ndjson'): Promise<AuditLine[]> {
  const text = await readFile(join(directory, file), 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AuditLine)
}

describe(FileAuditLog, () => {
  it('says that it fails, once, and goes on when it can', async () => {
    await using folder = await temporaryFolder()
    const directory = join(folder.path, 'audit')
    await writeFile(directory, 'in the way')
    const errors: Error[] = []
    const log = new FileAuditLog({ directory, clock, onError: (error) => errors.push(error) })
    log.record({ event: 'node.started' })
    await until(() => !log.healthy())
    log.record({ event: 'frame.refused', code: 'lost' })
    expect(errors).toHaveLength(1)

    await rm(directory)
    await until(() => {
      log.record({ event: 'node.stopped' })
      return log.healthy()
    })
    await log.close()
    expect(errors).toHaveLength(1)
    expect((await linesIn(directory)).at(-1)?.event).toBe('node.stopped')
  })

  it('drops what a slow disk cannot take, and says so', async () => {
    await using folder = await temporaryFolder()
    const errors: Error[] = []
    const log = new FileAuditLog({ directory: folder.path, clock, onError: (error) => errors.push(error) })
    for (let i = 0; i < 50_000; i++) log.record({ event: 'admin.acted', by: 'ada' })
    expect([log.healthy(), errors.length]).toEqual([false, 1])
    await log.close()
    expect((await stat(join(folder.path, 'audit.ndjson'))).size).toBeLessThan(1_200_000)
  })

  it('leaves a bounded number of lines of a flood, and the count of the others', async () => {
    await using folder = await temporaryFolder()
    const log = new FileAuditLog({ directory: folder.path, clock, onError, burst: 10 })
    for (let i = 0; i < 100_000; i++) log.record({ event: 'frame.refused', code: 'encoding.depth', peer: '192.0.2.1' })
    log.record({ event: 'admin.acted', by: 'ada' })
    await log.close()
    const lines = await linesIn(folder.path)
    expect(lines).toHaveLength(12)
    expect(lines.slice(-2)).toMatchObject([
      { event: 'admin.acted', by: 'ada' },
      { event: 'audit.suppressed', suppressed: 'frame.refused', code: 'encoding.depth', detail: { count: 99_990 } },
    ])
  })

  it('keeps a bounded number of files of a bounded size, the latest lines among them', async () => {
    await using folder = await temporaryFolder()
    const log = new FileAuditLog({ directory: folder.path, clock, onError, maxBytes: 1000, maxFiles: 3 })
    for (let i = 0; i < 200; i++) log.record({ event: 'admin.acted', detail: { i } })
    await log.close()
    const files = (await readdir(folder.path)).sort()
    expect(files).toEqual(['audit.ndjson', 'audit.ndjson.1', 'audit.ndjson.2', 'audit.ndjson.3'])
    for (const file of files) expect((await stat(join(folder.path, file))).size).toBeLessThan(1200)
    const last = [...(await linesIn(folder.path, 'audit.ndjson.1')), ...(await linesIn(folder.path))].at(-1)
    expect(last?.detail).toEqual({ i: 199 })
  })

  it('writes one line an event for its owner alone, and appends to what is there', async () => {
    await using folder = await temporaryFolder()
    for (const event of ['node.started', 'node.stopped'] as const) {
      await using log = new FileAuditLog({ directory: join(folder.path, 'made'), clock, onError })
      log.record({ event })
    }
    const time = '2030-01-01T00:00:00.000Z'
    expect(await linesIn(join(folder.path, 'made'))).toEqual([
      { time, event: 'node.started' },
      { time, event: 'node.stopped' },
    ])
    expect((await stat(join(folder.path, 'made', 'audit.ndjson'))).mode & 0o777).toBe(0o600)
  })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate)
}
