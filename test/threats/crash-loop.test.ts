import { writeFile } from 'node:fs/promises'
import { join as joinPath } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { buildProjects, join, TestNode } from '../e2e/kit.ts'
import { Program } from '../examples/program.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

const PROGRAM = fileURLToPath(new URL('poisoned.mjs', import.meta.url))
const CRASHES = 4

beforeAll(() => buildProjects('packages/sdk'), 300_000)

it('O1 a program that dies of what it is given is not given it again when it is back', async () => {
  await using folder = await temporaryFolder()
  await using node = await TestNode.start()
  const joinFile = joinPath(folder.path, 'join.json')
  await writeFile(joinFile, JSON.stringify(node.joinFile))
  const env = { ...process.env, TRUSTMESH_JOIN: joinFile, XDG_CONFIG_HOME: folder.path, HOME: folder.path }
  await using alice = await join(node.joinFile, 'alice', { identity: await node.key('root') })
  const start = () => new Program(PROGRAM, [], env as Record<string, string>)

  for (let crash = 0; crash < CRASHES; crash++) {
    await using eater = start()
    const did = await eater.did()
    // One of those before may be told now that its conversation went with the program.
    await alice.request(did, 'food', 'a greeting').catch(() => {})
    const answer = alice.request(did, 'food', 'poison', { timeoutMs: 30_000 }).catch((error: unknown) => error)
    await eater.ended
    expect(eater.stdout.match(/given poison/g)).toHaveLength(1)
    await using again = start()
    expect(await again.did()).toBe(did)
    await alice.request(did, 'food', 'bread').catch(() => {})
    expect(await answer).toMatchObject({ code: 'message.interrupted' })
    expect(await alice.request(did, 'food', 'bread')).toBe('eaten')
    expect(again.stdout).not.toContain('poison')
  }
})
