import type { AuditEntry, AuditReader } from '../../audit/reader.ts'
import { NodeError } from '../../node-error.ts'
import { passes } from '../page.ts'
import * as contracts from '../schemas/audit.ts'
import type { Filter } from '../schemas/fields.ts'
import type { Serve } from '../serve.ts'

/** Entries that are looked at for one page, whether or not they belong on it. */
const MAX_LOOKED_AT = 2_000
const BATCH = 500

/** What is on a page, and where the next begins. */
interface Found {
  readonly entries: readonly AuditEntry[]
  readonly next: number | null
}

/** The audit log, with all that shows that nobody has rewritten it. */
export function addAudit(serve: Serve, { auditReader }: { readonly auditReader: AuditReader }): void {
  serve(contracts.listAudit, async ({ query: { limit, order, from, cursor, severity } }) => {
    const search = order === 'latest' ? searchBack : searchOn
    const { entries, next } = await search(limit, severity, cursor ?? from)
    return { items: entries.map(({ index, line }) => ({ index, ...line })), cursor: next === null ? null : `${next}` }
  })

  serve(contracts.getAuditCheckpoint, () => auditReader.checkpoint())

  serve(contracts.getAuditKeyChains, () => fileAt('key-chains'))

  serve(contracts.getInclusionProof, async ({ query: { index, size } }) => {
    if (index >= size || size > auditReader.size) throw new NodeError('admin.not-found')
    return { index, size, proof: inBase64(await auditReader.inclusionProof(index, size)) }
  })

  serve(contracts.getConsistencyProof, async ({ query: { from, to } }) => {
    if (from > to || to > auditReader.size) throw new NodeError('admin.not-found')
    return { from, to, proof: inBase64(await auditReader.consistencyProof(from, to)) }
  })

  serve(contracts.getAuditTile, ({ params }) => fileAt(`tile/${params['*']}`))

  async function searchOn(limit: number, severity: Filter<string> | undefined, from = 0): Promise<Found> {
    const entries: AuditEntry[] = []
    const start = Math.max(from, auditReader.first)
    let next = start
    while (entries.length < limit && next < auditReader.size && next - start < MAX_LOOKED_AT) {
      const batch = await auditReader.entries(next, BATCH)
      // What somebody has taken away is passed over: the log is shown as far as it is there.
      if (batch.length === 0) next += BATCH
      for (const entry of batch) {
        if (entries.length === limit) break
        if (passes(severity, entry.line.severity)) entries.push(entry)
        next = entry.index + 1
      }
    }
    return { entries, next: next < auditReader.size ? next : null }
  }

  async function searchBack(limit: number, severity?: Filter<string>, from = auditReader.size - 1): Promise<Found> {
    const entries: AuditEntry[] = []
    const { first, size } = auditReader
    const start = Math.min(from, size - 1)
    let next = start
    while (entries.length < limit && next >= first && start - next < MAX_LOOKED_AT) {
      const oldest = Math.max(first, next - BATCH + 1)
      const batch = await auditReader.entries(oldest, next - oldest + 1)
      next = oldest - 1
      for (const entry of batch.toReversed()) {
        if (entries.length === limit) {
          next = entry.index
          break
        }
        if (passes(severity, entry.line.severity)) entries.push(entry)
      }
    }
    return { entries, next: next >= first ? next : null }
  }

  async function fileAt(path: string): Promise<Uint8Array> {
    const bytes = await auditReader.file(path)
    if (!bytes) throw new NodeError('admin.not-found')
    return Buffer.from(bytes)
  }
}

function inBase64(hashes: readonly Uint8Array[]): string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('base64'))
}
