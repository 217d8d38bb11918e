import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TestNode } from '../e2e/test-node.ts'
import { Terminal } from './terminal.ts'

describe('trustmesh backup and restore', () => {
  it('take the folder of a node that runs, and make it again elsewhere', async () => {
    await using node = await TestNode.start()
    await using person = await Terminal.open()
    const backup = join(person.home, 'backup')
    const made = await person.json('backup', `${backup}/`, '--set', `dataDir=${node.dataDir}`)
    expect(made).toMatchObject({ exitCode: 0, kind: 'Backup', data: { dataDir: node.dataDir } })
    const twice = await person.json('backup', backup, '--set', `dataDir=${node.dataDir}`)
    expect(twice).toMatchObject({ exitCode: 1, error: { code: 'backup.exists' } })

    expect(await person.json('restore', backup, '--set', `dataDir=${node.dataDir}`)).toMatchObject({
      exitCode: 1,
      error: { code: 'backup.not-empty' },
    })
    const files = (made.data as { files: number }).files
    const dataDir = join(person.home, 'node')
    // All but the key of the log, which is begun anew.
    expect(await person.json('restore', backup)).toMatchObject({ exitCode: 0, data: { dataDir, files } })
    const { did } = await node.key('node')
    const shown = await person.json('node', 'renew', '--root', join(dataDir, 'keys'))
    expect(shown).toMatchObject({ exitCode: 0, data: { node: did } })

    await rm(dataDir, { recursive: true })
    await writeFile(join(backup, 'mesh.json'), '{}')
    expect(await person.json('restore', backup)).toMatchObject({ exitCode: 1, error: { code: 'backup.damaged' } })
  })
})
