import { createHmac } from 'node:crypto'
import type { Random } from '@trustmesh/identity'

const PREFIX = 'whsec_'
const SECRET_BYTES = 32

/** A new secret, as whoever checks signatures needs it (Standard Webhooks). */
export function newSecret(random: Random): string {
  return PREFIX + Buffer.from(random(SECRET_BYTES)).toString('base64')
}

/** The headers that let the receiver tell who has sent a body, and when (Standard Webhooks, `v1`). */
export function signedHeaders(secret: string, id: string, body: string, nowMs: number): Record<string, string> {
  const timestamp = Math.floor(nowMs / 1000)
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` }
}
