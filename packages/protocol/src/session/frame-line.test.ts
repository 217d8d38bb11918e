import { concatBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameLine, type Room } from './frame-line.ts'
import { encodeFrame, type Frame, itemsOf } from './frames.ts'

const EVERYTHING: Room = { bytes: 1e9, frames: 1e9, items: 1e9 }
const ping = (n: number): Frame => ({ type: 'ping', n })
const taken = (line: FrameLine, room: Partial<Room> = {}, most = 1e9) => line.take({ ...EVERYTHING, ...room }, most)

/** Of types that are written at once, and of others; with numbers and bytes at each side of every length that a header has. */
const number = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32))
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(0, 255, 256, 20_000).map((length) => new Uint8Array(length)),
)
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('x'.repeat(31), 'x'.repeat(32), 'é'),
)
const value = fc.oneof(
  number,
  bytes,
  text,
  fc.constant(true),
  fc.constant(undefined),
  fc.constant([1]),
  fc.constant({ n: 1 }),
  fc.constant(-1),
)
const frame = fc
  .record({ n: number, kind: text, re: value, more: value, body: bytes, trace: value })
  .map((fields) => ({ type: 'say', ...fields }) as unknown as Frame)
  .filter((frame) => !/\p{Surrogate}|\uFEFF/u.test(JSON.stringify(frame)))

describe(FrameLine, () => {
  it('has each frame as it is encoded, one behind the other, whatever was taken before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(frame, fc.boolean()), { maxLength: 10 }), (list) => {
        const line = new FrameLine()
        let waiting: Frame[] = []
        const expectTaken = (): void => {
          const size = line.size
          const run = taken(line)
          expect(Buffer.compare(run.bytes, concatBytes(...waiting.map(encodeFrame)))).toBe(0)
          expect([size, run.frames, run.items]).toEqual([
            run.bytes.length,
            waiting.length,
            waiting.reduce((sum, each) => sum + itemsOf(each), 0),
          ])
          waiting = []
        }
        for (const [each, isTaken] of list) {
          waiting.push(each)
          expect(line.push(each, EVERYTHING)).toBe(true)
          if (isTaken) expectTaken()
        }
        expectTaken()
      }),
      { numRuns: 1_000 },
    )
  })

  it('takes no more than there is room for, and leaves the rest in its place', () => {
    const line = new FrameLine()
    for (let n = 0; n < 10; n++) line.push(ping(n), EVERYTHING)
    const { length } = encodeFrame(ping(0))
    const items = itemsOf(ping(0))
    const counts = [
      taken(line, { frames: 2 }),
      taken(line, { bytes: 3 * length - 1 }),
      taken(line, { items: 3 * items - 1 }),
    ]
    expect([...counts, taken(line, {}, length + 1)].map(({ frames }) => frames)).toEqual([2, 2, 2, 2])
    line.push(ping(10), EVERYTHING)
    expect([line.length, line.size]).toEqual([3, 3 * length])
    expect(taken(line).bytes).toEqual(concatBytes(...[8, 9, 10].map((n) => encodeFrame(ping(n)))))
    expect([line.length, line.size, taken(line).bytes.length]).toEqual([0, 0, 0])
  })

  it('M5 puts nothing in line that has more bytes or items than it may', () => {
    const line = new FrameLine()
    const room = { bytes: encodeFrame(ping(1)).length, items: itemsOf(ping(1)) }
    for (const less of [{ bytes: room.bytes - 1 }, { items: room.items - 1 }]) {
      expect([line.push(ping(1), { ...room, ...less }), line.length, line.size]).toEqual([false, 0, 0])
    }
    expect([line.push(ping(1), room), line.length, line.size]).toEqual([true, 1, room.bytes])
  })

  it('has bytes of its own for as long as there is anything in it', () => {
    const [one, other] = [new FrameLine(), new FrameLine()]
    one.push(ping(1), EVERYTHING)
    other.push(ping(2), EVERYTHING)
    const first = taken(one).bytes.slice()
    one.push(ping(3), EVERYTHING)
    expect([first, taken(other).bytes, taken(one).bytes]).toEqual([1, 2, 3].map((n) => encodeFrame(ping(n))))
  })
})
