import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadOrCreate } from '@trustmesh/identity'
import { FileKeystore, systemRandom } from '@trustmesh/identity/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildProjects, NodeProcess } from '../e2e/kit.ts'
import { Program } from '../examples/program.ts'
import { codeBlocks } from '../guides/code-blocks.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

/** Packs what is published, as it would be published, and installs that in a folder as npm does for anybody. */
async function installPacked(folder: string): Promise<void> {
  const { pnpm } = await import(`${root}scripts/install.mjs`)
  const { publishedFolders } = await import(`${root}scripts/tree.mjs`)
  const folders: string[] = publishedFolders()
  await buildProjects(...folders)
  const filters = folders.flatMap((path) => ['--filter', `./${path}`])
  const packed = await pnpm(['--recursive', ...filters, 'pack', '--pack-destination', folder])
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  expect(tarballs, packed.output).toHaveLength(folders.length)
  const named = tarballs.map((name) => [name.replace(/^trustmesh-(.*)-\d.*$/, '@trustmesh/$1'), `file:${name}`])
  const manifest = { private: true, type: 'module', dependencies: Object.fromEntries(named) }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const quick = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=peer']
  await run('npm', ['install', '--loglevel=error', ...quick], { cwd: folder })
}

describe('the agent in the README', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  beforeAll(async () => {
    folder = await temporaryFolder()
    await installPacked(folder.path)
  }, 300_000)
  afterAll(() => folder[Symbol.asyncDispose]())

  it('works as printed, from packed packages in a folder of their own', async () => {
    const [agent = '', otherSide = ''] = codeBlocks(await readFile(`${root}README.md`, 'utf8')).map(({ code }) => code)
    expect(agent.trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(15)
    const asking = (name: string): string => `
      import { joinMesh, parseDid } from '@trustmesh/sdk'
      const researcher = parseDid(process.argv[2])
      ${otherSide.replace("'helper'", `'${name}'`)}
      console.log(JSON.stringify(answer))
      await mesh.drain()`
    await writeFile(join(folder.path, 'researcher.js'), agent)
    await writeFile(join(folder.path, 'helper.js'), asking('helper'))
    await writeFile(join(folder.path, 'stranger.js'), asking('stranger'))

    const home = join(folder.path, 'home')
    const keystore = new FileKeystore({
      directory: join(home, 'agents'),
      random: systemRandom,
      passphrase: async () => null,
      warn: () => {},
    })
    const { identity: helper } = await loadOrCreate(keystore, 'helper')
    const program = join(folder.path, 'node_modules/@trustmesh/mesh-node/bin/trustmesh-node.js')
    await using _node = await NodeProcess.start({ home, program, env: { TRUSTMESH_ROOTS: helper.did } })
    const start = (name: string, ...args: string[]): Program =>
      new Program(join(folder.path, name), args, { TRUSTMESH_HOME: home })

    await using researcher = start('researcher.js')
    const did = await researcher.says(/made (did:key:\w+)/, 'stderr')
    await using trusted = start('helper.js', did)
    expect(JSON.parse(await trusted.says(/^\{.*$/m))).toEqual({ done: { paper: 42 }, for: helper.did })

    await using stranger = start('stranger.js', did)
    expect(await stranger.ended).not.toBe(0)
    expect(stranger.stderr).toContain('request.denied')
    await researcher.says(/^gate\.tier-too-low did:key:\w+ .* → .* attests/m)
  })
})
