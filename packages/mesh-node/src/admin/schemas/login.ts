import * as z from 'zod'
import type { Contract } from './contract.ts'
import { did, envelope, timeMs } from './fields.ts'
import { role } from './role.ts'

/** What the holder of a chain below these may do. `/mesh/operator` whole has them all. */
export const OPERATOR = {
  viewer: '/mesh/operator/view',
  operator: '/mesh/operator/act',
  admin: '/mesh/operator',
} as const

export const createChallenge = {
  id: 'createChallenge',
  method: 'POST',
  path: '/v1/login/challenge',
  role: 'anybody',
  summary: 'Begins a sign-in: what the key of a Did has to sign',
  body: z.strictObject({ did }),
  statuses: [200],
  answer: z.strictObject({ challenge: z.string(), expiresAt: timeMs }).meta({ id: 'Challenge' }),
} as const satisfies Contract

export const createLogin = {
  id: 'createLogin',
  method: 'POST',
  path: '/v1/login',
  role: 'anybody',
  summary: 'Signs in with a chain and an invocation of it, for a token of a quarter of an hour',
  body: z.strictObject({
    did,
    /** From the root to the Did. */
    chain: z.array(envelope).min(1).max(10),
    invocation: envelope,
  }),
  statuses: [201],
  answer: z.strictObject({ token: z.string(), role, expiresAt: timeMs }).meta({ id: 'Login' }),
} as const satisfies Contract

export const deleteLogin = {
  id: 'deleteLogin',
  method: 'DELETE',
  path: '/v1/login',
  role: 'viewer',
  summary: 'Ends the login whose token this is',
  statuses: [204],
  answer: null,
} as const satisfies Contract
