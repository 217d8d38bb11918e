import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { FileTokens } from '../../packages/mesh-node/src/admin/tokens.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

const system = { random: systemRandom, clock: systemClock }

describe(FileTokens, () => {
  it('refuses a file that others may read or write', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'tokens.json')
    await (await FileTokens.open(path, system)).issue('otto', 'operator')
    for (const mode of [0o640, 0o602, 0o666]) {
      await chmod(path, mode)
      await expect(FileTokens.open(path, system)).rejects.toMatchObject({ code: 'tokens.permissions' })
    }
  })

  it.each([
    '',
    '[]',
    '{"version":2,"tokens":[]}',
    '{"version":1,"tokens":[{"name":"a","role":"admin","sha256":"00"}]}',
    '{"version":1,"tokens":[],"open":true}',
  ])('refuses the file %s', async (text) => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'tokens.json')
    await writeFile(path, text, { mode: 0o600 })
    await expect(FileTokens.open(path, system)).rejects.toMatchObject({ code: 'tokens.malformed' })
  })

  it('refuses a name that is taken, or that no log should show', async () => {
    await using folder = await temporaryFolder()
    const tokens = await FileTokens.open(join(folder.path, 'tokens.json'), system)
    await tokens.issue('otto', 'operator')
    await expect(tokens.issue('otto', 'viewer')).rejects.toMatchObject({ code: 'tokens.exists' })
    for (const name of ['', 'a b', 'a\n', '.a', 'x'.repeat(65), 'ö']) {
      await expect(tokens.issue(name, 'viewer')).rejects.toMatchObject({ code: 'tokens.name' })
    }
  })

  it('P2 keeps a hash of each token, never the token', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'tokens.json')
    const tokens = await FileTokens.open(path, system)
    const token = await tokens.issue('otto', 'operator')
    const text = await readFile(path, 'utf8')
    expect(text).not.toContain(token.slice(5))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const [{ sha256 }] = JSON.parse(text).tokens
    expect(tokens.personOf(sha256)).toBeNull()
  })

  it('P9 remembers by whose leave each token was made', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'tokens.json')
    const tokens = await FileTokens.open(path, system)
    const by = { name: 'ada', role: 'admin', leave: ['grace'] } as const
    const token = await tokens.issue('robot', 'viewer', by)
    const after = await FileTokens.open(path, system)
    expect(after.personOf(token)).toEqual({ name: 'robot', role: 'viewer', leave: ['ada', 'grace'] })
  })

  it('shows of each who made it and when, and nothing that it rests on', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'tokens.json')
    const clock = { now: () => Date.UTC(2030, 0, 1), monotonic: () => 0 }
    const tokens = await FileTokens.open(path, { ...system, clock })
    await tokens.issue('first', 'admin')
    await tokens.issue('robot', 'viewer', { name: 'ada', role: 'admin', leave: ['grace'] })
    const createdAt = '2030-01-01T00:00:00.000Z'
    expect((await FileTokens.open(path, system)).list()).toEqual([
      { name: 'first', role: 'admin', createdAt },
      { name: 'robot', role: 'viewer', createdAt, createdBy: 'ada' },
    ])
  })

  it('knows a token no more that was revoked, nor after a restart', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'tokens.json')
    const tokens = await FileTokens.open(path, system)
    const [token, other] = await Promise.all([tokens.issue('a', 'admin'), tokens.issue('b', 'viewer')])
    await tokens.revoke('a')
    for (const each of [tokens, await FileTokens.open(path, system)]) {
      expect([each.personOf(token), each.personOf(other)]).toEqual([null, { name: 'b', role: 'viewer' }])
    }
    await expect(tokens.revoke('a')).rejects.toMatchObject({ code: 'admin.not-found' })
  })

  it('P2 takes as long to refuse a token that is nearly right as one that is all wrong', async () => {
    await using folder = await temporaryFolder()
    const tokens = await FileTokens.open(join(folder.path, 'tokens.json'), system)
    const right = await tokens.issue('otto', 'operator')
    const wrong = [right.slice(0, -1) + (right.endsWith('A') ? 'Q' : 'A'), `tmop_${'A'.repeat(43)}`] as const
    const times: [number[], number[]] = [[], []]
    // In turns, so that whatever else the machine does comes over both alike.
    for (let i = 0; i < 20_000; i++) {
      const which = (i % 2) as 0 | 1
      const began = process.hrtime.bigint()
      tokens.personOf(wrong[which])
      times[which].push(Number(process.hrtime.bigint() - began))
    }
    const [nearly, all] = times.map((each) => each.sort((a, b) => a - b)[each.length / 2] as number) as [number, number]
    expect(Math.abs(nearly - all)).toBeLessThan(0.2 * Math.max(nearly, all))
  })

  it('knows after a restart whom each token stands for', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'tokens.json')
    const before = await FileTokens.open(path, system)
    expect(before.isEmpty).toBe(true)
    const operator = await before.issue('otto', 'operator')
    const viewer = await before.issue('vera', 'viewer')
    const after = await FileTokens.open(path, system)
    expect(after.isEmpty).toBe(false)
    expect(after.personOf(operator)).toEqual({ name: 'otto', role: 'operator' })
    expect(after.personOf(viewer)).toEqual({ name: 'vera', role: 'viewer' })
    expect([operator.slice(0, 5), viewer.slice(0, 5), operator.length]).toEqual(['tmop_', 'tmvw_', 48])
  })
})
