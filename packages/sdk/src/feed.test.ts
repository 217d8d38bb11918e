import { describe, expect, it } from 'vitest'
import { Feed } from './feed.ts'

const next = <T>(reader: AsyncIterator<T>): Promise<T | 'done'> =>
  reader.next().then(({ value, done }) => (done ? 'done' : value))

describe('Feed', () => {
  it('loses the oldest for a reader who does not keep up, and for no other', async () => {
    const feed = new Feed<number>()
    const [slow, quick] = [feed.stream(), feed.stream()]
    for (let n = 0; n < 1_500; n++) {
      feed.add(n)
      expect(await next(quick)).toBe(n)
    }
    expect(await next(slow)).toBe(500)
  })

  it('gives a reader who has left nothing more, and holds nothing for it', async () => {
    const feed = new Feed<string>()
    const reader = feed.stream()
    feed.add('before')
    await reader.return?.()
    feed.add('after')
    expect(await next(reader)).toBe('done')
  })

  it('answers all who asked ahead, in turn, and lets go of those who still wait when it closes', async () => {
    const feed = new Feed<number>()
    const reader = feed.stream()
    const asked = [next(reader), next(reader), next(reader)]
    feed.add(0)
    feed.add(1)
    feed.close()
    expect(await Promise.all(asked)).toEqual([0, 1, 'done'])
  })

  it('lets what waits be read after it has closed, and ends whoever comes later at once', async () => {
    const feed = new Feed<string>()
    const reader = feed.stream()
    feed.add('last')
    feed.close()
    feed.add('never')
    expect(await next(reader)).toBe('last')
    expect(await next(reader)).toBe('done')
    expect(await next(feed.stream())).toBe('done')
  })

  it('passes on what is nothing, as anything else', async () => {
    const feed = new Feed<unknown>()
    const reader = feed.stream()
    for (const item of [0, '', null, undefined]) {
      feed.add(item)
      expect(await reader.next()).toEqual({ value: item, done: false })
    }
  })
})
