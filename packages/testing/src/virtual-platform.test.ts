import { describe, expect, it, vi } from 'vitest'
import { SeededRandom } from './seeded-random.ts'
import { Trace } from './trace.ts'
import { VirtualClock } from './virtual-clock.ts'
import { VirtualHost } from './virtual-host.ts'
import { urlOf, VirtualNetwork } from './virtual-network.ts'
import { virtualPlatform } from './virtual-platform.ts'

/** Alice's platform, and bob, who listens. */
function aPlatform() {
  const time = new VirtualClock()
  const random = new SeededRandom(1)
  const network = new VirtualNetwork({ time, random, trace: new Trace(), latency: () => 5 })
  const [host, bob] = [new VirtualHost('alice', time), new VirtualHost('bob', time)]
  const log = { info: () => {}, warn: () => {} }
  const platform = virtualPlatform({ host, network, random, log })
  const heard: Uint8Array[] = []
  const letIn = vi.fn(() => ({ message: (b: Uint8Array) => void heard.push(b), violation: () => {}, closed: () => {} }))
  network.listen(bob, letIn)
  const handler = { open: vi.fn(), message: vi.fn(), text: vi.fn(), closed: vi.fn() }
  return { time, network, platform, bob, heard, letIn, handler }
}

describe(virtualPlatform, () => {
  it('closes once what it hangs up before anybody answers, and lets nobody in for it', async () => {
    const { time, network, platform, bob, letIn, handler } = aPlatform()
    const socket = platform.connect(urlOf(bob), handler)
    socket.close()
    socket.close()
    await time.advance(5_000)
    expect(handler.closed).toHaveBeenCalledOnce()
    expect(handler.open).not.toHaveBeenCalled()
    expect([letIn.mock.calls.length, network.size]).toEqual([0, 0])
  })

  it('closes once what nobody answers, also if it is hung up after that', async () => {
    const { time, platform, handler } = aPlatform()
    const socket = platform.connect('ws://nobody', handler)
    await time.advance(5_000)
    socket.close()
    await time.advance(5_000)
    expect(handler.closed).toHaveBeenCalledOnce()
  })

  it('carries messages on what opens, and says how much is under way', async () => {
    const { time, platform, bob, heard, handler } = aPlatform()
    const socket = platform.connect(urlOf(bob), handler)
    await time.advance(100)
    expect(handler.open).toHaveBeenCalledOnce()
    socket.send(Uint8Array.of(1, 2, 3))
    expect(socket.backlog).toBe(3)
    await time.advance(5)
    expect([heard, socket.backlog]).toEqual([[Uint8Array.of(1, 2, 3)], 0])
    socket.close()
    await time.advance(100)
    expect(handler.closed).toHaveBeenCalledOnce()
  })
})
