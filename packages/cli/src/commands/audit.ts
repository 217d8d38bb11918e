import { readFile } from 'node:fs/promises'
import { type Anchor, type ExportVerdict, parseCheckpoint, verifyExport } from '@trustmesh/audit'
import { parseDid } from '@trustmesh/identity'
import { type Answer, CONTRACTS } from '@trustmesh/mesh-node/admin'
import { exportAudit, exportIn, goesOnFrom } from '../audit-export.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import type { AdminClient } from '../client.ts'
import { type AnyCommand, command, integer, Option } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import type { Known } from '../known.ts'
import { list, type Paint } from '../output.ts'
import { pause } from '../pause.ts'

type Entry = Answer<typeof CONTRACTS.listAudit>['items'][number]

const COLORS = { info: 'dim', notice: 'yellow', critical: 'red' } as const

/** How often it is looked whether there are more. */
const FOLLOW_MS = 1_000

/** What each fault of an export means, for people. */
const FAULTS: Readonly<Record<string, string>> = {
  'export.key': 'nobody whom the root of this mesh has let do so signs this log',
  'export.entry': 'it is not what was logged: changed, moved, or another in its place',
  'export.missing': 'a file is not there',
  'export.rewritten': 'the log has been rewritten since the checkpoint that you have kept',
  'export.root': 'the tree is not the one that the checkpoint is of',
  'export.tile': 'hashes that prove the entries from there on are not what they were',
  'export.truncated': 'the log ends before the checkpoint that you have kept',
}

/** `trustmesh audit` */
export function auditCommand(cli: Cli): AnyCommand {
  const audit = command('audit', 'the audit log: what was done, by whom, and that nobody has changed it since')

  audit.addCommand(
    command('show', 'the latest entries, oldest first')
      .option('--from <index>', 'from that entry on, not the latest', integer(0, Number.MAX_SAFE_INTEGER))
      .option('--limit <n>', 'at most so many', integer(1, 100_000))
      .addOption(new Option('--severity <severity>', 'only these').choices(['info', 'notice', 'critical'] as const))
      .option('--follow', 'goes on with those that come, until interrupted')
      .action(async ({ from, limit = 100, severity, follow }) => {
        const known = await cli.known()
        const client = await cli.client()
        const of = severity ? { severity } : {}
        let next = follow ? await sizeOf(client) : 0
        const show = (entries: readonly Entry[]): void => {
          for (const entry of entries)
            cli.output.answer('AuditEntry', entry, (data, paint) => entryText(data, known, paint))
          next = Math.max(next, (entries.at(-1)?.index ?? -1) + 1)
        }
        if (from !== undefined) show(await some(client, { from: `${from}`, ...of }, limit))
        else show((await some(client, { order: 'latest', ...of }, limit)).reverse())
        while (follow && !cli.world.signal.aborted) {
          await pause(FOLLOW_MS, cli.world.signal)
          const size = await sizeOf(client)
          show(await some(client, { from: `${next}`, ...of }, Number.POSITIVE_INFINITY))
          next = Math.max(next, size)
        }
      }),
  )

  audit.addCommand(
    command('export', 'writes the whole log into a folder, with all that it takes to verify it without the node')
      .argument('<dir>', 'the folder, which is made')
      .action(async (folder) => {
        const progress = (files: number) => cli.output.progress(`${files} files`)
        const exported = await exportAudit(await cli.client(), folder, progress)
        cli.output.answer('AuditExport', { folder, ...exported }, ({ size, files }, paint) => {
          return `${paint('green', '✓')} ${size} entries in ${files} files; next: trustmesh audit verify ${folder}`
        })
      }),
  )

  audit.addCommand(
    command('verify', 'whether an export is what was logged; if not, which entry is wrong, and exit 6. Asks nobody')
      .argument('<dir>', 'the folder of the export')
      .option('--root <did>', 'where trust in the mesh starts; that of the context unless told otherwise')
      .option('--log <did>', 'the key of the log, where that is known from elsewhere')
      .option(
        '--kept <checkpoint...>',
        'checkpoints that you have kept: shows whether the log was cut or rewritten since',
      )
      .action(async (folder, { root, log, kept = [] }) => {
        const files = exportIn(folder)
        const verdict = await verifyExport(files, await anchor(cli, root, log), Date.now())
        const found = verdict.ok ? await compare(folder, kept, verdict) : verdict
        const known = await cli.known()
        cli.output.answer('AuditVerdict', { folder, ...found }, (data, paint) => verdictText(data, known, paint))
        if (!found.ok) cli.exitCode = EXIT.checkFailed
      }),
  )

  return audit
}

type Found =
  | ExportVerdict
  | {
      readonly ok: false
      readonly code: `export.${'rewritten' | 'truncated'}`
      readonly index?: number
      readonly path: string
    }

/** The folder against each checkpoint that somebody has kept. */
async function compare(folder: string, kept: readonly string[], verdict: ExportVerdict): Promise<Found> {
  const files = exportIn(folder)
  const exported = parseCheckpoint(await readFile(`${folder}/checkpoint`, 'utf8'))
  for (const path of kept) {
    const fault = await goesOnFrom(files, exported, parseCheckpoint(await readFile(path, 'utf8')))
    if (fault) return { ok: false, code: `export.${fault}`, path }
  }
  return verdict
}

async function anchor(cli: Cli, root: string | undefined, log: string | undefined): Promise<Anchor> {
  if (log !== undefined) return { log: parseDid(log) }
  if (root !== undefined) return { root: parseDid(root) }
  const known = (await cli.context()).root
  if (known) return { root: known }
  throw new CliError('cli.usage', 'it is not known where trust in that mesh starts', {
    fix: 'trustmesh audit verify DIR --root DID',
  })
}

async function sizeOf(client: AdminClient): Promise<number> {
  return parseCheckpoint(await client.call(CONTRACTS.getAuditCheckpoint, {})).head.size
}

/** As many entries as are wanted, in the order in which they are asked for. */
async function some(client: AdminClient, query: Readonly<Record<string, string>>, limit: number): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of client.items(CONTRACTS.listAudit, query)) {
    entries.push(entry)
    if (entries.length >= limit) break
  }
  return entries
}

function entryText(
  { index, time, severity, event, code, did, by, name, origin, statement, detail }: Entry,
  known: Known,
  paint: Paint,
): string {
  const numbers = Object.entries(detail ?? {}).map(([name, value]) => `${name}=${value}`)
  const parts = [
    did && known.shown(did),
    code,
    name,
    origin,
    by && `by ${known.petnameOf(by) ?? by}`,
    statement?.slice(0, 12),
    ...numbers,
  ]
  return [String(index).padStart(6), time, paint(COLORS[severity], event.padEnd(20)), ...parts.filter(Boolean)].join(
    '  ',
  )
}

function verdictText(verdict: Found, known: Known, paint: Paint): string {
  if (verdict.ok) {
    const { size, first, log, node, cosigners } = verdict
    return [
      `${paint('green', '✓')} ${size} entries, and each is what was logged`,
      list([
        ['log', log],
        ['of node', node ? known.shown(node) : undefined],
        ['from entry', first > 0 ? first : undefined],
        ['confirmed by', cosigners.length > 0 ? cosigners.map(known.shown).join(', ') : 'no other node'],
      ]),
    ].join('\n')
  }
  const { code, index, path } = verdict
  const place = [index === undefined ? '' : `entry ${index}`, path ?? ''].filter(Boolean).join(', in ')
  return `${paint('red', '✗')} ${paint('bold', code)}  ${place}\n  ${paint('dim', 'why')}   ${FAULTS[code] ?? 'what is signed there is not sound'}`
}
