import { maskedCrc32c } from './crc32c.ts'

/** Where a block is in its table, without what follows it. */
export interface BlockHandle {
  readonly offset: number
  readonly size: number
}

/** A block of a table of LevelDB. */
export interface Block {
  readonly bytes: Buffer
  readonly isCompressed: boolean
  /** Whether it is what was written. */
  readonly isIntact: boolean
}

/** An entry of a block: a user key and 8 bytes more, and what is there. */
export interface BlockEntry {
  readonly key: Buffer
  readonly value: Buffer
}

/** What follows a block: how it is compressed, and a checksum. */
export const TRAILER_BYTES = 5
/** What a key ends with: whether it is there or deleted, and the number of the change that did it, little-endian. */
const MARK_BYTES = 8

export function blockAt(table: Buffer, { offset, size }: BlockHandle): Block | null {
  const end = offset + size
  if (!(end + TRAILER_BYTES <= table.length)) return null
  const isIntact = maskedCrc32c(table.subarray(offset, end + 1)) === table.readUInt32LE(end + 1)
  return { bytes: table.subarray(offset, end), isCompressed: table[end] !== 0, isIntact }
}

/** The entries of a block that is not compressed, or `null` if they are not such that LevelDB can be trusted with them. */
export function entriesOf(block: Buffer): BlockEntry[] | null {
  if (block.length < 8) return null
  const restarts = block.readUInt32LE(block.length - 4)
  const end = block.length - 4 - 4 * restarts
  if (restarts === 0 || end < 0) return null
  const entries: BlockEntry[] = []
  const whole = new Set([0])
  const cursor = { at: 0 }
  while (cursor.at < end) {
    const start = cursor.at
    const [shared, added, length] = [readVarint(block, cursor), readVarint(block, cursor), readVarint(block, cursor)]
    const before = entries.at(-1)?.key ?? Buffer.alloc(0)
    const valueAt = cursor.at + added
    if (!(shared <= before.length && valueAt + length <= end)) return null
    if (shared === 0) whole.add(start)
    const key = Buffer.concat([before.subarray(0, shared), block.subarray(cursor.at, valueAt)])
    const kind = key.at(-MARK_BYTES)
    if (kind === undefined || kind > 1 || (before.length > 0 && compareKeys(before, key) >= 0)) return null
    entries.push({ key, value: block.subarray(valueAt, valueAt + length) })
    cursor.at = valueAt + length
  }
  for (let n = 0; n < restarts; n++) if (!whole.has(block.readUInt32LE(end + 4 * n))) return null
  return entries
}

/** A block of at least one entry, and what follows it, with every key in full. */
export function encodeBlock(entries: readonly BlockEntry[]): Buffer {
  const encoded = entries.map(({ key, value }) => {
    const lengths = [0, ...varintOf(key.length), ...varintOf(value.length)]
    return Buffer.concat([Buffer.from(lengths), key, value])
  })
  const restarts = Buffer.alloc(4 * encoded.length + 4)
  let at = 0
  for (const [n, { length }] of encoded.entries()) {
    restarts.writeUInt32LE(at, 4 * n)
    at += length
  }
  restarts.writeUInt32LE(encoded.length, restarts.length - 4)
  const block = Buffer.concat([...encoded, restarts, Buffer.alloc(TRAILER_BYTES)])
  const end = block.length - 4
  block.writeUInt32LE(maskedCrc32c(block.subarray(0, end)), end)
  return block
}

/** By the bytes of the user key; of one key the latest change first. */
export function compareKeys(a: Buffer, b: Buffer): number {
  const [aMark, bMark] = [a.length - MARK_BYTES, b.length - MARK_BYTES]
  const byKey = Buffer.compare(a.subarray(0, aMark), b.subarray(0, bMark))
  if (byKey !== 0) return byKey
  const [aNumber, bNumber] = [a.readBigUInt64LE(aMark), b.readBigUInt64LE(bMark)]
  return aNumber < bNumber ? 1 : aNumber > bNumber ? -1 : 0
}

export function readHandle(bytes: Buffer, cursor: { at: number }): BlockHandle {
  return { offset: readVarint(bytes, cursor), size: readVarint(bytes, cursor) }
}

export function handleBytes({ offset, size }: BlockHandle): Buffer {
  return Buffer.from([...varintOf(offset), ...varintOf(size)])
}

/** Seven bits a byte, the lowest first. NaN where there is none. */
function readVarint(bytes: Buffer, cursor: { at: number }): number {
  let value = 0
  for (let factor = 1; factor < 2 ** 42; factor *= 128) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) break
    value += (byte & 0x7f) * factor
    if (byte < 128) return value
  }
  return Number.NaN
}

function varintOf(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varintOf(Math.floor(value / 128))]
}
