import { type Did, isDid } from './did.ts'
import { IdentityError } from './identity-error.ts'
import type { Preimage } from './signing.ts'

/**
 * How large an append-only log is, and the root of its tree. A log is called by the Did of the key that signs its heads. Its
 * signatures are over the texts of C2SP `tlog-checkpoint` and `tlog-cosignature`, so that tools made for those can verify them;
 * no such text begins as the signing form does, nor as the other one (threat H7).
 */
export interface TreeHead {
  readonly origin: Did
  /** Leaves. */
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

/** The text of a head, which its log signs: three lines. Throws {@link IdentityError} `signer.tree-head`. */
export function treeHeadText({ origin, size, root }: TreeHead): string {
  if (!isDid(origin) || !isCount(size) || root.length !== 32) throw new IdentityError('signer.tree-head')
  return `${origin}\n${size}\n${btoa(String.fromCharCode(...root))}\n`
}

/** What the log signs of a head. */
export function checkpointForm(head: TreeHead): Preimage {
  return new TextEncoder().encode(treeHeadText(head)) as Uint8Array as Preimage
}

/** What another signs who has seen the head, at a time in seconds since the Unix epoch. */
export function cosignatureForm(head: TreeHead, at: number): Preimage {
  if (!isCount(at)) throw new IdentityError('signer.tree-head')
  return new TextEncoder().encode(`cosignature/v1\ntime ${at}\n${treeHeadText(head)}`) as Uint8Array as Preimage
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
