import type { Did, StatementId } from '@trustmesh/identity'

/** What may be remarked upon. Past tense: it has happened, or has been refused. */
export type AuditKind =
  | 'node.started'
  | 'node.stopped'
  | 'session.opened'
  | 'session.closed'
  | 'handshake.refused'
  | 'frame.refused'
  | 'message.refused'
  | 'mesh.alarm'
  | 'statement.accepted'
  | 'statement.refused'
  | 'revocation.applied'
  | 'store.changed'
  | 'store.damaged'
  | 'store.loss-accepted'
  | 'admin.acted'
  | 'admin.refused'

/**
 * One thing that happened. Nothing in it is a remote party's own words: codes are ours, Dids and ids are canonical,
 * names are those of tokens that an operator issued.
 */
export interface AuditEvent {
  readonly event: AuditKind
  /** Why it was refused, or what was done: a stable code. */
  readonly code?: string
  readonly did?: Did
  readonly statement?: StatementId
  /** Network address of the other end, without its port. */
  readonly peer?: string
  /** Who did it, for what an operator does: the name of the token. */
  readonly by?: string
  /** Sizes, counts and times, the unit in the name. */
  readonly detail?: Readonly<Record<string, number>>
}

/** A record of refusals and of acts of power, for whoever has to find out later what happened. */
export interface AuditLog extends AsyncDisposable {
  /** Never throws and never waits: a log that fails says so by `healthy`. */
  record(event: AuditEvent): void
  /** Whether what is recorded reaches its place. For `/readyz`. */
  healthy(): boolean
  /** Writes what is outstanding. Later events are lost. */
  close(): Promise<void>
}

/** An event as a line of the log says it: with its time (ISO 8601, UTC), every string short and printable. */
export interface AuditLine extends Omit<AuditEvent, 'event'> {
  readonly time: string
  readonly event: AuditKind | 'audit.suppressed'
  /** Of `audit.suppressed`: the event that was left out `detail.count` times. */
  readonly suppressed?: AuditKind
}

const MAX_TEXT = 128

/** The line of an event at a time in milliseconds since the Unix epoch; anybody's terminal may show it (threats A7, S19). */
export function auditLine(line: Omit<AuditLine, 'time'>, nowMs: number): AuditLine {
  const printable = Object.entries(line).map(([key, value]) => [
    key,
    typeof value === 'string' ? printableText(value) : value,
  ])
  return { time: new Date(nowMs).toISOString(), ...Object.fromEntries(printable) }
}

function printableText(text: string): string {
  return text.slice(0, MAX_TEXT).replace(/[^\x20-\x7e]/g, '?')
}
