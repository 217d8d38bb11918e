import { describe, expect, it } from 'vitest'
import { TestNode } from '../e2e/test-node.ts'
import { Terminal } from './terminal.ts'

const as = (node: TestNode, token: string) => ({ env: { TRUSTMESH_ADMIN_URL: node.adminUrl, TRUSTMESH_TOKEN: token } })

describe('trustmesh token', () => {
  it('makes one that may do what its role says, prints it once, and ends it at once', async () => {
    await using node = await TestNode.start()
    await using person = await Terminal.open()
    const admin = as(node, node.token)

    const made = await person.run(['token', 'new', 'prometheus', '--role', 'viewer'], admin)
    expect(made).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^tmvw_\S+\n$/) })
    const token = made.stdout.trim()
    const listed = await person.run(['token', 'list', '--json'], admin)
    expect(JSON.parse(listed.stdout).data.items).toContainEqual({
      ...{ name: 'prometheus', role: 'viewer', createdBy: 'operator' },
      createdAt: expect.stringMatching(/Z$/),
    })
    expect([made.stderr, listed.stdout].filter((text) => text.includes(token))).toEqual([])

    const viewer = as(node, token)
    expect((await person.run(['agents'], viewer)).exitCode).toBe(0)
    expect((await person.run(['token', 'new', 'more', '--role', 'admin'], viewer)).exitCode).toBe(4)
    expect((await person.run(['token', 'revoke', 'prometheus'], viewer)).exitCode).toBe(4)

    expect((await person.run(['token', 'revoke', 'prometheus'], admin)).exitCode).toBe(0)
    expect((await person.run(['agents'], viewer)).exitCode).toBe(4)
    expect((await person.run(['token', 'revoke', 'prometheus'], admin)).exitCode).toBe(3)
  })

  it('ends with a token all that were made with it, and with those, where it is told to', async () => {
    await using node = await TestNode.start()
    await using person = await Terminal.open()
    const admin = as(node, node.token)
    const make = async (name: string, by: ReturnType<typeof as>) => {
      const { stdout } = await person.run(['token', 'new', name, '--role', 'admin'], by)
      return as(node, stdout.trim())
    }
    const stolen = await make('stolen', admin)
    const theirs = await make('theirs', stolen)
    const last = await make('last', theirs)
    await make('ours', admin)

    expect((await person.run(['token', 'revoke'], admin)).exitCode).toBe(2)
    expect((await person.run(['token', 'revoke', 'a', '--made-by', 'b'], admin)).exitCode).toBe(2)
    const revoked = await person.run(['token', 'revoke', 'stolen'], admin)
    expect(revoked.stdout).toContain('those that it has made go on: theirs, last')
    expect((await person.run(['agents'], last)).exitCode).toBe(0)
    const all = await person.run(['token', 'revoke', '--made-by', 'stolen', '--json'], admin)
    expect(JSON.parse(all.stdout).data.revoked).toEqual(['theirs', 'last'])
    for (const thief of [stolen, theirs, last]) expect((await person.run(['agents'], thief)).exitCode).toBe(4)
    const { stdout } = await person.run(['token', 'list'], admin)
    expect(stdout).toMatch(/^ours +admin +\S+ +20/m)
    expect(stdout).not.toMatch(/theirs|last/)
  })

  it('makes none without a role, nor a second of one name', async () => {
    await using node = await TestNode.start()
    await using person = await Terminal.open()
    const admin = as(node, node.token)
    expect((await person.run(['token', 'new', 'ci'], admin)).exitCode).toBe(2)
    expect((await person.run(['token', 'new', 'ci', '--role', 'root'], admin)).exitCode).toBe(2)
    expect((await person.run(['token', 'new', 'ci', '--role', 'operator'], admin)).exitCode).toBe(0)
    const again = await person.run(['token', 'new', 'ci', '--role', 'viewer', '--json'], admin)
    expect([again.exitCode, JSON.parse(again.stdout).error.code]).toEqual([1, 'tokens.exists'])
  })
})
