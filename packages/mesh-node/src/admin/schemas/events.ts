import * as z from 'zod'
import { severity } from './audit.ts'
import type { Contract } from './contract.ts'
import { code, did, person, statementId, timeText } from './fields.ts'

/** The `data` of an event of the stream; its `id` and `kind` are the stream's `id` and `event` too. */
export const meshEvent = z
  .strictObject({
    id: z.int().positive(),
    time: timeText,
    kind: z.string(),
    severity,
    did: z.exactOptional(did),
    statement: z.exactOptional(statementId),
    by: z.exactOptional(person),
    name: z.exactOptional(z.string()),
    origin: z.exactOptional(z.string()),
    code: z.exactOptional(code),
    operation: z.exactOptional(z.string()),
    detail: z.exactOptional(z.record(z.string(), z.number())),
  })
  .meta({ id: 'Event' })

export type EventView = z.output<typeof meshEvent>

export const watchEvents = {
  id: 'watchEvents',
  method: 'GET',
  path: '/v1/events',
  role: 'viewer',
  summary: 'What happens, as server-sent events; with Last-Event-ID, from there on as far as it is remembered',
  statuses: [200],
  answer: 'text/event-stream',
  cost: 5,
} as const satisfies Contract
