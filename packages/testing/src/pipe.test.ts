import { describe, expect, it } from 'vitest'
import { Pipe } from './pipe.ts'
import { Trace } from './trace.ts'
import { VirtualClock } from './virtual-clock.ts'
import { VirtualHost } from './virtual-host.ts'

const LATENCY_MS = 10

/** A pipe in which what is sent is lost as often as the list says, one entry for each. */
function piped(...losses: number[]) {
  const time = new VirtualClock()
  const [from, to] = [new VirtualHost('one', time), new VirtualHost('other', time)]
  const isLost = (): boolean => {
    const left = losses[0] ?? 0
    losses[0] = left - 1
    if (left <= 0) losses.shift()
    return left > 0
  }
  const carried = (): void => {}
  const options = { from, to, time, trace: new Trace(), delayMs: () => LATENCY_MS, isOpen: () => true }
  const pipe = new Pipe({ ...options, isLost, carried })
  const arrived: [what: string, at: number][] = []
  pipe.givenUp = () => arrived.push(['given up', time.now])
  const put = (what: string): void => pipe.put(1, () => arrived.push([what, time.now]))
  return { time, pipe, arrived, put }
}

describe(Pipe, () => {
  it('gives up after eight times, and lets nothing else through', async () => {
    const { time, pipe, arrived, put } = piped(9)
    put('lost')
    put('behind it')
    await time.advance(600_000)
    expect(arrived).toEqual([['given up', 220 * 511]])
    expect(pipe.bytes).toBe(2)
  })

  it('sends again what was lost, each time after twice as long', async () => {
    const { time, arrived, put } = piped(0, 1, 3)
    for (const what of ['at once', 'once', 'three times']) put(what)
    await time.advance(600_000)
    expect(arrived).toEqual([
      ['at once', 10],
      ['once', 10 + 220],
      ['three times', 10 + 7 * 220],
    ])
  })

  it('holds up what comes after', async () => {
    const { time, arrived, put } = piped(1, 0)
    put('first')
    put('second')
    await time.advance(600_000)
    expect(arrived).toEqual([
      ['first', 230],
      ['second', 230],
    ])
  })
})
