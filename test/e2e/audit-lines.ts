import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { entriesIn } from '@trustmesh/audit'
import type { Did } from '@trustmesh/identity'

/** A line of a node's audit log, as its files say it. */
export interface AuditLine {
  readonly event: string
  readonly severity: string
  readonly code?: string
  readonly did?: Did
  readonly by?: string
  readonly peer?: string
  readonly detail?: Readonly<Record<string, number>>
}

/** The entries in a folder of an audit log, oldest first: those of the full bundles, and those in the journal behind them. */
export async function auditLinesIn(directory: string): Promise<AuditLine[]> {
  return (await auditTextsIn(directory)).map((text) => JSON.parse(text) as AuditLine)
}

/** The same, as they are written. */
export async function auditTextsIn(directory: string): Promise<string[]> {
  const journal = await readFile(join(directory, 'journal'), 'utf8').catch(() => '')
  const lines = journal.slice(0, journal.lastIndexOf('\n') + 1).split('\n')
  const [base = '""'] = lines
  const stored = Number(String(JSON.parse(base)).split('\n')[1] ?? 0)
  const files = await readdir(join(directory, 'tile', 'entries'), { recursive: true }).catch(() => [])
  const bundles = files.filter((name) => /\d{3}$/.test(name) && !/x\d{3}$/.test(name)).sort()
  const before: string[] = []
  for (const name of bundles.slice(0, stored / 256)) {
    const bytes = await readFile(join(directory, 'tile', 'entries', name))
    before.push(...entriesIn(bytes).map((entry) => Buffer.from(entry).toString()))
  }
  return [...before, ...lines.filter((line) => line.startsWith('{'))]
}
