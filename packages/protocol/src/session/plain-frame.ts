/** Frames of nothing but short texts, numbers from 0 on, bytes and `true`, of which nearly all are: written without a detour. */

import type { Frame } from './frames.ts'

type Fields = Readonly<Record<string, unknown>>

const MAX_TEXT = 0x1f

/** How many bytes a frame is; `null` where it has anything else in it. */
export function plainSize(frame: Frame): number | null {
  // The list, and the map: no frame has 16 fields.
  let size = 2
  const fields = frame as Fields
  for (const name in fields) {
    const value = fields[name]
    if (value === undefined) continue
    const bytes = valueSize(value)
    if (bytes < 0) return null
    size += name === 'type' ? bytes : 1 + name.length + bytes
  }
  return size
}

/** Writes a frame that has a {@link plainSize} where there is room for it: the same bytes that `encodeFrame` gives. */
export function writePlain(frame: Frame, bytes: Uint8Array, at: number): void {
  const fields = frame as Fields
  let count = 0
  for (const name in fields) if (fields[name] !== undefined) count++
  bytes[at] = 0x92
  let end = writeValue(frame.type, bytes, at + 1)
  bytes[end++] = 0x80 | (count - 1)
  for (const name in fields) {
    const value = fields[name]
    if (value !== undefined && name !== 'type') end = writeValue(value, bytes, writeValue(name, bytes, end))
  }
}

/** Less than nothing for what is not plain. */
function valueSize(value: unknown): number {
  if (typeof value === 'string') return isShort(value) ? 1 + value.length : -1
  if (typeof value === 'number') return numberSize(value)
  if (value instanceof Uint8Array) return headerSize(value.length) + value.length
  return value === true ? 1 : -1
}

/** Of what needs more than 32 bits there is little. */
function numberSize(n: number): number {
  if (!Number.isInteger(n) || n < 0 || n >= 0x1_0000_0000) return -1
  return n < 0x80 ? 1 : headerSize(n)
}

/** With its token. */
function headerSize(n: number): number {
  return n < 0x100 ? 2 : n < 0x1_0000 ? 3 : 5
}

function isShort(text: string): boolean {
  if (text.length > MAX_TEXT) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false
  return true
}

/** Gives back where it ends. */
function writeValue(value: unknown, bytes: Uint8Array, at: number): number {
  if (typeof value === 'string') {
    bytes[at++] = 0xa0 | value.length
    for (let i = 0; i < value.length; i++) bytes[at++] = value.charCodeAt(i)
    return at
  }
  if (typeof value === 'number') {
    if (value >= 0x80) return writeSized(0xcc, value, bytes, at)
    bytes[at] = value
    return at + 1
  }
  if (value instanceof Uint8Array) {
    const start = writeSized(0xc4, value.length, bytes, at)
    bytes.set(value, start)
    return start + value.length
  }
  bytes[at] = 0xc3
  return at + 1
}

/** Tokens for a number of 1, 2 and 4 bytes stand in a row. */
function writeSized(token: number, n: number, bytes: Uint8Array, at: number): number {
  const size = n < 0x100 ? 1 : n < 0x1_0000 ? 2 : 4
  bytes[at++] = token + (size >> 1)
  for (let shift = (size - 1) * 8; shift >= 0; shift -= 8) bytes[at++] = n >>> shift
  return at
}
