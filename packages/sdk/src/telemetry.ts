import type { Did } from '@trustmesh/identity'

/** What a span is about. */
export interface Traced {
  /** Whether this agent asks, or is asked. */
  readonly role: 'asks' | 'answers'
  readonly mode: 'one-way' | 'request' | 'stream'
  readonly kind: string
  readonly peer: Did
  /** `traceparent` of whoever asks, where this agent answers; it is the word of the other side. */
  readonly parent?: string | undefined
}

/** One call, as it is traced. */
export interface Span {
  /** W3C `traceparent`, carried to the other side. */
  readonly traceparent?: string | undefined
  /** Whatever is traced in here belongs to the span. */
  run<T>(act: () => T): T
  /** With the stable code of what went wrong, if anything did. */
  end(code?: string): void
}

/** Where calls are traced. `openTelemetry` of `@trustmesh/sdk/opentelemetry` makes one. */
export interface Telemetry {
  begin(traced: Traced): Span
}
