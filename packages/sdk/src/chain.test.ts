import { decodeBody, encode, encodeBody, meshIdOf, toBase64url } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { Constraint } from '@trustmesh/trust'
import { beforeEach, describe, expect, it } from 'vitest'
import { AskedNode } from '../test/asked-node.ts'
import { CAN, config, Lent, someone } from '../test/lent.ts'
import { Chain, learnCalls } from './chain.ts'
import { type DelegateOptions, Issuer } from './issuer.ts'

const [alice, bob, carol, dave] = [someone(), someone(), someone(), someone()]
const HOUR_MS = 3_600_000

let node: AskedNode
beforeEach(() => {
  node = new AskedNode()
})

const issuerOf = (identity = alice, net = config.net): Issuer =>
  new Issuer(identity, { net, clock: node.platform.clock, random: systemRandom }, node.exchange)
const lend = (options: Partial<DelegateOptions> = {}): Promise<Chain> =>
  issuerOf().delegate(bob.did, { can: CAN, ...options })
const codeOf = async (act: () => unknown): Promise<unknown> => {
  try {
    await act()
    return null
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

describe('Chain.from', () => {
  it('D1, D8 refuses links that are not sound, or not of one chain', async () => {
    const { links } = await Lent.by([alice, bob, carol], node)
    const other = await Lent.by([alice, bob, carol], node)
    const forged = (links[1] as Uint8Array).with(-1, 7)
    expect(await codeOf(() => Chain.from([links[0], forged]))).toBe('chain.signature')
    expect(await codeOf(() => Chain.from([other.links[0], links[1]]))).toBe('chain.parent')
    expect(await codeOf(() => Chain.from(links.slice(1)))).toBe('chain.parent')
    expect(await codeOf(() => Chain.from(links.toReversed()))).toBe('chain.parent')
    expect(await codeOf(() => Chain.from([]))).toBe('chain.length')
  })

  it.each([[null], ['chain'], [{ links: [] }], [[1]], [new Uint8Array(9)]])('refuses %j', async (content) => {
    expect(await codeOf(() => Chain.from(content))).toBe('chain.envelope')
  })

  it('opens what has come as the content of a message', async () => {
    const chain = await lend({ depth: 2 })
    const further = await issuerOf(bob).delegate(carol.did, { can: `${CAN}/web`, from: chain, depth: 1 })
    const { links } = further
    expect(Chain.from(decodeBody(encodeBody([...links])))).toEqual(further)
    expect(further).toMatchObject({ can: `${CAN}/web`, root: alice.did, audience: carol.did, depth: 1 })
    expect(further).toMatchObject({ id: further.leaf.id, exp: chain.exp })
    expect(further.links).toHaveLength(2)
  })

  it('has the constraints of all links, the first of the root', async () => {
    const where = (value: number): Constraint[] => [{ op: 'lte', at: ['limit'], value }]
    const chain = await lend({ depth: 1, where: where(10) })
    const { where: all } = await issuerOf(bob).delegate(carol.did, { can: CAN, from: chain, where: where(5) })
    expect(all).toEqual([...where(10), ...where(5)])
  })

  it('is changed by nobody who holds the bytes that it was made of', async () => {
    const { links } = await lend()
    const given = links.map((link) => Uint8Array.from(link))
    const chain = Chain.from(given)
    given[0]?.fill(0)
    expect(chain.links).toEqual(links)
    expect(() => (chain.links as Uint8Array[]).push(new Uint8Array())).toThrow(TypeError)
  })
})

describe('Chain.parse', () => {
  it.each([
    ['nothing', ''],
    ['no base64url', 'a chain'],
    ['another document', toBase64url(encode({ links: [] }))],
    ['a document and more', `${toBase64url(encode([]))}AAAA`],
    ['a text that is longer than any chain', 'A'.repeat(44_001)],
  ])('refuses %s', async (_, text) => {
    expect(await codeOf(() => Chain.parse(text))).toBe('chain.envelope')
  })

  it('reads what a chain is as a text, in one line', async () => {
    const chain = Chain.from((await Lent.by([alice, bob, carol, dave], node)).links)
    const text = `${chain}`
    expect(text).toMatch(/^[\w-]+$/)
    expect(Chain.parse(text)).toEqual(chain)
  })

  it('reads one of nearly 32 KiB', async () => {
    const where = Array<Constraint>(13).fill({ op: 'prefix', at: [], value: 'x'.repeat(256) })
    const people = Array.from({ length: 8 }, someone)
    let chain = await issuerOf().delegate((people[0] ?? bob).did, { can: CAN, depth: 8, where })
    for (const [i, { did }] of people.slice(1).entries()) {
      chain = await issuerOf(people[i]).delegate(did, { can: CAN, depth: 7 - i, where, from: chain })
    }
    expect(chain.links.reduce((bytes, { length }) => bytes + length, 0)).toBeGreaterThan(31_000)
    expect(Chain.parse(`${chain}`)).toEqual(chain)
  })
})

describe('delegate', () => {
  it.each<[string, Partial<DelegateOptions>]>([
    ['more', { can: '/tool' }],
    ['something else', { can: '/tool/searching' }],
    ['as many links', { depth: 1 }],
    ['more time', { ttlMs: 2 * HOUR_MS }],
  ])('D1 refuses to hand on %s than there is', async (_, wider) => {
    const from = await lend({ depth: 1, ttlMs: HOUR_MS })
    expect(await codeOf(() => issuerOf(bob).delegate(carol.did, { can: CAN, from, ...wider }))).toBe(
      'delegation.widens',
    )
  })

  it('D9 refuses to hand on what somebody else was lent', async () => {
    const from = await lend({ depth: 1 })
    expect(await codeOf(() => issuerOf(carol).delegate(dave.did, { can: CAN, from }))).toBe('delegation.widens')
  })

  it('D3 gives out no chain on which somebody stands twice, or of another mesh', async () => {
    const from = await lend({ depth: 2 })
    node.asked.length = 0
    expect(await codeOf(() => issuerOf(bob).delegate(alice.did, { can: CAN, from }))).toBe('chain.repeat')
    const elsewhere = issuerOf(bob, meshIdOf(dave.did))
    expect(await codeOf(() => elsewhere.delegate(carol.did, { can: CAN, from }))).toBe('chain.net')
    expect(node.asked).toEqual([])
  })

  it('leaves the last link with the node', async () => {
    const from = await lend({ depth: 1 })
    const { links } = await issuerOf(bob).delegate(carol.did, { can: CAN, from })
    expect(node.asked.at(-1)).toEqual({ type: 'statement', bytes: links[1] })
    expect(links[0]).toEqual(from.links[0])
  })
})

describe('remaining', () => {
  const executors = { op: 'executors', dids: [alice.did] } as const
  const counted = (limit: number): Constraint[] => [executors, { op: 'maxCalls', limit }]

  it('is no time once it has ended', async () => {
    const chain = await lend({ ttlMs: HOUR_MS, depth: 3 })
    expect(chain.remaining(chain.exp + 1)).toEqual({ ms: 0, depth: 3, calls: Number.POSITIVE_INFINITY })
    expect(chain.remaining(chain.exp - 5).ms).toBe(5)
    expect(chain.remaining().ms).toBeGreaterThan(HOUR_MS - 60_000)
  })

  it('knows of no calls before whoever counts them has said how many are left', async () => {
    const chain = await lend({ where: counted(20) })
    expect(chain.remaining().calls).toBeNull()
    learnCalls(chain, alice.did, 12)
    expect(chain.remaining().calls).toBe(12)
  })

  it.each([[undefined], [null], ['3'], [-1], [0.5], [Number.NaN], [Number.POSITIVE_INFINITY], [2 ** 53]])(
    'S12 learns nothing of %j',
    async (calls) => {
      const chain = await lend({ where: counted(20) })
      learnCalls(chain, alice.did, calls)
      expect(chain.remaining().calls).toBeNull()
    },
  )

  it('F6 learns nothing of who does not count, and no more than there can be', async () => {
    const chain = await lend({ where: counted(20) })
    learnCalls(chain, carol.did, 3)
    expect(chain.remaining().calls).toBeNull()
    learnCalls(chain, alice.did, 1_000)
    expect(chain.remaining().calls).toBe(20)
  })

  it('goes by the least that was said, as answers may overtake each other', async () => {
    const chain = await lend({ where: counted(20) })
    for (const calls of [7, 5, 6]) learnCalls(chain, alice.did, calls)
    expect(chain.remaining().calls).toBe(5)
  })
})
