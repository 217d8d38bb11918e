import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type * as z from 'zod'
import { NodeError } from '../node-error.ts'
import { door } from './door.ts'
import { refusalOfError, sendRefusal } from './problems.ts'
import { type AdminApp, addRoutes, type RouteOptions, type ZodTypes } from './routes.ts'
import type { Tokens } from './tokens.ts'

export interface AdminOptions extends RouteOptions {
  readonly tokens: Tokens
  readonly host: string
  /** 0 takes any port that is free. */
  readonly port: number
  /** Names beside `host` and the loopback's by which clients may address the API. */
  readonly hosts?: readonly string[]
  /** Told of what is the node's own fault. */
  readonly log: { error(fields: object, message: string): void }
}

/** The admin API, listening. */
export interface Admin extends AsyncDisposable {
  readonly url: string
  /** Every route there is, as `METHOD /path`. */
  readonly routes: readonly string[]
  /** Stops listening; resolves when the requests under way are answered. */
  close(): Promise<void>
}

/** Times in milliseconds, sizes in bytes. A request is small and comes from nearby, or it is an attack (threat H12). */
const TIMES = { request: 10_000, headers: 5_000, checkEvery: 1_000 }
const SIZES = { body: 65_536, headers: 8_192 }

/** Starts the admin API. Rejects with {@link NodeError} `listen.failed`. */
export async function createAdmin(options: AdminOptions): Promise<Admin> {
  const { host, port, tokens, hosts = [] } = options
  const admit = door(tokens, [host, ...hosts])
  const refuse = refuser(options)
  const app: AdminApp = fastify({
    bodyLimit: SIZES.body,
    requestTimeout: TIMES.request,
    // One request a connection: closing then waits for requests, never for clients that keep a connection in store.
    maxRequestsPerSocket: 1,
    http: {
      headersTimeout: TIMES.headers,
      connectionsCheckingInterval: TIMES.checkEvery,
      maxHeaderSize: SIZES.headers,
    },
    forceCloseConnections: 'idle',
    trustProxy: false,
    routerOptions: { maxParamLength: 128 },
    exposeHeadRoutes: false,
    // Paths that cannot be parsed reach no hook.
    frameworkErrors: (_error, request, reply) => {
      try {
        admit(request)
        refuse(new NodeError('admin.not-found'), request, reply)
      } catch (error) {
        refuse(error, request, reply)
      }
    },
  }).withTypeProvider<ZodTypes>()

  app.decorateRequest('principal', null)
  app.addHook('onRequest', async (request) => admit(request))
  app.setErrorHandler(refuse)
  app.setNotFoundHandler((request, reply) => refuse(new NodeError('admin.not-found'), request, reply))
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (data) => {
    try {
      return { value: schema.parse(data) }
    } catch (error) {
      return { error: error as Error }
    }
  })

  const routes: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    routes.push(`${method} ${url}`)
  })
  addRoutes(app, options)

  const url = await app.listen({ host, port }).catch((cause) => {
    throw new NodeError('listen.failed', { cause })
  })
  const close = (): Promise<void> => app.close()
  return { url, routes, close, [Symbol.asyncDispose]: close }
}

/** Answers an error, and leaves one line of audit (threat A7: with nothing in it that the client wrote). */
function refuser({ audit, log }: AdminOptions) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = refusalOfError(error)
    if (refusal.status >= 500) log.error({ err: error }, 'an admin request failed')
    const by = request.principal?.name
    audit.record({ event: 'admin.refused', code: refusal.code, peer: request.ip, ...(by === undefined ? {} : { by }) })
    return sendRefusal(reply, refusal)
  }
}
