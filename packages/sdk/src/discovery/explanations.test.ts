import type { Did, Identity } from '@trustmesh/identity'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import { evidenceFor, issueAttestation } from '@trustmesh/trust'
import { beforeEach, describe, expect, it } from 'vitest'
import { config, root, someone } from '../../test/lent.ts'
import { NOW, ToldNode } from '../../test/told-node.ts'
import { Explanations } from './explanations.ts'

const failure = (code: string): unknown => expect.objectContaining({ name: 'MeshError', code })
const [alice, bob, carol] = [someone(), someone(), someone()] as [Identity, Identity, Identity]

let node: ToldNode
let explanations: Explanations

/** Tells frames of one type otherwise than they are. */
const lieOf = <T extends 'standing' | 'proofs'>(type: T, lie: (frame: FrameOf<T>) => Partial<FrameOf<T>>): void => {
  node.lie = (frames) =>
    frames.map((frame): Frame => (frame.type === type ? ({ ...frame, ...lie(frame as FrameOf<T>) } as Frame) : frame))
}
const evidenceAsked = (): number => node.asked.filter(({ type }) => type === 'evidence').length

beforeEach(async () => {
  node = new ToldNode()
  explanations = new Explanations({ config, ...node })
  await node.attest(root, alice.did)
  await node.attest(alice, bob.did)
  await node.attest(alice, carol.did, { ctx: 'tool', value: 600 })
  await node.attest(root, bob.did, { value: -200, weight: 500 })
})

describe('Explanations.explain', () => {
  it.each(['', 'tool', 'tool/search'])('tells what the node says, in the context %j', async (ctx) => {
    const { epoch: _, ...standing } = node.replica.standingOf(bob.did, NOW, ctx)
    expect(await explanations.explain(bob.did, { ctx })).toMatchObject({
      standing,
      explanation: node.replica.explain(bob.did, NOW, ctx),
      verified: false,
    })
  })

  it.each(['', 'tool', 'tool/search'])(
    'with verify, recomputes the same from what is signed, in the context %j',
    async (ctx) => {
      for (const { did } of [bob, carol, root, someone()]) {
        const told = node.replica.standingOf(did, NOW, ctx)
        expect(await explanations.explain(did, { ctx, verify: true })).toEqual({
          standing: { ...told, epoch: expect.any(Number) },
          explanation: node.replica.explain(did, NOW, ctx),
          verified: true,
          agrees: true,
          told: { ...told, epoch: expect.any(Number) },
        })
      }
    },
  )

  it('with verify, puts pages together', async () => {
    node.pageSize = 1
    const { agrees, explanation } = await explanations.explain(bob.did, { verify: true })
    expect([agrees, explanation.contributions.length]).toEqual([true, 2])
    expect(evidenceAsked()).toBe(3)
  })

  it('T10 F2 with verify, finds out a node that makes up a score', async () => {
    const honest = node.replica.standingOf(bob.did, NOW)
    lieOf('standing', () => ({ status: 'active', score: 950, tier: 'vouched', confidence: 900 }))
    const { agrees, standing, told } = await explanations.explain(bob.did, { verify: true })
    expect(agrees).toBe(false)
    expect(standing).toMatchObject({ score: honest.score, tier: honest.tier })
    expect(told).toMatchObject({ score: 950, tier: 'vouched' })
  })

  it('F2 with verify, finds out a node that calls somebody revoked or suspended whom nobody has', async () => {
    for (const status of ['revoked', 'suspended'] as const) {
      lieOf('standing', () => ({ status, score: 0, tier: 'untrusted', confidence: 1000 }))
      expect((await explanations.explain(bob.did, { verify: true })).agrees).toBe(false)
    }
    await node.revoke(bob.did)
    expect(await explanations.explain(bob.did, { verify: true })).toMatchObject({
      agrees: false,
      standing: { status: 'revoked' },
    })
  })

  it('F2 with verify, counts no statement that is not signed, and no node as honest that shows one', async () => {
    const { bytes } = await node.attest(root, carol.did)
    const forged = bytes.with(-1, (bytes.at(-1) as number) ^ 1)
    const honest = node.replica.standingOf(bob.did, NOW)
    lieOf('proofs', ({ statements }) => ({ statements: [...statements, forged] }))
    const { agrees, standing } = await explanations.explain(bob.did, { verify: true })
    expect([agrees, standing.score]).toEqual([false, honest.score])
  })

  it('F2 with verify, cannot see what is left out', async () => {
    const blamed = node.replica
    blamed.add(await issueAttestation(root, { sub: alice.did, value: -1000, previousSeq: NOW }, node.issuance), NOW)
    expect((await explanations.explain(alice.did, { verify: true })).standing.score).toBeLessThan(300)
    const forgetful = new ToldNode()
    await forgetful.attest(root, alice.did)
    const fooled = await new Explanations({ config, ...forgetful }).explain(alice.did, { verify: true })
    expect(fooled).toMatchObject({ agrees: true, standing: { tier: 'trusted' } })
  })

  it('with verify, trusts the roots of its own configuration and no others', async () => {
    const policy = { ...config.policy, roots: [alice.did] }
    explanations = new Explanations({ ...node, config: { ...config, policy } })
    const { agrees, explanation, standing } = await explanations.explain(bob.did, { verify: true })
    expect(agrees).toBe(false)
    expect(explanation.contributions.map(({ rater }) => rater)).toEqual([alice.did])
    expect(standing.score).toBeGreaterThan(node.replica.standingOf(bob.did, NOW).score)
  })

  it('with verify, gathers anew what has changed behind the page where it belongs', async () => {
    node.pageSize = 1
    const ids = [...(evidenceFor(node.replica, bob.did, { now: NOW }) ?? [])].map(({ id }) => id).sort()
    let change = await issueAttestation(alice, { sub: bob.did, value: 500, previousSeq: NOW }, node.issuance)
    while (change.id > (ids[0] as string)) {
      change = await issueAttestation(alice, { sub: bob.did, value: 500, previousSeq: NOW }, node.issuance)
    }
    node.lie = (frames) => {
      node.replica.add(change, NOW)
      return frames
    }
    const { agrees, standing } = await explanations.explain(bob.did, { verify: true })
    expect([agrees, standing.score]).toEqual([true, node.replica.standingOf(bob.did, NOW).score])
    expect(evidenceAsked()).toBeGreaterThan(3)
  })

  it('with verify, is content with what agrees, though others have changed while it came', async () => {
    node.pageSize = 1
    let pages = 0
    lieOf('standing', ({ epoch }) => ({ epoch: epoch + pages++ }))
    expect((await explanations.explain(bob.did, { verify: true })).agrees).toBe(true)
    expect(evidenceAsked()).toBe(3)
  })

  it('with verify, gives up after three times what is another with every page', async () => {
    node.pageSize = 1
    let pages = 0
    lieOf('standing', ({ epoch, score }) => ({ epoch: epoch + pages++, score: score - 1 }))
    expect((await explanations.explain(bob.did, { verify: true })).agrees).toBe(false)
    expect(evidenceAsked()).toBe(3 * 3)
  })

  it('with verify, asks once where nothing changes, agree or not', async () => {
    lieOf('standing', ({ score }) => ({ score: score - 1 }))
    await explanations.explain(bob.did, { verify: true })
    expect(evidenceAsked()).toBe(1)
  })

  it.each([
    [-59_000, true],
    [59_000, true],
    [-120_000, false],
    [120_000, false],
  ])('H9 with verify, allows for a minute between the clocks, and for no more: %i ms', async (offMs, agrees) => {
    node.nowMs = NOW - 600_000
    await node.attest(root, carol.did, { exp: NOW + (offMs > 0 ? 30_000 : -30_000) })
    node.nowMs = NOW
    const told = node.standing(carol.did)
    node.lie = (frames) => frames.map((frame) => (frame.type === 'standing' ? told : frame))
    node.nowMs += offMs
    expect(await explanations.explain(carol.did, { verify: true })).toMatchObject({ agrees })
  })

  it.each<[string, (frame: FrameOf<'proofs'>) => Partial<FrameOf<'proofs'>>]>([
    ['goes on for ever where it is', () => ({ more: new Uint8Array(32) })],
    [
      'promises more and shows nothing',
      () => ({ statements: [], ...(node.asked.length < 100 && { more: new Uint8Array(32) }) }),
    ],
    ['shows more statements than there are ever told', () => ({ statements: Array(5_000).fill(new Uint8Array(1)) })],
    ['shows more than 4 MiB', () => ({ statements: Array(110).fill(new Uint8Array(40_000)) })],
  ])('F5 finds out a node that %s', async (_, lie) => {
    lieOf('proofs', lie)
    await expect(explanations.explain(bob.did, { verify: true })).rejects.toEqual(failure('answer.forged'))
  })

  it.each([true, false])('finds out a node that tells no standing (verify: %j)', async (verify) => {
    node.lie = (frames) => frames.filter(({ type }) => type !== 'standing')
    await expect(explanations.explain(bob.did, { verify })).rejects.toEqual(failure('answer.forged'))
  })

  it('says so where the node refuses', async () => {
    node.lie = () => {
      const { id } = node.asked.at(-1) as FrameOf<'evidence'>
      return [{ type: 'ack', re: id, code: 'query.rate-limited' }]
    }
    await expect(explanations.explain(bob.did, { verify: true })).rejects.toEqual(failure('query.rate-limited'))
  })

  it('refuses what is no context, and who is no Did, and asks nothing', async () => {
    for (const ctx of ['/tool', 'Tool', 'a//b']) {
      await expect(explanations.explain(bob.did, { ctx })).rejects.toEqual(failure('question.malformed'))
    }
    await expect(explanations.explain('bob' as Did)).rejects.toThrow()
    expect(node.asked).toEqual([])
  })
})
