import * as api from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { openTelemetry } from '@trustmesh/sdk/opentelemetry'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { join, someone, TestNode, until } from './kit.ts'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const telemetry = openTelemetry(api)

beforeAll(() => {
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  api.trace.setGlobalTracerProvider(provider)
})
beforeEach(() => exporter.reset())
afterAll(() => {
  api.trace.disable()
  api.context.disable()
})

const named = (name: string): ReadableSpan | undefined => exporter.getFinishedSpans().find((span) => span.name === name)

describe(openTelemetry, () => {
  it('shows a call and what its handler does as one trace, across both agents', async () => {
    const carol = someone()
    await using node = await TestNode.start({ roots: [carol.did] })
    await using alice = await join(node.joinFile, 'alice', { identity: carol, telemetry })
    await using bob = await join(node.joinFile, 'bob', { telemetry })
    bob.on('task', {}, () => {
      api.trace.getTracer('test').startSpan('work').end()
      return 'done'
    })
    expect(await alice.request(bob.did, 'task')).toBe('done')
    const [asked, answered, work] = [named('task asks'), named('task answers'), named('work')]
    expect(asked?.kind).toBe(api.SpanKind.CLIENT)
    expect(answered?.kind).toBe(api.SpanKind.SERVER)
    expect(answered?.parentSpanContext?.spanId).toBe(asked?.spanContext().spanId)
    expect(work?.parentSpanContext?.spanId).toBe(answered?.spanContext().spanId)
    expect(new Set([asked, answered, work].map((span) => span?.spanContext().traceId)).size).toBe(1)
  })

  it('tells what went wrong by its stable code', async () => {
    await using node = await TestNode.start()
    await using alice = await join(node.joinFile, 'alice', { telemetry })
    await using bob = await join(node.joinFile, 'bob')
    bob.on('task', {}, () => 'done')
    await expect(alice.request(bob.did, 'task')).rejects.toMatchObject({ code: 'request.denied' })
    const span = await until(() => named('task asks'))
    expect([span.status.code, span.attributes['error.type']]).toEqual([api.SpanStatusCode.ERROR, 'request.denied'])
  })
})
