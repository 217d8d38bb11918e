import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { TestNode } from '../e2e/test-node.ts'

describe('a node whose audit log has been taken away', () => {
  it('A8 refuses every act of an operator, which then has not happened, and says that it is not well', async () => {
    await using node = await TestNode.start()
    const { did } = generateIdentity(systemRandom)
    const isAuditWell = () => node.node.control.checks().find(({ name }) => name === 'audit')?.ok
    expect(isAuditWell()).toBe(true)
    await rm(join(node.dataDir, 'audit', 'journal'))

    const before = node.node.statementCount
    const acts = [
      ['/v1/revocations', { did, reason: 'a test' }],
      ['/v1/suspensions', { did, ttlMs: 60_000, reason: 'a test' }],
      ['/v1/evictions', { did, reason: 'a test' }],
    ] as const
    for (const [path, body] of acts) {
      const { status, json } = await node.call(path, body)
      expect([path, status, json]).toEqual([path, 503, expect.objectContaining({ code: 'audit.unavailable' })])
    }
    expect(node.node.statementCount).toBe(before)
    expect(node.node.standingOf(did).status).not.toBe('revoked')
    expect(isAuditWell()).toBe(false)
    const { status, text } = await node.call('/readyz')
    expect([status, text]).toEqual([503, expect.stringContaining('audit')])
  })
})
