import { type Did, encodeBody } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { type Chain, type Mesh, MeshError } from '@trustmesh/sdk'
import { issueInvocation, issueSuspension } from '@trustmesh/trust'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { join, joinRaw, someone, TestNode, until, WirePeer } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

const CAN = '/tool/search'

let home: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  // What executors remember of uses is kept beside identities.
  home = await temporaryFolder()
  vi.stubEnv('TRUSTMESH_HOME', home.path)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await home[Symbol.asyncDispose]()
})

/** An executor that serves `search` to whoever shows a chain, with a helper and an assistant whom a root vouches for. */
class Stage implements AsyncDisposable {
  readonly node: TestNode
  readonly ada: Mesh
  readonly researcher: Mesh
  readonly helper: Mesh
  readonly assistant: Mesh
  /** What was served: to whom, with what. */
  readonly served: unknown[] = []

  static async set(): Promise<Stage> {
    const node = await TestNode.start()
    const ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    const others = await Promise.all(['researcher', 'helper', 'assistant'].map((name) => join(node.joinFile, name)))
    const stage = new Stage(node, ada, others as [Mesh, Mesh, Mesh])
    for (const { did } of others) await ada.attest(did, { value: 900 })
    return stage
  }

  private constructor(node: TestNode, ada: Mesh, [researcher, helper, assistant]: [Mesh, Mesh, Mesh]) {
    this.node = node
    this.ada = ada
    this.researcher = researcher
    this.helper = helper
    this.assistant = assistant
    researcher.on('search', { can: CAN }, (content, { did, chain }) => {
      this.served.push(content)
      return { for: did, over: chain?.links.length }
    })
  }

  search(by: Mesh, chain: Chain | undefined, content: object = {}): Promise<unknown> {
    return by.request(this.researcher.did, 'search', { ...content }, chain ? { chain } : {})
  }

  /** As an authority. Resolves when the node has it on disk. */
  async suspend(sub: Did, lifted = false): Promise<void> {
    const key = await this.node.key('authority')
    using authority = await joinRaw(this.node.joinFile, key)
    const issuance = { net: this.node.node.net, clock: systemClock, random: systemRandom }
    const { bytes } = await issueSuspension(key, { sub, until: systemClock.now() + 60_000, lifted }, issuance)
    authority.send({ type: 'statement', bytes })
    expect(await authority.nextOf('ack')).not.toHaveProperty('code')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const mesh of [this.ada, this.researcher, this.helper, this.assistant]) await mesh[Symbol.asyncDispose]()
    await this.node[Symbol.asyncDispose]()
  }
}

/** 300 uses in flight at any time; resolves, once it is called, when all that are have ended. */
function keepUsing(use: () => Promise<unknown>): () => Promise<unknown> {
  let isOver = false
  const useAgain = async (): Promise<void> => {
    while (!isOver) await use().catch(() => {})
  }
  const uses = Array.from({ length: 300 }, useAgain)
  return () => {
    isOver = true
    return Promise.all(uses)
  }
}

const deniedBy = async (request: Promise<unknown>): Promise<string> => {
  const error = await request.then(
    (answer) => {
      throw new Error(`was answered ${JSON.stringify(answer)}`)
    },
    (error: unknown) => error,
  )
  if (!(error instanceof MeshError)) throw error
  return error.denial?.code ?? error.code
}

describe('a chain', () => {
  it('is used, attenuated, and says on whose behalf', async () => {
    await using stage = await Stage.set()
    const { researcher, helper, assistant } = stage
    const lent = await researcher.delegate(helper.did, { can: CAN, depth: 1 })
    expect(await stage.search(helper, lent)).toEqual({ for: helper.did, over: 1 })
    const where = [{ op: 'eq' as const, at: ['corpus'], value: 'public' }]
    const further = await helper.delegate(assistant.did, { can: CAN, from: lent, where })
    expect(await stage.search(assistant, further, { corpus: 'public' })).toEqual({ for: assistant.did, over: 2 })
    expect(await deniedBy(stage.search(assistant, further, { corpus: 'private' }))).toBe('chain.constraint')
    expect(await deniedBy(stage.search(assistant, further))).toBe('chain.constraint')
  })

  it('D1 cannot be widened, neither when it is issued nor when it is used', async () => {
    await using stage = await Stage.set()
    const { researcher, helper, assistant } = stage
    const lent = await researcher.delegate(helper.did, { can: CAN, depth: 1 })
    // @ts-expect-error Nor when it is written, where the type of the chain tells.
    await expect(helper.delegate(assistant.did, { can: '/tool', from: lent })).rejects.toMatchObject({
      code: 'delegation.widens',
    })
    const narrow = await researcher.delegate(helper.did, { can: `${CAN}/public` })
    const options = { chain: narrow, can: CAN }
    await expect(helper.request(researcher.did, 'search', {}, options)).rejects.toMatchObject({
      code: 'invocation.capability',
    })
    expect(await deniedBy(stage.search(helper, narrow))).toBe('chain.capability')
    expect(stage.served).toEqual([])
  })

  it('D4 is what the authority comes from: however well somebody stands, without one it has none', async () => {
    await using stage = await Stage.set()
    expect(await deniedBy(stage.search(stage.ada, undefined))).toBe('gate.no-chain')
    expect(stage.served).toEqual([])
  })

  it('D4 has to begin with the executor, or with whom it names', async () => {
    await using stage = await Stage.set()
    const { ada, researcher, helper } = stage
    const hers = await ada.delegate(helper.did, { can: CAN })
    expect(await deniedBy(stage.search(helper, hers))).toBe('chain.root')
    researcher.on('hers', { can: CAN, root: ada.did }, () => 'served')
    expect(await helper.request(researcher.did, 'hers', {}, { chain: hers })).toBe('served')
  })

  it('D9 is of no use to whoever steals it, nor with the invocation that came with it', async () => {
    await using stage = await Stage.set()
    const { node, ada, researcher } = stage
    const [owner, thief] = [someone(), someone()]
    for (const { did } of [owner, thief]) await ada.attest(did, { value: 900 })
    const lent = await researcher.delegate(owner.did, { can: CAN })
    const args = encodeBody({})
    const { leaf, links } = lent
    const issuance = { net: node.node.net, clock: systemClock, random: systemRandom }
    const { bytes: invocation } = await issueInvocation(owner, { aud: researcher.did, leaf, can: CAN, args }, issuance)
    using stolen = await joinRaw(node.joinFile, thief)
    using own = await joinRaw(node.joinFile, owner)
    const denials = researcher.denials()
    const body = encodeBody(['search', args, [invocation, ...links]])
    const asThief = await WirePeer.meet(stolen, thief, researcher.did)
    const asOwner = await WirePeer.meet(own, owner, researcher.did)
    for (const peer of [asThief, asOwner]) peer.greet()
    const answers: unknown[] = []
    for (const peer of [asThief, asOwner, asOwner]) {
      const re = peer.say('request', body)
      const answer = await peer.next()
      answers.push([answer?.kind, answer?.re === re])
    }
    expect(answers).toEqual([
      ['error', true],
      ['reply', true],
      ['error', true],
    ])
    expect((await denials.next()).value).toMatchObject({ code: 'chain.peer', peer: { did: thief.did } })
    expect((await denials.next()).value).toMatchObject({ code: 'chain.invocation-replayed', peer: { did: owner.did } })
    expect(stage.served).toHaveLength(1)
  })

  it('D6 is dead the moment a link before its last is revoked', async () => {
    await using stage = await Stage.set()
    const { researcher, helper, assistant } = stage
    const lent = await researcher.delegate(helper.did, { can: CAN, depth: 1 })
    const further = await helper.delegate(assistant.did, { can: CAN, from: lent })
    await stage.search(assistant, further)
    await researcher.revoke(lent, 'enough')
    expect(await deniedBy(stage.search(assistant, further))).toBe('chain.void')
    expect(await deniedBy(stage.search(helper, lent))).toBe('chain.void')
    expect(stage.served).toHaveLength(1)
  })

  it('D6 is dead the moment somebody on it is revoked', async () => {
    await using stage = await Stage.set()
    const { node, researcher, helper, assistant } = stage
    const lent = await researcher.delegate(helper.did, { can: CAN, depth: 1 })
    const further = await helper.delegate(assistant.did, { can: CAN, from: lent })
    await stage.search(assistant, further)
    await node.revoke(helper.did)
    expect(await deniedBy(stage.search(assistant, further))).toBe('chain.revoked')
  })

  it('D6 can be given back by its audience, and revoked by whoever issued a link before', async () => {
    await using stage = await Stage.set()
    const { researcher, helper, assistant } = stage
    const lent = await researcher.delegate(helper.did, { can: CAN, depth: 1 })
    const first = await helper.delegate(assistant.did, { can: CAN, from: lent })
    const second = await helper.delegate(assistant.did, { can: CAN, from: lent })
    await assistant.revoke(first, 'no use for it')
    await researcher.revoke(second, 'not to them')
    expect(await deniedBy(stage.search(assistant, first))).toBe('chain.void')
    expect(await deniedBy(stage.search(assistant, second))).toBe('chain.void')
    expect(await stage.search(helper, lent)).toEqual({ for: helper.did, over: 1 })
  })

  it('R6 cannot be revoked by anybody else', async () => {
    await using stage = await Stage.set()
    const { ada, researcher, helper } = stage
    const lent = await researcher.delegate(helper.did, { can: CAN })
    await expect(ada.revoke(lent, 'mine')).rejects.toMatchObject({ code: 'statement.refused' })
    expect(await stage.search(helper, lent)).toEqual({ for: helper.did, over: 1 })
  })

  it('D7 serves nothing more once its revocation is acknowledged, with 300 uses in flight', async () => {
    await using stage = await Stage.set()
    const { researcher, helper } = stage
    const lent = await researcher.delegate(helper.did, { can: CAN })
    const over = keepUsing(() => stage.search(helper, lent))
    await until(() => stage.served.length > 10)
    await researcher.revoke(lent, 'enough')
    const served = stage.served.length
    await over()
    expect(await deniedBy(stage.search(helper, lent))).toBe('chain.void')
    expect(stage.served).toHaveLength(served)
  })

  describe.each<[string, (stage: Stage, first: Chain) => Promise<unknown>]>([
    ['an authority suspends', (stage) => stage.suspend(stage.helper.did)],
    ['the operator revokes', ({ node, helper }) => node.revoke(helper.did)],
    ['its own will gives up its link', ({ helper }, first) => helper.revoke(first, 'enough')],
  ])('over somebody whom %s', (_, cut) => {
    it('D7, D11 serves nothing more once that is acknowledged, with 300 uses in flight', async () => {
      await using stage = await Stage.set()
      const { researcher, helper, assistant } = stage
      const first = await researcher.delegate(helper.did, { can: CAN, depth: 1 })
      const chain = await helper.delegate(assistant.did, { can: CAN, from: first })
      const over = keepUsing(() => stage.search(assistant, chain))
      await until(() => stage.served.length > 10)
      await cut(stage, first)
      const served = stage.served.length
      await over()
      expect(stage.served).toHaveLength(served)
    })
  })

  it('D10 is used as often as it says, by 200 at once, and not again by an executor that has started anew', async () => {
    await using stage = await Stage.set()
    const { node, ada, helper } = stage
    const identity = someone()
    await ada.attest(identity.did, { value: 900 })
    const where = [
      { op: 'executors' as const, dids: [identity.did] },
      { op: 'maxCalls' as const, limit: 20 },
    ]
    const opened = async (): Promise<Mesh> => {
      const executor = await join(node.joinFile, 'counter', { identity })
      executor.on('count', { can: CAN }, () => 'served')
      return executor
    }
    let chain: Chain
    {
      await using executor = await opened()
      chain = await executor.delegate(helper.did, { can: CAN, where })
      const answers = await Promise.allSettled(
        Array.from({ length: 200 }, () => helper.request(identity.did, 'count', {}, { chain })),
      )
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(20)
    }
    await using _again = await opened()
    expect(await deniedBy(helper.request(identity.did, 'count', {}, { chain }))).toBe('chain.exhausted')
  })

  it('T7 carries no more trust than the least of those on it', async () => {
    await using stage = await Stage.set()
    const { ada, researcher, helper, assistant } = stage
    researcher.on('careful', { can: CAN, minTier: 'trusted' }, () => 'served')
    const lent = await researcher.delegate(helper.did, { can: CAN, depth: 1 })
    const chain = await helper.delegate(assistant.did, { can: CAN, from: lent })
    const ask = (): Promise<unknown> => assistant.request(researcher.did, 'careful', {}, { chain })
    expect(await ask()).toBe('served')
    await ada.attest(helper.did, { value: -900 })
    expect(await deniedBy(ask())).toBe('chain.standing')
  })

  it('D11 is suspended with whoever is on it, and holds again when that is lifted', async () => {
    await using stage = await Stage.set()
    const { node, researcher, helper, assistant } = stage
    const lent = await researcher.delegate(helper.did, { can: CAN, depth: 1 })
    const chain = await helper.delegate(assistant.did, { can: CAN, from: lent })
    await stage.suspend(helper.did)
    expect(await deniedBy(stage.search(assistant, chain))).toBe('chain.suspended')
    expect(node.node.sessions.of(helper.did)).toBeUndefined()
    await stage.suspend(helper.did, true)
    expect(await stage.search(assistant, chain)).toEqual({ for: assistant.did, over: 2 })
    expect(await stage.search(helper, lent)).toEqual({ for: helper.did, over: 1 })
  })
})
