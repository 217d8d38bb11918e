import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { moduleDigest } from './module-digest.ts'

describe('the digest of a module', () => {
  let folder: string
  const write = (name: string, source: string) => writeFile(join(folder, name), source)
  const digest = () => moduleDigest(pathToFileURL(join(folder, 'scenario.js')))

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'digest-'))
    await write('scenario.js', "import { count } from '@trustmesh/simulator'\nimport {\n  cast,\n} from './cast.js'\n")
    await write('cast.js', "export * from './crowd.js'\n")
    await write('crowd.js', "import './cast.js'\nconst many = await import('./many.js')\n")
    await write('many.js', 'export const many = 3\n')
    await write('other.js', '')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it.each(['scenario.js', 'cast.js', 'crowd.js', 'many.js'])('changes with %s, which is of it', async (name) => {
    const before = await digest()
    expect(before).toMatch(/^[0-9a-f]{64}$/)
    expect(await digest()).toBe(before)
    await write(name, "import { cast } from './cast.js'\nimport './crowd.js'\nexport const many = 4\n")
    expect(await digest()).not.toBe(before)
  })

  it('stays with what is beside it and not of it', async () => {
    const before = await digest()
    await write('other.js', 'export const other = 1\n')
    expect(await digest()).toBe(before)
  })

  it('is none where something that it imports is not there', async () => {
    await rm(join(folder, 'many.js'))
    await expect(digest()).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
