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
