import { cp, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NodeError } from '../../packages/mesh-node/src/node-error.ts'
import { contents, contentsOf, entry } from '../store/entries.ts'
import { openStore } from '../store/open-store.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { Dice } from './dice.ts'

const DAMAGES = Number(process.env['TRUSTMESH_TEST_DAMAGES'] ?? 100)
/** Refusals that name what is wrong; `store.failed` names nothing. */
const NAMED = ['store.corrupt', 'store.key', 'store.version']

describe('a folder that is damaged', () => {
  const claim = `K2 K3 is found out at opening, or reads as before, after each of ${DAMAGES} flips and truncations`
  it(claim, { timeout: 60_000 + DAMAGES * 1_000 }, async () => {
    const dice = Dice.roll('damages')
    await using folder = await temporaryFolder()
    const written = await fill(folder.path)
    const before = await (async () => {
      // A copy, because what is opened is no longer what its process left.
      await using copy = await copyOf(folder.path)
      return await read(copy.path)
    })()
    const files = (await filesBelow(folder.path)).sort()
    const tables = files.filter((file) => /statements.\d+\.(ldb|log)$/.test(file))
    const sizes = await Promise.all(tables.map(async (file) => (await stat(join(folder.path, file))).size))
    const outcomes = new Map<string, number>()
    for (let n = 0; n < DAMAGES; n++) {
      await using copy = await copyOf(folder.path)
      const what = await damage(copy.path, dice.below(2) ? dice.one(files) : dice.oneBy(tables, sizes), dice)
      const { outcome, found } = await read(copy.path)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      expect(
        found.filter((bytes) => !written.has(bytes)),
        what,
      ).toEqual([])
      if (outcome === 'whole') expect(found, what).toEqual(before.found)
    }
    process.stdout.write(`damages: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}\n`)
    expect(before.outcome).toBe('whole')
    expect(outcomes.size).toBeGreaterThan(1)
  })
})

/** Tables, logs, what was replaced and what was removed. Gives all that was ever written. */
async function fill(directory: string): Promise<Set<string>> {
  const written: string[] = []
  for (let opening = 0; opening < 4; opening++) {
    await using store = await openStore(directory)
    for (let n = 0; n < 30; n++) {
      const seed = `${opening}-${n}`
      const { id, bytes } = entry(seed)
      await store.append(id, bytes, n % 3 === 2 ? [entry(`${opening}-${n - 1}`).id] : [])
      written.push(seed)
    }
    await store.remove([entry(`${opening}-0`).id])
  }
  return new Set(contentsOf(written))
}

async function copyOf(directory: string): ReturnType<typeof temporaryFolder> {
  const copy = await temporaryFolder()
  await cp(directory, copy.path, { recursive: true })
  return copy
}

/** What opening the folder comes to, and what it then gives. */
async function read(directory: string): Promise<{ outcome: string; found: string[] }> {
  try {
    await using store = await openStore(directory)
    const codes = [...new Set(store.condition.map(({ code }) => code))]
    return { outcome: codes.length > 0 ? 'named' : 'whole', found: await contents(store) }
  } catch (error) {
    if (error instanceof NodeError && NAMED.includes(error.code)) return { outcome: 'refused', found: [] }
    throw error
  }
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.flatMap((file) => (file.isFile() ? [join(file.parentPath, file.name).slice(directory.length)] : []))
}

/** One bit, or a length. Says which. */
async function damage(directory: string, file: string, dice: Dice): Promise<string> {
  const path = join(directory, file)
  const { size } = await stat(path)
  if (size === 0 || dice.below(4) === 0) {
    const length = dice.below(size || 1)
    await truncate(path, length)
    return `${file} cut at ${length} of ${size}`
  }
  const bytes = await readFile(path)
  const [at, bit] = [dice.below(size), dice.below(8)]
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
  await writeFile(path, bytes)
  return `${file}: bit ${bit} of byte ${at} of ${size}`
}
