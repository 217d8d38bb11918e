import type { AuditLine } from './log.ts'

/** An entry of the log, and which it is, from 0. */
export interface AuditEntry {
  readonly index: number
  readonly line: AuditLine
}

/** What an audit log shows of itself, so that whoever reads it need not believe it: `docs/spec/audit.md`. */
export interface AuditReader {
  /** Entries that are durable. */
  readonly size: number
  /** Index of the oldest entry that is kept. */
  readonly first: number
  /** Up to `limit` entries from an index on, oldest first. */
  entries(from: number, limit: number): Promise<readonly AuditEntry[]>
  /** The newest checkpoint: a signed note, with the cosignatures that have come for it. */
  checkpoint(): string
  /** The hashes by which an entry is in the tree of that size. Rejects with `AuditError` `proof.range`. */
  inclusionProof(index: number, size: number): Promise<readonly Uint8Array[]>
  /** The hashes by which the tree of one size goes on from that of a smaller one. Rejects with `AuditError` `proof.range`. */
  consistencyProof(from: number, to: number): Promise<readonly Uint8Array[]>
  /** A file of an export by its path: `checkpoint`, `key-chains`, `tile/…`; `null` where there is none. */
  file(path: string): Promise<Uint8Array | null>
}
