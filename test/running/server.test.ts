import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@trustmesh/identity/node'
import { backUp, restore } from '@trustmesh/mesh-node'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildNode, EndedEarly, joinRaw, NodeProcess, someone, TestNode } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

beforeAll(buildNode, 180_000)

describe('trustmesh-node', () => {
  it.each([['init'], ['--plain-root'], ['--set', 'listen.port=none']])(
    'refuses %s, and makes nothing',
    async (...args) => {
      await using home = await temporaryFolder()
      const ended = await NodeProcess.start({ home: home.path, args }).catch((error: unknown) => error)
      expect(ended).toBeInstanceOf(EndedEarly)
      expect(ended).toMatchObject({ exitCode: 2 })
      expect(await readdir(home.path)).toEqual([])
    },
  )

  it('serves as its file says, and as --set says over that', async () => {
    await using home = await temporaryFolder()
    const config = join(home.path, 'trustmesh.yaml')
    await writeFile(config, `dataDir: ${home.path}/data\npublicUrl: wss://file.example\n`)
    const args = ['--config', config, '--set', 'publicUrl=wss://flag.example']
    await using node = await NodeProcess.start({ home: home.path, args })
    expect(node.joinFile.url).toBe('wss://flag.example')
    expect(await readdir(join(home.path, 'data'))).toContain('mesh.json')
  })

  it('serves alone what a backup has, once it is told that nobody knows more', async () => {
    await using before = await TestNode.start()
    await using home = await temporaryFolder()
    const backup = join(home.path, 'backup')
    await backUp(before.dataDir, backup, systemClock)
    await before.stop()
    await restore(backup, join(home.path, 'node'))
    await using node = await NodeProcess.start({ home: home.path, args: ['--accept-loss'] })
    expect(node.joinFile).toMatchObject({ node: before.joinFile.node, net: before.joinFile.net })
    using session = await joinRaw(node.joinFile, someone())
    expect(session.did).toMatch(/^did:key:/)
  })
})
