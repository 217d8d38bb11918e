import { type Did, type Identity, keyOf, sha256 } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import type { Frame } from '@trustmesh/protocol'
import { type Mesh, MeshError, type Standing } from '@trustmesh/sdk'
import { issueAttestation, issueManifest } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { type JoinFile, join, joinRaw, LyingNode, someone, TestNode, until, WELCOME, type WireSession } from './kit.ts'

const can = '/tool/search'
const failure = (code: string): object => expect.objectContaining({ name: 'MeshError', code })
const issuanceOf = ({ net }: JoinFile) => ({
  ...{ net: new Uint8Array(Buffer.from(net, 'hex')), clock: systemClock, random: systemRandom },
})

/** Leaves a statement with the node, which has it on disk then. */
async function leave(raw: WireSession, bytes: Uint8Array): Promise<void> {
  raw.send({ type: 'statement', bytes })
  const ack = await raw.nextOf('ack')
  if (!ack || ack.code || !Buffer.from(ack.re).equals(sha256(bytes))) throw new Error(`refused: ${ack?.code}`)
}

/** An agent that has described itself. */
async function offering(
  node: JoinFile,
  capabilities: string[],
  previousSeq?: number,
  who = someone(),
): Promise<Identity> {
  using raw = await joinRaw(node, who)
  const manifest = { name: 'agent', version: '1', capabilities, ...(previousSeq !== undefined && { previousSeq }) }
  await leave(raw, (await issueManifest(who, manifest, issuanceOf(node))).bytes)
  return who
}

const namesOf = (found: readonly { did: Did }[]): Did[] => found.map(({ did }) => did)
const sorted = (...identities: Identity[]): Did[] => identities.map(({ did }) => did).sort()

describe('discovery', () => {
  it('lists who offers a capability, from a tier on, and never whoever is cut off', async () => {
    await using node = await TestNode.start()
    await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    await using bob = await join(node.joinFile, 'bob')
    const searcher = await offering(node.joinFile, [can])
    const toolbox = await offering(node.joinFile, ['/tool'])
    await offering(node.joinFile, ['/toolbox'])
    await ada.attest(searcher.did, { value: 800 })
    const found = await bob.find({ can })
    expect(namesOf(found)).toEqual(sorted(searcher, toolbox))
    expect(found.find(({ did }) => did === searcher.did)).toMatchObject({
      manifest: { name: 'agent', version: '1', capabilities: [can] },
      standing: { status: 'active', tier: 'trusted' },
    })
    expect(namesOf(await bob.find({ can, minTier: 'trusted' }))).toEqual([searcher.did])
    expect(await bob.find({ can, minTier: 'vouched' })).toEqual([])
    await node.revoke(searcher.did)
    expect(namesOf(await bob.find({ can }))).toEqual([toolbox.did])
    await offering(node.joinFile, ['/mail'], 0, toolbox)
    expect(await bob.find({ can })).toEqual([])
  })

  it('tells on from then what becomes of those that it has listed', async () => {
    await using node = await TestNode.start()
    await using bob = await join(node.joinFile, 'bob')
    const helper = await offering(node.joinFile, [can])
    const [found] = await bob.find({ can })
    const watch = bob.watch(found?.did as Did)
    expect((await watch.next()).value).toMatchObject({ did: helper.did, status: 'unknown' })
    await node.revoke(helper.did)
    expect((await watch.next()).value).toMatchObject({ status: 'revoked', score: 0 })
  })

  it('refuses whoever asks for too much, and says so', async () => {
    await using node = await TestNode.start()
    await using bob = await join(node.joinFile, 'bob')
    for (let n = 0; n < 3; n++) await offering(node.joinFile, [can])
    const asked = await Promise.allSettled(Array.from({ length: 2_500 }, () => bob.find({ can })))
    const refused = asked.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    expect(refused.length).toBeGreaterThan(100)
    expect(refused[0]?.reason).toEqual(failure('query.rate-limited'))
  })
})

describe('explanations', () => {
  it('are the node’s, and the same when recomputed from what others have signed, in every context', async () => {
    await using node = await TestNode.start()
    await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    await using alice = await join(node.joinFile, 'alice')
    await using bob = await join(node.joinFile, 'bob')
    const carol = someone()
    await ada.attest(alice.did, { value: 1000, weight: 3000 })
    await alice.attest(carol.did, { value: 900 })
    await alice.attest(carol.did, { value: 700, ctx: 'tool' })
    for (const ctx of ['', 'tool', 'tool/search']) {
      const told = await bob.explain(carol.did, { ctx })
      expect(told.explanation.contributions).toMatchObject([{ rater: alice.did, path: [ada.did, alice.did] }])
      const verified = await bob.explain(carol.did, { ctx, verify: true })
      expect(verified).toMatchObject({ verified: true, agrees: true, explanation: told.explanation })
      expect(verified.standing).toEqual(told.standing)
    }
    await node.revoke(alice.did)
    const after = await bob.explain(carol.did, { verify: true })
    expect(after).toMatchObject({ agrees: true, standing: { status: 'unknown', score: 300 } })
    expect(await bob.explain(alice.did, { verify: true })).toMatchObject({
      agrees: true,
      standing: { status: 'revoked' },
    })
  })

  it('are recomputed from many pages', async () => {
    await using node = await TestNode.start({ limits: { statementsPerSecondPerDid: 10_000 } })
    await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    const raters = [someone(), someone(), someone()] as const
    const [subject, ...others] = Array.from({ length: 200 }, () => someone().did)
    for (const rater of raters) {
      await ada.attest(rater.did, { value: 1000 })
      using raw = await joinRaw(node.joinFile, rater)
      for (const sub of [subject as Did, ...others]) {
        await leave(raw, (await issueAttestation(rater, { sub, value: 500 }, issuanceOf(node.joinFile))).bytes)
      }
    }
    const { agrees, explanation } = await ada.explain(subject as Did, { verify: true })
    expect(agrees).toBe(true)
    expect(explanation.contributions.map(({ rater }) => rater).sort()).toEqual(sorted(...raters))
  })
})

describe('watching', () => {
  it('tells the present standing and every other one, in the context that is asked for, until the mesh is left', async () => {
    await using node = await TestNode.start()
    await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    const bob = await join(node.joinFile, 'bob')
    const carol = someone()
    const [general, search] = [bob.watch(carol.did), bob.watch(carol.did, { ctx: 'tool/search' })]
    const next = async (watch: AsyncIterator<Standing>): Promise<number | 'ended'> => {
      const { done, value } = await watch.next()
      return done ? 'ended' : value.score
    }
    expect([await next(general), await next(search)]).toEqual([300, 300])
    await ada.attest(carol.did, { value: 1000, ctx: 'tool' })
    expect(await next(search)).toBe(650)
    await ada.attest(carol.did, { value: 1000 })
    expect(await next(general)).toBe(766)
    const ended = [next(general), general.next().then(({ done }) => done)]
    bob.close()
    expect(await Promise.all(ended)).toEqual(['ended', true])
  })

  it('goes on after the node was away', async () => {
    await using node = await TestNode.start()
    await using bob = await join(node.joinFile, 'bob')
    const carol = someone()
    const watch = bob.watch(carol.did)
    expect((await watch.next()).value).toMatchObject({ score: 300 })
    await node.stop()
    await node.startAgain()
    await node.revoke(carol.did)
    expect((await watch.next()).value).toMatchObject({ status: 'revoked' })
  })
})

describe('a node that lies about others', () => {
  const told = (did: Did, fields: Partial<Extract<Frame, { type: 'standing' }>> = {}): Frame => ({
    ...{ type: 'standing', did: keyOf(did), status: 'active', score: 950, tier: 'vouched', confidence: 900, epoch: 1 },
    ...fields,
  })

  /** An agent of a node that answers as it likes. */
  const joinLiar = async (
    node: TestNode,
    replies: (frame: Frame) => readonly Frame[],
  ): Promise<readonly [Mesh, LyingNode]> => {
    const identity = await node.key('node')
    const liar = await LyingNode.start({ instead: node.joinFile, identity, admit: () => WELCOME, replies })
    return [await join(liar.joinFile, 'bob'), liar]
  }

  it('F2 I14 puts nobody in the directory who has not signed that', async () => {
    await using node = await TestNode.start()
    const [honest, mallory] = [someone(), someone()]
    const issuance = issuanceOf(node.joinFile)
    const own = await issueManifest(honest, { name: 'honest', version: '1', capabilities: ['/mail'] }, issuance)
    const other = await issueManifest(mallory, { name: 'honest', version: '1', capabilities: [can] }, issuance)
    // The description by one, under the name of the other.
    const forged = new Uint8Array(
      Buffer.from(Buffer.from(other.bytes).toString('hex').replace(hexOf(mallory), hexOf(honest)), 'hex'),
    )
    expect(forged).not.toEqual(other.bytes)
    for (const manifest of [forged, own.bytes]) {
      const [bob, liar] = await joinLiar(node, (frame) =>
        frame.type === 'find' ? [told(honest.did), { type: 'found', re: frame.id, manifests: [manifest] }] : [],
      )
      await expect(bob.find({ can })).rejects.toEqual(failure('answer.forged'))
      bob.close()
      await liar[Symbol.asyncDispose]()
    }
  })

  it('F2 T10 is found out when it makes up a score, or the evidence for it', async () => {
    await using node = await TestNode.start()
    const root = await node.key('root')
    const [alice, mallory] = [someone(), someone()]
    const issuance = issuanceOf(node.joinFile)
    const real = await issueAttestation(root, { sub: alice.did, value: 200, weight: 500 }, issuance)
    const hers = await issueAttestation(mallory, { sub: alice.did, value: 1000, weight: 3000 }, issuance)
    const inTheNameOfTheRoot = Buffer.from(hers.bytes).toString('hex').replace(hexOf(mallory), hexOf(root))
    const forged = new Uint8Array(Buffer.from(inTheNameOfTheRoot, 'hex'))
    const honestScore = 300 + Math.floor((700 * 100) / 1100)
    for (const statements of [[], [real.bytes], [real.bytes, hers.bytes], [real.bytes, forged]]) {
      const [bob, liar] = await joinLiar(node, (frame) =>
        frame.type === 'evidence' ? [told(alice.did), { type: 'proofs', re: frame.id, statements }] : [],
      )
      const found = await bob.explain(alice.did, { verify: true })
      expect(found).toMatchObject({ verified: true, agrees: false, told: { score: 950, tier: 'vouched' } })
      expect(found.standing.score).toBe(statements.length === 0 ? 300 : honestScore)
      bob.close()
      await liar[Symbol.asyncDispose]()
    }
  })

  it('M12 can end no session of an agent with an answer that nobody has asked for', async () => {
    await using node = await TestNode.start()
    const id = new Uint8Array(16)
    const [bob, liar] = await joinLiar(node, (frame) =>
      frame.type === 'find'
        ? [
            { type: 'found', re: id, manifests: [new Uint8Array(1)] },
            { type: 'proofs', re: id, statements: [] },
            { type: 'found', re: frame.id, manifests: [] },
          ]
        : [],
    )
    expect(await bob.find({ can })).toEqual([])
    expect(await bob.find({ can })).toEqual([])
    expect(liar.tries).toBe(1)
    bob.close()
    await liar[Symbol.asyncDispose]()
  })

  it('is no reason to wait for ever', async () => {
    await using node = await TestNode.start()
    const [bob, liar] = await joinLiar(node, () => [])
    const timeoutMs = 50
    for (const asked of [bob.find({ can, timeoutMs }), bob.explain(bob.did, { timeoutMs, verify: true })]) {
      await expect(asked).rejects.toEqual(failure('request.timeout'))
    }
    await until(() => liar.tries === 1)
    bob.close()
    await liar[Symbol.asyncDispose]()
    expect(await bob.find({ can }).catch((error: unknown) => error)).toBeInstanceOf(MeshError)
  })
})

function hexOf({ did }: Identity): string {
  return Buffer.from(keyOf(did)).toString('hex')
}
