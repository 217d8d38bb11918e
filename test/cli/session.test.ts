import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../e2e/until.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { buildProgram, Machine } from './program.ts'

beforeAll(buildProgram, 180_000)

/** Changes a copy of an export; the path of the copy. */
async function altered(folder: string, name: string, alter: (copy: string) => Promise<void>): Promise<string> {
  const copy = `${folder}-${name}`
  await cp(folder, copy, { recursive: true })
  await alter(copy)
  return copy
}

/** The one bundle of entries of a small log. */
async function bundleIn(folder: string): Promise<string> {
  const files = await readdir(join(folder, 'tile', 'entries'), { recursive: true, withFileTypes: true })
  const file = files.find((each) => each.isFile())
  return join(file?.parentPath ?? '', file?.name ?? '')
}

/** The entries of a bundle, each with the two bytes before it that say how long it is. */
function entriesOf(bundle: Buffer): Buffer[] {
  const entries: Buffer[] = []
  for (let at = 0; at < bundle.length; ) {
    const end = at + 2 + bundle.readUInt16BE(at)
    entries.push(bundle.subarray(at, end))
    at = end
  }
  return entries
}

describe('a mesh through the command line alone', () => {
  it('is founded, grows to three nodes, trusts, cuts off everywhere, and proves it afterwards', {
    timeout: 180_000,
  }, async () => {
    await using folder = await temporaryFolder()
    await using one = new Machine(join(folder.path, 'one'))
    await using two = new Machine(join(folder.path, 'two'))
    await using three = new Machine(join(folder.path, 'three'))

    const mesh = await one.json('init', '--name', 'try-out', '--plain-root')
    expect(mesh).toMatchObject({ exitCode: 0, kind: 'Mesh', data: { root: expect.stringMatching(/^did:key:/) } })
    expect(await one.json('init', '--plain-root')).toMatchObject({ exitCode: 1, data: { code: 'mesh.exists' } })
    await one.begin('up')
    for (const machine of [two, three]) {
      const { data } = await one.json('invite', '--node')
      expect(await machine.json('node', 'join', data.token)).toMatchObject({
        exitCode: 0,
        data: { root: mesh.data.root },
      })
      await machine.begin('up')
    }
    await until(async () => {
      const { data } = await one.json('node', 'list')
      return (
        data.items.length === 3 &&
        data.items.every(({ isSelf, isLinked, state }: never) => (isSelf || isLinked) && state === 'serving')
      )
    })

    // One agent at the first node answers whoever is trusted; mallory is at the second.
    const { first: researcher, lines: answered } = await one.begin('agent', 'researcher')
    const { data: mallory } = await two.json('id', 'new', 'mallory')
    await two.run('id', 'petname', 'researcher', researcher.did)
    await one.run('id', 'petname', 'mallory', mallory.did)
    const refused = await until(async () => {
      const asked = await two.json('send', 'researcher', '{"q":"hi"}', '--as', 'mallory')
      return asked.data.code === 'gate.tier-too-low' && asked
    })
    expect(refused.exitCode).toBe(4)
    expect(await one.json('can', 'mallory')).toMatchObject({
      exitCode: 4,
      data: { allow: false, denial: { code: 'gate.tier-too-low' } },
    })

    expect(await one.json('attest', 'mallory', '--value', '900', '--root')).toMatchObject({
      exitCode: 0,
      kind: 'Operation',
      data: { state: 'in-force', order: { verb: 'attest', value: 900 } },
    })
    const prefix = mallory.did.slice('did:key:'.length, -20)
    // The authority of the node may say so too, and the root has said that its word counts.
    expect(await one.json('attest', 'mallory', '--value', '500')).toMatchObject({ exitCode: 0, kind: 'Operation' })
    // What it would say, and does not.
    const warning = await one.json('attest', 'mallory', '--value', '-1000', '--weight', '3000', '--dry-run')
    expect(warning).toMatchObject({ exitCode: 0, kind: 'Preview', data: { reach: 1 } })
    expect(warning.data.tiers).toEqual([expect.objectContaining({ did: mallory.did })])
    expect(await one.json('can', prefix, '--min-tier', 'known')).toMatchObject({
      exitCode: 0,
      data: { allow: true, did: mallory.did },
    })
    const explained = await one.json('explain', 'mallory')
    const share = expect.any(Number)
    expect(explained).toMatchObject({ exitCode: 0, data: { contributions: [{ share }, { share }] } })
    const reply = await until(async () => {
      const asked = await two.json('send', 'researcher', '{"q":"hi"}', '--as', 'mallory')
      return asked.exitCode === 0 && asked
    })
    expect(reply.data).toEqual({ from: researcher.did, content: { q: 'hi' } })
    expect(answered.map(({ event }) => event)).toEqual(expect.arrayContaining(['joined', 'denied', 'answered']))

    const preview = await one.json('revoke', 'mallory', '--dry-run')
    expect(preview).toMatchObject({ exitCode: 0, kind: 'Preview', data: { targets: [{ did: mallory.did }] } })
    expect(preview.data.tiers).toEqual([expect.objectContaining({ did: mallory.did, to: 'untrusted' })])
    expect((await one.json('agents', 'show', 'mallory')).data.status).toBe('active')

    const revoked = await one.json('revoke', 'mallory', '--reason', 'asked for secrets', '--wait')
    expect(revoked).toMatchObject({ exitCode: 0, kind: 'Operation', data: { state: 'in-force' } })
    expect(revoked.data.nodes.map(({ state }: { state: string }) => state)).toEqual([
      'confirmed',
      'confirmed',
      'confirmed',
    ])
    expect((await one.json('agents', 'show', 'mallory')).data.status).toBe('revoked')
    expect(await two.json('send', 'researcher', '{"q":"hi"}', '--as', 'mallory')).toMatchObject({
      exitCode: 4,
      data: { code: 'mesh.revoked' },
    })

    const exported = join(folder.path, 'export')
    expect(await one.json('audit', 'export', exported)).toMatchObject({ exitCode: 0 })
    const { data: verdict, exitCode } = await one.json('audit', 'verify', exported)
    expect([exitCode, verdict]).toEqual([0, expect.objectContaining({ ok: true, node: mesh.data.node })])
    const entries = entriesOf(await readFile(await bundleIn(exported)))
    expect(entries).toHaveLength(verdict.size)
    expect(entries.map(String)).toEqual(expect.arrayContaining([expect.stringContaining('"revocation.applied"')]))

    const byte = await altered(exported, 'byte', async (copy) => {
      const path = await bundleIn(copy)
      const bundle = await readFile(path)
      const at = bundle.lastIndexOf('revocation.applied')
      bundle[at] = 'R'.charCodeAt(0)
      await writeFile(path, bundle)
    })
    const index = entries.findLastIndex((entry) => entry.includes('revocation.applied'))
    expect(await one.json('audit', 'verify', byte)).toMatchObject({
      exitCode: 6,
      data: { ok: false, code: 'export.entry', index },
    })

    const truncated = await altered(exported, 'truncated', async (copy) => {
      await writeFile(await bundleIn(copy), Buffer.concat(entries.slice(0, -1)))
    })
    expect(await one.json('audit', 'verify', truncated)).toMatchObject({
      exitCode: 6,
      data: { ok: false, index: entries.length - 1 },
    })

    const reordered = await altered(exported, 'reordered', async (copy) => {
      const [first, second, ...others] = entries
      await writeFile(await bundleIn(copy), Buffer.concat([second, first, ...others] as Buffer[]))
    })
    expect(await one.json('audit', 'verify', reordered)).toMatchObject({
      exitCode: 6,
      data: { ok: false, code: 'export.entry', index: 0 },
    })

    // A log that was cut together with its checkpoint is sound in itself: whoever has kept a later one sees it all the same.
    const later = join(folder.path, 'later')
    await one.run('agents')
    await one.json('evict', 'researcher', '--reason', 'a test')
    await one.json('audit', 'export', later)
    const kept = ['--kept', join(later, 'checkpoint')]
    expect(await one.json('audit', 'verify', exported, ...kept)).toMatchObject({
      exitCode: 6,
      data: { code: 'export.truncated' },
    })
    expect(await one.json('audit', 'verify', later, '--kept', join(exported, 'checkpoint'))).toMatchObject({
      exitCode: 0,
    })
  })
})
