import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { FileTokens } from '../../packages/mesh-node/src/admin/tokens.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

describe(FileTokens, () => {
  it('refuses a file that others may read or write', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'tokens.json')
    await (await FileTokens.open(path, systemRandom)).issue('otto', 'operator')
    for (const mode of [0o640, 0o602, 0o666]) {
      await chmod(path, mode)
      await expect(FileTokens.open(path, systemRandom)).rejects.toMatchObject({ code: 'tokens.permissions' })
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
    await expect(FileTokens.open(path, systemRandom)).rejects.toMatchObject({ code: 'tokens.malformed' })
  })

  it('refuses a name that is taken, or that no log should show', async () => {
    await using folder = await temporaryFolder()
    const tokens = await FileTokens.open(join(folder.path, 'tokens.json'), systemRandom)
    await tokens.issue('otto', 'operator')
    await expect(tokens.issue('otto', 'viewer')).rejects.toMatchObject({ code: 'tokens.exists' })
    for (const name of ['', 'a b', 'a\n', '.a', 'x'.repeat(65), 'ö']) {
      await expect(tokens.issue(name, 'viewer')).rejects.toMatchObject({ code: 'tokens.name' })
    }
  })

  it('P2 keeps a hash of each token, never the token', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'tokens.json')
    const tokens = await FileTokens.open(path, systemRandom)
    const token = await tokens.issue('otto', 'operator')
    const text = await readFile(path, 'utf8')
    expect(text).not.toContain(token.slice(5))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const [{ sha256 }] = JSON.parse(text).tokens
    expect(tokens.principalOf(sha256)).toBeNull()
  })

  it('knows after a restart whom each token stands for', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'tokens.json')
    const before = await FileTokens.open(path, systemRandom)
    expect(before.isEmpty).toBe(true)
    const operator = await before.issue('otto', 'operator')
    const viewer = await before.issue('vera', 'viewer')
    const after = await FileTokens.open(path, systemRandom)
    expect(after.isEmpty).toBe(false)
    expect(after.principalOf(operator)).toEqual({ name: 'otto', role: 'operator' })
    expect(after.principalOf(viewer)).toEqual({ name: 'vera', role: 'viewer' })
    expect([operator.slice(0, 5), viewer.slice(0, 5), operator.length]).toEqual(['tmop_', 'tmvw_', 48])
  })
})
