import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadOrCreate } from '@trustmesh/identity'
import { FileKeystore, systemRandom } from '@trustmesh/identity/node'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildProjects, NodeProcess } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { blocks, complaintsOf, guide, patternOf, printsOf, type Snippet, snippet } from './guide.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Each is one program, from the first block to the last. */
const guides = await Promise.all(['agents', 'delegation', 'trust'].map((name) => guide(`docs/guides/${name}.md`)))
/** Each block is a program of its own: for pages, and for a runner of tests. */
const pages = await blocks('docs/guides/browsers.md')
const tests = await blocks('docs/guides/testing.md')
const [agent, otherSide, chains] = (await blocks('README.md')) as [Snippet, Snippet, Snippet]

/** What stands around the blocks of the README that are parts of programs. */
const readme = [
  agent,
  snippet(
    otherSide.name,
    `import { type Did, joinMesh } from '@trustmesh/sdk'
    declare const researcher: Did
    ${otherSide.code}`,
  ),
  snippet(
    chains.name,
    `import { joinMesh } from '@trustmesh/sdk'
    const [ada, researcher, helper] = await Promise.all(['ada', 'researcher', 'helper'].map((name) => joinMesh({ name })))
    if (!ada || !researcher || !helper) throw new Error()
    await ada.attest(helper.did, { value: 800 })
    const assistant = ada.did
    const find = (query: unknown): string => JSON.stringify(query)
    ${chains.code}
    console.log(chain.remaining().depth, further.remaining().depth, further.links.length) // 1 0 2
    for (const mesh of [ada, researcher, helper]) mesh.close()`,
  ),
] as const

beforeAll(() => buildProjects('packages/mesh-node', 'packages/sdk', 'packages/testing'), 180_000)

describe('the code in the guides', () => {
  it('is of types that the packages have', () => {
    expect(complaintsOf([...guides, ...pages, ...tests, ...readme])).toEqual([])
    const wrong = snippet(
      'wrong.md',
      `import { joinMesh } from '@trustmesh/sdk'\nconst mesh: string = await joinMesh()`,
    )
    expect(complaintsOf([wrong])).toEqual([expect.stringMatching(/^wrong\.md\.ts:2 Type 'Mesh' is not assignable/)])
  })

  it.each([...guides, readme[2]])('of $name does what its comments say', async (program) => {
    await using home = await temporaryFolder()
    const keystore = new FileKeystore({
      directory: `${home.path}/agents`,
      random: systemRandom,
      passphrase: async () => null,
      warn: () => {},
    })
    const { identity: ada } = await loadOrCreate(keystore, 'ada')
    await using _node = await NodeProcess.start({ home: home.path, env: { TRUSTMESH_ROOTS: ada.did } })
    expect(program.prints.length).toBeGreaterThan(0)
    const printed = await printsOf(program, { TRUSTMESH_HOME: home.path })
    expect(printed).toEqual(program.prints.map((line) => expect.stringMatching(patternOf(line))))
  })

  it('of docs/guides/testing.md passes as tests', { timeout: 180_000 }, async () => {
    // Where what users install is installed.
    const folder = await mkdtemp(join(root, 'test', '.guides-'))
    try {
      await writeFile(join(folder, 'vitest.config.js'), 'export default {}')
      await Promise.all(tests.map(({ code }, n) => writeFile(join(folder, `${n}.test.ts`), code)))
      const args = [`${root}node_modules/vitest/vitest.mjs`, 'run', '--root', folder, '--testTimeout=60000']
      const { stdout } = await promisify(execFile)(process.execPath, args, { env: { NO_COLOR: '1' } })
      expect(stdout).toMatch(new RegExp(`Tests +${tests.length} passed \\(${tests.length}\\)`))
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
