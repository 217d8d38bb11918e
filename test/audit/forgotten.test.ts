import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { forgetWitnessed } from '../../packages/mesh-node/src/audit/witnessed.ts'
import { until } from '../e2e/until.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { identity, joined, MALLORY, Party } from './party.ts'

const [BOB, CAROL, DAVE] = [40, 60, 90]

/** Joins two, and resolves when the first has had its checkpoint answered; with what parts them again. */
async function met(party: Party, other: Party): Promise<() => void> {
  party.answer = undefined
  const part = joined(party, other)
  await until(() => party.answer !== undefined && party.answer.known === undefined)
  return part
}

/**
 * Bob and Carol have confirmed one view of Mallory's log, of which Bob's backup has the beginning, or nothing. Then Bob is restored
 * from that, in a mesh of those three and as many more as are named.
 */
async function restored(path: string, { hasBeginning = true, more = [] as number[] } = {}) {
  const [bob, carol] = [await Party.open(join(path, 'b'), BOB), await Party.open(join(path, 'c'), CAROL)]
  const beginning = await Party.open(join(path, '1'), MALLORY)
  await beginning.write(['a'])
  await beginning.log.close()
  await cp(join(path, '1'), join(path, '2'), { recursive: true })
  const [one, other] = [await Party.open(join(path, '1'), MALLORY), await Party.open(join(path, '2'), MALLORY)]
  const [partBob, partCarol] = [joined(one, bob), joined(one, carol)]
  await until(() => one.cosigners === 2)
  if (hasBeginning) await cp(join(path, 'b', 'witnessed.json'), join(path, 'restored', 'witnessed.json'))
  await one.write(['b', 'c'])
  await until(() => one.cosigners === 2)
  partBob()
  partCarol()
  const again = await Party.open(join(path, 'restored'), BOB, undefined, undefined, forgetWitnessed)
  again.others.push(...[CAROL, MALLORY, ...more].map((seed) => identity(seed).did))
  const close = async (): Promise<void> => {
    for (const { log } of [again, bob, carol, one, other]) await log.close()
  }
  return { again, carol, one, other, [Symbol.asyncDispose]: close }
}

describe('a node that was restored from a backup', () => {
  it.each([
    ['that has the beginning of the log', true],
    ['that has nothing of the log', false],
  ])('A4 confirms no fork that begins after a backup %s', async (_, hasBeginning) => {
    await using folder = await temporaryFolder()
    await using parties = await restored(folder.path, { hasBeginning })
    const { again, carol, other } = parties
    await other.write(['x', 'y', 'z'])
    await met(other, again)
    expect([other.cosigners, again.forks]).toEqual([0, []])

    await met(carol, again)
    await other.write(['more'])
    await until(() => again.forks.includes('audit.split-view'))
    expect(other.cosigners).toBe(0)
  })

  it('A4 goes on confirming a log that goes on from what others say that they have confirmed', async () => {
    await using folder = await temporaryFolder()
    await using parties = await restored(folder.path)
    const { again, carol, one } = parties
    await met(one, again)
    expect(one.cosigners).toBe(2)
    await met(carol, again)
    await one.write(['d'])
    await until(() => one.cosigners === 1)
    expect(again.forks).toEqual([])

    await again.log.close()
    const later = await Party.open(join(folder.path, 'restored'), BOB)
    joined(one, later)
    await one.write(['e'])
    await until(() => one.cosigners === 1)
    await later.log.close()
  })

  it.each([
    ['waits for half of the mesh', false],
    ['is not led astray by an accomplice who is the first to tell', true],
  ])('A4 %s', async (_, isToldFirst) => {
    await using folder = await temporaryFolder()
    await using parties = await restored(folder.path, { more: [DAVE, DAVE + 20] })
    const { again, carol, other } = parties
    const dave = await Party.open(join(folder.path, 'd'), DAVE)
    await other.write(['x', 'y'])
    const part = joined(other, dave)
    await until(() => other.cosigners === 1)
    part()
    other.answer = undefined

    await other.write(['z'])
    await met(dave, again)
    if (isToldFirst) await met(carol, again)
    joined(other, again)
    if (!isToldFirst) {
      await until(() => other.answer !== undefined && other.answer.known === undefined)
      expect([other.cosigners, again.forks]).toEqual([0, []])
      await met(carol, again)
      await other.write(['more'])
    }
    await until(() => again.forks.includes('audit.split-view'))
    expect(other.cosigners).toBe(0)
    await dave.log.close()
  })
})
