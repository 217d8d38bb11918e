import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { issueCosignature, parseCheckpoint } from '@trustmesh/audit'
import type { Identity } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { issueDelegation } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import type { AuditLink } from '../../packages/mesh-node/src/audit/exchange.ts'
import { Witnessed } from '../../packages/mesh-node/src/audit/witnessed.ts'
import { until } from '../e2e/until.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { identity, joined, MALLORY, net, Party, scene } from './party.ts'

describe('a log that shows two views', () => {
  it.each([
    ['of the same size', ['a', 'b'], ['a', 'c']],
    ['of which one is larger', ['a', 'b'], ['a', 'c', 'd']],
    ['of which one is smaller', ['a', 'b', 'd'], ['c']],
  ])('A4 is found out once those who saw them meet: views %s', async (_, first, second) => {
    await using folder = await temporaryFolder()
    await using parties = await scene(folder.path)
    const { bob, carol, one, other } = parties
    await one.write(first)
    await other.write(second)
    joined(one, bob)
    joined(other, carol)
    await until(() => one.cosigners === 1 && other.cosigners === 1)
    expect([...bob.forks, ...carol.forks]).toEqual([])

    joined(bob, carol)
    await one.write(['e', 'f', 'g'])
    await other.write(['e', 'f', 'g', 'h', 'i'])
    await until(() => bob.forks.includes('audit.split-view') || carol.forks.includes('audit.split-view'))
  })

  it('A4 is found out by whoever has confirmed another one of that size lately, without seeing any log again', async () => {
    await using folder = await temporaryFolder()
    await using parties = await scene(folder.path)
    const { bob, carol, one, other } = parties
    const parts = [joined(one, bob), joined(other, carol)]
    await one.write(['a', 'b'])
    await other.write(['a', 'c'])
    await until(() => one.cosigners === 1 && other.cosigners === 1)
    await one.write(['d', 'e'])
    await until(() => one.cosigners === 1)
    for (const part of parts) part()
    expect([...bob.forks, ...carol.forks]).toEqual([])
    joined(bob, carol)
    await until(() => bob.forks.includes('audit.split-view'))
  })

  it('A4 is confirmed by nobody who has confirmed the other view, also after a restart', async () => {
    await using folder = await temporaryFolder()
    await using parties = await scene(folder.path)
    const { bob, one, other } = parties
    await one.write(['a', 'b'])
    const part = joined(one, bob)
    await until(() => one.cosigners === 1)
    part()
    await bob.log.close()
    await other.write(['a', 'c', 'd'])
    const again = await Party.open(join(folder.path, 'b'), 40)
    joined(other, again)
    await until(() => again.forks.length > 0)
    await again.log.close()
    expect([again.forks, other.cosigners, other.forks]).toEqual([['audit.rewritten'], 0, ['audit.rewritten']])
  })

  it('A4 is confirmed by nobody whom its node has shown a log with another key meanwhile, also after a restart', async () => {
    await using folder = await temporaryFolder()
    await using parties = await scene(folder.path)
    const { bob, one, other } = parties
    await one.write(['a', 'b'])
    const part = joined(one, bob)
    await until(() => one.cosigners === 1)
    part()
    const decoy = await Party.open(join(folder.path, 'd'), MALLORY, MALLORY + 9)
    await decoy.write(['x'])
    const partAgain = joined(decoy, bob)
    await until(() => decoy.cosigners === 1)
    partAgain()
    await Promise.all([decoy.log.close(), bob.log.close()])
    await other.write(['a', 'c'])
    const again = await Party.open(join(folder.path, 'b'), 40)
    joined(other, again)
    await until(() => again.forks.includes('audit.rewritten'))
    await again.log.close()
    expect([other.cosigners, other.forks]).toEqual([0, ['audit.rewritten']])
  })

  it('A4 has a bounded number of others in its place, and what they take up nobody else lacks', async () => {
    await using folder = await temporaryFolder()
    await using parties = await scene(folder.path)
    const { bob, carol } = parties
    const decoys: Party[] = []
    for (let i = 0; i < 9; i++) {
      const decoy = await Party.open(join(folder.path, `d-${i}`), MALLORY, MALLORY + 100 + i)
      decoys.push(decoy)
      await decoy.write(['x'])
      joined(decoy, bob)
      if (i < 8) await until(() => decoy.cosigners === 1)
    }
    await carol.write(['x'])
    joined(carol, bob)
    await until(() => carol.cosigners === 1)
    expect(decoys.map(({ cosigners }) => cosigners)).toEqual([...Array.from({ length: 8 }, () => 1), 0])
    const kept = JSON.parse(await readFile(join(folder.path, 'b', 'witnessed.json'), 'utf8'))
    expect(kept[identity(MALLORY).did]).toHaveLength(8)
    for (const { log } of decoys) await log.close()
  })

  it('O5 is not confirmed by whose clock is wrong, who holds that against nobody', async () => {
    await using folder = await temporaryFolder()
    const behind = { ...systemClock, now: () => systemClock.now() - 3_600_000 }
    const a = await Party.open(join(folder.path, 'a'), 80)
    const b = await Party.open(join(folder.path, 'b'), 81, undefined, behind)
    joined(a, b)
    await a.write(['before'])
    await b.write(['meanwhile'])
    // What was on its way has arrived, and ended nothing.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect([a.cosigners, a.forks, b.forks]).toEqual([0, [], []])
    for (const { log } of [a, b]) await log.close()
  })

  it('A4 leaves room for those who confirm it, whatever keys one of them has', async () => {
    await using folder = await temporaryFolder()
    const { log, exchange } = await Party.open(join(folder.path, 'a'), 80)
    await log.commit({ event: 'admin.acted' })
    const mallory = identity(MALLORY)
    const linkTo = ({ did }: Identity): AuditLink => ({ did, isOpen: true, push: () => {} })
    const [link, bobs] = [linkTo(mallory), linkTo(identity(40))]
    await until(() => log.checkpoint().split('\n')[1] === '1')
    const { head } = parseCheckpoint(log.checkpoint())
    const confirm = async (by: Identity, key: Identity, over: AuditLink): Promise<void> => {
      const issuance = { net, clock: systemClock, random: systemRandom }
      const exp = systemClock.now() + 60_000
      const { bytes } = await issueDelegation(by, { aud: key.did, can: '/mesh/witness', exp }, issuance)
      const line = Buffer.from(await issueCosignature(key, head, 1))
      exchange.receive({ type: 'cosigned', size: head.size, line, link: bytes }, over)
    }
    for (let seed = 100; seed < 110; seed++) await confirm(mallory, identity(seed), link)
    await confirm(identity(40), identity(42), bobs)
    expect(parseCheckpoint(log.checkpoint()).cosigners.map(({ did }) => did)).toEqual([
      identity(100).did,
      identity(42).did,
    ])
    await log.close()
  })

  it('A4 takes nobody down whose files cannot be read', async () => {
    await using folder = await temporaryFolder()
    await using parties = await scene(folder.path)
    const { bob, carol, one } = parties
    await one.write(['a', 'b', 'c'])
    const part = joined(one, bob)
    await until(() => one.cosigners === 1)
    part()
    await one.write(Array.from({ length: 300 }, () => 'd'))
    const tile = join(folder.path, '1', 'tile', '0', '000')
    await rm(tile)
    await mkdir(tile)
    joined(one, bob)
    joined(one, carol)
    await until(() => one.cosigners === 1)
  })

  it('A4 is not begun anew with whoever cannot read what it has confirmed', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'witnessed.json')
    for (const broken of ['', '{', '{"did:key:z6Mk":"x"}', '[]x']) {
      await writeFile(path, broken)
      await expect(Witnessed.open(folder.path)).rejects.toMatchObject({ code: 'audit.unavailable' })
    }
  })

  it('A3 F is found out wherever it was cut off', async () => {
    await using folder = await temporaryFolder()
    await using parties = await scene(folder.path)
    const { bob, one } = parties
    await one.write(Array.from({ length: 12 }, (_, i) => `c-${i}`))
    const part = joined(one, bob)
    await until(() => one.cosigners === 1)
    part()
    for (let size = 0; size < 12; size++) {
      const cut = await Party.open(join(folder.path, `cut-${size}`), MALLORY)
      await cut.write(Array.from({ length: size }, (_, i) => `c-${i}`))
      const parted = joined(cut, bob)
      await until(() => cut.forks.length > 0)
      parted()
      await cut.log.close()
      expect([cut.forks, cut.cosigners, cut.log.healthy()]).toEqual([['audit.rolled-back'], 0, false])
    }
    expect(bob.forks).toEqual(['audit.rolled-back'])
  })

  it('A4 two honest logs that grow are confirmed on and on, and nobody cries wolf', async () => {
    await using folder = await temporaryFolder()
    await using parties = await scene(folder.path)
    const { bob, carol, one } = parties
    for (const [a, b] of [
      [one, bob],
      [one, carol],
      [bob, carol],
    ] as const)
      joined(a, b)
    for (let round = 0; round < 5; round++) {
      await Promise.all([one.write(['a', 'b', 'c']), bob.write(['d']), carol.write(['e', 'f'])])
      await until(() => [one, bob, carol].every((party) => party.cosigners === 2))
    }
    expect([...one.forks, ...bob.forks, ...carol.forks]).toEqual([])
  })
})
