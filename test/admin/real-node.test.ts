import { type ExportFiles, verifyExport } from '@trustmesh/audit'
import { describe, expect, it } from 'vitest'
import { TestNode } from '../e2e/test-node.ts'
import { someDid } from './fixture.ts'

/** An export of the log of a node, read through its API. */
function exportOf(node: TestNode): ExportFiles {
  return async (path) => {
    const response = await fetch(`${node.adminUrl}/v1/audit/${path.replace(/^tile\//, 'tiles/')}`, {
      headers: { authorization: `Bearer ${node.token}` },
    })
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : null
  }
}

describe('the admin API of a node on disk', () => {
  it('A1 shows a log that anybody can verify who knows the root, and in which a changed byte is seen', async () => {
    await using node = await TestNode.start()
    const { root } = (await node.call('/v1/mesh')).json as { root: Parameters<TestNode['revoke']>[0] }
    const { id } = (await node.revoke(someDid())) as { id: string }
    const { items } = (await node.call('/v1/audit?severity=!info')).json as { items: object[] }
    expect(items).toContainEqual(expect.objectContaining({ event: 'operation.ordered', operation: id, by: 'operator' }))
    const files = exportOf(node)
    expect(await verifyExport(files, { root }, Date.now())).toMatchObject({ ok: true, node: node.node.did })
    const changed: ExportFiles = async (path) => {
      const bytes = await files(path)
      if (path.startsWith('tile/entries')) bytes?.fill(0x20, 40, 41)
      return bytes
    }
    expect((await verifyExport(changed, { root }, Date.now())).ok).toBe(false)
  })

  it('P2 has shown a token for an admin once, and it is good after a restart', async () => {
    await using node = await TestNode.start()
    const whoami = async () => (await node.call('/v1/whoami')).json
    expect(await whoami()).toEqual({ name: 'operator', role: 'admin' })
    await node.stop()
    await node.startAgain()
    expect(await whoami()).toEqual({ name: 'operator', role: 'admin' })
  })
})
