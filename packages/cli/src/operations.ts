import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { Cli } from './cli.ts'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import {
  confirmationsText,
  exitCodeOfOperation,
  type OperationView,
  operationText,
  type PreviewView,
  previewText,
} from './operation-shown.ts'
import { pause } from './pause.ts'

/** How often a node is asked what has become of an operation. */
const POLL_MS = 150

/** Why something is ordered; to look at what it would do takes no reason. */
export function reasonOf({ reason, dryRun = false }: { readonly reason?: string; readonly dryRun?: boolean }): string {
  if (reason === undefined && !dryRun) throw new CliError('cli.usage', 'say why: --reason')
  return reason ?? 'a preview'
}

/** Answers with what an order would do. */
export async function show(cli: Cli, preview: PreviewView): Promise<void> {
  const known = await cli.known()
  cli.output.answer('Preview', preview, (data, paint) => previewText(data, known, paint))
}

/**
 * Answers with an operation. With `isAwaited`, once every node has confirmed it, with a line for each as it does, or after the
 * timeout: then the run ends as partly applied.
 */
export async function report(cli: Cli, ordered: OperationView, isAwaited: boolean): Promise<void> {
  const known = await cli.known()
  const operation = isAwaited && ordered.state === 'in-force' ? await awaited(cli, ordered) : ordered
  cli.output.answer('Operation', operation, (data, paint) => {
    const nodes = isAwaited ? [confirmationsText(data, known)] : []
    return [operationText(data, known, paint), ...nodes].join('\n')
  })
  const exitCode = exitCodeOfOperation(operation)
  // Who does not wait has asked for what is so here.
  const isHere = operation.state === 'in-force' && operation.items.every(({ code }) => code === undefined)
  cli.exitCode = !isAwaited && isHere ? EXIT.ok : exitCode
}

async function awaited(cli: Cli, ordered: OperationView): Promise<OperationView> {
  const client = await cli.client()
  const known = await cli.known()
  const deadline = cli.deadline()
  const told = new Set<string>()
  let operation = ordered
  for (;;) {
    for (const { node, state, confirmedAt = 0 } of operation.nodes) {
      if (state !== 'confirmed' || told.has(node)) continue
      told.add(node)
      cli.output.note(`✓ ${known.shown(node)} has it, after ${Math.max(0, confirmedAt - operation.requestedAt)} ms`)
    }
    if (told.size === operation.nodes.length || deadline.aborted) return operation
    cli.output.progress(`${told.size} of ${operation.nodes.length} nodes have confirmed`)
    await pause(POLL_MS, deadline)
    if (!deadline.aborted) operation = await client.call(CONTRACTS.getOperation, { params: { id: operation.id } })
  }
}
