import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileJournal } from '../../packages/mesh-node/src/operations/journal.ts'
import type { OperationRecord } from '../../packages/mesh-node/src/operations/record.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let damaged: string[]
let journal: FileJournal

beforeEach(async () => {
  folder = await temporaryFolder()
  damaged = []
  journal = new FileJournal(join(folder.path, 'operations'), (file) => damaged.push(file))
})
afterEach(() => folder[Symbol.asyncDispose]())

function record(digit: string): OperationRecord {
  const { did } = generateIdentity(systemRandom)
  return {
    ...{ version: 1, id: digit.repeat(32), order: { verb: 'kill', did, reason: 'a test' }, targets: [{ did }] },
    ...{ by: 'alice', leave: [], state: 'awaiting-approval', requestedAt: 1, decidedAt: 1, lapsesAt: 2 },
    ...{ durable: false, reach: 1, items: [], nodes: [[did, null]] },
  }
}

describe(FileJournal, () => {
  it('holds nothing where there is no folder', async () => {
    expect(await journal.load()).toEqual([])
  })

  it('O8 tells what is damaged and reads the rest; and passes over what a crash has left half written', async () => {
    const [one, other] = [record('a'), record('b')]
    await Promise.all([one, other].map((each) => journal.keep(each)))
    const path = (name: string): string => join(folder.path, 'operations', name)
    await writeFile(path(`${'b'.repeat(32)}.json`), '{"version":1')
    await writeFile(path(`${'c'.repeat(32)}.json`), JSON.stringify({ ...one, state: 'done' }))
    await writeFile(path(`${'d'.repeat(32)}.json`), JSON.stringify(one))
    await writeFile(path(`${'e'.repeat(32)}.json.17`), '{')
    expect(await journal.load()).toEqual([one])
    expect(damaged.sort()).toEqual(['b', 'c', 'd'].map((digit) => `${digit.repeat(32)}.json`))
  })

  it('keeps the latest of what changes while it is being written', async () => {
    const changing = record('a')
    const writes = []
    for (let at = 1; at <= 50; at++) {
      changing.inForceAt = at
      writes.push(journal.keep(changing))
    }
    await Promise.all(writes)
    expect(await journal.load()).toEqual([changing])
    expect(await readdir(join(folder.path, 'operations'))).toEqual([`${changing.id}.json`])
    await journal.forget(changing.id)
    expect(await journal.load()).toEqual([])
  })
})
