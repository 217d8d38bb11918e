import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from './seeded-random.ts'
import { Trace } from './trace.ts'
import { VirtualClock } from './virtual-clock.ts'
import { VirtualHost } from './virtual-host.ts'
import { type Carried, type Latency, NEARBY, urlOf, type VirtualConnection, VirtualNetwork } from './virtual-network.ts'

interface Seen {
  readonly connection: VirtualConnection
  readonly messages: number[]
  isClosed: boolean
}

/** A network of two hosts; bob listens. */
function aNetwork({ seed = 1, latency = NEARBY }: { seed?: number; latency?: Latency } = {}) {
  const time = new VirtualClock()
  const network = new VirtualNetwork({ time, random: new SeededRandom(seed), trace: new Trace(), latency })
  const [alice, bob] = [new VirtualHost('alice', time), new VirtualHost('bob', time)]
  const ends: Seen[] = []
  const accept = (connection: VirtualConnection) => {
    const seen: Seen = { connection, messages: [], isClosed: false }
    ends.push(seen)
    return {
      message: (bytes: Uint8Array) => void seen.messages.push(bytes[0] as number),
      violation: () => {},
      closed: () => {
        seen.isClosed = true
      },
    }
  }
  network.listen(bob, accept)
  let failures = 0
  const dial = (): (() => void) => network.dial(alice, urlOf(bob), { opened: accept, failed: () => void failures++ })
  /** Both ends of an open connection: bob's first. */
  const connect = async (): Promise<[Seen, Seen]> => {
    const before = ends.length
    dial()
    await time.advance(1000)
    return ends.slice(before) as [Seen, Seen]
  }
  return { time, network, alice, bob, ends, dial, connect, failures: () => failures }
}

const send = (from: Seen, ...numbers: number[]): void => {
  for (const number of numbers) from.connection.send(Uint8Array.of(number))
}

describe(VirtualNetwork, () => {
  it('refuses a connection to where nobody listens, and fails one that nobody answers', async () => {
    const { time, network, alice, bob, dial, ends, failures } = aNetwork()
    bob.crash()
    dial()
    await time.advance(500)
    expect(failures()).toBe(1)
    network.listen(bob, () => {
      throw new Error('reached')
    })
    network.partition([alice])
    dial()
    await time.advance(1999)
    expect(failures()).toBe(1)
    await time.advance(1)
    expect(failures()).toBe(2)
    network.heal()
    await time.advance(1000)
    expect(ends).toEqual([])
    expect(network.size).toBe(0)
  })

  it('lets nobody in for somebody who has given up', async () => {
    const { time, dial, ends, network, failures } = aNetwork()
    dial()()
    await time.advance(3000)
    expect([ends.length, failures(), network.size]).toEqual([0, 0, 0])
  })

  it('shows each message that arrives while it is watched, and no other', async () => {
    const { time, network, alice, bob, connect } = aNetwork({ latency: () => 7 })
    const [there, here] = await connect()
    const seen: Carried[] = []
    send(here, 1)
    await time.advance(10)
    const stop = network.watch((carried) => seen.push(carried))
    const sentAt = time.now
    send(here, 2)
    await time.advance(10)
    expect(seen).toEqual([{ from: alice, to: bob, bytes: 1, sentAt, at: sentAt + 7 }])
    stop()
    send(here, 3)
    await time.advance(10)
    expect(there.messages).toEqual([1, 2, 3])
    expect(seen.length).toBe(1)
  })

  it('keeps the order on a connection, however long each message is under way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.nat(100), async (seed, mostMs) => {
        const { time, connect } = aNetwork({ seed, latency: (random) => random.integer(0, mostMs) })
        const [there, here] = await connect()
        send(here, 1, 2, 3)
        await time.advance(10)
        send(here, 4, 5)
        await time.advance(200)
        expect(there.messages).toEqual([1, 2, 3, 4, 5])
      }),
    )
  })

  it('lets messages of one connection overtake those of another', async () => {
    const delays = [0, 0, 0, 0, 50, 10]
    const { time, connect } = aNetwork({ latency: () => delays.shift() ?? 0 })
    const [there, here] = await connect()
    const [there2, here2] = await connect()
    send(here, 1)
    send(here2, 2)
    await time.advance(20)
    expect([there.messages, there2.messages]).toEqual([[], [2]])
  })

  it('holds up what is sent across a partition, the end of a connection too, and lets it through when that heals', async () => {
    const { time, network, alice, connect } = aNetwork()
    const [there, here] = await connect()
    network.partition([alice])
    send(here, 1, 2)
    here.connection.close('session.closed')
    await time.advance(10_000)
    expect([there.messages, there.isClosed, here.isClosed]).toEqual([[], false, true])
    expect(here.connection.backlog).toBe(2)
    network.heal()
    await time.advance(1000)
    expect([there.messages, there.isClosed]).toEqual([[1, 2], true])
    expect(network.size).toBe(0)
  })

  it('lets through what was sent before a connection was closed, and nothing after it', async () => {
    const { time, network, connect } = aNetwork()
    const [there, here] = await connect()
    send(here, 1)
    here.connection.close('session.closed')
    send(here, 2)
    send(there, 3)
    await time.advance(1000)
    expect([there.messages, there.isClosed, here.messages, here.isClosed]).toEqual([[1], true, [3], true])
    expect(network.size).toBe(0)
  })

  it('ends the connections of a host that crashes, and those that are cut', async () => {
    const { time, network, alice, bob, connect } = aNetwork()
    const [there, here] = await connect()
    bob.crash()
    send(here, 1)
    await time.advance(1000)
    expect([there.messages, there.isClosed, here.isClosed]).toEqual([[], false, true])
    network.listen(bob, () => ({ message: () => {}, violation: () => {}, closed: () => {} }))
    const [again] = (await connect()) as unknown as [Seen]
    network.cut(alice, bob)
    await time.advance(1000)
    expect(again.isClosed).toBe(true)
    expect(network.size).toBe(0)
  })

  it('counts what has not arrived, also where the other end stands still', async () => {
    const { time, bob, connect } = aNetwork()
    const [there, here] = await connect()
    bob.pause()
    send(here, 1, 2, 3)
    await time.advance(1000)
    expect([there.messages, here.connection.backlog]).toEqual([[], 3])
    bob.resume()
    await time.advance(1000)
    expect([there.messages, here.connection.backlog]).toEqual([[1, 2, 3], 0])
  })
})
