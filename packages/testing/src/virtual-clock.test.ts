import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

describe(VirtualClock, () => {
  it('refuses to go round in a circle at one instant', async () => {
    const time = new VirtualClock()
    const again = (): void => time.soon(again)
    again()
    await expect(time.advance(1)).rejects.toThrow('does not get past 0 ms')
  })

  it('does nothing that was called off, also by what happens at the same instant', async () => {
    const time = new VirtualClock()
    const happened: string[] = []
    time.after(5, () => cancel())
    const cancel = time.after(5, () => happened.push('late'))
    time.after(4, () => happened.push('early'))()
    await time.advance(10)
    expect(happened).toEqual([])
  })

  it('does what is due in order of its time, and of two at one time the first made first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 60 }), async (delays) => {
        const time = new VirtualClock()
        const happened: [number, number][] = []
        for (const [i, ms] of delays.entries()) time.after(ms, () => happened.push([time.now, i]))
        await time.advance(20)
        const expected = delays.map((ms, i) => [ms, i] as [number, number])
        expect(happened).toEqual(expected.sort(([a, i], [b, j]) => a - b || i - j))
      }),
    )
  })

  it('lets all that follows by promises happen before the next thing', async () => {
    const time = new VirtualClock()
    const happened: string[] = []
    const long = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) await Promise.resolve()
      happened.push('promised')
    }
    time.after(1, () => void long())
    time.after(1, () => happened.push('next'))
    await time.advance(1)
    expect(happened).toEqual(['promised', 'next'])
  })

  it('stops at the moment at which something holds', async () => {
    const time = new VirtualClock()
    let holds = false
    time.after(30, () => {
      holds = true
    })
    expect(await time.until(() => holds, 29)).toBe(false)
    expect(time.now).toBe(29)
    expect(await time.until(() => holds, 29)).toBe(true)
    expect(time.now).toBe(30)
  })
})
