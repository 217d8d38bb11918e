/** Texts with signatures below them, after C2SP `signed-note`. */

import { type Did, keyOf, sha256 } from '@trustmesh/identity'
import { AuditError } from './audit-error.ts'
import { fromBase64, toBase64 } from './base64.ts'

/** A signature below a note: by the key of that name, as far as its id says. */
export interface NoteSignature {
  readonly name: string
  readonly keyId: Uint8Array
  /** What follows the id of the key. */
  readonly bytes: Uint8Array
}

/** A text, each of its lines with its end, and the signatures below it; none of them is verified. */
export interface Note {
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** Largest note in UTF-16 units. */
const MAX_NOTE = 65_536
/** The most signatures that a note may have. */
export const MAX_SIGNATURES = 128
/** Kinds of signature, as they go into the id of a key. */
export const ED25519 = 0x01
/** A cosignature, which says when as well. */
export const COSIGNATURE = 0x04

const LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u

/** The id of a key whose name is its Did, for one kind of signature: 4 bytes. */
export function keyIdOf(did: Did, kind: number): Uint8Array {
  const name = new TextEncoder().encode(`${did}\n`)
  const key = keyOf(did)
  const bytes = new Uint8Array(name.length + 1 + key.length)
  bytes.set(name)
  bytes[name.length] = kind
  bytes.set(key, name.length + 1)
  return sha256(bytes).subarray(0, 4)
}

/** The note as it is written. */
export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(formatSignature).join('')}`
}

/** A signature as its line. */
export function formatSignature({ name, keyId, bytes }: NoteSignature): string {
  return `— ${name} ${toBase64(Uint8Array.of(...keyId, ...bytes))}\n`
}

/** Reads a note. Throws {@link AuditError} `note.malformed`. */
export function parseNote(note: string): Note {
  const end = note.lastIndexOf('\n\n') + 1
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be in it
  if (end === 0 || note.length > MAX_NOTE || !note.endsWith('\n') || /[\0-\x09\x0b-\x1f]/.test(note)) {
    throw new AuditError('note.malformed')
  }
  const lines = note.slice(end + 1, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) throw new AuditError('note.malformed')
  return { text: note.slice(0, end), signatures: lines.map(parseSignature) }
}

/** Reads the line of a signature, without its end. Throws {@link AuditError} `note.malformed`. */
export function parseSignature(line: string): NoteSignature {
  const [, name = '', base64 = ''] = LINE.exec(line) ?? []
  const bytes = fromBase64(base64)
  if (!name || !bytes || bytes.length < 5) throw new AuditError('note.malformed')
  return { name, keyId: bytes.subarray(0, 4), bytes: bytes.subarray(4) }
}

/** Whether a signature claims to be of that key and kind. */
export function isBy({ name, keyId }: NoteSignature, did: Did, kind: number): boolean {
  return name === did && keyIdOf(did, kind).every((byte, i) => byte === keyId[i])
}
