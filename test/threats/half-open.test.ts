import { type Identity, meshIdOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import {
  createMetrics,
  issueMembership,
  loadConfig,
  MemoryAuditLog,
  MemoryStore,
  MeshNode,
  type PartialConfig,
  systemTimers,
} from '@trustmesh/mesh-node'
import { CLOSE_CODES, type CloseCode } from '@trustmesh/protocol'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { describe, expect, it } from 'vitest'
import {
  attempt,
  Handshake,
  type JoinFile,
  join,
  joinOver,
  joinRaw,
  MemoryWire,
  RawSocket,
  someone,
  TestNode,
  until,
  upgradeRequest,
  wsFrame,
} from '../e2e/kit.ts'

const ws = (code: CloseCode): number => CLOSE_CODES[code].ws
const many = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)))
const closedOf = (sockets: readonly RawSocket[]): number => sockets.filter(({ isClosed }) => isClosed).length
const dispose = (resource: Disposable): boolean => {
  resource[Symbol.dispose]()
  return true
}
const handles = (): number => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length

describe('sockets that prove nothing', () => {
  const limits = {
    maxUnauthenticatedPerAddress: 100,
    handshakesPerSecondPerAddress: 10_000,
    handshakeTimeoutMs: 60_000,
  }
  const localAddress = '127.66.0.1'

  for (const isUpgraded of [false, true]) {
    const kind = isUpgraded ? 'upgraded and silent' : 'half-open'

    it(`H11 take no more than the share of their address when ${kind}, and leave nothing behind`, async () => {
      await using node = await TestNode.start({ limits })
      await using alice = await join(node.joinFile, 'alice')
      const before = handles()
      const flood = await many(300, () => RawSocket.connect(node.url, { localAddress }))
      if (isUpgraded) for (const raw of flood) void raw.upgrade()
      await until(() => closedOf(flood) >= 200)

      const others = await many(20, (n) => joinRaw(node.joinFile, someone(), { localAddress: `127.66.1.${n + 1}` }))
      await alice.standing(alice.did)
      for (const other of others) other[Symbol.dispose]()
      expect(closedOf(flood)).toBe(200)
      expect(await node.counted('trustmesh_handshakes_total', 'socket.too-many')).toBe(200)

      for (const raw of flood) raw[Symbol.dispose]()
      await until(() => joinRaw(node.joinFile, someone(), { localAddress }).then(dispose, () => false))
      await until(() => handles() <= before)
    })

    it(`H11 are cut when ${kind} for longer than a handshake may take`, async () => {
      await using node = await TestNode.start({ limits: { ...limits, handshakeTimeoutMs: 1_000 } })
      const before = handles()
      const flood = await many(50, () => (isUpgraded ? RawSocket.open : RawSocket.connect)(node.url, { localAddress }))
      await until(() => closedOf(flood) === 50)
      const code = isUpgraded ? 'handshake.timeout' : 'socket.timeout'
      expect(await node.counted('trustmesh_handshakes_total', code)).toBe(50)
      await until(() => handles() <= before)
    })
  }

  it('H11 are cut when they stay after they have been turned away', async () => {
    await using node = await TestNode.start({ limits: { ...limits, handshakeTimeoutMs: 500 } })
    const before = handles()
    using raw = await RawSocket.connect(node.url)
    raw.isPolite = false
    expect(await raw.upgrade(['Origin: https://evil.example'])).toMatch(/^HTTP\/1\.1 403 /)
    // Ours is still open, theirs is gone.
    await until(() => handles() === before + 1)
    const refusals = (await node.audit()).filter(({ event }) => event === 'handshake.refused')
    expect(refusals).toMatchObject([{ code: 'upgrade.origin' }])
  })

  it('H11 from many addresses take what there is for newcomers, and nothing from those who are here', async () => {
    await using node = await TestNode.start({ limits: { ...limits, maxUnauthenticated: 200 } })
    await using alice = await join(node.joinFile, 'alice')
    const flood = await many(300, (n) => RawSocket.connect(node.url, { localAddress: `127.67.${n % 10}.1` }))
    await until(() => closedOf(flood) >= 100)
    await expect(joinRaw(node.joinFile, someone())).rejects.toThrow()
    await alice.standing(alice.did)
    expect(closedOf(flood)).toBe(100)
    for (const raw of flood) raw[Symbol.dispose]()
    await until(() => joinRaw(node.joinFile, someone()).then(dispose, () => false))
  })
})

describe('a client that drips', () => {
  /** Byte by byte until the node has had enough. */
  const drip = async (raw: RawSocket, bytes: Uint8Array): Promise<number | null> => {
    let sent = 0
    const dripping = setInterval(() => raw.tcp.writable && raw.write(bytes.subarray(sent, ++sent)), 20)
    const code = await raw.closed.finally(() => clearInterval(dripping))
    expect(sent).toBeLessThan(bytes.length)
    return code
  }
  const endless = Buffer.alloc(8_000, 'a')

  it('H12 does not get through the head of its upgrade, however long a handshake may take', async () => {
    await using node = await TestNode.start({ limits: { handshakeTimeoutMs: 60_000 } })
    using raw = await RawSocket.connect(node.url)
    await drip(raw, Buffer.concat([upgradeRequest(['X-Drip: ']).subarray(0, -4), endless]))
    const refusals = (await node.audit()).filter(({ event }) => event === 'handshake.refused')
    expect(refusals).toMatchObject([{ code: 'socket.timeout' }])
  })

  for (const phase of ['hello', 'response'] as const) {
    for (const isPolite of [true, false]) {
      it(`H12 does not get through its ${phase}${isPolite ? '' : ', though it leaves the close unanswered'}`, async () => {
        await using node = await TestNode.start({ limits: { handshakeTimeoutMs: 500 } })
        using raw = await RawSocket.open(node.url)
        raw.isPolite = isPolite
        if (phase === 'response') {
          raw.send(await new Handshake(node.joinFile, someone()).hello())
          await raw.next()
        }
        expect(await drip(raw, wsFrame(endless))).toBe(ws('handshake.timeout'))
        const refusals = (await node.audit()).filter(({ event }) => event === 'handshake.refused')
        expect(refusals).toMatchObject([{ code: 'handshake.timeout' }])
        expect(await node.counted('trustmesh_handshakes_total', 'handshake.timeout')).toBe(1)
        expect(await node.counted('trustmesh_handshakes_total', 'socket.timeout')).toBe(0)
      })
    }
  }
})

describe('a flood of handshakes', () => {
  it('H13 is turned away without a hearing beyond the rate of its address, and others are heard', async () => {
    await using node = await TestNode.start({ limits: { handshakesPerSecondPerAddress: 1 } })
    const localAddress = '127.13.0.1'
    const codes: (number | null)[] = []
    for (let n = 0; n < 30; n++) {
      using raw = await RawSocket.open(node.url, { localAddress })
      const ended = await attempt(raw, node.joinFile, someone())
      if (ended.type === 'closed') codes.push(ended.code)
    }
    expect(codes.length).toBeGreaterThan(0)
    expect(new Set(codes)).toEqual(new Set([ws('node.busy')]))
    expect(await node.counted('trustmesh_handshakes_total', 'node.busy')).toBe(codes.length)
    const refusals = (await node.audit()).filter(({ event }) => event === 'handshake.refused')
    expect(refusals).toMatchObject(codes.map(() => ({ code: 'node.busy', peer: localAddress })))
    await using alice = await join(node.joinFile, 'alice')
    await alice.standing(alice.did)
  })

  it('H13 costs no signature where the hello is malformed, of another mesh, for another node, or without its cookie', async () => {
    let signatures = 0
    const { node, joinFile } = await memoryNode({
      limits: { maxUnauthenticated: 40 },
      onSign: () => signatures++,
    })
    const alice = someone()
    const elsewhere: JoinFile[] = [
      { ...joinFile, net: '00'.repeat(32) },
      { ...joinFile, node: someone().did },
    ]
    for (const file of elsewhere) {
      for (let n = 0; n < 50; n++) {
        using wire = new MemoryWire(node)
        wire.send(await new Handshake(file, alice).hello())
        expect(await wire.next()).toBeNull()
      }
    }
    for (let n = 0; n < 50; n++) {
      using wire = new MemoryWire(node)
      wire.send(systemRandom(n * 20))
      expect(await wire.next()).toBeNull()
    }
    const silent = Array.from({ length: 10 }, () => new MemoryWire(node))
    for (let n = 0; n < 50; n++) {
      using wire = new MemoryWire(node)
      wire.send(await new Handshake(joinFile, alice).hello())
      expect((await wire.next())?.[1]).toBe(0)
    }
    expect(signatures).toBe(0)
    for (const wire of silent) wire[Symbol.dispose]()
    using session = await joinOver(new MemoryWire(node), joinFile, alice)
    // One for the handshake, and one to answer for whoever has proved itself.
    expect(signatures).toBe(2)
    expect(session.did).toBe(alice.did)
  })
})

describe('a node under load', () => {
  /** Whoever comes is asked for a cookie while these are silent. */
  const load = (node: TestNode): Promise<RawSocket[]> =>
    many(10, () => RawSocket.open(node.url, { localAddress: '127.13.1.1' }))
  const config: PartialConfig = { limits: { maxUnauthenticated: 40, handshakeTimeoutMs: 60_000 } }
  const hear = async (raw: RawSocket, bytes: Uint8Array): Promise<Uint8Array> => {
    raw.send(bytes)
    return (await raw.next()) as Uint8Array
  }

  it('H13 hears only whoever shows the cookie of its own address and its own hello', async () => {
    await using node = await TestNode.start(config)
    const silent = await load(node)
    const newcomer = (): Promise<RawSocket> => RawSocket.open(node.url, { localAddress: '127.13.2.1' })
    const refused = async (raw: RawSocket): Promise<void> => expect(await raw.closed).toBe(ws('handshake.cookie'))

    using mallory = await newcomer()
    const handshake = new Handshake(node.joinFile, someone())
    const hello = await handshake.hello()
    const retry = await hear(mallory, hello)
    expect(retry[1]).toBe(0)
    mallory.send(hello)
    await refused(mallory)

    // The cookie is good, but not there.
    const withCookie = (await handshake.answer(retry)) as Uint8Array
    using elsewhere = await RawSocket.open(node.url, { localAddress: '127.13.2.2' })
    elsewhere.send(withCookie)
    await refused(elsewhere)

    // Nor with another hello.
    using another = await newcomer()
    const other = new Handshake(node.joinFile, someone())
    await other.hello()
    another.send((await other.answer(retry)) as Uint8Array)
    await refused(another)

    using invented = await newcomer()
    await hear(invented, hello)
    invented.send(withInvented(withCookie))
    await refused(invented)

    using honest = await newcomer()
    expect((await hear(honest, withCookie))[1]).toBe(2)
    await using alice = await join(node.joinFile, 'alice')
    await alice.standing(alice.did)
    expect(await node.counted('trustmesh_handshakes_total', 'handshake.cookie')).toBe(4)
    expect(closedOf(silent)).toBe(0)
    for (const raw of silent) raw[Symbol.dispose]()
  })

  it('H13 asks for no cookie once the load is gone', async () => {
    await using node = await TestNode.start(config)
    for (const raw of await load(node)) raw[Symbol.dispose]()
    await until(async () => (await node.counted('trustmesh_handshakes_total', 'handshake.abandoned')) === 10)
    using raw = await RawSocket.open(node.url)
    expect((await hear(raw, await new Handshake(node.joinFile, someone()).hello()))[1]).toBe(2)
  })
})

/** The cookie is the last field. */
function withInvented(hello: Uint8Array): Uint8Array {
  return Uint8Array.of(...hello.subarray(0, -32), ...systemRandom(32))
}

/** A node in memory that tells of each signature of its own. */
async function memoryNode(options: { limits: NonNullable<PartialConfig['limits']>; onSign: () => void }) {
  const [root, authority, own] = [someone(), someone(), someone()]
  const identity: Identity = {
    ...own,
    sign: (label, claim) => {
      options.onSign()
      return own.sign(label, claim)
    },
  }
  const { limits } = await loadConfig({ overrides: { limits: options.limits } })
  const clock = systemClock
  const net = meshIdOf(root.did)
  const chain = await issueMembership({ root, authority, node: own.did }, { net, clock, random: systemRandom })
  const node = await MeshNode.open({
    mesh: { net, root: root.did, authorities: [authority.did], threshold: 1, admission: 'open' },
    keys: { authority, node: identity, chain },
    roots: [],
    peers: [],
    dial: () => () => {},
    limits,
    store: new MemoryStore(),
    audit: new MemoryAuditLog({ clock }),
    metrics: createMetrics(),
    clock,
    random: systemRandom,
    keyPair: generateKeyPair,
    timers: systemTimers,
  })
  const joinFile: JoinFile = { url: '', node: own.did, net: Buffer.from(net).toString('hex') }
  return { node, joinFile }
}
