/** Where a statement stands in the order that replicas compare themselves by: `docs/spec/replication.md`, RE-1 to RE-3. */

import type { StatementId } from '@trustmesh/identity'

/** A key: the day of expiry as two bytes, and the 32 of the id. */
export const KEY_LENGTH = 34
/** The same as nibbles, which prefixes are made of. */
export const KEY_NIBBLES: number = 2 * KEY_LENGTH
/** Nibbles of the day. */
export const DAY_NIBBLES = 4
/** The day of what never expires. */
export const MAX_DAY = 0xffff

const DAY_MS = 86_400_000
/** Days that a statement is still compared after the one on which it ends. */
const GRACE_DAYS = 2
/** Days that the horizon of another replica may be ahead of the own one. */
export const MAX_CLOCK_DAYS = 2

/** The day of a time in ms since the Unix epoch: 0 to 65,534; 65,535 of what never comes, {@link Number.POSITIVE_INFINITY}. */
export function dayOf(timeMs: number): number {
  if (timeMs === Number.POSITIVE_INFINITY) return MAX_DAY
  // Written so that what is no number falls on the first day, which no replica compares.
  return timeMs > 0 ? Math.min(Math.floor(timeMs / DAY_MS), MAX_DAY - 1) : 0
}

/** The first day whose statements count, at a time in ms: what expired before it is left out by every replica. */
export function horizonAt(nowMs: number): number {
  return Math.max(0, dayOf(nowMs) - GRACE_DAYS)
}

/** The key of a statement which is forgotten at a time in ms; at {@link Number.POSITIVE_INFINITY} where it stays for ever. */
export function replicaKey(id: StatementId, expiryMs: number): Uint8Array {
  const key = new Uint8Array(KEY_LENGTH)
  const day = dayOf(expiryMs)
  key[0] = day >> 8
  key[1] = day & 0xff
  key.set(idBytes(id), 2)
  return key
}

/** The id in a key, as on the wire: 32 bytes. */
export function idInKey(key: Uint8Array): Uint8Array {
  return key.slice(2)
}

/** The id of a statement as on the wire, 32 bytes. */
export function idBytes(id: StatementId): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(id.slice(2 * i, 2 * i + 2), 16))
}

/** An id off the wire. */
export function statementIdOf(bytes: Uint8Array): StatementId {
  let digits = ''
  for (const byte of bytes) digits += HEX[byte]
  return digits as StatementId
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A nibble of a key, 0 to 15, the high half of each byte first. */
export function nibbleAt(key: Uint8Array, index: number): number {
  const byte = key[index >> 1] as number
  return index & 1 ? byte & 0x0f : byte >> 4
}

/** The day of a key. */
export function dayOfKey(key: Uint8Array): number {
  return ((key[0] as number) << 8) | (key[1] as number)
}

/** Whether a key is under a prefix of nibbles, one a byte. */
export function startsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((nibble, i) => nibbleAt(key, i) === nibble)
}

/** Below zero where one key comes before the other, above where it comes after it, zero where they are the same. */
export function compareKeys(one: Uint8Array, other: Uint8Array): number {
  for (let i = 0; i < KEY_LENGTH; i++) {
    const difference = (one[i] as number) - (other[i] as number)
    if (difference !== 0) return difference
  }
  return 0
}
