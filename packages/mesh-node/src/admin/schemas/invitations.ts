import * as z from 'zod'
import type { Contract } from './contract.ts'

export const createInvitation = {
  id: 'createInvitation',
  method: 'POST',
  path: '/v1/invitations',
  role: 'operator',
  summary: 'Makes a token that brings one node in, or agents: a secret until it has been used',
  body: z.strictObject({
    guest: z.enum(['agent', 'node']),
    ttlMs: z
      .int()
      .min(1000)
      .max(365 * 24 * 3_600_000),
    /** Where they find this node, if not where it listens. */
    url: z
      .string()
      .max(2048)
      .regex(/^wss?:\/\/[^#]+$/)
      .optional(),
  }),
  statuses: [201],
  answer: z.strictObject({ invitation: z.string() }).meta({ id: 'Invitation' }),
} as const satisfies Contract
