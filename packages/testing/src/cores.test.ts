import { describe, expect, it } from 'vitest'
import { onCores } from './cores.ts'
import { SeededRandom } from './seeded-random.ts'
import { VirtualClock } from './virtual-clock.ts'
import { VirtualHost } from './virtual-host.ts'

const random = new SeededRandom(1)

/** A message is three on its way, five in hand, and leaves two more to do. */
function hostsOn(count: number) {
  const time = new VirtualClock()
  const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map((name) => new VirtualHost(name, time))
  const latency = onCores(() => 8, { time, count, wayMs: 3, afterMs: 2 })
  const to = (host = bob): number => latency(random, alice as VirtualHost, host as VirtualHost)
  return { time, to, bob, carol, dave }
}

describe('cores', () => {
  it('change nothing where one is free', () => {
    const { to, bob, carol } = hostsOn(2)
    expect([to(bob), to(carol)]).toEqual([8, 8])
  })

  it('have a third host wait for the first of two that is free again', () => {
    const { to, bob, carol, dave } = hostsOn(2)
    expect([to(bob), to(carol), to(dave)]).toEqual([8, 8, 15])
  })

  it('have a host do one thing at a time, however many there are', () => {
    const { to, bob } = hostsOn(8)
    expect([to(bob), to(bob), to(bob)]).toEqual([8, 15, 22])
  })

  it('are free again when what is left to do is done, and not before', async () => {
    const { time, to, bob } = hostsOn(1)
    to(bob)
    await time.advance(6)
    expect(to(bob)).toBe(9)
    await time.advance(13)
    expect(to(bob)).toBe(8)
  })
})
