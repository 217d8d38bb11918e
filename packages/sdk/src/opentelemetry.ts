/**
 * # @trustmesh/sdk/opentelemetry
 *
 * Calls between agents as spans of OpenTelemetry, across agents:
 *
 * ```ts
 * import * as api from '@opentelemetry/api'
 * import { openTelemetry } from '@trustmesh/sdk/opentelemetry'
 *
 * const mesh = await joinMesh({ telemetry: openTelemetry(api) })
 * ```
 */

import type * as OpenTelemetry from '@opentelemetry/api'
import type { Span, Telemetry, Traced } from './telemetry.ts'

type Api = Pick<typeof OpenTelemetry, 'context' | 'SpanKind' | 'SpanStatusCode' | 'trace'>

const KINDS = {
  asks: { 'one-way': 'PRODUCER', request: 'CLIENT', stream: 'CLIENT' },
  answers: { 'one-way': 'CONSUMER', request: 'SERVER', stream: 'SERVER' },
} as const
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** Traces with this OpenTelemetry API, which the program brings: there may be one only in a process. */
export function openTelemetry({ context, trace, SpanKind, SpanStatusCode }: Api): Telemetry {
  const tracer = trace.getTracer('@trustmesh/sdk')

  const parentOf = (parent: string): OpenTelemetry.Context => {
    const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(parent) ?? []
    const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
    return trace.isSpanContextValid(remote) ? trace.setSpanContext(context.active(), remote) : context.active()
  }

  return {
    begin({ role, mode, kind, peer, parent }: Traced): Span {
      const options = {
        kind: SpanKind[KINDS[role][mode]],
        attributes: { 'messaging.system': 'trustmesh', 'messaging.operation.type': mode, 'trustmesh.peer': peer },
      }
      const around = parent === undefined ? context.active() : parentOf(parent)
      const span = tracer.startSpan(`${kind} ${role}`, options, around)
      const { traceId, spanId, traceFlags } = span.spanContext()
      const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
      return {
        ...(trace.isSpanContextValid(span.spanContext()) && { traceparent }),
        run: (act) => context.with(trace.setSpan(around, span), act),
        end(code) {
          if (code !== undefined) {
            span.setAttribute('error.type', code)
            span.setStatus({ code: SpanStatusCode.ERROR })
          }
          span.end()
        },
      }
    },
  }
}
