/** `vectors/audit.json`: trees, proofs, notes and files of audit logs, by their definitions. */

import { didOf } from '@trustmesh/identity'
import { type Bytes, seedOf } from './golden.ts'
import { concat, ed25519Key, sha256, signatureOver } from './reference.ts'

const didText = (seed: Bytes): string => didOf(ed25519Key(seed))
const text = (value: string): Bytes => new Uint8Array(Buffer.from(value))
const base64 = (bytes: Bytes): string => Buffer.from(bytes).toString('base64')

const leaf = (entry: Bytes): Bytes => sha256(Uint8Array.of(0), entry)

function rootOf(leaves: readonly Bytes[]): Bytes {
  if (leaves.length < 2) return leaves[0] ?? sha256()
  const k = split(leaves.length)
  return sha256(Uint8Array.of(1), rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)))
}

/** The largest power of two below n. */
const split = (n: number): number => 2 ** (31 - Math.clz32(n - 1))

/** PATH of RFC 6962, section 2.1.1. */
function path(index: number, leaves: readonly Bytes[]): Bytes[] {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return index < k ? [...path(index, left), rootOf(right)] : [...path(index - k, right), rootOf(left)]
}

/** SUBPROOF of RFC 6962, section 2.1.2. */
function subproof(size: number, leaves: readonly Bytes[], isWhole: boolean): Bytes[] {
  if (size === leaves.length) return isWhole ? [] : [rootOf(leaves)]
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  if (size <= k) return [...subproof(size, left, isWhole), rootOf(right)]
  return [...subproof(size - k, right, false), rootOf(left)]
}

const ENTRIES = Array.from({ length: 7 }, (_, i) =>
  text(`{"time":"2030-01-01T00:00:0${i}.000Z","severity":"notice","event":"admin.acted","detail":{"i":${i}}}`),
)
const LEAVES = ENTRIES.map(leaf)
const SIZES = [0, 1, 2, 3, 4, 7]

export const TREES = SIZES.map((size) => ({ size, root: rootOf(LEAVES.slice(0, size)) }))
export const LOG_ENTRIES = ENTRIES.map((entry, i) => ({ entry, leaf: LEAVES[i] as Bytes }))
export const INCLUSIONS = [
  [0, 1],
  [0, 7],
  [3, 7],
  [6, 7],
  [2, 3],
].map(([index = 0, size = 0]) => ({ index, size, proof: path(index, LEAVES.slice(0, size)) }))
export const CONSISTENCIES = [
  [1, 7],
  [3, 7],
  [4, 7],
  [6, 7],
  [2, 3],
  [7, 7],
].map(([from = 0, to = 0]) => ({ from, to, proof: subproof(from, LEAVES.slice(0, to), true) }))

const line = (seed: Bytes, kind: number, bytes: Bytes): string => {
  const name = didText(seed)
  const id = sha256(text(`${name}\n`), Uint8Array.of(kind), ed25519Key(seed)).slice(0, 4)
  return `— ${name} ${base64(concat(id, bytes))}\n`
}

function seconds(at: number): Bytes {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(at))
  return new Uint8Array(bytes)
}

const [LOG, WITNESS, AT] = [seedOf(1), seedOf(2), 1_893_456_000]

export const CHECKPOINTS = TREES.map(({ size, root }) => {
  const body = `${didText(LOG)}\n${size}\n${base64(root)}\n`
  const note = `${body}\n${line(LOG, 1, signatureOver(LOG, text(body)))}`
  const signed = signatureOver(WITNESS, text(`cosignature/v1\ntime ${AT}\n${body}`))
  return { log: LOG, size, note, witness: WITNESS, at: AT, cosignature: line(WITNESS, 4, concat(seconds(AT), signed)) }
})

export const BUNDLES = [[], ENTRIES.slice(0, 1), ENTRIES].map((entries) => ({
  entries,
  bundle: concat(...entries.map((entry) => concat(Uint8Array.of(entry.length >> 8, entry.length & 255), entry))),
}))

export const PATHS = [
  { level: 0, index: 0, width: 256, path: 'tile/0/000' },
  { level: 0, index: 273, width: 112, path: 'tile/0/273.p/112' },
  { level: 1, index: 1_234_067, width: 256, path: 'tile/1/x001/x234/067' },
  { level: 2, index: 0, width: 1, path: 'tile/2/000.p/1' },
] as const
