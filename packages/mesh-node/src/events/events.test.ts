import { describe, expect, it } from 'vitest'
import { RecentEvents } from './events.ts'

function eventsAt(now: number, capacity?: number) {
  const clock = { now: () => now, monotonic: () => 0 }
  return new RecentEvents({ clock, ...(capacity ? { capacity } : {}) })
}

describe(RecentEvents, () => {
  it('gives ids that increase one by one, also over a restart a millisecond later', () => {
    const [before, after] = [eventsAt(1_000), eventsAt(1_001)]
    const ids = Array.from({ length: 999 }, () => before.publish({ kind: 'node.started' }).id)
    expect(ids).toEqual(ids.map((_, n) => (ids[0] as number) + n))
    expect(after.publish({ kind: 'node.started' }).id).toBeGreaterThan(ids.at(-1) as number)
  })

  it('says when, and how grave it is', () => {
    const events = eventsAt(Date.UTC(2030, 0, 1))
    expect(events.publish({ kind: 'audit.fork', code: 'a' })).toEqual({
      id: Date.UTC(2030, 0, 1) * 1_000 + 1,
      time: '2030-01-01T00:00:00.000Z',
      kind: 'audit.fork',
      severity: 'critical',
      code: 'a',
    })
  })

  it('keeps the latest, and what is critical longest', () => {
    const events = eventsAt(0, 3)
    events.publish({ kind: 'audit.fork' })
    for (const code of ['a', 'b', 'c', 'd']) events.publish({ kind: 'agent.joined', code })
    expect(events.since(0).map(({ kind, code }) => code ?? kind)).toEqual(['audit.fork', 'c', 'd'])
    for (const code of ['e', 'f', 'g']) events.publish({ kind: 'peer.stale', code })
    expect(events.since(0).map(({ code }) => code)).toEqual(['e', 'f', 'g'])
  })

  it('resumes after an id', () => {
    const events = eventsAt(0)
    const [first] = ['a', 'b', 'c'].map((code) => events.publish({ kind: 'agent.joined', code }))
    expect(events.since(first?.id as number).map(({ code }) => code)).toEqual(['b', 'c'])
  })

  it('tells every listener until it has had enough, whatever the others throw', () => {
    const events = eventsAt(0)
    const heard: string[] = []
    events.subscribe(() => {
      throw new Error('gone')
    })
    const listener = ({ kind }: { kind: string }): void => {
      heard.push(kind)
    }
    const [first] = [events.subscribe(listener), events.subscribe(listener)]
    events.publish({ kind: 'node.started' })
    first()
    events.publish({ kind: 'node.stopping' })
    expect(heard).toEqual(['node.started', 'node.started', 'node.stopping'])
  })
})
