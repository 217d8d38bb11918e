import type { Did, StatementId } from '@trustmesh/identity'
import { type AuditKind, SEVERITIES, type Severity, severityOf } from '../audit/log.ts'

/** What an operator may watch by the name that the audit log has for it, and as grave as there. */
const OF_LOG = [
  'agent.first-seen',
  'audit.fork',
  'audit.tampered',
  'key.equivocation',
  'login.granted',
  'login.refused',
  'manifest.changed',
  'manifest.drift',
  'node.started',
  'operation.applied',
  'operation.approved',
  'operation.failed',
  'operation.lapsed',
  'operation.ordered',
  'operation.rejected',
  'peer.linked',
  'peer.lost',
  'revocation.applied',
  'store.changed',
  'suspension.applied',
  'suspension.ended',
  'token.issued',
  'token.revoked',
  'webhook.changed',
] as const satisfies readonly AuditKind[]

/** What has a name of its own for those who watch, and how grave it is. What strangers can bring about at will is never critical. */
const OWN = {
  'agent.joined': 'info',
  'agent.left': 'info',
  'audit.unavailable': 'critical',
  'node.stopping': 'notice',
  'peer.stale': 'critical',
  'quota.exceeded': 'notice',
  'webhook.tested': 'info',
} as const satisfies Readonly<Record<string, Severity>>

/** What an operator may watch: `manifest.drift`. */
export type EventKind = (typeof OF_LOG)[number] | keyof typeof OWN

export const EVENT_KINDS: readonly EventKind[] = [...OF_LOG, ...(Object.keys(OWN) as (keyof typeof OWN)[])].sort()

/** What has happened. Nothing in it is a remote party's own words: codes are ours, Dids and ids are canonical. */
export interface NewEvent {
  readonly kind: EventKind
  /** Whom it is about. */
  readonly did?: Did
  readonly statement?: StatementId
  /** Who did it: the name of a token, or a Did. */
  readonly by?: string
  /** Of the token or webhook that it is about. */
  readonly name?: string
  /** Of a webhook: the scheme, host and port of its URL. */
  readonly origin?: string
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
  return isOwn(kind) ? OWN[kind] : severityOf(kind)
}

/** Whether a severity is at least another. */
export function isAsGraveAs(severity: Severity, other: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(other)
}

function isOwn(kind: EventKind): kind is keyof typeof OWN {
  return Object.hasOwn(OWN, kind)
}
