import { execFile } from 'node:child_process'
import { cp, readdir, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { entry } from './entries.ts'
import { openStore } from './open-store.ts'
import { openRaw } from './raw-level.ts'
import { temporaryFolder } from './temporary-folder.ts'

const script = fileURLToPath(new URL('../../scripts/store-check.mjs', import.meta.url))

interface Report {
  readonly ok: boolean
  readonly records: number
  readonly faults: readonly { readonly code: string; readonly key?: string }[]
}

async function check(directory: string): Promise<{ exitCode: number; report: Report }> {
  const { code = 0, stdout } = (await promisify(execFile)(process.execPath, [script, directory]).catch(
    (error: { code: number; stdout: string }) => error,
  )) as { code?: number; stdout: string }
  return { exitCode: code, report: JSON.parse(stdout) as Report }
}

async function keep(directory: string, ...seeds: readonly string[]): Promise<void> {
  await using store = await openStore(directory)
  for (const { id, bytes } of seeds.map(entry)) await store.append(id, bytes)
}

const key = Uint8Array.of(2, ...Buffer.from(entry('a').id, 'hex'))

async function raw(directory: string, change: (level: Awaited<ReturnType<typeof openRaw>>) => Promise<void>) {
  await using level = await openRaw(directory)
  await change(level)
}

/** What befalls a folder that holds two statements. */
const cases: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  nothing: async () => {},
  'no CURRENT': (directory) => rm(join(directory, 'statements', 'CURRENT')),
  'a value that is not what it was': (directory) => raw(directory, (level) => level.put(key, new Uint8Array(64))),
  'a record that is gone': (directory) => raw(directory, (level) => level.del(key)),
  'a place that is none': (directory) => raw(directory, (level) => level.put(Uint8Array.of(7), new Uint8Array(64))),
  'no tally': (directory) => raw(directory, (level) => level.del(Uint8Array.of(3))),
  'no anchor': (directory) => rm(join(directory, 'statements.anchor')),
  'no key': (directory) => rm(join(directory, 'statements.key')),
  'half a key': (directory) => truncate(join(directory, 'statements.key'), 32),
  'another format': (directory) => raw(directory, (level) => level.put(Uint8Array.of(0), Uint8Array.of(3))),
  'the database of yesterday': async (directory) => {
    const [database, yesterday] = [join(directory, 'statements'), join(directory, 'yesterday')]
    await cp(database, yesterday, { recursive: true })
    await keep(directory, 'c')
    await rm(database, { recursive: true })
    await rename(yesterday, database)
  },
}

describe('npm run store:check', () => {
  for (const [what, befalls] of Object.entries(cases)) {
    it(`K3 R11 finds of a folder what the store finds, changing nothing: ${what}`, async () => {
      await using folder = await temporaryFolder()
      await keep(folder.path, 'a', 'b')
      await befalls(folder.path)
      const first = await check(folder.path)
      expect(await check(folder.path)).toEqual(first)
      const found = await openStore(folder.path).then(
        async (store) => {
          await store.close()
          return store.condition
        },
        ({ code }: { code: string }) => [{ code }],
      )
      expect(first.report.faults).toEqual(found)
      expect(first.report.ok).toBe(found.length === 0)
      expect(first.exitCode).toBe(found.length === 0 ? 0 : 1)
      expect(first.report.ok).toBe(['nothing', 'no CURRENT'].includes(what))
    })
  }

  it('K3 says so, and does not fall over itself, where tables have lost their ends', async () => {
    await using folder = await temporaryFolder()
    for (const seed of ['a', 'b']) await keep(folder.path, seed)
    const database = join(folder.path, 'statements')
    for (const file of await readdir(database)) if (file.endsWith('.ldb')) await truncate(join(database, file), 99)
    expect(await check(folder.path)).toMatchObject({ exitCode: 1, report: { ok: false } })
  })

  it('fails on a folder that holds no store', async () => {
    await using folder = await temporaryFolder()
    expect(await check(folder.path)).toMatchObject({ exitCode: 1, report: { faults: [{ code: 'store.failed' }] } })
  })
})
