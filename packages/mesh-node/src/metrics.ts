import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** What a session is for, as its handshake says. */
export type SessionPurpose = 'agent' | 'node' | 'peer'

/** Numbers for whoever watches a node, in Prometheus' text format. A Did is never a label: anybody can make a million of them. */
export interface Metrics {
  readonly contentType: string
  sessionOpened(purpose: SessionPurpose): void
  sessionClosed(purpose: SessionPurpose): void
  /** `ok`, or the code of the refusal. */
  handshake(result: string): void
  frameRefused(code: string): void
  /** `delivered`, or the code of what befell it. */
  message(outcome: string): void
  /** `accepted`, `known`, or the code of the refusal. */
  statement(outcome: string): void
  revocation(): void
  /** What was told to those who watch, by its kind. */
  event(kind: string): void
  /** One attempt to deliver an event: `delivered`, or the code of why not. */
  webhook(outcome: string): void
  /** Whom to ask how many deliveries wait, whenever somebody looks. */
  watchWebhooks(waiting: () => number): void
  /** When the certificate that is served ends, Unix ms. */
  certificateEnds(atMs: number): void
  /** Whom to ask what must hold for the node to serve, whenever somebody looks. */
  watchChecks(checks: () => readonly { readonly name: string; readonly ok: boolean }[]): void
  /** Everything, as `GET /metrics` gives it. */
  text(): Promise<string>
}

/** Metrics in a registry of their own, so that several nodes live in one process. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]

  const sessions = new Gauge({
    name: 'trustmesh_sessions',
    help: 'Sessions open now, by what they are for.',
    labelNames: ['purpose'],
    registers,
  })
  const revocations = new Counter({
    name: 'trustmesh_revocations_total',
    help: 'Revocations that came into force.',
    registers,
  })
  const certificateEnd = new Gauge({
    name: 'trustmesh_certificate_end_timestamp_seconds',
    help: 'When the TLS certificate that is served ends; 0 where there is none.',
    registers,
  })
  let checks: Parameters<Metrics['watchChecks']>[0] = () => []
  const check = new Gauge({
    name: 'trustmesh_check',
    help: 'What must hold for the node to serve: 1 where it does, 0 where it does not.',
    labelNames: ['name'],
    registers,
    collect: () => {
      for (const { name, ok } of checks()) check.set({ name }, Number(ok))
    },
  })
  let waiting = (): number => 0
  const webhooksWaiting = new Gauge({
    name: 'trustmesh_webhook_waiting',
    help: 'Events that wait for a webhook to take them.',
    registers,
    collect: () => {
      webhooksWaiting.set(waiting())
    },
  })
  const counted = (name: string, label: string, help: string): ((value: string) => void) => {
    const counter = new Counter({ name, help, labelNames: [label], registers })
    const bounded = boundedLabel()
    return (value) => counter.inc({ [label]: bounded(value) })
  }

  return {
    contentType: registry.contentType,
    sessionOpened: (purpose) => sessions.inc({ purpose }),
    sessionClosed: (purpose) => sessions.dec({ purpose }),
    handshake: counted('trustmesh_handshakes_total', 'result', 'Handshakes, by how they ended.'),
    frameRefused: counted('trustmesh_frames_refused_total', 'code', 'Frames that closed their session, by why.'),
    message: counted('trustmesh_messages_total', 'outcome', 'Messages between agents, by what became of them.'),
    statement: counted('trustmesh_statements_total', 'outcome', 'Statements received, by what became of them.'),
    revocation: () => revocations.inc(),
    event: counted('trustmesh_events_total', 'kind', 'Events that were told to those who watch, by kind.'),
    webhook: counted('trustmesh_webhook_attempts_total', 'outcome', 'Attempts to deliver an event, by how they ended.'),
    watchWebhooks: (read) => {
      waiting = read
    },
    watchChecks: (read) => {
      checks = read
    },
    certificateEnds: (atMs) => certificateEnd.set(atMs / 1000),
    text: () => registry.metrics(),
  }
}

const MAX_LABEL_VALUES = 64

/** Each value of a label is a series that is kept for ever: those past the bound are counted as `other`. */
function boundedLabel(): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.size < MAX_LABEL_VALUES) known.add(value)
    return known.has(value) ? value : 'other'
  }
}
