import { describe, expect, it } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'
import { VirtualHost } from './virtual-host.ts'

function aHost() {
  const time = new VirtualClock()
  const happened: string[] = []
  return { time, host: new VirtualHost('here', time), happened, note: (what: string) => () => void happened.push(what) }
}

describe(VirtualHost, () => {
  it('does nothing of an earlier life', async () => {
    const { time, host, happened, note } = aHost()
    host.after(5, note('timer'))
    const arrived = host.bound(note('message'))
    host.crash()
    host.after(5, note('new timer'))
    arrived()
    await time.advance(10)
    expect(happened).toEqual(['new timer'])
  })

  it('begins nothing for whatever goes on of an earlier life', async () => {
    const time = new VirtualClock()
    const host = new VirtualHost('alice', time)
    const before = host.lifetime()
    host.crash()
    const seen: string[] = []
    const after = host.lifetime()
    before.after(1, () => seen.push('before'))
    before.soon(() => seen.push('before'))
    after.after(1, () => seen.push('after'))
    await time.advance(10)
    expect([seen, before.isOver, after.isOver]).toEqual([['after'], true, false])
  })

  it('does nothing while it stands still, then all of it in order, before what comes meanwhile', async () => {
    const { time, host, happened, note } = aHost()
    host.pause()
    host.bound(note('first'))()
    host.bound(note('second'))()
    await time.advance(10)
    expect(happened).toEqual([])
    time.soon(host.bound(note('third')))
    host.resume()
    host.bound(note('second and a half'))()
    await time.advance(0)
    expect(happened).toEqual(['first', 'second', 'second and a half', 'third'])
  })

  it('stands still again with the rest, where it is paused before it has caught up', async () => {
    const { time, host, happened, note } = aHost()
    host.pause()
    host.bound(() => host.pause())()
    host.bound(note('rest'))()
    host.resume()
    await time.advance(10)
    expect(happened).toEqual([])
    host.resume()
    await time.advance(0)
    expect(happened).toEqual(['rest'])
  })

  it('tells of a crash once, unless that is called off', () => {
    const { host, happened, note } = aHost()
    host.onCrash(note('told'))
    host.onCrash(note('called off'))()
    host.crash()
    host.crash()
    expect(happened).toEqual(['told'])
  })

  it('has a wall clock that jumps, and a monotonic one that does not', async () => {
    const { time, host } = aHost()
    const before = host.clock.now()
    host.jump(-1000)
    await time.advance(10)
    expect(host.clock.now()).toBe(before - 990)
    expect(host.clock.monotonic()).toBe(10)
  })
})
