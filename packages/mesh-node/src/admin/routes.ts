import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Did, parseDid } from '@trustmesh/identity'
import { resolveDid } from '@trustmesh/identity/did-document'
import type { FastifyBaseLogger, FastifyInstance, FastifyTypeProvider, RawServerDefault } from 'fastify'
import * as z from 'zod'
import type { AuditLog } from '../audit/log.ts'
import type { Metrics } from '../metrics.ts'
import { NodeError } from '../node-error.ts'
import type { AdminControl } from './control.ts'
import { refusalOf, sendRefusal } from './problems.ts'
import type { Principal } from './tokens.ts'

/** Makes a handler's types from the zod schemas of its route. */
export interface ZodTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown
}

export type AdminApp = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypes>

/** What the routes need of the node. */
export interface RouteOptions {
  readonly control: AdminControl
  readonly metrics: Metrics
  readonly audit: AuditLog
}

const did = z.string().transform((text) => parseDid(text))
const agentParams = z.strictObject({ did })
const page = z.strictObject({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/)
    .transform(Number)
    .pipe(z.int().max(500))
    .default(100),
  cursor: did.optional(),
})
const revocation = z.strictObject({
  did,
  // It is signed, replicated and shown: nothing that forges a line or the order of what stands around it.
  reason: z
    .string()
    .normalize('NFC')
    .min(1)
    .max(256)
    .regex(/^[^\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u),
})

/** Adds every route. Who may use them is the door's business. */
export function addRoutes(app: AdminApp, { control, metrics, audit }: RouteOptions): void {
  app.get('/livez', async () => ({ ok: true }))

  app.get('/readyz', async (_request, reply) => {
    const failed = control.checks().filter(({ ok }) => !ok)
    return failed.length === 0 ? { ok: true } : sendRefusal(reply, refusalOf('admin.not-ready'), { checks: failed })
  })

  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))

  app.get('/v1/agents', { schema: { querystring: page } }, async ({ query: { limit, cursor } }) => {
    const rest = control
      .agents()
      .filter((agent) => cursor === undefined || agent.did > cursor)
      .sort((a, b) => (a.did < b.did ? -1 : 1))
    const agents = rest.slice(0, limit)
    return { agents, cursor: rest.length > limit ? (agents.at(-1)?.did as Did) : null }
  })

  app.get('/v1/agents/:did', { schema: { params: agentParams } }, async ({ params }) => {
    const agent = control.agents().find((candidate) => candidate.did === params.did)
    if (!agent) throw new NodeError('admin.not-found')
    return agent
  })

  // Follows from the Did alone, so that it is there for agents that this node has never seen.
  app.get('/v1/agents/:did/did.json', { schema: { params: agentParams } }, async ({ params }, reply) =>
    reply.type('application/did+ld+json').send(await resolveDid(params.did)),
  )

  app.post('/v1/revocations', { schema: { body: revocation } }, async (request, reply) => {
    const { name: by } = request.principal as Principal
    const acted = { event: 'admin.acted', did: request.body.did, by, peer: request.ip } as const
    const { created, ...result } = await control.revoke(request.body).catch((error: unknown) => {
      // What could not be written may be in force all the same.
      audit.record({ ...acted, code: 'revocation.failed' })
      throw error
    })
    const { statement, sessionsClosed } = result
    const code = created ? 'revocation.issued' : 'revocation.known'
    audit.record({ ...acted, code, statement, detail: { sessionsClosed } })
    return reply.code(created ? 201 : 200).send(result)
  })
}
