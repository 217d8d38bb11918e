import { AuditError } from './audit-error.ts'

/** Bytes of the largest entry. */
export const MAX_ENTRY_BYTES = 65_535

/** Entries as a bundle: each behind its length in two bytes, the greater first. Throws {@link AuditError} `bundle.size`. */
export function formatBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(entries.reduce((sum, { length }) => sum + 2 + length, 0))
  let at = 0
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw new AuditError('bundle.size')
    bytes[at] = entry.length >> 8
    bytes[at + 1] = entry.length & 0xff
    bytes.set(entry, at + 2)
    at += 2 + entry.length
  }
  return bytes
}

/** The entries of a bundle, up to where it breaks off. */
export function entriesIn(bundle: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = []
  let at = 0
  while (at + 2 <= bundle.length) {
    const end = at + 2 + (((bundle[at] as number) << 8) | (bundle[at + 1] as number))
    if (end > bundle.length) break
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return entries
}
