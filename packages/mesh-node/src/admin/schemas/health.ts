import * as z from 'zod'
import type { Contract } from './contract.ts'

const fine = z.strictObject({ ok: z.boolean() })

export const getLivez = {
  id: 'getLivez',
  method: 'GET',
  path: '/livez',
  role: 'viewer',
  summary: 'Whether the process answers',
  statuses: [200],
  answer: fine,
} as const satisfies Contract

export const getReadyz = {
  id: 'getReadyz',
  method: 'GET',
  path: '/readyz',
  role: 'viewer',
  summary: 'Whether the node serves; if not, 503 with the checks that fail',
  statuses: [200],
  answer: fine,
} as const satisfies Contract

export const getMetrics = {
  id: 'getMetrics',
  method: 'GET',
  path: '/metrics',
  role: 'viewer',
  summary: 'Counters and gauges, for Prometheus',
  statuses: [200],
  answer: 'text/plain',
} as const satisfies Contract

export const getOpenapi = {
  id: 'getOpenapi',
  method: 'GET',
  path: '/openapi.json',
  role: 'viewer',
  summary: 'This API, as OpenAPI 3.1',
  statuses: [200],
  answer: z.record(z.string(), z.unknown()),
} as const satisfies Contract

export const getUi = {
  id: 'getUi',
  method: 'GET',
  path: '/ui',
  role: 'viewer',
  summary: 'This API, as a page to read',
  statuses: [200],
  answer: 'text/html',
} as const satisfies Contract

export const getUiFile = {
  id: 'getUiFile',
  method: 'GET',
  path: '/ui/:file',
  role: 'viewer',
  summary: 'What that page is made of',
  params: z.strictObject({ file: z.enum(['page.js', 'swagger-ui.css', 'swagger-ui-bundle.js']) }),
  statuses: [200],
  answer: 'application/octet-stream',
} as const satisfies Contract
