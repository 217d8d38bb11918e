import { bytesToHex } from '@noble/hashes/utils.js'
import { didOf, type Identity } from '@trustmesh/identity'
import { parseRequirement } from '@trustmesh/trust'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AskedNode, REVOKED, SUSPENDED } from '../test/asked-node.ts'
import { CAN, config, Lent, someone } from '../test/lent.ts'
import { ChainGate, type PeerChain, type PeerVerdict } from './chain-gate.ts'

const MAX_STALENESS_MS = 10_000
const [alice, bob, carol] = [someone(), someone(), someone()]

let node: AskedNode
let gate: ChainGate
/** alice, who carries out what is asked, lets bob, and bob carol. */
let lent: Lent
const warn = vi.fn()

beforeEach(async () => {
  warn.mockClear()
  node = new AskedNode()
  const { platform, standings, exchange, freshness } = node
  const log = { info: () => {}, warn }
  gate = new ChainGate({ self: alice.did, config, platform, standings, exchange, freshness, log })
  lent = await Lent.by([alice, bob, carol], node)
})

afterEach(() => {
  vi.useRealTimers()
})

async function verdictOn(chain = lent, peer: Identity = carol, ctx = ''): Promise<PeerVerdict> {
  return await gate.verdict(await chain.use(alice), peer.did, { ...parseRequirement({ can: CAN, ctx }), can: CAN })
}

async function codeOf(verdict: PeerVerdict | Promise<PeerVerdict>): Promise<string> {
  const settled = await verdict
  return settled.allow ? 'allowed' : settled.code
}

async function allowed(): Promise<PeerChain> {
  const verdict = await verdictOn()
  if (!verdict.allow) throw new Error(verdict.code)
  return verdict
}

describe(ChainGate, () => {
  it.each([
    ['the first link', 0],
    ['the last link', 1],
  ])('D6 refuses a chain of which %s is revoked', async (_, at) => {
    node.voided.add(lent.ids[at] as Lent['ids'][number])
    expect(await codeOf(verdictOn())).toBe('chain.void')
  })

  it.each([
    ['chain.revoked', 'somebody', bob, REVOKED],
    ['chain.suspended', 'somebody', bob, SUSPENDED],
    ['chain.revoked', 'its root', alice, REVOKED],
    ['chain.revoked', 'its user', carol, REVOKED],
  ] as const)('D6, D11 refuses by %s where %s on it is cut off', async (code, _, { did }, told) => {
    node.people.set(did, told)
    expect(await codeOf(verdictOn())).toBe(code)
  })

  it('D7 refuses where the node tells of somebody on it what was so in an older epoch', async () => {
    node.people.set(bob.did, { status: 'active', score: 700, tier: 'trusted', confidence: 700, epoch: 0 })
    expect(await codeOf(verdictOn())).toBe('chain.error')
  })

  it('M12 refuses, and does not reject, where the connection ends before the answer', async () => {
    node.isSilent = true
    const verdict = verdictOn()
    await vi.waitFor(() => expect(node.lookups).toHaveLength(1))
    node.exchange.disconnected()
    expect(await codeOf(verdict)).toBe('chain.error')
  })

  it('M12 refuses, and does not reject, where it cannot so much as begin', async () => {
    const proof = await lent.use(alice)
    vi.spyOn(node.platform.clock, 'now').mockImplementationOnce(() => {
      throw new Error('no clock')
    })
    const requirement = { ...parseRequirement({ can: CAN }), can: CAN }
    expect(await codeOf(gate.verdict(proof, carol.did, requirement))).toBe('chain.error')
  })

  it('M12 refuses after 5 s where the node says nothing', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    node.isSilent = true
    const settled = vi.fn()
    const verdict = gate.verdict(await lent.use(alice), carol.did, { ...parseRequirement({ can: CAN }), can: CAN })
    void codeOf(verdict).then(settled)
    await vi.advanceTimersByTimeAsync(4_999)
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(settled).toHaveBeenCalledWith('chain.error')
  })

  it('M12 refuses, says why here, and tries again, where what has been used cannot be opened', async () => {
    vi.spyOn(node.platform, 'openUses').mockRejectedValueOnce(new Error('the disk is gone'))
    expect(await codeOf(verdictOn())).toBe('chain.error')
    expect(warn.mock.calls).toEqual([[expect.stringContaining('the disk is gone')]])
    expect(await codeOf(verdictOn())).toBe('allowed')
  })

  it('D7 asks again where a later epoch overtakes the answer', async () => {
    node.behind = () => {
      node.behind = () => {}
      node.voided.add(lent.ids[0] as Lent['ids'][number])
      node.move()
    }
    expect(await codeOf(verdictOn())).toBe('chain.void')
    expect(node.lookups).toHaveLength(2)
  })

  it('D7 refuses where four answers in a row are overtaken', async () => {
    node.behind = () => node.epoch < 10 && node.move()
    expect(await codeOf(verdictOn())).toBe('chain.error')
    expect(node.lookups).toHaveLength(4)
  })

  it('D9 remembers across uses which invocations were used, in what it opens once, if ever, and closes', async () => {
    expect(await codeOf(verdictOn(lent, bob))).toBe('chain.peer')
    expect(node.opened).toBe(0)
    const requirement = { ...parseRequirement({ can: CAN }), can: CAN }
    const proof = await lent.use(alice)
    expect(await codeOf(gate.verdict(proof, carol.did, requirement))).toBe('allowed')
    expect(await codeOf(gate.verdict(proof, carol.did, requirement))).toBe('chain.invocation-replayed')
    await gate.close()
    expect([node.opened, node.closed]).toEqual([1, 1])
  })

  it('asks one thing about many uses: about everybody on the chain and each of its links', async () => {
    for (let uses = 0; uses < 5; uses++) expect(await codeOf(verdictOn())).toBe('allowed')
    const [lookup, ...more] = node.lookups
    expect(more).toEqual([])
    expect(lookup?.dids.map(didOf)).toEqual([alice.did, bob.did, carol.did])
    expect(lookup?.links.map(([iss, id]) => [didOf(iss), bytesToHex(id)])).toEqual([
      [alice.did, lent.ids[0]],
      [bob.did, lent.ids[1]],
    ])
    expect(lookup).not.toHaveProperty('ctx')
  })

  it('asks once for uses of one chain at the same time, and anew once that has failed', async () => {
    node.isSilent = true
    const uses = Promise.all(Array.from({ length: 5 }, () => codeOf(verdictOn())))
    await vi.waitFor(() => expect(node.lookups).toHaveLength(1))
    node.exchange.disconnected()
    expect(await uses).toEqual(Array(5).fill('chain.error'))
    node.isSilent = false
    const more = await Promise.all(Array.from({ length: 5 }, () => codeOf(verdictOn())))
    expect(more).toEqual(Array(5).fill('allowed'))
    expect(node.lookups).toHaveLength(2)
  })

  it('D7 waits on a new connection for nothing that was asked on a former one', async () => {
    node.isSilent = true
    const former = codeOf(verdictOn())
    await vi.waitFor(() => expect(node.lookups).toHaveLength(1))
    gate.forget()
    node.isSilent = false
    expect(await codeOf(verdictOn())).toBe('allowed')
    expect(node.lookups).toHaveLength(2)
    node.exchange.disconnected()
    expect(await former).toBe('chain.error')
  })

  it('D7 counts no answer of a connection that is lost right behind it', async () => {
    node.behind = () => gate.forget()
    expect(await codeOf(verdictOn())).toBe('chain.error')
  })

  it.each([
    ['set back', -30_000],
    ['set forward', 30_000],
  ])('D7 counts 10 s by a clock that nobody sets, also where the other is %s', async (_, byMs) => {
    const chain = await allowed()
    vi.spyOn(node.platform.clock, 'now').mockImplementation(() => node.nowMs + byMs)
    node.nowMs += MAX_STALENESS_MS
    expect(chain.isCurrent()).toBe(true)
    await allowed()
    expect(node.lookups).toHaveLength(1)
    node.nowMs += 1
    expect(chain.isCurrent()).toBe(false)
    await allowed()
    expect(node.lookups).toHaveLength(2)
  })

  it('D7 asks again after 10 s', async () => {
    await allowed()
    node.nowMs += MAX_STALENESS_MS
    await allowed()
    expect(node.lookups).toHaveLength(1)
    node.voided.add(lent.ids[0] as Lent['ids'][number])
    node.nowMs += 1
    expect(await codeOf(verdictOn())).toBe('chain.void')
  })

  it('D7 asks again in a later epoch', async () => {
    await allowed()
    node.voided.add(lent.ids[0] as Lent['ids'][number])
    node.move()
    expect(await codeOf(verdictOn())).toBe('chain.void')
  })

  it('D7 counts no answer about one chain for another, nor in one context for another', async () => {
    await allowed()
    const other = await Lent.by([alice, bob], node)
    node.voided.add(other.ids[0] as Lent['ids'][number])
    expect(await codeOf(verdictOn(other, bob))).toBe('chain.void')
    node.voided.add(lent.ids[1] as Lent['ids'][number])
    for (const { did } of [alice, bob, carol]) node.tell(did, 'tool')
    expect(await codeOf(verdictOn(lent, carol, 'tool'))).toBe('chain.void')
    expect(node.lookups.at(-1)).toMatchObject({ ctx: 'tool' })
  })

  it('D7 counts nothing that a former connection told, though the epochs of the next are the same', async () => {
    const chain = await allowed()
    node.standings.forget()
    gate.forget()
    node.voided.add(lent.ids[0] as Lent['ids'][number])
    for (const { did } of [alice, bob, carol]) node.tell(did)
    expect(chain.isCurrent()).toBe(false)
    expect(await codeOf(verdictOn())).toBe('chain.void')
  })

  it('brings a standing up to the present epoch, and asks for none that is', async () => {
    await gate.standing(bob.did, 'tool')
    await gate.standing(bob.did, 'tool')
    expect(node.asked).toHaveLength(1)
    node.move()
    await gate.standing(bob.did, 'tool')
    expect(node.standings.of(bob.did, 'tool')).toMatchObject({ status: 'active', epoch: 2 })
  })

  it('holds nothing of whom the node does not tell of within 5 s, and does not reject', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    node.isSilent = true
    const settled = vi.fn()
    void gate.standing(bob.did, 'tool').then(settled)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(settled).toHaveBeenCalledOnce()
    expect(node.standings.of(bob.did, 'tool')).toBeNull()
  })
})

describe('isCurrent', () => {
  it('D7 is false once somebody on the chain is cut off', async () => {
    const chain = await allowed()
    expect(chain.isCurrent()).toBe(true)
    node.people.set(bob.did, REVOKED)
    node.tell(bob.did)
    expect(chain.isCurrent()).toBe(false)
  })

  it('D7 is false in a later epoch, whatever is told of everybody on it, until that is asked of the links', async () => {
    const chain = await allowed()
    node.move()
    for (const { did } of [alice, bob, carol]) node.tell(did)
    expect(chain.isCurrent()).toBe(false)
    await allowed()
    expect(chain.isCurrent()).toBe(true)
    node.voided.add(lent.ids[1] as Lent['ids'][number])
    node.move()
    expect(await codeOf(verdictOn())).toBe('chain.void')
    expect(chain.isCurrent()).toBe(false)
  })

  it('D7 is false once what is known of it is older than 10 s', async () => {
    const chain = await allowed()
    node.nowMs += MAX_STALENESS_MS
    expect(chain.isCurrent()).toBe(true)
    node.nowMs += 1
    expect(chain.isCurrent()).toBe(false)
  })

  it('D7 is false once a link has expired, a minute of skew apart', async () => {
    lent = await Lent.by([alice, bob, carol], node, 1)
    node.nowMs += 59_999
    const chain = await allowed()
    expect(chain.isCurrent()).toBe(true)
    node.nowMs += 2
    expect(chain.isCurrent()).toBe(false)
  })
})

describe('renew', () => {
  it('D7 is false where a link has been revoked, or somebody on the chain cut off', async () => {
    const chain = await allowed()
    node.voided.add(lent.ids[1] as Lent['ids'][number])
    node.move()
    expect(await chain.renew()).toBe(false)
    expect(chain.isCurrent()).toBe(false)
    node.voided.clear()
    node.people.set(bob.did, SUSPENDED)
    node.move()
    expect(await chain.renew()).toBe(false)
  })

  it('M12 is false, and does not reject, where the node cannot be asked', async () => {
    const chain = await allowed()
    node.isSilent = true
    node.move()
    const renewed = chain.renew()
    await vi.waitFor(() => expect(node.lookups).toHaveLength(2))
    node.exchange.disconnected()
    expect(await renewed).toBe(false)
  })

  it('D7 is false once a link has expired, a minute of skew apart', async () => {
    lent = await Lent.by([alice, bob, carol], node, 1)
    const chain = await allowed()
    node.nowMs += 60_001
    expect(await chain.renew()).toBe(false)
  })

  it('lets a handler go on in a later epoch and after 10 s, and asks only then', async () => {
    const chain = await allowed()
    expect(await chain.renew()).toBe(true)
    expect(node.lookups).toHaveLength(1)
    node.move()
    expect(chain.isCurrent()).toBe(false)
    expect(await Promise.all([chain.renew(), chain.renew()])).toEqual([true, true])
    expect(chain.isCurrent()).toBe(true)
    node.nowMs += MAX_STALENESS_MS + 1
    expect(await chain.renew()).toBe(true)
    expect(node.lookups).toHaveLength(3)
  })
})
