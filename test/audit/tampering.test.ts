import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { entriesIn, formatBundle } from '@trustmesh/audit'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { openLog } from './open-log.ts'

const BUNDLE = 'tile/entries/001'

/** The folder of a log of 600 entries that was closed; `keep` copies it, as it is then, at 400 of them. */
async function closedLog(path: string, keep?: string): Promise<void> {
  const log = await openLog(path)
  const add = async (count: number) => {
    await Promise.all(Array.from({ length: count }, (_, i) => log.commit({ event: 'admin.acted', detail: { i } })))
  }
  await add(400)
  if (keep) await cp(path, keep, { recursive: true })
  await add(200)
  await log.close()
}

/** What a log says that is opened on such a folder after somebody was at it. */
async function afterwards(tamper: (path: string) => Promise<void>) {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'audit')
  await closedLog(path)
  await tamper(path)
  await using log = await openLog(path)
  const commits = await log.commit({ event: 'operation.ordered' }).then(
    ({ index }) => index,
    (error: { code: string }) => error.code,
  )
  return { tampering: log.tampering, isHealthy: log.healthy(), commits }
}

const changeBundle = (change: (entries: Uint8Array[]) => Uint8Array[]) => async (path: string) => {
  const file = join(path, BUNDLE)
  await writeFile(file, formatBundle(change(entriesIn(await readFile(file)))))
}

describe('a log whose folder was changed', () => {
  it.each<[string, (entries: Uint8Array[]) => Uint8Array[], number]>([
    [
      'A1 an entry was edited',
      (all) => all.map((e, i) => (i === 7 ? e.map((b, at) => (at === 9 ? b ^ 1 : b)) : e)),
      263,
    ],
    ['A2 an entry was deleted', (all) => all.toSpliced(7, 1), 263],
    ['A2 an entry was inserted', (all) => all.toSpliced(7, 0, Buffer.from('{}')), 263],
    ['A2 an entry was put at the end', (all) => [...all, Buffer.from('{}')], 512],
    ['A2 two entries have changed places', (all) => all.with(7, all[8]!).with(8, all[7]!), 263],
    ['A3 the last entries of a bundle were cut off', (all) => all.slice(0, 100), 356],
  ])('%s: it goes on, and says which', async (_, change, index) => {
    expect(await afterwards(changeBundle(change))).toEqual({
      tampering: [{ code: 'tampered.entry', index }],
      isHealthy: false,
      commits: 600,
    })
  })

  it('A2 a bundle is gone: it goes on, and says which', async () => {
    const outcome = await afterwards((path) => rm(join(path, BUNDLE)))
    expect(outcome).toEqual({ tampering: [{ code: 'tampered.missing', index: 256 }], isHealthy: false, commits: 600 })
  })

  it('A1 hashes were changed, and not the entries: they are made again, and it says so', async () => {
    const outcome = await afterwards(async (path) => {
      const tile = await readFile(join(path, 'tile/0/001'))
      tile[70]! ^= 1
      await writeFile(join(path, 'tile/0/001'), tile)
    })
    expect(outcome).toEqual({ tampering: [{ code: 'tampered.tree', index: 258 }], isHealthy: false, commits: 600 })
  })

  it.each<[string, string, (path: string) => Promise<void>]>([
    [
      'A1 A5 an entry and its hash were changed',
      'tampered.tree',
      async (path) => {
        await changeBundle((all) => all.with(7, Buffer.from('{}')))(path)
        await rm(join(path, 'tile/0/001'))
      },
    ],
    [
      'A1 an entry of the journal was edited',
      'tampered.checkpoint',
      async (path) => {
        const journal = await readFile(join(path, 'journal'), 'utf8')
        await writeFile(join(path, 'journal'), journal.replace('"i":150', '"i":151'))
      },
    ],
    ['A3 the journal was cut off', 'tampered.checkpoint', (path) => truncate(join(path, 'journal'), 500)],
    ['A3 the journal is empty', 'tampered.journal', (path) => truncate(join(path, 'journal'))],
    ['A3 the journal is gone', 'tampered.journal', (path) => rm(join(path, 'journal'))],
    ['A3 the checkpoint is gone', 'tampered.checkpoint', (path) => rm(join(path, 'checkpoint'))],
    [
      'A3 the checkpoint was edited',
      'tampered.checkpoint',
      async (path) => {
        const note = await readFile(join(path, 'checkpoint'), 'utf8')
        await writeFile(join(path, 'checkpoint'), note.replace('\n600\n', '\n601\n'))
      },
    ],
  ])('%s: nothing is written any more, and no commit taken', async (_, code, tamper) => {
    const { tampering, isHealthy, commits } = await afterwards(tamper)
    expect(tampering).toEqual([expect.objectContaining({ code })])
    expect([isHealthy, commits]).toEqual([false, 'audit.unavailable'])
  })

  it('A3 an earlier journal was put back', async () => {
    await using folder = await temporaryFolder()
    const [path, earlier] = [join(folder.path, 'audit'), join(folder.path, 'earlier')]
    await closedLog(path, earlier)
    await cp(join(earlier, 'journal'), join(path, 'journal'))
    await using log = await openLog(path)
    expect([log.tampering, log.healthy()]).toEqual([[{ code: 'tampered.checkpoint', index: 400 }], false])
  })

  it('K1 part of a batch that nobody was told of is cut off, and said once', async () => {
    await using folder = await temporaryFolder()
    await closedLog(folder.path)
    const file = join(folder.path, 'journal')
    const torn = '{"event":"admin.acted"}\n'.repeat(1000)
    await writeFile(file, Buffer.concat([await readFile(file), Buffer.from(torn.slice(0, -5))]))
    for (const expected of [601, 602]) {
      await using log = await openLog(folder.path)
      const { index } = await log.commit({ event: 'operation.ordered' })
      expect([log.healthy(), index]).toEqual([true, expected])
    }
    await using log = await openLog(folder.path)
    const events = (await log.entries(600, 10)).map(({ line }) => line.event)
    expect(events).toEqual(['audit.recovered', 'operation.ordered', 'operation.ordered'])
  })
})
