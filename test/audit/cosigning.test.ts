import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCheckpoint, verifyExport } from '@trustmesh/audit'
import { systemClock } from '@trustmesh/identity/node'
import { backUp, restore } from '@trustmesh/mesh-node'
import { describe, expect, it } from 'vitest'
import { auditLinesIn } from '../e2e/audit-lines.ts'
import { until } from '../e2e/until.ts'
import { NodeMesh } from '../mesh-links/node-mesh.ts'
import { keyOfLogIn, openLog } from './open-log.ts'

const folderOf = (mesh: NodeMesh, place: number): string => join(mesh.dataDir(place), 'audit')
const checkpointOf = (mesh: NodeMesh, place: number) => parseCheckpoint(mesh.at(place).running.auditReader.checkpoint())
const auditCheckOf = (mesh: NodeMesh, place: number) =>
  mesh
    .at(place)
    .node.control.checks()
    .find(({ name }) => name === 'audit')?.ok

/** What a node's log says of logs that are not what they were, up to now. */
async function forksAt(mesh: NodeMesh, place: number): Promise<string[]> {
  const lines = await auditLinesIn(folderOf(mesh, place))
  return lines.flatMap(({ event, code, did }) => (event === 'audit.fork' ? [`${code} ${did}`] : []))
}

/** Stops a node, lets something happen to its folder, and starts it again. */
async function afterRestart(mesh: NodeMesh, place: number, act: () => Promise<void>): Promise<void> {
  await mesh.stop(place)
  await act()
  await mesh.startAgain(place)
  await mesh.linked()
}

/** All that the others could confirm is confirmed. */
async function confirmed(mesh: NodeMesh): Promise<void> {
  const others = mesh.members.length - 1
  await until(() => mesh.members.every((_, place) => checkpointOf(mesh, place).cosigners.length === others))
}

describe('the audit logs of a mesh', () => {
  it('A4 are confirmed by the other members, as an export shows to who knows the root of the mesh and nothing else', async () => {
    await using mesh = await NodeMesh.start({ nodes: 3 })
    await confirmed(mesh)
    for (const [place, { node, running, joinFile }] of mesh.members.entries()) {
      const checkpoint = await running.auditReader.file('checkpoint')
      const files = async (path: string) => (path === 'checkpoint' ? checkpoint : await running.auditReader.file(path))
      const verdict = await verifyExport(files, { root: joinFile.root }, systemClock.now())
      const others = mesh.members.filter((_, other) => other !== place).map((member) => member.node.did)
      expect(verdict).toMatchObject({ ok: true, node: node.did })
      expect(verdict.ok && new Set(verdict.cosigners)).toEqual(new Set(others))
      expect(auditCheckOf(mesh, place)).toBe(true)
    }
  })

  it('go on being confirmed when nodes are started again', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    await confirmed(mesh)
    const { size } = checkpointOf(mesh, 0).head
    for (const place of [0, 1]) await afterRestart(mesh, place, async () => {})
    await until(() => checkpointOf(mesh, 0).head.size > size)
    await confirmed(mesh)
    expect([...(await forksAt(mesh, 0)), ...(await forksAt(mesh, 1))]).toEqual([])
  })

  it('A3 a node whose log was put back to an earlier state is told so by the others, and they confirm it no more', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    const earlier = `${folderOf(mesh, 0)}-earlier`
    await afterRestart(mesh, 0, () => cp(folderOf(mesh, 0), earlier, { recursive: true }))
    const { size } = checkpointOf(mesh, 0).head
    for (let i = 0; i < 30; i++) await fetch(`${mesh.at(0).running.adminUrl}/v1/agents`)
    await until(() => checkpointOf(mesh, 0).head.size >= size + 30)
    await confirmed(mesh)
    await afterRestart(mesh, 0, async () => {
      await rm(folderOf(mesh, 0), { recursive: true })
      await cp(earlier, folderOf(mesh, 0), { recursive: true })
    })
    const [victim, witness] = [mesh.at(0).node.did, mesh.at(1).node.did]
    await until(async () => (await forksAt(mesh, 0)).includes(`audit.rolled-back ${witness}`))
    await until(async () => (await forksAt(mesh, 1)).includes(`audit.rolled-back ${victim}`))
    expect([auditCheckOf(mesh, 0), auditCheckOf(mesh, 1)]).toEqual([false, true])
    expect(checkpointOf(mesh, 0).cosigners).toEqual([])
  })

  it('A4 A5 a log that was written anew with its own key is found out, though it is whole in itself', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    await confirmed(mesh)
    await afterRestart(mesh, 0, async () => {
      const directory = folderOf(mesh, 0)
      await rm(directory, { recursive: true })
      await using log = await openLog(directory, { key: await keyOfLogIn(mesh.dataDir(0)) })
      for (let i = 0; i < 50; i++) await log.commit({ event: 'admin.acted', detail: { i } })
    })
    const [victim, witness] = [mesh.at(0).node.did, mesh.at(1).node.did]
    await until(async () => (await forksAt(mesh, 0)).includes(`audit.rewritten ${witness}`))
    await until(async () => (await forksAt(mesh, 1)).includes(`audit.rewritten ${victim}`))
    expect(auditCheckOf(mesh, 0)).toBe(false)
    expect(checkpointOf(mesh, 0).cosigners).toEqual([])
  })

  it('A4 are confirmed by a node that was restored once half of the mesh has told it what it has confirmed', async () => {
    await using mesh = await NodeMesh.start({ nodes: 3 })
    await confirmed(mesh)
    const [dataDir, backup] = [mesh.dataDir(0), join(mesh.dataDir(0), '..', 'backup')]
    await afterRestart(mesh, 0, async () => {
      await backUp(dataDir, backup, systemClock)
      await rm(dataDir, { recursive: true })
      await restore(backup, dataDir)
    })
    const origins = [1, 2].map((place) => checkpointOf(mesh, place).head.origin)
    const rewitnessed = join(dataDir, 'rewitnessed.json')
    await until(async () => {
      // Whatever is written next is shown next.
      for (const place of [1, 2]) await fetch(`${mesh.at(place).running.adminUrl}/v1/agents`)
      const since: string[] = JSON.parse(await readFile(rewitnessed, 'utf8'))
      return origins.every((origin) => since.includes(origin))
    })
    await confirmed(mesh)
    expect(await forksAt(mesh, 0)).toEqual([])
  })

  it('A5 a log in place of another, with a key of its own, is told', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    await confirmed(mesh)
    await afterRestart(mesh, 0, async () => {
      await rm(folderOf(mesh, 0), { recursive: true })
      const keys = join(mesh.dataDir(0), 'keys')
      for (const name of await readdir(keys)) if (name.startsWith('log')) await rm(join(keys, name))
    })
    const victim = mesh.at(0).node.did
    await until(async () => (await forksAt(mesh, 1)).includes(`audit.replaced ${victim}`))
  })
})
