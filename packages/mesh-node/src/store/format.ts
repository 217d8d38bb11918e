import { createHmac, type KeyObject } from 'node:crypto'
import type { StatementId } from '@trustmesh/identity'

/** Version of what is on disk: `docs/spec/store.md`. */
export const FORMAT = 2

/** The first byte of every place. Each kind of place has one length, so that none can run into another (threat K7). */
export const KIND = { format: 0, plainStatement: 1, statement: 2, tally: 3, anchor: 4 } as const

/** Where the database says what format it has. */
export const FORMAT_PLACE: Uint8Array = Uint8Array.of(KIND.format)
/** Where the database says what it holds. */
export const TALLY_PLACE: Uint8Array = Uint8Array.of(KIND.tally)

const STATEMENT_PLACE_BYTES = 33
const TAG_BYTES = 32
const TALLY_BYTES = 48
const MODULUS = 1n << 256n

/** The key of a statement in the database: the kind, then the 32 raw bytes of its id. */
export function placeOfStatement(id: StatementId): Uint8Array {
  const place = Buffer.alloc(STATEMENT_PLACE_BYTES, KIND.statement)
  place.write(id, 1, 'hex')
  return place
}

export function isPlaceOfStatement(place: Uint8Array): boolean {
  return place.length === STATEMENT_PLACE_BYTES && place[0] === KIND.statement
}

/** What a store holds, as of one of its commits. */
export interface Tally {
  /** Counts the commits. */
  readonly generation: number
  readonly count: number
  /** Sum of the tags of all records, modulo 2^256. */
  readonly fingerprint: bigint
}

/** `bytes`, and behind them the tag that says that they were written at this place by who holds the key (threat K3). */
export function sealAt(key: KeyObject, place: Uint8Array, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, tagOf(key, place, bytes)])
}

/** What was sealed, or `null` if it was not at this place, or is not as it was. */
export function openAt(key: KeyObject, place: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < TAG_BYTES) return null
  const bytes = sealed.subarray(0, -TAG_BYTES)
  return tagOf(key, place, bytes).equals(sealed.subarray(-TAG_BYTES)) ? bytes : null
}

/**
 * What a sealed record adds to a fingerprint. A sum follows a set at the cost of what changes, in any order; it can be
 * forged by whoever chooses what goes into it, and here nobody does: the tags are a secret key's and never leave the disk.
 */
export function weightOf(sealed: Uint8Array): bigint {
  return BigInt(
    `0x${Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length).toString('hex', sealed.length - TAG_BYTES)}`,
  )
}

/** The fingerprint of a set that has gained and lost records of these weights. */
export function fingerprintAfter(fingerprint: bigint, gained: bigint, lost = 0n): bigint {
  return (fingerprint + gained - lost + MODULUS) % MODULUS
}

export function encodeTally({ generation, count, fingerprint }: Tally): Uint8Array {
  const bytes = Buffer.alloc(TALLY_BYTES)
  bytes.writeBigUInt64BE(BigInt(generation), 0)
  bytes.writeBigUInt64BE(BigInt(count), 8)
  bytes.write(fingerprint.toString(16).padStart(64, '0'), 16, 'hex')
  return bytes
}

/** Of what {@link openAt} gave: nobody else can have written it. */
export function decodeTally(tally: Uint8Array): Tally {
  const bytes = Buffer.from(tally)
  return {
    generation: Number(bytes.readBigUInt64BE(0)),
    count: Number(bytes.readBigUInt64BE(8)),
    fingerprint: BigInt(`0x${bytes.toString('hex', 16, TALLY_BYTES)}`),
  }
}

export function isSameTally(a: Tally, b: Tally): boolean {
  return a.generation === b.generation && a.count === b.count && a.fingerprint === b.fingerprint
}

function tagOf(key: KeyObject, place: Uint8Array, bytes: Uint8Array): Buffer {
  return createHmac('sha256', key).update(place).update(bytes).digest()
}
