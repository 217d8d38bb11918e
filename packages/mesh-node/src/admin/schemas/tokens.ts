import * as z from 'zod'
import type { Contract } from './contract.ts'
import { pageOf, person, timeText, tokenName } from './fields.ts'
import { role } from './role.ts'

const request = z.strictObject({ name: tokenName, role })

/** A static token, which nobody can be told again; who made it, and when. */
const tokenView = request
  .extend({ createdBy: z.exactOptional(person), createdAt: z.exactOptional(timeText) })
  .meta({ id: 'Token' })

export const listTokens = {
  id: 'listTokens',
  method: 'GET',
  path: '/v1/tokens',
  role: 'admin',
  summary: 'The static tokens, by name',
  statuses: [200],
  answer: pageOf(tokenView),
} as const satisfies Contract

export const createToken = {
  id: 'createToken',
  method: 'POST',
  path: '/v1/tokens',
  role: 'admin',
  summary: 'Makes a static token, which is shown this once',
  body: request,
  statuses: [201],
  answer: request.extend({ token: z.string() }).meta({ id: 'NewToken' }),
} as const satisfies Contract

export const deleteToken = {
  id: 'deleteToken',
  method: 'DELETE',
  path: '/v1/tokens/:name',
  role: 'admin',
  summary: 'Ends a static token, from the next request on',
  params: z.strictObject({ name: tokenName }),
  statuses: [204],
  answer: null,
} as const satisfies Contract
