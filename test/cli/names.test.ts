import { chmod, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Did, generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { Contexts } from '../../packages/cli/src/contexts.ts'
import { StandIn } from './stand-in.ts'
import { Terminal } from './terminal.ts'

function someone(): Did {
  return generateIdentity(systemRandom).did
}

function agent(did: Did, name?: string): object {
  const standing = { status: 'active', score: 300, tier: 'probation', confidence: 0 }
  return { did, ...standing, connected: false, sessions: 0, ...(name && { name }) }
}

/** A node that knows these agents, and lets each be shown. */
async function nodeWith(...agents: readonly { readonly did: Did }[]): Promise<StandIn> {
  const page = (items: readonly object[]) => ({ items, cursor: null })
  return await StandIn.open({
    'GET /v1/agents': page(agents),
    'GET /v1/nodes': page([]),
    ...Object.fromEntries(agents.map((each) => [`GET /v1/agents/${encodeURIComponent(each.did)}`, each])),
  })
}

const keyOf = (did: Did): string => did.slice('did:key:'.length)

describe('whom a command is about', () => {
  it('is nobody where several Dids begin like that: it names them, and ends with 2', async () => {
    await using person = await Terminal.open()
    const [alice, bob] = [someone(), someone()]
    await using node = await nodeWith({ did: alice, ...agent(alice) }, { did: bob, ...agent(bob) })
    const { exitCode, stdout } = await person.run(['agents', 'show', 'z6Mk', '--json'], { env: node.env })
    expect(exitCode).toBe(2)
    const { error } = JSON.parse(stdout)
    expect([error.code, error.why]).toEqual(['cli.ambiguous', [alice, bob].sort()])
  })

  it.each([
    ['the beginning of its key', (did: Did) => keyOf(did).slice(0, 20)],
    ['the beginning of its Did', (did: Did) => did.slice(0, 30)],
    ['its shortened form', (did: Did) => `${keyOf(did).slice(0, 8)}…${did.slice(-4)}`],
    ['all of it', (did: Did) => did],
  ])('is found by %s', async (_, text) => {
    await using person = await Terminal.open()
    const [alice, bob] = [someone(), someone()]
    await using node = await nodeWith({ did: alice, ...agent(alice) }, { did: bob, ...agent(bob) })
    const { exitCode, stdout } = await person.run(['agents', 'show', text(alice), '--json'], { env: node.env })
    expect([exitCode, JSON.parse(stdout).data.did]).toEqual([0, alice])
  })

  it('I10 is never found by what an agent calls itself', async () => {
    await using person = await Terminal.open()
    const mallory = someone()
    await using node = await nodeWith({ did: mallory, ...agent(mallory, 'bob') })
    const { exitCode, stdout } = await person.run(['agents', 'show', 'bob', '--json'], { env: node.env })
    expect([exitCode, JSON.parse(stdout).error.code]).toEqual([3, 'cli.not-found'])
  })

  it('is found by a petname, which stands beside it in tables, until that is forgotten', async () => {
    await using person = await Terminal.open()
    const bob = someone()
    await using node = await nodeWith({ did: bob, ...agent(bob) })
    await person.run(['id', 'petname', 'bob', bob])
    expect((await person.run(['agents', 'show', 'bob'], { env: node.env })).exitCode).toBe(0)
    expect((await person.run(['agents'], { env: node.env })).stdout).toMatch(
      new RegExp(`bob ${keyOf(bob).slice(0, 8)}…${bob.slice(-4)}`),
    )
    await person.run(['id', 'petname', 'bob', '--forget'])
    expect((await person.run(['agents', 'show', 'bob'], { env: node.env })).exitCode).toBe(3)
  })

  it('may be called only what is a name', async () => {
    await using person = await Terminal.open()
    expect(await person.json('id', 'petname', '../bob', someone())).toMatchObject({
      exitCode: 2,
      error: { code: 'cli.usage' },
    })
  })
})

describe('agents', () => {
  it('are asked for by filters, which are sent as they are, and by no field that there is not', async () => {
    await using person = await Terminal.open()
    await using node = await nodeWith()
    expect((await person.run(['agents', 'status=revoked', 'tier=!known'], { env: node.env })).exitCode).toBe(0)
    expect(node.asked).toEqual(['GET /v1/agents?limit=500&status=revoked&tier=%21known'])
    expect((await person.run(['agents', 'name=bob'], { env: node.env })).exitCode).toBe(2)
  })
})

describe('contexts', () => {
  it('are several meshes: each has its own petnames, and one is meant where none is named', async () => {
    await using person = await Terminal.open()
    const [here, there] = [someone(), someone()]
    await person.run(['id', 'petname', 'bob', here])
    await person
      .run(['id', 'petname', 'bob', there, '--context', 'work'])
      .then(({ exitCode }) => expect(exitCode).toBe(3))
    await using node = await StandIn.open({ 'GET /v1/whoami': { name: 'ci', role: 'viewer' } })
    const login = ['login', '--context', 'work', '--admin', node.url, '--token']
    expect(await person.run(login, { input: 'tmvw_secret\n' })).toMatchObject({ exitCode: 0 })
    await person.run(['id', 'petname', 'bob', there, '--context', 'work'])
    expect((await person.json('id', 'show', 'bob')).data).toMatchObject({ did: here })
    expect((await person.json('id', 'show', 'bob', '--context', 'work')).data).toMatchObject({ did: there })
    await person.run(['config', 'use', 'work'])
    expect((await person.json('id', 'show', 'bob')).data).toMatchObject({ did: there })
    await person.run(['config', 'forget', 'work'])
    expect(await person.json('config', 'use', 'work')).toMatchObject({ exitCode: 3, error: { code: 'cli.no-context' } })
  })

  it('are in a file that belongs to its owner alone, and are not read from one that others may read', async () => {
    await using person = await Terminal.open()
    const path = join(person.home, 'contexts.json')
    await person.run(['id', 'petname', 'bob', someone()])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: 1, current: 'default' })
    await chmod(path, 0o640)
    const refused = await person.json('id', 'show')
    expect(refused).toMatchObject({ exitCode: 1, error: { code: 'contexts.permissions', fix: `chmod 600 ${path}` } })
  })

  it('never take a token on the command line, where others see it', async () => {
    await using person = await Terminal.open()
    const { exitCode, stdout } = await person.run(['login', '--token', 'tmop_secret', '--json'])
    expect([exitCode, stdout.includes('tmop_secret')]).toEqual([2, false])
  })

  it('keep what another command has written since this one has read them', async () => {
    await using person = await Terminal.open()
    const long = await Contexts.open(person.home)
    await person.run(['id', 'petname', 'bob', someone()])
    await long.put('default', { admin: 'http://127.0.0.1:1' })
    expect((await person.json('id', 'show', 'bob')).exitCode).toBe(0)
  })
})
