import { encodeBody, type Identity } from '@trustmesh/identity'
import type { Denial } from '@trustmesh/trust'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { AskedNode, REVOKED, UNKNOWN } from '../test/asked-node.ts'
import { CAN, config, Lent, someone } from '../test/lent.ts'
import { settled } from '../test/virtual-time.ts'
import { encodeCall, parseFailure, parseReply } from './bodies.ts'
import { ChainGate } from './chain-gate.ts'
import { Deadlines } from './deadlines.ts'
import { Gatekeeper } from './gatekeeper.ts'
import { Inbox } from './inbox.ts'
import type { Mesh } from './mesh.ts'
import type { MeshErrorCode } from './mesh-error.ts'
import { Caller } from './peer.ts'
import type { Incoming } from './peers/incoming-line.ts'
import type { Outgoing } from './peers/outgoing-line.ts'
import { Receipts } from './receipts.ts'

const [alice, bob, carol] = [someone(), someone(), someone()]
const log = { info: () => {}, warn: vi.fn<(message: string) => void>() }
const MOST_FOR_ONE = 256

let node: AskedNode
let chains: ChainGate
let inbox: Inbox
let denials: Denial[]
let n: number
const say = vi.fn<(to: string, answer: Outgoing) => MeshErrorCode | undefined>()
const handler = vi.fn<(content: unknown, peer: Caller) => unknown>()
const receiptsOf = (identity: Identity) =>
  new Receipts(identity, { net: config.net, clock: node.platform.clock, random: node.platform.random })

beforeEach(() => {
  say.mockReset()
  log.warn.mockReset()
  handler.mockReset().mockReturnValue('served')
  denials = []
  n = 0
  node = new AskedNode()
  const { platform, standings, exchange, freshness } = node
  const shared = { self: alice.did, standings, freshness, log }
  chains = new ChainGate({ ...shared, config, platform, exchange })
  const gatekeeper = new Gatekeeper({
    ...{ ...shared, name: 'alice', chains, isDrifted: () => false, nameOf: () => undefined },
    denied: (denial) => denials.push(denial),
  })
  inbox = new Inbox({
    ...{ gatekeeper, log, say, receipts: receiptsOf(alice), deadlines: new Deadlines(platform), maxBytes: 100_000 },
    telemetry: undefined,
    caller: (did, ...occasion) => new Caller(did, {} as Mesh, ...occasion),
  })
})

/** Something that is asked, as it comes of a line. */
function message(rest: Partial<Incoming> = {}): Incoming {
  return { n: ++n, kind: 'request', body: encodeCall('task', {}, 1_000), ...rest }
}

async function with_(lent: Lent): Promise<Incoming> {
  const { invocation, links } = await lent.use(alice)
  return message({ body: encodeCall('task', {}, 61_440, [invocation, ...links]) })
}

/** What comes back: the reply, or why there is none. */
async function answerTo(sender: Identity, asked: Incoming): Promise<unknown> {
  await inbox.receive(sender.did, asked)
  const answer = await vi.waitUntil(
    () => say.mock.calls.find(([to, { re }]) => to === sender.did && re === asked.n)?.[1],
  )
  if (answer.kind === 'reply') return parseReply(answer.body)
  const { code, denial } = parseFailure(answer.body)
  return denial?.code ?? code
}

async function asked(sender: Identity, lent?: Lent): Promise<unknown> {
  node.tell(sender.did)
  return await answerTo(sender, lent ? await with_(lent) : message())
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
    const denied = answerTo(bob, message())
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
    const denied = answerTo(bob, message())
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
    const [, peer] = handler.mock.lastCall as [unknown, Caller]
    expect(peer).toMatchObject({ did: bob.did, standing: { ctx: 'tool', status: 'active' } })
    expect([peer.chain, peer.receipt, peer.trace]).toEqual([undefined, undefined, undefined])
  })

  it('says that nothing handles what it cannot read, and what it has no handler for', async () => {
    const off = inbox.on('task', {}, handler)
    node.tell(bob.did)
    expect(await answerTo(bob, message({ body: encodeBody('task') }))).toBe('no-handler')
    off()
    expect(await asked(bob)).toBe('no-handler')
  })

  it('handles a one-way message and never answers it, whatever comes of it', async () => {
    inbox.on('task', {}, handler)
    node.tell(bob.did)
    void inbox.receive(bob.did, message({ kind: 'one-way' }))
    expect(handler).toHaveBeenCalledOnce()
    node.people.set(bob.did, UNKNOWN)
    node.tell(bob.did)
    void inbox.receive(bob.did, message({ kind: 'one-way' }))
    void inbox.receive(bob.did, message({ kind: 'one-way', body: encodeCall('other', {}, 100) }))
    await settled()
    expect([denials.length, say.mock.calls]).toEqual([1, []])
  })

  it('begins in this turn where nothing has to be asked, and else holds up what follows until it has begun', async () => {
    inbox.on('task', {}, handler)
    inbox.on('slow', { ctx: 'tool' }, handler)
    node.tell(bob.did)
    expect(inbox.receive(bob.did, message())).toBeUndefined()
    const begun = inbox.receive(bob.did, message({ body: encodeCall('slow', {}, 100) }))
    expect(handler).toHaveBeenCalledOnce()
    await begun
    expect(handler).toHaveBeenCalledTimes(2)
  })

  it('begins nothing more once it drains, and says so; done when all that has begun is', async () => {
    let goOn = (): void => {}
    inbox.on(
      'task',
      {},
      () =>
        new Promise<void>((resolve) => {
          goOn = resolve
        }),
    )
    node.tell(bob.did)
    void inbox.receive(bob.did, message())
    let isDrained = false
    const drained = inbox.drain().then(() => {
      isDrained = true
    })
    expect(await asked(bob)).toBe('draining')
    await settled()
    expect(isDrained).toBe(false)
    goOn()
    await drained
  })
})

describe('Inbox, of answers', () => {
  it('has those signed that answer something signed, and gives the handler what was', async () => {
    inbox.on('task', {}, handler)
    node.tell(bob.did)
    const question = message({ trace: 'of bob' })
    const receipt = await receiptsOf(bob).issue(alice.did, question.body)
    expect(await answerTo(bob, { ...question, receipt })).toBe('served')
    const [[, { body, receipt: signed }]] = say.mock.calls as [Parameters<typeof say>]
    expect(receiptsOf(bob).isFor(signed as Uint8Array, alice.did, body, receipt)).toBe(true)
    expect(handler.mock.lastCall?.[1]).toMatchObject({ receipt, trace: 'of bob' })
  })

  it('H16 M4 handles nothing with the signature of somebody else', async () => {
    inbox.on('task', {}, handler)
    node.tell(bob.did)
    const question = message()
    const receipt = await receiptsOf(carol).issue(alice.did, question.body)
    expect(await answerTo(bob, { ...question, receipt })).toBe('failed')
    expect(handler).not.toHaveBeenCalled()
  })

  it('H13 verifies no signature for a stranger', async () => {
    inbox.on('task', {}, handler)
    node.people.set(bob.did, UNKNOWN)
    const verified = vi.spyOn(Receipts.prototype, 'isFor')
    node.tell(bob.did)
    const question = message()
    const receipt = await receiptsOf(bob).issue(alice.did, question.body)
    expect(await answerTo(bob, { ...question, receipt })).toBe('gate.tier-too-low')
    expect(verified).not.toHaveBeenCalled()
    verified.mockRestore()
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('of the handler')
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the handler'))],
    ['returns what has no encoding', () => Symbol('of the handler')],
    ['returns what is larger than this agent sends', () => new Uint8Array(100_001)],
  ] as const)('says that it has failed, and logs why, where the handler %s', async (_, act) => {
    inbox.on('task', {}, act)
    expect(await asked(bob)).toBe('failed')
    expect(log.warn).toHaveBeenCalledOnce()
    expect(inbox.isAnswering(bob.did)).toBe(false)
  })

  it('M12 denies where the gate itself fails, and goes on', async () => {
    inbox.on('task', { can: CAN }, handler)
    vi.spyOn(chains, 'verdict').mockRejectedValueOnce(new Error('of the gate'))
    const lent = await Lent.by([alice, bob], node)
    expect(await asked(bob, lent)).toBe('failed')
    expect([handler.mock.calls.length, inbox.isAnswering(bob.did)]).toEqual([0, false])
    expect(await asked(bob, lent)).toBe('served')
  })

  it('logs what the other side does not take, and says that it has failed', async () => {
    inbox.on('task', {}, handler)
    node.tell(bob.did)
    say.mockReturnValueOnce('message.too-big')
    void inbox.receive(bob.did, message())
    await settled()
    expect(say.mock.calls.map(([, { kind }]) => kind)).toEqual(['reply', 'error'])
    expect(log.warn.mock.calls).toEqual([['the answer to "task" was not sent: message.too-big']])
  })

  it('is asked for one, and has many', async () => {
    inbox.on('task', {}, async function* () {
      yield 1
    })
    expect(await asked(bob)).toBe('is-stream')
  })

  it('answers nobody who has given up, and lets the handler know', async () => {
    let signal: AbortSignal | undefined
    inbox.on('task', {}, (_, peer) => {
      signal = peer.signal
      return new Promise((resolve) => peer.signal.addEventListener('abort', () => resolve('late')))
    })
    node.tell(bob.did)
    void inbox.receive(bob.did, message())
    inbox.cancel(bob.did, 99)
    inbox.cancel(carol.did, 1)
    expect(signal?.aborted).toBe(false)
    inbox.cancel(bob.did, 1)
    await settled()
    expect([signal?.aborted, say.mock.calls, inbox.isAnswering(bob.did)]).toEqual([true, [], false])
    expect(log.warn).not.toHaveBeenCalled()
  })

  it('begins nothing for whoever is gone before it could, but what was only said', async () => {
    inbox.on('task', { ctx: 'tool' }, handler)
    node.tell(bob.did)
    const begun = (['request', 'stream', 'one-way'] as const).map((kind) =>
      inbox.receive(bob.did, message({ kind, ...(kind === 'stream' && { grant: 1 }) })),
    )
    inbox.abandon(bob.did)
    await Promise.all(begun)
    expect([handler.mock.calls.length, say.mock.calls]).toEqual([1, []])
  })
})

describe('Inbox, of streams', () => {
  const stream = (grant = 3): Incoming => message({ kind: 'stream', grant })
  const said = (): unknown[] => say.mock.calls.map(([, { kind, body }]) => (kind === 'item' ? parseReply(body) : kind))

  it('says what is yielded, item by item, no faster than is granted, and that it is the end', async () => {
    inbox.on('task', {}, async function* () {
      for (let item = 0; item < 5; item++) yield item
    })
    node.tell(bob.did)
    void inbox.receive(bob.did, stream())
    await settled()
    expect(said()).toEqual([0, 1, 2])
    inbox.grant(bob.did, 1, 10)
    await settled()
    expect(said()).toEqual([0, 1, 2, 3, 4, 'end'])
  })

  it('is asked for many, and has one', async () => {
    inbox.on('task', {}, handler)
    node.tell(bob.did)
    void inbox.receive(bob.did, stream())
    await settled()
    expect(said()).toEqual(['served', 'end'])
  })

  it('M12 ends in the middle where its taker is trusted no longer', async () => {
    inbox.on('task', {}, async function* () {
      for (let item = 0; ; item++) yield item
    })
    node.tell(bob.did)
    void inbox.receive(bob.did, stream())
    await settled()
    node.people.set(bob.did, UNKNOWN)
    node.tell(bob.did)
    inbox.grant(bob.did, 1, 10)
    await settled()
    expect(said()).toEqual([0, 1, 2, 'error'])
    expect(parseFailure(say.mock.lastCall?.[1].body as Uint8Array).denial?.code).toBe('gate.tier-too-low')
  })

  it('ends what yields where nobody takes any more', async () => {
    let isOver = false
    inbox.on('task', {}, async function* () {
      try {
        for (let item = 0; ; item++) yield item
      } finally {
        isOver = true
      }
    })
    node.tell(bob.did)
    void inbox.receive(bob.did, stream())
    await settled()
    inbox.cancel(bob.did, 1)
    await settled()
    expect([isOver, said(), inbox.isAnswering(bob.did)]).toEqual([true, [0, 1, 2], false])
  })

  it('M13 takes what another program of the sender says under the same numbers for its own', async () => {
    let endOld = (): void => {}
    inbox.on('task', {}, () => new Promise<void>((resolve) => (endOld = resolve)))
    node.tell(bob.did)
    void inbox.receive(bob.did, message({ n: 1 }))
    inbox.abandon(bob.did)
    inbox.on('task', {}, async function* () {
      for (let item = 0; item < 5; item++) yield item
    })
    void inbox.receive(bob.did, { ...stream(), n: 1 })
    endOld()
    await settled()
    inbox.grant(bob.did, 1, 10)
    await settled()
    expect([said(), inbox.isAnswering(bob.did)]).toEqual([[0, 1, 2, 3, 4, 'end'], false])
  })

  it('says that it has failed where an item finds no room, so that there is no gap', async () => {
    inbox.on('task', {}, async function* () {
      for (let item = 0; item < 3; item++) yield item
    })
    node.tell(bob.did)
    say.mockReturnValueOnce(undefined).mockReturnValueOnce('mesh.busy')
    void inbox.receive(bob.did, stream())
    await settled()
    expect(said()).toEqual([0, 1, 'error'])
  })
})

describe('Inbox, with many handlers', () => {
  let running: (() => void)[]

  beforeEach(() => {
    running = []
    inbox.on(
      'task',
      {},
      handler.mockImplementation(() => new Promise<void>((resolve) => running.push(resolve))),
    )
  })

  const ask = (sender: Identity, count: number, rest: Partial<Incoming> = {}): (void | Promise<void>)[] => {
    node.tell(sender.did)
    return Array.from({ length: count }, () => inbox.receive(sender.did, message(rest)))
  }

  it('runs no more than 256 at once for one sender, and holds up what else that one asks', async () => {
    const begun = ask(bob, MOST_FOR_ONE + 1)
    expect(begun.slice(0, MOST_FOR_ONE).every((each) => each === undefined)).toBe(true)
    await settled()
    expect(handler).toHaveBeenCalledTimes(MOST_FOR_ONE)
    void ask(carol, 1)
    expect(handler).toHaveBeenCalledTimes(MOST_FOR_ONE + 1)
    running[0]?.()
    await begun.at(-1)
    expect(handler).toHaveBeenCalledTimes(MOST_FOR_ONE + 2)
  })

  it('runs no more than 1,024 at once for all, and lets whoever has room go first', async () => {
    const people = Array.from({ length: 4 }, someone)
    for (const person of people) void ask(person, MOST_FOR_ONE)
    const [ofOne] = ask(people[0] as Identity, 1)
    const [ofBob] = ask(bob, 1)
    await settled()
    expect(handler).toHaveBeenCalledTimes(1_024)
    // One of the second: the first of those that wait has no room of its own yet.
    running[MOST_FOR_ONE]?.()
    await ofBob
    expect(handler).toHaveBeenCalledTimes(1_025)
    expect(handler.mock.lastCall?.[1].did).toBe(bob.did)
    running[0]?.()
    await ofOne
    expect(handler).toHaveBeenCalledTimes(1_026)
  })

  it('M6 runs no more where what is asked is given up at once, and the handlers go on', async () => {
    void ask(bob, MOST_FOR_ONE)
    inbox.abandon(bob.did)
    // As another program does.
    n = 0
    const [begun] = ask(bob, 1)
    await settled()
    expect(handler).toHaveBeenCalledTimes(MOST_FOR_ONE)
    running[0]?.()
    await begun
    expect(handler).toHaveBeenCalledTimes(MOST_FOR_ONE + 1)
  })
})
