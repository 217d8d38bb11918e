import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { buildNode } from './kit.ts'

const program = fileURLToPath(new URL('../../examples/first-path/dist/main.js', import.meta.url))

describe('the first path', () => {
  beforeAll(buildNode)

  it.each([
    ['its node', `process.argv[1].includes('mesh-node')`],
    ['one of its agents', `process.argv[2] === 'helper'`],
  ])('ends as failed, with the log in place, when %s cannot start', async (_, isVictim) => {
    await using folder = await temporaryFolder()
    const preload = `data:text/javascript,${encodeURIComponent(`if (${isVictim}) process.exit(7)`)}`
    const env = { ...process.env, NODE_OPTIONS: `--import ${preload}`, TMPDIR: folder.path }
    const story = spawn(process.execPath, [program], { env, stdio: 'ignore' })
    // It ends by itself only once all that it started have ended.
    const [code] = await once(story, 'exit')
    expect(code).toBe(1)
    const [home = ''] = await readdir(folder.path)
    expect(await readdir(join(folder.path, home))).toContain('log.txt')
  })
})
