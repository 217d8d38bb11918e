/** Keys for the tests of replication: close to each other, so that few of them make a deep tree. */

import fc from 'fast-check'
import { compareKeys, DAY_NIBBLES, KEY_LENGTH, MAX_DAY } from '../packages/protocol/src/replication/key.ts'

/** A key of a day whose id is zeros, save the given bytes at its front and its end. */
export function keyAt(day: number, front: readonly number[], end = 0): Uint8Array {
  const key = new Uint8Array(KEY_LENGTH)
  key.set([day >> 8, day & 0xff, ...front])
  key[KEY_LENGTH - 1] = end
  return key
}

/** As many keys as one likes, spread as those of statements are: over a year of days, their ids random. */
export function spread(count: number, seed = 1): Uint8Array[] {
  let state = seed
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  }
  return Array.from({ length: count }, () => {
    const key = Uint8Array.from({ length: KEY_LENGTH }, next)
    const day = next() % 8 === 0 ? MAX_DAY : 20_500 + ((next() * 365) >> 8)
    key.set([day >> 8, day & 0xff])
    return key
  })
}

export const sorted = (keys: readonly Uint8Array[]): Uint8Array[] => keys.toSorted(compareKeys)

const few = fc.constantFrom(0, 1, 0x10, 0x11, 0xff)
/** A key beside many others. */
export const crowded: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom(0, 1, 0x0fff, 0x1000, 0x5014, 0x5015, MAX_DAY), fc.tuple(few, few), fc.nat(255), fc.nat(63))
  .map(([day, front, end, depth]) => (depth === 0 ? keyAt(day, front, end) : keyAt(day, [...front, end])))

/** Nibbles of keys that are there, and of some that are not. */
export const prefix: fc.Arbitrary<Uint8Array> = fc
  .tuple(crowded, fc.oneof(fc.nat(2 * KEY_LENGTH), fc.nat(DAY_NIBBLES + 4)))
  .map(([key, length]) => nibblesOf(key).slice(0, length))

export function nibblesOf(key: Uint8Array): Uint8Array {
  return Uint8Array.from([...key].flatMap((byte) => [byte >> 4, byte & 0x0f]))
}
