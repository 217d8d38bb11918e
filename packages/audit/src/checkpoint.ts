/** What a log says of itself and others confirm, after C2SP `tlog-checkpoint` and `tlog-cosignature`. */

import {
  type Did,
  type Identity,
  isDid,
  type TreeHead,
  treeHeadText,
  verifyCheckpoint,
  verifyCosignature,
} from '@trustmesh/identity'
import { AuditError } from './audit-error.ts'
import { fromBase64 } from './base64.ts'
import {
  COSIGNATURE,
  ED25519,
  formatNote,
  formatSignature,
  isBy,
  keyIdOf,
  MAX_SIGNATURES,
  type NoteSignature,
  parseNote,
  parseSignature,
} from './note.ts'
import type { Tree } from './proof.ts'
import { HASH_BYTES } from './tree-hash.ts'

/** Somebody has seen this head of the log, and none that contradicts it, at that time in seconds since the Unix epoch. */
export interface Cosigner {
  readonly did: Did
  readonly at: number
}

/** A head with the signature of its log, which holds, and those of others, which do as well. */
export interface Checkpoint {
  /** A log is called by the Did of its key. */
  readonly head: TreeHead
  readonly cosigners: readonly Cosigner[]
  /** The signed note. */
  readonly note: string
}

const BODY = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([^\n]{44})\n$/
const TIME_BYTES = 8
const SIGNATURE_BYTES = 64

/** What a log says when it is so large. Rejects with whatever the signer rejects with. */
export async function issueCheckpoint(log: Identity, { size, root }: Tree): Promise<Checkpoint> {
  const head = { origin: log.did, size, root }
  const bytes = await log.signCheckpoint(head)
  const signatures = [{ name: log.did, keyId: keyIdOf(log.did, ED25519), bytes }]
  return { head, cosigners: [], note: formatNote({ text: treeHeadText(head), signatures }) }
}

/**
 * Reads a checkpoint and verifies what is signed below it by the log and by other Dids; signatures of other kinds count for nothing.
 * Throws {@link AuditError}: `note.malformed`, `checkpoint.malformed`, `checkpoint.signature`, `checkpoint.cosignature`.
 */
export function parseCheckpoint(note: string): Checkpoint {
  const { text, signatures } = parseNote(note)
  const head = headIn(text)
  const own = signatures.filter((signature) => isBy(signature, head.origin, ED25519))
  if (own.length !== 1 || !verifyCheckpoint(head, own[0]?.bytes as Uint8Array))
    throw new AuditError('checkpoint.signature')
  const cosigners = new Map<Did, Cosigner>()
  for (const signature of signatures) {
    const cosigner = cosignerOf(head, signature)
    if (cosigner && cosigners.has(cosigner.did)) throw new AuditError('checkpoint.cosignature')
    if (cosigner) cosigners.set(cosigner.did, cosigner)
  }
  return { head, cosigners: [...cosigners.values()], note }
}

/** The line by which somebody confirms that it has seen this head, at a time in seconds. */
export async function issueCosignature(witness: Identity, head: TreeHead, at: number): Promise<string> {
  const signature = await witness.cosign(head, at)
  const bytes = new Uint8Array(TIME_BYTES + SIGNATURE_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(at))
  bytes.set(signature, TIME_BYTES)
  return formatSignature({ name: witness.did, keyId: keyIdOf(witness.did, COSIGNATURE), bytes })
}

/**
 * The checkpoint with the line of a cosigner, in place of one that it had of the same. Throws {@link AuditError}: `note.malformed`,
 * `checkpoint.cosignature`.
 */
export function withCosignature({ head, cosigners, note }: Checkpoint, line: string): Checkpoint {
  const added = parseSignature(line.slice(0, -1))
  // Those that are there hold: many come one after the other, and each of them would verify all before it.
  const cosigner = cosignerOf(head, added)
  if (!cosigner) throw new AuditError('checkpoint.cosignature')
  const others = cosigners.filter(({ did }) => did !== cosigner.did)
  const lines = note.split('\n').filter((other) => !other.startsWith(`— ${cosigner.did} `))
  if (others.length + 1 >= MAX_SIGNATURES) throw new AuditError('note.malformed')
  return { head, cosigners: [...others, cosigner], note: lines.join('\n') + formatSignature(added) }
}

function headIn(text: string): TreeHead {
  const [, origin, digits, base64 = ''] = BODY.exec(text) ?? []
  const [size, root] = [Number(digits), fromBase64(base64)]
  if (!isDid(origin) || !Number.isSafeInteger(size) || root?.length !== HASH_BYTES)
    throw new AuditError('checkpoint.malformed')
  return { origin, size, root }
}

function cosignerOf(head: TreeHead, signature: NoteSignature): Cosigner | null {
  const { name: did, bytes } = signature
  if (!isDid(did) || did === head.origin || !isBy(signature, did, COSIGNATURE)) return null
  if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) throw new AuditError('checkpoint.cosignature')
  const at = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0))
  if (!Number.isSafeInteger(at) || !verifyCosignature(did, head, at, bytes.subarray(TIME_BYTES))) {
    throw new AuditError('checkpoint.cosignature')
  }
  return { did, at }
}
