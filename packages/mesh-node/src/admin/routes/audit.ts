import type { AuditEntry, AuditReader } from '../../audit/reader.ts'
import { NodeError } from '../../node-error.ts'
import { passes } from '../page.ts'
import * as contracts from '../schemas/audit.ts'
import type { Filter } from '../schemas/fields.ts'
import type { Serve } from '../serve.ts'

/** Entries that are looked at for one page, whether or not they belong on it. */
const MAX_LOOKED_AT = 2_000
const BATCH = 500

/** The audit log, with all that shows that nobody has rewritten it. */
export function addAudit(serve: Serve, { auditReader }: { readonly auditReader: AuditReader }): void {
  serve(contracts.listAudit, async ({ query: { limit, from, cursor, severity } }) => {
    const start = Math.max(cursor ?? from ?? 0, auditReader.first)
    const { entries, next } = await search(start, limit, severity)
    return {
      items: entries.map(({ index, line }) => ({ index, ...line })),
      cursor: next < auditReader.size ? `${next}` : null,
    }
  })

  serve(contracts.getAuditCheckpoint, () => auditReader.checkpoint())

  serve(contracts.getAuditAuthority, () => fileAt('authority'))

  serve(contracts.getInclusionProof, async ({ query: { index, size } }) => {
    if (index >= size || size > auditReader.size) throw new NodeError('admin.not-found')
    return { index, size, proof: inBase64(await auditReader.inclusionProof(index, size)) }
  })

  serve(contracts.getConsistencyProof, async ({ query: { from, to } }) => {
    if (from > to || to > auditReader.size) throw new NodeError('admin.not-found')
    return { from, to, proof: inBase64(await auditReader.consistencyProof(from, to)) }
  })

  serve(contracts.getAuditTile, ({ params }) => fileAt(`tile/${params['*']}`))

  async function search(start: number, limit: number, severity: Filter<string> | undefined) {
    const entries: AuditEntry[] = []
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
    return { entries, next }
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
