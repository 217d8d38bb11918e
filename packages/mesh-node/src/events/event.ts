import type { Did, StatementId } from '@trustmesh/identity'
import type { Severity } from '../audit/log.ts'

/** What an operator may watch, and how grave it is. What strangers can bring about at will is never critical. */
const SEVERITIES = {
  'agent.first-seen': 'notice',
  'agent.joined': 'info',
  'agent.left': 'info',
  'audit.fork': 'critical',
  'audit.tampered': 'critical',
  'audit.unavailable': 'critical',
  'key.equivocation': 'critical',
  'login.granted': 'notice',
  'login.refused': 'notice',
  'manifest.changed': 'info',
  'manifest.drift': 'notice',
  'node.started': 'notice',
  'node.stopping': 'notice',
  'operation.applied': 'notice',
  'operation.approved': 'notice',
  'operation.failed': 'critical',
  'operation.lapsed': 'notice',
  'operation.ordered': 'notice',
  'operation.rejected': 'notice',
  'peer.linked': 'info',
  'peer.lost': 'notice',
  'peer.stale': 'critical',
  'quota.exceeded': 'notice',
  'revocation.applied': 'notice',
  'store.changed': 'critical',
  'suspension.applied': 'notice',
  'suspension.ended': 'notice',
  'token.issued': 'notice',
  'token.revoked': 'notice',
  'webhook.changed': 'notice',
  'webhook.tested': 'info',
} as const satisfies Readonly<Record<string, Severity>>

/** A row of the table of severities. */
export type EventKind = keyof typeof SEVERITIES

export const EVENT_KINDS: readonly EventKind[] = Object.keys(SEVERITIES) as EventKind[]

/** What has happened. Nothing in it is a remote party's own words: codes are ours, Dids and ids are canonical. */
export interface NewEvent {
  readonly kind: EventKind
  /** Whom it is about. */
  readonly did?: Did
  readonly statement?: StatementId
  /** Who did it: the name of a token, or a Did. */
  readonly by?: string
  /** Why, or what: a stable code. */
  readonly code?: string
  /** The operation that it belongs to. */
  readonly operation?: string
  /** Sizes, counts and times, the unit in the name. */
  readonly detail?: Readonly<Record<string, number>>
}

/** An event as it is shown. */
export interface MeshEvent extends NewEvent {
  /** Greater than that of every event before it, also of those before a restart. */
  readonly id: number
  /** ISO 8601, UTC. */
  readonly time: string
  readonly severity: Severity
}

/** How grave an event of that kind is. */
export function severityOfEvent(kind: EventKind): Severity {
  return SEVERITIES[kind]
}

/** Whether a severity is at least another. */
export function isAsGraveAs(severity: Severity, other: Severity): boolean {
  return RANKS[severity] >= RANKS[other]
}

const RANKS: Readonly<Record<Severity, number>> = { info: 0, notice: 1, critical: 2 }
