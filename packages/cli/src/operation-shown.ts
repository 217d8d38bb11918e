import type { Answer, CONTRACTS } from '@trustmesh/mesh-node/admin'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Known } from './known.ts'
import { type Paint, table } from './output.ts'

export type OperationView = Answer<typeof CONTRACTS.getOperation>
export type PreviewView = Answer<typeof CONTRACTS.previewRevocation>

type Verb = OperationView['order']['verb']

const DONE: Readonly<Record<Verb, string>> = {
  revoke: 'revoked for good',
  suspend: 'on hold',
  lift: 'no longer on hold',
  evict: 'evicted; it may come back',
  kill: 'cut off, with all that it vouched for or delegated',
  attest: 'rated',
}

/** An operation for people: what has become of it, here and at each node. */
export function operationText(operation: OperationView, known: Known, paint: Paint): string {
  const { id, order, state, items, nodes, durable } = operation
  if (state === 'awaiting-approval') {
    return [
      `${paint('yellow', '…')} it takes a second operator: nothing has happened yet`,
      `  next: another admin runs  trustmesh approve ${id}`,
    ].join('\n')
  }
  const lines = items.map(({ target, created, sessionsClosed, code }) => {
    const whom =
      'did' in target ? known.shown(target.did) : `statement ${target.id.slice(0, 12)} of ${known.shown(target.iss)}`
    if (code) return `${paint('red', '✗')} ${whom}: ${code}`
    const closed = sessionsClosed > 0 ? `, ${sessionsClosed} session${sessionsClosed > 1 ? 's' : ''} closed here` : ''
    return `${paint('green', '✓')} ${whom} is ${doneText(order)}${created ? closed : ' (it was before)'}`
  })
  if (state !== 'in-force') lines.push(`${paint('red', '✗')} ${state}`)
  else if (!durable)
    lines.push(`${paint('yellow', '!')} in force, and not on disk yet: the disk of the node has failed`)
  const confirmed = nodes.filter((node) => node.state === 'confirmed').length
  if (nodes.length > 0) lines.push(`confirmed by ${confirmed} of ${nodes.length} nodes`)
  return [...lines, `operation ${id}`].join('\n')
}

function doneText(order: OperationView['order']): string {
  const value = order.verb === 'attest' ? ` ${order.value}${order.ctx ? ` in ${order.ctx}` : ''}` : ''
  return DONE[order.verb] + value
}

/** What each node has said, in a table. */
export function confirmationsText({ nodes, requestedAt }: OperationView, known: Known): string {
  const rows = nodes.map(({ node, state, confirmedAt }) => [
    known.shown(node),
    state,
    confirmedAt === undefined ? '' : `+${Math.max(0, confirmedAt - requestedAt)} ms`,
  ])
  return table(['NODE', 'STATE', 'AFTER'], rows)
}

/** What an order would do, for people. */
export function previewText(preview: PreviewView, known: Known, paint: Paint): string {
  const { targets, sessions, delegations, tiers, reach, isWide } = preview
  const named = (dids: readonly string[]): string => dids.map(known.shown).join(', ')
  return [
    `${paint('bold', 'would be about')}  ${targets.map((target) => ('did' in target ? known.shown(target.did) : target.id.slice(0, 12))).join(', ')}`,
    `  sessions that close      ${sessions.length}${sessions.length > 0 ? `  ${named(sessions)}` : ''}`,
    `  delegations that end     ${delegations.length}`,
    `  who stands otherwise     ${tiers.length}`,
    ...tiers.map(({ did, ctx, from, to }) => `    ${known.shown(did)}  ${from} → ${to}${ctx ? `  in ${ctx}` : ''}`),
    `${reach} in all${isWide ? ': it takes a second operator' : ''}; nothing has been done`,
  ].join('\n')
}

/** What an operation means for a script. */
export function exitCodeOfOperation({ state, items, nodes }: OperationView): ExitCode {
  if (state === 'awaiting-approval') return EXIT.partlyApplied
  if (state !== 'in-force') return EXIT.failure
  if (items.some(({ code }) => code !== undefined)) return EXIT.partlyApplied
  return nodes.every((node) => node.state === 'confirmed') ? EXIT.ok : EXIT.partlyApplied
}
