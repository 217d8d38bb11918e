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

  it.each([
    [1, 3],
    [1 / 64, 2 + 33 / 64],
  ])('puts nothing off by less than it was asked, nor by as much as a tick of %d ms more', async (tickMs, at) => {
    const time = new VirtualClock({ tickMs })
    let happenedAt = 0
    time.after(2.51, () => {
      happenedAt = time.now
    })
    await time.advance(10)
    expect(happenedAt).toBe(at)
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

  it.each([false, true])(
    'lets all that follows by promises happen before the next thing, alone: %s',
    async (isAlone) => {
      const time = new VirtualClock({ isAlone })
      time.after(0, () => {})
      const happened: string[] = []
      const long = async (): Promise<void> => {
        for (let i = 0; i < 100; i++) await Promise.resolve()
        happened.push('promised')
      }
      time.after(1, () => void long())
      time.after(1, () => happened.push('next'))
      await time.advance(1)
      expect(happened).toEqual(['promised', 'next'])
    },
  )

  it('passes by itself as far as anything is under way, where it is told to, and stops before any timer', async () => {
    const time = new VirtualClock()
    const happened: string[] = []
    const turns = async (): Promise<void> => {
      for (let i = 0; i < 10; i++) await new Promise(setImmediate)
    }
    time.after(300, () => time.after(250, () => happened.push('arrived, and answered')), true)
    time.after(300, () => happened.push('timer on the way'))
    time.after(551, () => happened.push('timer'))
    time.after(10_000, () => happened.push('called off'), true)()
    await turns()
    expect([time.now, happened]).toEqual([0, []])
    time.runByItself()
    await turns()
    expect([time.now, happened]).toEqual([550, ['timer on the way', 'arrived, and answered']])
    time.soon(() => happened.push('soon'))
    await turns()
    expect([time.now, happened.at(-1)]).toEqual([550, 'soon'])
  })

  it('does one thing at a time, however many let it pass, and lets each go on at its own moment', async () => {
    const time = new VirtualClock()
    time.runByItself()
    const seen: [string, number][] = []
    const see = (who: string) => () => void seen.push([who, time.now])
    for (let ms = 1; ms <= 30; ms++) time.after(ms, see('act'), ms <= 10)
    await Promise.all([
      time.advance(20).then(see('first')),
      time.advance(10).then(see('second')),
      time.until(() => time.now === 15, 100).then(see('third')),
      time.settle().then(see('settled')),
    ])
    const others = seen.filter(([who]) => who !== 'act')
    expect(others).toEqual([
      ['second', 10],
      ['settled', 10],
      ['third', 15],
      ['first', 20],
    ])
    expect(seen.map(([, at]) => at)).toEqual(seen.map(([, at]) => at).sort((a, b) => a - b))
  })

  it('tells everybody who waits of what is thrown', async () => {
    const time = new VirtualClock()
    time.after(5, () => {
      throw new Error('broken')
    })
    const both = await Promise.allSettled([time.advance(10), time.until(() => false, 20)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await time.advance(5)
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
