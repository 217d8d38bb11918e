import * as z from 'zod'
import { EVENT_KINDS } from '../../events/event.ts'
import { severity } from './audit.ts'
import type { Contract } from './contract.ts'
import { code, count, pageOf, timeText } from './fields.ts'

const kind = z.enum(EVENT_KINDS as [(typeof EVENT_KINDS)[number], ...typeof EVENT_KINDS]).meta({ id: 'EventKind' })

/** Where events are sent, and which. */
const webhook = z
  .strictObject({
    id: z.string(),
    url: z.string(),
    severity,
    kinds: z.array(kind),
    createdAt: timeText,
    waiting: count,
    dropped: count,
  })
  .meta({ id: 'Webhook' })

/** What became of one event at one webhook. */
const delivery = z
  .strictObject({
    id: z.string(),
    event: z.int(),
    kind,
    state: z.enum(['waiting', 'delivered', 'failed', 'dropped']),
    attempts: count,
    lastAttemptAt: z.exactOptional(timeText),
    status: z.exactOptional(z.int()),
    code: z.exactOptional(code),
  })
  .meta({ id: 'Delivery' })

const ofWebhook = z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) })

export const listWebhooks = {
  id: 'listWebhooks',
  method: 'GET',
  path: '/v1/webhooks',
  role: 'admin',
  summary: 'Where events are sent',
  statuses: [200],
  answer: pageOf(webhook),
} as const satisfies Contract

export const createWebhook = {
  id: 'createWebhook',
  method: 'POST',
  path: '/v1/webhooks',
  role: 'admin',
  summary: 'Has events sent to a URL. The secret that signs them is shown this once',
  body: z.strictObject({
    url: z.string().min(1).max(2048),
    severity: z.exactOptional(severity),
    kinds: z.exactOptional(z.array(kind).max(64)),
  }),
  statuses: [201],
  answer: webhook.extend({ secret: z.string() }).meta({ id: 'NewWebhook' }),
} as const satisfies Contract

export const deleteWebhook = {
  id: 'deleteWebhook',
  method: 'DELETE',
  path: '/v1/webhooks/:id',
  role: 'admin',
  summary: 'Ends that',
  params: ofWebhook,
  statuses: [204],
  answer: null,
} as const satisfies Contract

export const testWebhook = {
  id: 'testWebhook',
  method: 'POST',
  path: '/v1/webhooks/:id/test',
  role: 'admin',
  summary: 'Sends a test to it, once, and says what became of that',
  params: ofWebhook,
  body: z.strictObject({}),
  statuses: [200],
  answer: delivery,
  cost: 20,
} as const satisfies Contract

export const listDeliveries = {
  id: 'listDeliveries',
  method: 'GET',
  path: '/v1/webhooks/:id/deliveries',
  role: 'admin',
  summary: 'What became of the latest events at it',
  params: ofWebhook,
  statuses: [200],
  answer: pageOf(delivery),
} as const satisfies Contract
