import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { buildProgram, Machine } from './program.ts'

beforeAll(buildProgram, 180_000)

describe('operators', () => {
  it('O8 throw a kill switch only where another approves whom the root has let do so', {
    timeout: 180_000,
  }, async () => {
    await using folder = await temporaryFolder()
    await using alice = new Machine(join(folder.path, 'alice'))
    await using bob = new Machine(join(folder.path, 'bob'))
    const { data: mesh } = await alice.json('init', '--plain-root')
    const { first: node } = await alice.begin('up')

    const { data: key } = await bob.json('id', 'new', 'bob', '--operator')
    const { data: granted } = await alice.json('delegate', key.did, '--can', '/mesh/operator', '--root')
    const login = [
      'login',
      '--admin',
      node.admin,
      '--node',
      node.did,
      '--root',
      mesh.root,
      '--key',
      'bob',
      '--chain',
      granted.chain,
    ]
    expect(await bob.json(...login)).toMatchObject({ exitCode: 0, data: { did: key.did, role: 'admin' } })

    const { data: mallory } = await alice.json('id', 'new', 'mallory')
    const preview = await alice.json('revoke', 'mallory', '--subtree', '--dry-run')
    expect(preview).toMatchObject({ exitCode: 0, data: { targets: [{ did: mallory.did }] } })
    const ordered = await alice.json('revoke', 'mallory', '--subtree', '--reason', 'a test', '--wait')
    expect(ordered).toMatchObject({ exitCode: 7, data: { state: 'awaiting-approval' } })
    expect(await alice.json('approve', ordered.data.id)).toMatchObject({
      exitCode: 4,
      data: { code: 'admin.own-approval' },
    })
    expect((await bob.json('approve')).data.items).toEqual([expect.objectContaining({ id: ordered.data.id })])
    const approved = await bob.json('approve', ordered.data.id.slice(0, 8), '--wait')
    expect(approved).toMatchObject({ exitCode: 0, data: { state: 'in-force', approvedBy: expect.any(String) } })
    expect((await alice.json('agents', 'show', 'mallory')).data.status).toBe('revoked')

    // Nobody is let go by one alone, whoever has held them.
    const { data: carol } = await alice.json('id', 'new', 'carol')
    expect(await alice.json('suspend', 'carol', '--for', '1d', '--dry-run')).toMatchObject({ kind: 'Preview' })
    expect(await alice.json('suspend', 'carol', '--for', '1d')).toMatchObject({ exitCode: 2 })
    expect(await alice.json('suspend', 'carol', '--for', '1d', '--reason', 'a test')).toMatchObject({ exitCode: 0 })
    const lift = await alice.json('suspend', 'carol', '--lift', '--reason', 'a test')
    expect(lift).toMatchObject({ exitCode: 7, data: { state: 'awaiting-approval', order: { verb: 'lift' } } })
    expect((await alice.json('agents', 'show', carol.did)).data.status).toBe('suspended')
    expect(await bob.json('approve', lift.data.id)).toMatchObject({ exitCode: 0, data: { state: 'in-force' } })
    expect((await alice.json('agents', 'show', carol.did)).data.status).not.toBe('suspended')

    // One who may only look may look.
    const { data: viewer } = await alice.json('id', 'new', 'viewer', '--operator')
    const { data: view } = await alice.json('delegate', viewer.did, '--can', '/mesh/operator/view')
    await alice.json(
      'login',
      '--context',
      'looking',
      '--admin',
      node.admin,
      '--node',
      node.did,
      '--key',
      'viewer',
      '--chain',
      view.chain,
    )
    expect(await alice.json('agents', '--context', 'looking')).toMatchObject({ exitCode: 0 })
    const forbidden = await alice.json('evict', mallory.did, '--reason', 'a test', '--context', 'looking')
    expect(forbidden).toMatchObject({ exitCode: 4, data: { code: 'admin.forbidden' } })

    // What made it a viewer is taken back: so is its login, at once.
    expect(await alice.json('revoke', '--chain', view.chain, '--reason', 'a test')).toMatchObject({ exitCode: 0 })
    expect(await alice.json('agents', '--context', 'looking')).toMatchObject({ exitCode: 4 })
  })

  it('P9 are none any more from the moment in which the root has taken back what made them so', {
    timeout: 180_000,
  }, async () => {
    await using folder = await temporaryFolder()
    await using alice = new Machine(join(folder.path, 'alice'))
    await using bob = new Machine(join(folder.path, 'bob'))
    const { data: mesh } = await alice.json('init', '--plain-root')
    const { first: node } = await alice.begin('up')
    const loginOf = (key: string, chain: string): string[] => [
      ...['login', '--context', key, '--admin', node.admin, '--node', node.did, '--key', key, '--chain', chain],
    ]

    const { data: key } = await bob.json('id', 'new', 'bob', '--operator')
    const { data: viewer } = await bob.json('id', 'new', 'viewer', '--operator')
    const grant = ['--can', '/mesh/operator', '--depth', '1', '--root']
    const { data: granted } = await alice.json('delegate', key.did, ...grant)
    expect(await bob.json(...loginOf('bob', granted.chain))).toMatchObject({ exitCode: 0 })
    const { data: view } = await bob.json('delegate', viewer.did, '--can', '/mesh/operator/view', '--context', 'bob')
    expect(await bob.json(...loginOf('viewer', view.chain))).toMatchObject({ exitCode: 0 })
    const looks = async (context: string) => (await bob.json('agents', '--context', context)).exitCode
    expect([await looks('bob'), await looks('viewer')]).toEqual([0, 0])

    const taking = ['revoke', '--root', '--reason', 'a test', '--wait']
    expect(await alice.json(...taking, 'mallory')).toMatchObject({ exitCode: 2 })
    expect(await alice.json(...taking, '--chain', view.chain, '--root-dir', folder.path)).toMatchObject({ exitCode: 3 })
    // Whoever founds a mesh of their own is root there, and not here.
    await bob.json('init', '--context', 'other', '--plain-root')
    expect(await bob.json(...taking, '--chain', view.chain, '--context', 'bob')).toMatchObject({ exitCode: 2 })

    // What bob has handed on of it the root takes back as well: bob stays what he is.
    expect(await alice.json(...taking, '--chain', view.chain)).toMatchObject({ exitCode: 0, kind: 'Operation' })
    expect([await looks('bob'), await looks('viewer')]).toEqual([0, 4])
    const taken = await alice.json(...taking, '--chain', granted.chain)
    expect(taken).toMatchObject({ exitCode: 0, data: { state: 'in-force', items: [{ target: { iss: mesh.root } }] } })
    expect(await looks('bob')).toBe(4)
    expect(await bob.json(...loginOf('bob', granted.chain))).toMatchObject({
      exitCode: 4,
      data: { code: 'chain.void' },
    })
    expect(await alice.json('agents')).toMatchObject({ exitCode: 0 })
  })
})
