import { LIMITS } from '@trustmesh/protocol'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { greeting, saying } from '../../test/raw-peer.ts'
import { settled } from '../../test/virtual-time.ts'
import { type Incoming, IncomingLine } from './incoming-line.ts'

const refused = (code: string): unknown => expect.objectContaining({ name: 'ProtocolError', code })
const FULL = LIMITS.sayBytes
const part = (n: number) => saying(n, { more: true, body: new Uint8Array(FULL) })

const received = vi.fn<(message: Incoming) => void | Promise<void>>()
const [caughtUp, broken, parted] = [vi.fn(), vi.fn(), vi.fn<(bytes: number) => void>()]
let line: IncomingLine

/** Lets what has been received last be begun. */
let begin: () => void
const slowly = (): Promise<void> =>
  new Promise((resolve) => {
    begin = resolve
  })

beforeEach(() => {
  for (const mock of [received.mockReset(), caughtUp, broken, parted]) mock.mockClear()
  line = new IncomingLine({ maxBytes: 3 * FULL, received, parted, caughtUp, broken })
  line.greet(greeting(1))
})

const numbers = (): number[] => received.mock.calls.map(([{ n }]) => n)

describe('IncomingLine.take', () => {
  it.each([
    ['M13 a number that was there before', 2],
    ['M2 a number behind a gap', 4],
  ])('refuses %s', (_, n) => {
    line.take(saying(1))
    line.take(saying(2))
    expect(() => line.take(saying(n))).toThrow(refused('frame.unexpected'))
    expect([numbers(), line.heard]).toEqual([[1, 2], 2])
  })

  it('M5 refuses parts that are more than it takes, and goes on from there', () => {
    for (const n of [1, 2, 3]) line.take(part(n))
    expect(() => line.take(saying(4))).toThrow(refused('frame.too-big'))
    expect([numbers(), line.heard]).toEqual([[], 3])
    line.take(saying(4, { body: new Uint8Array() }))
    expect(numbers()).toEqual([4])
  })

  it.each([
    ['of another kind', { kind: 'request' } as const],
    ['in answer to something else', { kind: 'reply', re: 2 } as const],
  ])('refuses the rest of a message as one %s, and goes on from there', (_, rest) => {
    line.take(saying(1, { kind: 'reply', re: 1, more: true, body: new Uint8Array(FULL) }))
    expect(() => line.take(saying(2, rest))).toThrow(refused('frame.unexpected'))
    expect([numbers(), line.heard]).toEqual([[], 1])
    line.take(saying(2, { kind: 'reply', re: 1 }))
    expect(numbers()).toEqual([2])
  })

  it('M6 holds of what waits no more than its body, whatever that came in', async () => {
    received.mockImplementationOnce(slowly)
    const packet = new Uint8Array(FULL)
    for (const n of [1, 2]) line.take(saying(n, { body: packet.subarray(n, n + 1) }))
    begin()
    await settled()
    expect(received.mock.calls.map(([{ body }]) => body.buffer.byteLength)).toEqual([FULL, 1])
  })

  it('hands over parts as the one message that they are, with the number and the receipt of the last', () => {
    const receipt = Uint8Array.of(9)
    line.take(part(1))
    expect(line.heard).toBe(1)
    line.take(saying(2, { receipt }))
    expect(received).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ n: 2, receipt }))
    expect(received.mock.lastCall?.[0].body).toEqual(Uint8Array.of(...new Uint8Array(FULL), 2))
    line.take(saying(3))
    expect(received.mock.lastCall?.[0].body).toEqual(Uint8Array.of(3))
  })

  it.each([
    ['the last of them has come', () => line.take(saying(3))],
    ['another line begins', () => line.greet(greeting(2))],
    ['it is over', () => line.end()],
  ])('M7 says how much there is of parts, until %s', (_, act) => {
    const bytes = (): number => parted.mock.calls.reduce((sum, [each]) => sum + each, 0)
    for (const n of [1, 2]) line.take(part(n))
    expect([bytes(), line.isParted]).toEqual([2 * FULL, true])
    act()
    expect([bytes(), line.isParted]).toEqual([0, false])
  })

  it('begins one message before it hears the next, in order', async () => {
    received.mockImplementation(slowly)
    for (const n of [1, 2, 3]) line.take(saying(n))
    expect([numbers(), line.heard, line.isBusy]).toEqual([[1], 1, true])
    begin()
    await settled()
    expect([numbers(), line.heard]).toEqual([[1, 2], 2])
    received.mockImplementation(() => {})
    begin()
    await settled()
    expect([numbers(), line.heard, line.isBusy]).toEqual([[1, 2, 3], 3, false])
    expect(caughtUp).toHaveBeenCalled()
  })

  it('holds back no more than may be unheard', () => {
    received.mockImplementation(slowly)
    line.take(saying(1))
    let n = 1
    const fill = (): void => {
      for (;;) line.take(saying(++n, { body: new Uint8Array(1_000) }))
    }
    expect(fill).toThrow(refused('session.slow-consumer'))
    expect(n - 2).toBe(Math.ceil(LIMITS.unheardBytes / 1_064))
  })

  it('M2 says that it is broken where what it held back has a gap', async () => {
    received.mockImplementation(slowly)
    line.take(saying(1))
    line.take(saying(3))
    expect(broken).not.toHaveBeenCalled()
    begin()
    await settled()
    expect(broken).toHaveBeenCalledOnce()
    expect([numbers(), line.heard]).toEqual([[1], 1])
  })
})

describe('IncomingLine.forgetHeld', () => {
  it('M13 takes in once what it had held back and is said again', async () => {
    received.mockImplementation(slowly)
    for (const n of [1, 2, 3]) line.take(saying(n))
    line.forgetHeld()
    received.mockImplementation(() => {})
    begin()
    await settled()
    expect(numbers()).toEqual([1])
    for (const n of [2, 3]) line.take(saying(n))
    expect(numbers()).toEqual([1, 2, 3])
  })

  it('keeps parts that were heard', () => {
    line.take(part(1))
    line.forgetHeld()
    line.take(saying(2))
    expect(received.mock.lastCall?.[0].body).toHaveLength(FULL + 1)
  })
})

describe('IncomingLine.greet', () => {
  it('knows nothing of a line before there is one', () => {
    const nothing = new IncomingLine({ maxBytes: 1, received, parted, caughtUp, broken })
    expect(nothing.place).toBeUndefined()
    expect(nothing.greet(greeting(7, { next: 5 }))).toBe(false)
    expect(nothing.place).toEqual({ line: new Uint8Array(8).fill(7), n: 4 })
  })

  it('goes on where it was on the same line, whatever is said to come next', () => {
    line.take(saying(1))
    expect(line.greet(greeting(1, { next: 9 }))).toBe(true)
    expect(line.place?.n).toBe(1)
  })

  it('begins another where that is said to, without the parts that it has', () => {
    line.take(part(1))
    expect(line.greet(greeting(2, { next: 3 }))).toBe(false)
    line.take(saying(3))
    expect(received.mock.lastCall?.[0].body).toEqual(Uint8Array.of(3))
  })

  it('M13 still begins what came on the line before ahead of what comes on another', async () => {
    received.mockImplementation(slowly)
    line.take(saying(1))
    line.greet(greeting(2))
    line.take(saying(1))
    expect(received).toHaveBeenCalledOnce()
    begin()
    await settled()
    expect(received).toHaveBeenCalledTimes(2)
  })
})
