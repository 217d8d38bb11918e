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
})
