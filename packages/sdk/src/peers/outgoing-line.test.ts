import { type FrameOf, LIMITS } from '@trustmesh/protocol'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { held } from '../../test/let-go.ts'
import { type Outgoing, OutgoingLine, weightOf } from './outgoing-line.ts'

const refused = (code: string): unknown => expect.objectContaining({ name: 'ProtocolError', code })
const FULL = LIMITS.sayBytes

const BYTES = new Uint8Array(LIMITS.contentBytes + 1)

/** A message that notes what becomes of it. */
function message(bytes = 1, rest: Partial<Outgoing> = {}) {
  const [sent, heard, failed] = [
    vi.fn<(n: number) => void>(),
    vi.fn(),
    vi.fn<(code: string, detail?: string) => void>(),
  ]
  return { kind: 'one-way' as const, body: BYTES.subarray(0, bytes), ...rest, sent, heard, failed }
}

const lineWith = (...messages: Outgoing[]): OutgoingLine => {
  const line = new OutgoingLine(new Uint8Array(8))
  for (const each of messages) expect(line.push(each)).toBeUndefined()
  return line
}
const said = (line: OutgoingLine): FrameOf<'say'>[] => [...line.take()]
const numbers = (line: OutgoingLine): number[] => said(line).map(({ n }) => n)
/** By their numbers, and whether more of the message follows. */
const parts = (line: OutgoingLine): [n: number, more?: true][] =>
  said(line).map(({ n, more }) => (more ? [n, more] : [n]))

describe('OutgoingLine.take', () => {
  it('numbers what is said from 1 on, without a gap, and says nothing twice', () => {
    const line = lineWith(message(), message(2 * FULL), message())
    expect(parts(line)).toEqual([[1], [2, true], [3], [4]])
    expect(said(line)).toEqual([])
    line.push(message())
    expect(numbers(line)).toEqual([5])
  })

  it('says an empty message in one frame, and one that fills its last frame in no more', () => {
    expect(said(lineWith(message(0))).map(({ body }) => body.length)).toEqual([0])
    expect(said(lineWith(message(2 * FULL))).map(({ body }) => body.length)).toEqual([FULL, FULL])
    expect(said(lineWith(message(FULL + 1))).map(({ body }) => body.length)).toEqual([FULL, 1])
  })

  it('says with each part what it is a part of, and with the last alone that it is signed', () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const receipt = new Uint8Array(3)
    const [first, last] = said(lineWith(message(FULL + 1, { kind: 'stream', grant: 3, trace, receipt })))
    const shared = { type: 'say', kind: 'stream', grant: 3, trace }
    expect(first).toEqual({ ...shared, n: 1, more: true, body: BYTES.subarray(0, FULL) })
    expect(last).toEqual({ ...shared, n: 2, receipt, body: BYTES.subarray(0, 1) })
  })

  it('tells a message its number with its last part', () => {
    const [small, large] = [message(), message(3 * FULL)]
    said(lineWith(small, large))
    expect([small.sent.mock.calls, large.sent.mock.calls]).toEqual([[[1]], [[4]]])
  })

  it('says no more than the other side may leave unheard, and one frame beyond it at most', () => {
    const line = lineWith(...Array.from({ length: 8 }, () => message(FULL)))
    const weight = said(line).reduce((sum, frame) => sum + weightOf(frame), 0)
    expect(weight).toBeGreaterThanOrEqual(LIMITS.unheardBytes)
    expect(weight).toBeLessThan(LIMITS.unheardBytes + FULL + 64)
    expect(numbers(line)).toEqual([])
    line.heard(2)
    expect(numbers(line)).toEqual([6, 7])
  })

  it('counts each frame against that, however little it says', () => {
    const line = lineWith(...Array.from({ length: 5_000 }, () => message(0)))
    expect(said(line)).toHaveLength(LIMITS.unheardBytes / 64)
  })
})

describe('OutgoingLine.push', () => {
  it('refuses what is too much beside what waits, and takes it again once that is heard', () => {
    const line = lineWith(...Array.from({ length: 4 }, () => message(1_000_000)))
    expect(line.push(message(1_000_000))).toBe('mesh.busy')
    for (let said_ = numbers(line); said_.length > 0; said_ = numbers(line)) line.heard(said_.at(-1)!)
    expect(line.isWanted).toBe(false)
    expect(line.push(message(4_000_000))).toBeUndefined()
  })

  it('takes one message that is larger than all that may wait', () => {
    lineWith(message(LIMITS.contentBytes))
  })

  it('takes more of answers, which the other side has asked for, though not any number', () => {
    const line = lineWith(...Array.from({ length: 4 }, () => message(1_000_000)))
    for (let re = 1; re < 60; re++) expect(line.push(message(1_000_000, { kind: 'reply', re }))).toBeUndefined()
    for (let re = 60; re < 70; re++) line.push(message(1_000_000, { kind: 'reply', re }))
    expect(line.push(message(1_000_000, { kind: 'reply', re: 70 }))).toBe('mesh.busy')
  })

  it('refuses what is larger than the other side takes', () => {
    const [small, large] = [message(100), message(101)]
    const line = lineWith(small, large)
    line.limit(100)
    expect(large.failed).toHaveBeenCalledWith('message.too-big', undefined)
    expect(line.push(message(101))).toBe('message.too-big')
    expect(line.push(message(100))).toBeUndefined()
    expect(said(line)).toHaveLength(2)
  })

  it('F6 takes no larger messages than there may be, whatever the other side says that it takes', () => {
    const line = lineWith()
    line.limit(Number.MAX_SAFE_INTEGER)
    expect(line.push(message(LIMITS.contentBytes + 1))).toBe('message.too-big')
  })
})

describe('OutgoingLine.heard', () => {
  it('M13 refuses what has not been said, and what was heard before', () => {
    const line = lineWith(message(), message(), message())
    expect(() => line.heard(1)).toThrow(refused('frame.unexpected'))
    said(line)
    expect(() => line.heard(4)).toThrow(refused('frame.unexpected'))
    line.heard(2)
    expect(() => line.heard(1)).toThrow(refused('frame.unexpected'))
    line.heard(2)
    line.heard(3)
  })

  it('tells a message once all of its parts are heard', () => {
    const [first, second] = [message(3 * FULL), message()]
    const line = lineWith(first, second)
    said(line)
    line.heard(2)
    expect(first.heard).not.toHaveBeenCalled()
    line.heard(3)
    expect([first.heard.mock.calls.length, second.heard.mock.calls.length]).toEqual([1, 0])
    line.heard(4)
    expect([first.heard.mock.calls.length, second.heard.mock.calls.length]).toEqual([1, 1])
  })
})

describe('OutgoingLine.resume', () => {
  it('M13 says again what was not heard, and nothing else, under the numbers behind that', () => {
    const messages = [message(), message(), message()]
    const line = lineWith(...messages)
    said(line)
    line.heard(1)
    line.resume(2)
    expect(messages.map(({ heard }) => heard.mock.calls.length)).toEqual([1, 1, 0])
    expect(numbers(line)).toEqual([3])
    expect(messages[2]?.sent.mock.calls).toEqual([[3], [3]])
  })

  it('goes on in the middle of a message', () => {
    const line = lineWith(message(3 * FULL))
    said(line)
    line.resume(1)
    expect(parts(line)).toEqual([[2, true], [3]])
  })

  it('refuses a place that was left behind, or was never reached', () => {
    const line = lineWith(message(), message(), message())
    said(line)
    line.heard(2)
    for (const heard of [0, 1, 4]) expect(() => line.resume(heard)).toThrow(refused('frame.unexpected'))
  })

  it('leaves out what has been given up, and numbers what follows anew', () => {
    const [first, second] = [message(), message()]
    const line = lineWith(first, second)
    said(line)
    line.abandon(first)
    line.resume(0)
    expect(numbers(line)).toEqual([1])
    expect([first.sent.mock.calls, second.sent.mock.calls]).toEqual([[[1]], [[2], [1]]])
  })

  it('says all the rest of a message of which parts were heard, though it has been given up', () => {
    const [large, small] = [message(3 * FULL), message()]
    const line = lineWith(large, small)
    said(line)
    line.abandon(large)
    line.resume(1)
    expect(parts(line)).toEqual([[2, true], [3], [4]])
  })

  it('says what had been said ahead of what had not', () => {
    const [first, second] = [message(1), message(2)]
    const line = lineWith(first)
    said(line)
    line.push(second)
    line.resume(0)
    expect(said(line).map(({ body }) => body.length)).toEqual([1, 2])
  })
})

describe('OutgoingLine.restart', () => {
  it('M13 says nothing again that had been said, also of a message of which parts had been heard', () => {
    const [said_, partly, waiting] = [message(), message(4 * FULL), message(7)]
    const line = lineWith(said_, partly)
    said(line)
    line.push(waiting)
    line.resume(2)
    line.restart()
    expect(partly.failed).toHaveBeenCalledExactlyOnceWith('message.interrupted')
    expect([said_.failed, waiting.failed].map(({ mock }) => mock.calls)).toEqual([[], []])
    expect(said(line)).toMatchObject([{ n: 3, body: { length: 7 } }])
  })

  it('M4 answers nothing that the other side does not know it has asked', () => {
    const line = lineWith(message(1, { kind: 'reply', re: 1 }), message(2), message(3, { kind: 'cancel', re: 4 }))
    line.restart()
    expect(said(line).map(({ body }) => body.length)).toEqual([2])
  })

  it('tells nobody who has given up', () => {
    const gone = message()
    const line = lineWith(gone)
    said(line)
    line.abandon(gone)
    line.restart()
    expect(gone.failed).not.toHaveBeenCalled()
  })
})

describe('OutgoingLine.abandon', () => {
  it('leaves out what has not been said', () => {
    const [first, second] = [message(1), message(2)]
    const line = lineWith(first, second)
    line.abandon(first)
    expect(said(line).map(({ body }) => body.length)).toEqual([2])
    expect(first.sent).not.toHaveBeenCalled()
  })

  it('M6 holds little of what has been given up, though nothing is said meanwhile', async () => {
    const line = lineWith(message())
    const bodies = Array.from({ length: 100 }, () => {
      const gone: Outgoing = { kind: 'one-way', body: new Uint8Array(100) }
      line.push(gone)
      line.abandon(gone)
      return new WeakRef(gone)
    })
    expect(await held(bodies)).toBeLessThanOrEqual(1)
    expect(numbers(line)).toEqual([1])
  })

  it('goes on with a message of which parts have been said', () => {
    const large = message(8 * FULL)
    const line = lineWith(large)
    const { length } = said(line)
    line.abandon(large)
    line.heard(length)
    expect(parts(line).at(-1)).toEqual([8])
  })

  it('wants nothing any more where everything has been given up', () => {
    const [begun, waiting] = [message(), message()]
    const line = lineWith(begun)
    said(line)
    line.push(waiting)
    line.abandon(waiting)
    expect(line.isWanted).toBe(true)
    line.abandon(begun)
    expect([line.isWanted, line.isUnheard]).toEqual([false, true])
  })
})

describe('OutgoingLine.fail', () => {
  it('tells everybody once, and forgets no number', () => {
    const [begun, waiting] = [message(), message()]
    const line = lineWith(begun)
    said(line)
    line.push(waiting)
    line.fail('mesh.closed', 'left')
    for (const { failed } of [begun, waiting]) expect(failed).toHaveBeenCalledExactlyOnceWith('mesh.closed', 'left')
    line.resume(1)
    line.push(message())
    expect(numbers(line)).toEqual([2])
  })

  it('of what waits fails what begins something, and keeps answers and what has been said', () => {
    const [begun, asked, answer] = [message(), message(), message(1, { kind: 'reply', re: 1 })]
    const line = lineWith(begun)
    said(line)
    line.push(asked)
    line.push(answer)
    line.failWaiting('message.recipient-offline')
    expect([begun, asked, answer].map(({ failed }) => failed.mock.calls.length)).toEqual([0, 1, 0])
    expect(said(line)).toMatchObject([{ kind: 'reply' }])
  })
})

describe(OutgoingLine, () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant('push' as const), parts: fc.integer({ min: 1, max: 7 }) }),
      fc.record({ do: fc.constant('abandon' as const), which: fc.nat(100) }),
      fc.record({ do: fc.constantFrom('take' as const, 'hear' as const, 'lose' as const), share: fc.nat(100) }),
    ),
    { maxLength: 60 },
  )

  it('M13 has every message heard once, in order and whole, through any number of sessions', () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const line = lineWith()
        const all: ReturnType<typeof message>[] = []
        const givenUp = new Set<number>()
        /** What is on its way, how far the other side has heard, the size of what has come of a message, and those that came whole. */
        let [underWay, arrived, size, whole]: [FrameOf<'say'>[], number, number, number[]] = [[], 0, 0, []]
        const arrive = (share: number): void => {
          for (const { n, body, more } of underWay.splice(0, Math.ceil((underWay.length * share) / 100))) {
            if (n !== ++arrived) throw new Error(`${n} comes where ${arrived} is expected`)
            size += body.length
            if (more) continue
            // Each has a size of its own.
            whole = [...whole, all.findIndex(({ body }) => body.length === size)]
            size = 0
          }
        }
        for (const step of [...steps, { do: 'lose', share: 50 } as const]) {
          if (step.do === 'push') {
            const pushed = message(step.parts * FULL - all.length)
            if (line.push(pushed) === undefined) all.push(pushed)
          } else if (step.do === 'abandon') {
            const which = step.which % (all.length || 1)
            if (!all[which] || all[which].heard.mock.calls.length > 0) continue
            line.abandon(all[which])
            givenUp.add(which)
          } else if (step.do === 'take') underWay.push(...line.take())
          else {
            arrive(step.share)
            if (step.do === 'lose') underWay = []
            line[step.do === 'lose' ? 'resume' : 'heard'](arrived)
          }
        }
        for (underWay = said(line); underWay.length > 0; underWay = said(line)) {
          arrive(100)
          line.heard(arrived)
        }
        expect(line.isWanted).toBe(false)
        expect(whole).toEqual(all.flatMap((_, id) => (givenUp.has(id) && !whole.includes(id) ? [] : [id])))
        for (const id of whole) if (all[id]?.heard.mock.calls.length !== 1) throw new Error('heard, but not once')
        // Whatever was counted has been let go.
        expect(line.push(message(LIMITS.contentBytes))).toBeUndefined()
      }),
      { numRuns: 1_000 },
    )
  })
})
