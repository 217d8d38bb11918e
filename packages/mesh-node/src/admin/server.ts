import type { Server } from 'node:https'
import type { Clock } from '@trustmesh/identity'
import type { Executor } from '@trustmesh/trust'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type * as z from 'zod'
import { NodeError } from '../node-error.ts'
import type { ServedCertificate } from '../tls/served-certificate.ts'
import { Door, type RequestRate } from './door.ts'
import { Idempotency } from './idempotency.ts'
import { Logins, type LoginsOptions } from './login.ts'
import { RefusedRequest, refusalOfError, sendRefusal } from './problems.ts'
import { addRoutes, type RouteOptions } from './routes.ts'
import { requireContracts, serveWith } from './serve.ts'

export interface AdminOptions extends RouteOptions {
  /** Of which node it is, and what that knows of those who sign in. */
  readonly identity: Pick<Executor, 'did' | 'net' | 'root' | 'knowledge' | 'standingOf'>
  readonly clock: Clock
  readonly random: LoginsOptions['random']
  readonly host: string
  /** 0 takes any port that is free. */
  readonly port: number
  /** Names beside `host` and the loopback's by which clients may address the API. */
  readonly hosts?: readonly string[]
  /** What each person may ask for; 200 plain requests a second, and 2,000 at once, unless told otherwise. */
  readonly rate?: RequestRate
  /** Without one it speaks HTTP in plaintext. */
  readonly certificate?: ServedCertificate | undefined
  /** Whether an address is that of a proxy whose `X-Forwarded-For` is believed (threat P11); nobody's unless told otherwise. */
  readonly isProxy?: (address: string) => boolean
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

const HTTP = {
  headersTimeout: TIMES.headers,
  connectionsCheckingInterval: TIMES.checkEvery,
  maxHeaderSize: SIZES.headers,
}

/** Starts the admin API. Rejects with {@link NodeError} `listen.failed`. */
export async function createAdmin(options: AdminOptions): Promise<Admin> {
  const { identity, clock, random, tokens, host, port, hosts = [], rate, certificate, isProxy = () => false } = options
  const { knowledge } = identity
  const logins = new Logins({ ...identity, clock, random })
  const door = new Door({ tokens, logins, knowledge, clock, hosts: [host, ...hosts], ...(rate && { rate }) })
  const refuse = refuser(door, options)
  const app = fastify({
    bodyLimit: SIZES.body,
    requestTimeout: TIMES.request,
    // One request a connection: closing then waits for requests, never for clients that keep a connection in store.
    maxRequestsPerSocket: 1,
    ...(certificate ? { https: { ...HTTP, ...certificate.options } } : { http: HTTP }),
    forceCloseConnections: 'idle',
    trustProxy: isProxy,
    routerOptions: { maxParamLength: 128 },
    exposeHeadRoutes: false,
    // Paths that cannot be parsed reach no hook.
    frameworkErrors: (_error, request, reply) => {
      try {
        door.admit(request)
        refuse(new NodeError('admin.not-found'), request, reply)
      } catch (error) {
        refuse(error, request, reply)
      }
    },
  })

  certificate?.serveOn(app.server as Server)

  app.decorateRequest('person', null)
  app.addHook('onRequest', async (request) => door.admit(request))
  app.addHook('preHandler', async (request) => door.admitAgain(request))
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
  requireContracts(app)
  const endStreams = addRoutes(serveWith(app, new Idempotency(clock), door), { ...options, logins, door })
  app.addHook('preClose', async () => endStreams())

  const url = await app.listen({ host, port }).catch((cause) => {
    throw new NodeError('listen.failed', { cause })
  })
  const close = (): Promise<void> => app.close()
  return { url, routes, close, [Symbol.asyncDispose]: close }
}

/** Answers an error, and leaves one line of audit (threat A7: with nothing in it that the client wrote). */
function refuser(door: Door, { audit, log }: AdminOptions) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = refusalOfError(error)
    if (refusal.status >= 500) log.error({ err: error }, 'an admin request failed')
    const by = request.person?.name
    const did = error instanceof RefusedRequest ? error.did : undefined
    const isLogin = request.routeOptions.config.contract?.id === 'createLogin'
    audit.record({
      event: isLogin ? 'login.refused' : 'admin.refused',
      code: refusal.code,
      peer: request.ip,
      ...(did && { did }),
      ...(by !== undefined && { by }),
    })
    return sendRefusal(reply, door.answer(refusal, request.ip), { scheme: door.schemeFor(request) })
  }
}
