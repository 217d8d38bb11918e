import type { Did, StatementId } from '@trustmesh/identity'

/** How soon somebody should look: some day, today, now. */
export const SEVERITIES = ['info', 'notice', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What may be remarked upon, and how grave it is. Past tense: it has happened, or has been refused. */
const KINDS = {
  'admin.acted': 'notice',
  'admin.refused': 'info',
  'agent.first-seen': 'notice',
  'audit.dropped': 'notice',
  'audit.fork': 'critical',
  'audit.recovered': 'notice',
  'audit.suppressed': 'notice',
  'audit.tampered': 'critical',
  'frame.refused': 'info',
  'handshake.refused': 'info',
  'key.equivocation': 'critical',
  'login.granted': 'notice',
  'login.refused': 'notice',
  'manifest.changed': 'info',
  'manifest.drift': 'notice',
  'mesh.alarm': 'critical',
  'message.refused': 'info',
  'node.started': 'notice',
  'node.stopped': 'notice',
  'operation.applied': 'notice',
  'operation.approved': 'notice',
  'operation.failed': 'critical',
  'operation.lapsed': 'notice',
  'operation.ordered': 'notice',
  'operation.rejected': 'notice',
  'peer.linked': 'info',
  'peer.lost': 'notice',
  'revocation.applied': 'notice',
  'session.closed': 'info',
  'session.opened': 'info',
  'statement.accepted': 'info',
  'statement.refused': 'info',
  'store.changed': 'critical',
  'store.damaged': 'critical',
  'store.loss-accepted': 'critical',
  'suspension.applied': 'notice',
  'suspension.ended': 'notice',
  'token.issued': 'notice',
  'token.revoked': 'notice',
  'webhook.changed': 'notice',
} as const satisfies Readonly<Record<string, Severity>>

/** What has happened, or has been refused: `manifest.drift`. */
export type AuditKind = keyof typeof KINDS

/** How grave an event of that kind is. */
export function severityOf(kind: AuditKind): Severity {
  return KINDS[kind]
}

/**
 * One thing that happened. Nothing in it is a remote party's own words: codes are ours, Dids and ids are canonical,
 * names and origins are what an operator has said.
 */
export interface AuditEvent {
  readonly event: AuditKind
  /** Why it was refused, or what was done: a stable code. */
  readonly code?: string
  readonly did?: Did
  readonly statement?: StatementId
  /** Network address of the other end, without its port. */
  readonly peer?: string
  /** Who did it, for what an operator does: the name of the token, or a Did. */
  readonly by?: string
  /** Of what it is about, the name that an operator or this node gave it: of a token, or of a webhook. */
  readonly name?: string
  /** Of a webhook: the scheme, host and port of its URL. */
  readonly origin?: string
  /** The operation that it belongs to. */
  readonly operation?: string
  /** Sizes, counts and times, the unit in the name. */
  readonly detail?: Readonly<Record<string, number>>
}

/** A record of refusals and of acts of power, for whoever has to find out later what happened. */
export interface AuditLog extends AsyncDisposable {
  /** Never throws and never waits: a log that fails says so by `healthy`. */
  record(event: AuditEvent): void
  /**
   * For what must not happen without its entry: never throttled, and durable once it resolves, with the entry's index.
   * Rejects with {@link NodeError} `audit.unavailable` where it cannot be written (threat A8).
   */
  commit(event: AuditEvent): Promise<{ readonly index: number }>
  /** Whether what is recorded reaches its place. For `/readyz`. */
  healthy(): boolean
  /** Writes what is outstanding. Later events are lost. */
  close(): Promise<void>
}

/** An event as a line of the log says it: with its time (ISO 8601, UTC) and severity, every string short and printable. */
export interface AuditLine extends AuditEvent {
  readonly time: string
  readonly severity: Severity
  /** Of `audit.suppressed`: the event that was left out `detail.count` times. */
  readonly suppressed?: AuditKind
}

/** An event, or how many of them were left out. */
export type LoggedEvent = Omit<AuditLine, 'time' | 'severity'>

const MAX_TEXT = 128

/** The line of an event at a time in milliseconds since the Unix epoch; anybody's terminal may show it (threats A7, S19). */
export function auditLine(event: LoggedEvent, nowMs: number): AuditLine {
  const printable = Object.entries(event).map(([key, value]) => [
    key,
    typeof value === 'string' ? printableText(value) : value,
  ])
  return { time: new Date(nowMs).toISOString(), severity: severityOf(event.event), ...Object.fromEntries(printable) }
}

function printableText(text: string): string {
  return text.slice(0, MAX_TEXT).replace(/[^\x20-\x7e]/g, '?')
}
