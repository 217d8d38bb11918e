import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@trustmesh/identity/node'
import { backUp, restore } from '@trustmesh/mesh-node'
import { describe, expect, it } from 'vitest'
import { attempt, joinRaw, RawSocket, someone, TestNode, until } from '../e2e/kit.ts'
import { NodeMesh } from '../mesh-links/node-mesh.ts'
import { openRaw } from '../store/raw-level.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

/** Twice as long as a node waits for others that it cannot reach. */
const ALONE_MS = 6_000

/** A node that has been stopped, with something in its folder, and a backup of that. */
async function backedUp() {
  const folder = await temporaryFolder()
  const node = await TestNode.start()
  using _session = await joinRaw(node.joinFile, someone())
  await node.stop()
  const target = join(folder.path, 'backup')
  const manifest = await backUp(node.dataDir, target, systemClock)
  const to = join(folder.path, 'restored')
  return {
    ...{ node, target, to, manifest },
    [Symbol.asyncDispose]: async () => {
      await node[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** What came of knocking at a node. */
async function knock(mesh: NodeMesh, place: number, who = someone()): Promise<string> {
  const { joinFile } = mesh.at(place)
  const raw = await RawSocket.open(joinFile.url)
  const outcome = await attempt(raw, joinFile, who)
  if (outcome.type === 'session') outcome.session[Symbol.dispose]()
  raw[Symbol.dispose]()
  return outcome.type === 'refused' ? outcome.refusal.refusal : outcome.type
}

/** Takes a backup's place: what was there is gone. */
async function restoreAt(mesh: NodeMesh, place: number, backup: string): Promise<void> {
  await rm(mesh.dataDir(place), { recursive: true })
  await restore(backup, mesh.dataDir(place))
}

describe(restore, () => {
  it('refuses a folder in which something is', async () => {
    await using stage = await backedUp()
    await mkdir(stage.to)
    await writeFile(join(stage.to, 'mine'), '')
    await expect(restore(stage.target, stage.to)).rejects.toMatchObject({ code: 'backup.not-empty' })
    expect(await readdir(stage.to)).toEqual(['mine'])
  })

  it('refuses what is not as it was, and leaves nothing behind', async () => {
    await using stage = await backedUp()
    const key = join(stage.target, 'mesh.json')
    const bytes = await readFile(key)
    const wrongs = [
      () => rm(key),
      () => writeFile(key, bytes.subarray(1)),
      () => writeFile(key, bytes.fill(0x20, 5, 6)),
    ]
    for (const wrong of wrongs) {
      await wrong()
      await expect(restore(stage.target, stage.to)).rejects.toMatchObject({ code: 'backup.damaged' })
      expect(await stat(stage.to).catch(() => null)).toBeNull()
    }
  })

  it.each([
    ['leads out of the folder', '../../mesh.json'],
    ['is absolute', '/etc/passwd'],
    ['is hidden', 'keys/.ssh'],
  ])('refuses a manifest with a path that %s', async (_, path) => {
    await using stage = await backedUp()
    const manifest = { ...stage.manifest, files: stage.manifest.files.map((file) => ({ ...file, path })) }
    await writeFile(join(stage.target, 'manifest.json'), JSON.stringify(manifest))
    await expect(restore(stage.target, stage.to)).rejects.toMatchObject({ code: 'backup.malformed' })
  })

  it('O10 refuses a backup of a newer release', async () => {
    await using stage = await backedUp()
    const manifest = { ...stage.manifest, format: stage.manifest.format + 1 }
    await writeFile(join(stage.target, 'manifest.json'), JSON.stringify(manifest))
    await expect(restore(stage.target, stage.to)).rejects.toMatchObject({ code: 'store.version' })
  })

  it('brings back neither tokens, nor the key of the audit log, nor what the manifest does not name', async () => {
    await using stage = await backedUp()
    await writeFile(join(stage.target, 'keys', 'mallory.pem'), '')
    const manifest = await restore(stage.target, stage.to)
    expect(manifest.files.length).toBeGreaterThan(5)
    const names = [...(await readdir(stage.to)), ...(await readdir(join(stage.to, 'keys')))]
    for (const name of ['tokens.json', 'audit', 'log.pem', 'mallory.pem', 'statements.anchor']) {
      expect(names).not.toContain(name)
    }
    expect(names).toEqual(
      expect.arrayContaining(['mesh.json', 'statements', 'statements.key', 'node.pem', 'audit-before-restore']),
    )
    expect((await stat(join(stage.to, 'statements.key'))).mode & 0o777).toBe(0o600)
  })
})

describe(backUp, () => {
  it('refuses a folder that is there', async () => {
    await using stage = await backedUp()
    await expect(backUp(stage.node.dataDir, stage.target, systemClock)).rejects.toMatchObject({ code: 'backup.exists' })
  })

  it('gives up where records are missing, and leaves nothing that looks like a backup', async () => {
    await using stage = await backedUp()
    {
      await using raw = await openRaw(stage.node.dataDir)
      const place = (await raw.keys().all()).find(([kind]) => kind === 2)
      await raw.del(place as Uint8Array)
    }
    const failed = backUp(stage.node.dataDir, `${stage.target}-2`, systemClock)
    await expect(failed).rejects.toMatchObject({ code: 'backup.failed' })
    expect(await stat(`${stage.target}-2`).catch(() => null)).toBeNull()
  })

  it('catches one moment of a node that is written to', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    await using folder = await temporaryFolder()
    let isOver = false
    const load = async (): Promise<void> => {
      while (!isOver) (await joinRaw(mesh.at(1).joinFile, someone()))[Symbol.dispose]()
    }
    const loads = [load(), load()]
    for (let n = 0; n < 3; n += 1) {
      const before = mesh.at(1).node.statementCount
      await until(() => mesh.at(1).node.statementCount > before)
      await backUp(mesh.dataDir(1), join(folder.path, String(n)), systemClock)
    }
    isOver = true
    await Promise.all(loads)
    await mesh.stop(1)
    for (let n = 0; n < 3; n += 1) await restore(join(folder.path, String(n)), join(folder.path, `restored-${n}`))
    await restoreAt(mesh, 1, join(folder.path, '2'))
    await mesh.startAgain(1)
    await mesh.linked()
    await mesh.agree()
  })
})

describe('a node that was restored', () => {
  it('R11 K5 takes nobody before another member has told it what has been since', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    await using folder = await temporaryFolder()
    const [alice, bob] = [someone(), someone()]
    expect(await knock(mesh, 1, alice)).toBe('session')
    await mesh.agree()
    const backup = join(folder.path, 'backup')
    await backUp(mesh.dataDir(1), backup, systemClock)
    await revoke(mesh, alice.did)
    await mesh.agree()
    expect(await knock(mesh, 1, alice)).toBe('revoked')

    await mesh.stop(1)
    await mesh.stop(0)
    await restoreAt(mesh, 1, backup)
    await mesh.startAgain(1)
    // As long as it waits for others where nothing is missing, and longer.
    const deadline = systemClock.monotonic() + ALONE_MS
    while (systemClock.monotonic() < deadline) {
      expect(await knock(mesh, 1, bob)).toBe('syncing')
      // Slowly enough for what one address may ask.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(await knock(mesh, 1, alice)).not.toBe('session')

    await mesh.startAgain(0)
    await mesh.linked()
    expect(await knock(mesh, 1, alice)).toBe('revoked')
    expect(await knock(mesh, 1, bob)).toBe('session')
    await mesh.agree()
  })

  it('serves alone where its operator says that nobody knows more', async () => {
    await using mesh = await NodeMesh.start({ nodes: 1 })
    await using folder = await temporaryFolder()
    const backup = join(folder.path, 'backup')
    await backUp(mesh.dataDir(0), backup, systemClock)
    await mesh.stop(0)
    await restoreAt(mesh, 0, backup)
    await mesh.startAgain(0, { acceptLoss: true })
    await mesh.linked()
    expect(await knock(mesh, 0)).toBe('session')
  })
})

describe('a mesh of two formats', () => {
  it('O10 goes on while one node after the other is upgraded', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    const [alice, bob] = [someone(), someone()]
    expect(await knock(mesh, 0, alice)).toBe('session')
    await mesh.agree()
    await mesh.stop(1)
    await toFirstFormat(mesh.dataDir(1))
    await revoke(mesh, alice.did)

    await mesh.startAgain(1)
    await mesh.linked()
    expect(await knock(mesh, 1, alice)).toBe('revoked')
    expect(await knock(mesh, 1, bob)).toBe('session')
    await mesh.agree()
    expect(await readdir(mesh.dataDir(1))).toContain('statements.format-1')

    // Back to the old release, with what it had then.
    await mesh.stop(1)
    const at = (name: string): string => join(mesh.dataDir(1), name)
    await rm(at('statements'), { recursive: true })
    await rm(at('statements.anchor'))
    await rename(at('statements.format-1'), at('statements'))
    await mesh.startAgain(1)
    await mesh.linked()
    expect(await knock(mesh, 1, alice)).toBe('revoked')
    await mesh.agree()
  })
})

async function revoke(mesh: NodeMesh, did: string): Promise<void> {
  const { running } = mesh.at(0)
  const response = await fetch(`${running.adminUrl}/v1/revocations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${running.newTokens[0]?.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ did, reason: 'a test' }),
  })
  expect(response.status).toBeLessThan(300)
}

/** As the first release left it: statements as they are, and nothing beside them. */
async function toFirstFormat(dataDir: string): Promise<void> {
  {
    await using raw = await openRaw(dataDir)
    for (const [place, sealed] of await raw.iterator().all()) {
      await raw.del(place)
      if (place[0] === 2) await raw.put(Uint8Array.of(1, ...place.subarray(1)), sealed.subarray(0, -32))
    }
    await raw.put(Uint8Array.of(0), Uint8Array.of(1))
  }
  for (const name of ['statements.key', 'statements.anchor']) await rm(join(dataDir, name))
}
