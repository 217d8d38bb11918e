import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { NodeError } from '../node-error.ts'
import type { Door, Visitor } from './door.ts'
import type { Answered, Idempotency } from './idempotency.ts'
import type { Answer, Contract } from './schemas/contract.ts'

/** A request, as the schemas of its contract have made it. */
export interface Asked<C extends Contract> {
  readonly params: Part<C['params']>
  readonly query: Part<C['query']>
  readonly body: Part<C['body']>
  /** Not there where the route is for anybody. */
  readonly visitor: Visitor
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

type Part<S> = S extends z.ZodType ? z.output<S> : undefined

/** What nobody changes on its way out. */
type Immutable<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : { readonly [K in keyof T]: Immutable<T[K]> }

type Body<C extends Contract> = C['answer'] extends z.ZodType
  ? Immutable<Answer<C>>
  : C['answer'] extends null
    ? null
    : string | Uint8Array

/** An answer by another status than the first of its contract. */
export class By<T> {
  readonly status: number
  readonly body: T

  constructor(status: number, body: T) {
    this.status = status
    this.body = body
  }
}

/** What a handler gives: a body, one by another status, or the reply where it has seen to that itself. */
type Said<C extends Contract> = Body<C> | By<Body<C>> | FastifyReply

type Handle<C extends Contract> = (asked: Asked<C>) => Said<C> | Promise<Said<C>>

/** Adds routes, each by its contract: what it has no schema for has to be absent. */
export type Serve = <const C extends Contract>(contract: C, handle: Handle<C>) => void

const NOTHING = z.strictObject({})

/** Serves contracts with an app. */
export function serveWith(app: FastifyInstance, idempotency: Idempotency, door: Pick<Door, 'charged'>): Serve {
  return (contract, handle) => {
    const { method, path: url, params = NOTHING, query = NOTHING } = contract as Contract
    const body = contract.body ?? (method === 'GET' ? undefined : NOTHING.nullish())
    const act = async (request: FastifyRequest, reply: FastifyReply): Promise<Answered> => {
      const { params, query, body } = request
      const asked = { params, query, body, visitor: request.person, request, reply }
      const said = await door.charged(request, () => handle(asked as unknown as Asked<typeof contract>))
      return said instanceof By ? said : { status: contract.statuses[0], body: said }
    }
    app.route({
      method,
      url,
      config: { contract },
      schema: { params, querystring: query, ...(body && { body }) },
      handler: async (request, reply) => {
        const key = method === 'GET' ? undefined : request.headers['idempotency-key']
        const { person } = request
        const { status, body } =
          key === undefined || !person
            ? await act(request, reply)
            : await idempotency.once({ person: person.name, key: String(key), request: described(request) }, () =>
                act(request, reply),
              )
        if (body === reply) return reply
        if (typeof contract.answer === 'string' && !reply.hasHeader('content-type')) reply.type(contract.answer)
        return await reply.code(status).send(body)
      },
    })
  }
}

/** Lets nothing register that says not who may use it (threat P1). */
export function requireContracts(app: FastifyInstance): void {
  app.addHook('onRoute', ({ config }) => {
    if (!(config as { contract?: Contract } | undefined)?.contract) throw new NodeError('admin.failed')
  })
}

/** What makes two requests the same. */
function described({ method, url, body }: FastifyRequest): readonly string[] {
  return [method, url, JSON.stringify(body ?? null)]
}
