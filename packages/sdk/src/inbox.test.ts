import { encodeBody, type Identity, keyOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { FrameOf } from '@trustmesh/protocol'
import type { Denial } from '@trustmesh/trust'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { AskedNode, REVOKED, UNKNOWN } from '../test/asked-node.ts'
import { CAN, config, Lent, someone } from '../test/lent.ts'
import { encodeCall, parseFailure, parseReply } from './bodies.ts'
import { ChainGate } from './chain-gate.ts'
import { Inbox, type Peer } from './inbox.ts'

const [alice, bob] = [someone(), someone()]
const log = { info: () => {}, warn: () => {} }

let node: AskedNode
let chains: ChainGate
let inbox: Inbox
let denials: Denial[]
const answer = vi.fn<(to: string, re: Uint8Array, kind: 'reply' | 'error', body: Uint8Array) => void>()
const handler = vi.fn<(content: unknown, peer: Peer) => unknown>()

beforeEach(() => {
  answer.mockReset()
  handler.mockReset().mockReturnValue('served')
  denials = []
  node = new AskedNode()
  const { platform, standings, exchange, freshness } = node
  const shared = { self: alice.did, standings, freshness, log }
  chains = new ChainGate({ ...shared, config, platform, exchange })
  inbox = new Inbox({ ...shared, name: 'alice', chains, denied: (denial) => denials.push(denial), answer })
})

/** A request as the node delivers it: behind the standing of its sender. */
async function requestBy(sender: Identity, lent?: Lent): Promise<FrameOf<'message'>> {
  const proof = lent && (await lent.use(alice))
  const body = encodeCall('task', {}, proof && [proof.invocation, ...proof.links])
  const [to, from] = [keyOf(alice.did), keyOf(sender.did)]
  return { type: 'message', id: systemRandom(16), kind: 'request', to, from, body }
}

/** What comes back: the reply, or why there is none. */
async function answerTo(message: FrameOf<'message'>): Promise<unknown> {
  const before = answer.mock.calls.length
  inbox.receive(message)
  await vi.waitFor(() => expect(answer.mock.calls.length).toBeGreaterThan(before))
  const [, , kind, body] = answer.mock.lastCall as Parameters<typeof answer>
  if (kind === 'reply') return parseReply(body)
  const { code, denial } = parseFailure(body)
  return denial?.code ?? code
}

async function asked(sender: Identity, lent?: Lent): Promise<unknown> {
  node.tell(sender.did)
  return await answerTo(await requestBy(sender, lent))
}

describe(Inbox, () => {
  it.each(['', 'tool'])('D2 opens no link for a stranger, whatever it shows, in the context "%s"', async (ctx) => {
    inbox.on('task', { can: CAN, ctx }, handler)
    const verdict = vi.spyOn(chains, 'verdict')
    const people = Array.from({ length: 11 }, someone)
    const stranger = people.at(-1) as Identity
    node.people.set(stranger.did, UNKNOWN)
    expect(await asked(stranger, await Lent.by(people, node))).toBe('gate.tier-too-low')
    expect(denials).toMatchObject([{ code: 'gate.tier-too-low', peer: { did: stranger.did } }])
    expect(verdict).not.toHaveBeenCalled()
    expect(handler).not.toHaveBeenCalled()
  })

  it('M12 denies whoever the node tells nothing of in the context that is required', async () => {
    inbox.on('task', { ctx: 'tool' }, handler)
    node.tell(bob.did)
    node.isSilent = true
    const denied = answerTo(await requestBy(bob))
    await vi.waitFor(() => expect(node.asked).toHaveLength(1))
    node.exchange.disconnected()
    expect(await denied).toBe('gate.unknown-standing')
    expect(handler).not.toHaveBeenCalled()
  })

  it.each(['', 'tool'])('D4 denies whoever shows no chain where one is required, in the context "%s"', async (ctx) => {
    inbox.on('task', { can: CAN, ctx }, handler)
    expect(await asked(bob)).toBe('gate.no-chain')
    expect(handler).not.toHaveBeenCalled()
  })

  it.each(['', 'tool'])('D6 denies a chain that does not hold, in the context "%s"', async (ctx) => {
    inbox.on('task', { can: CAN, ctx }, handler)
    const lent = await Lent.by([alice, bob], node)
    expect(await asked(bob, lent)).toBe('served')
    node.voided.add(lent.ids[0] as Lent['ids'][number])
    node.move()
    expect(await asked(bob, lent)).toBe('chain.void')
    expect(handler).toHaveBeenCalledOnce()
  })

  it('D7 lets a handler that runs on see that its chain holds no longer', async () => {
    const seen: unknown[] = []
    let goOn = (): void => {}
    inbox.on('task', { can: CAN }, async (_, { chain }) => {
      seen.push(chain?.isCurrent())
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
      seen.push(chain?.isCurrent())
    })
    const done = asked(bob, await Lent.by([alice, bob], node))
    await vi.waitFor(() => expect(seen).toEqual([true]))
    node.people.set(bob.did, REVOKED)
    node.epoch++
    node.tell(bob.did)
    goOn()
    await done
    expect(seen).toEqual([true, false])
  })

  const requireFreshness = { maxAgeMs: 10_000, members: 2 }

  it.each(['', 'tool'])('R1 R2 denies where too few members attest it, in the context "%s"', async (ctx) => {
    inbox.on('task', { ctx, requireFreshness }, handler)
    node.attested = [0, 10_001]
    expect(await asked(bob)).toBe('gate.stale')
    expect(denials).toMatchObject([{ have: { freshness: { members: 1 } }, need: { freshness: requireFreshness } }])
    expect(handler).not.toHaveBeenCalled()
    node.attested = [0, 10_000]
    expect(await asked(bob)).toBe('served')
  })

  it('R1 R2 denies where the node says nothing', async () => {
    inbox.on('task', { requireFreshness }, handler)
    node.tell(bob.did)
    node.isSilent = true
    const denied = answerTo(await requestBy(bob))
    await vi.waitFor(() => expect(node.lookups).toHaveLength(1))
    node.exchange.disconnected()
    expect(await denied).toBe('gate.stale')
    expect(handler).not.toHaveBeenCalled()
  })

  it('R1 D10 spends nothing of a chain where too few attest it, and asks nothing for a stranger', async () => {
    inbox.on('task', { can: CAN, requireFreshness }, handler)
    const [lent, verdict] = [await Lent.by([alice, bob], node), vi.spyOn(chains, 'verdict')]
    expect(await asked(bob, lent)).toBe('gate.stale')
    expect(verdict).not.toHaveBeenCalled()
    node.asked.length = 0
    node.people.set(bob.did, UNKNOWN)
    expect(await asked(bob, lent)).toBe('gate.tier-too-low')
    expect(node.asked).toEqual([])
  })

  it('D7 decides by what is so once freshness has been asked for', async () => {
    inbox.on('task', { requireFreshness }, handler)
    node.attested = [0, 0]
    node.behind = () => {
      node.behind = () => {}
      node.people.set(bob.did, REVOKED)
      node.move()
    }
    expect(await asked(bob)).toBe('gate.revoked')
    expect(handler).not.toHaveBeenCalled()
  })

  it('serves where enough members attest it, in a later epoch and behind a chain that took its time', async () => {
    inbox.on('task', { can: CAN, requireFreshness }, handler)
    node.attested = [0, 9_000]
    const before = chains.verdict.bind(chains)
    vi.spyOn(chains, 'verdict').mockImplementation(async (...use) => {
      const verdict = await before(...use)
      node.nowMs += 2_000
      return verdict
    })
    node.behind = () => {
      node.behind = () => {}
      node.move()
    }
    expect(await asked(bob, await Lent.by([alice, bob], node))).toBe('served')
  })

  it('R1 lets a handler that runs on see that what it knows has grown too old, and renew it', async () => {
    const seen: unknown[] = []
    node.attested = [0, 9_000]
    inbox.on('task', { can: CAN, requireFreshness }, async (_, { chain }) => {
      node.nowMs += 1_001
      seen.push(chain?.isCurrent(), await chain?.renew(), chain?.isCurrent())
      node.attested = [0]
      node.nowMs += 1_001
      seen.push(await chain?.renew())
    })
    await asked(bob, await Lent.by([alice, bob], node))
    expect(seen).toEqual([false, true, true, false])
  })

  it('gives a handler that requires no chain none, and the standing in the context that it requires', async () => {
    inbox.on('task', { ctx: 'tool' }, handler)
    expect(await asked(bob, await Lent.by([alice, bob], node))).toBe('served')
    const [, peer] = handler.mock.lastCall as [unknown, Peer]
    expect(peer).toEqual({ did: bob.did, standing: expect.objectContaining({ ctx: 'tool', status: 'active' }) })
  })

  it('handles a message that comes twice once', async () => {
    inbox.on('task', {}, handler)
    node.tell(bob.did)
    const message = await requestBy(bob)
    expect(await answerTo(message)).toBe('served')
    inbox.receive(message)
    expect(handler).toHaveBeenCalledOnce()
  })

  it('throws for a message that is for somebody else, or of nobody', async () => {
    const { from: _, ...anonymous } = await requestBy(bob)
    const misled = { ...(await requestBy(bob)), to: keyOf(bob.did) }
    for (const message of [anonymous, misled]) {
      expect(() => inbox.receive(message)).toThrow(expect.objectContaining({ code: 'frame.unexpected' }))
    }
  })

  it('says that nothing handles what it cannot read, and what it has no handler for', async () => {
    const off = inbox.on('task', {}, handler)
    expect(await answerTo({ ...(await requestBy(bob)), body: encodeBody('task') })).toBe('no-handler')
    off()
    expect(await asked(bob)).toBe('no-handler')
  })

  it('runs no more than 1,024 handlers at once', async () => {
    let goOn = (): void => {}
    const gone = new Promise<void>((resolve) => {
      goOn = resolve
    })
    inbox.on('task', {}, handler.mockReturnValue(gone))
    node.tell(bob.did)
    for (let i = 0; i < 1_024; i++) inbox.receive(await requestBy(bob))
    expect(await answerTo(await requestBy(bob))).toBe('failed')
    expect(handler).toHaveBeenCalledTimes(1_024)
    goOn()
    await vi.waitFor(() => expect(answer).toHaveBeenCalledTimes(1_025))
    await answerTo(await requestBy(bob))
    expect(handler).toHaveBeenCalledTimes(1_025)
  })
})
