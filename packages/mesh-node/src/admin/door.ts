import { type Clock, isDid } from '@trustmesh/identity'
import type { Knowledge } from '@trustmesh/trust'
import type { FastifyRequest } from 'fastify'
import { NodeError } from '../node-error.ts'
import { TokenBuckets } from '../token-bucket.ts'
import { BackOff } from './back-off.ts'
import type { Logins } from './login.ts'
import type { Person } from './person.ts'
import { notBefore, type Refusal } from './problems.ts'
import type { Contract } from './schemas/contract.ts'
import { mayActAs } from './schemas/role.ts'
import type { Tokens } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the request: `null` until the door has seen the token, and where the route is for anybody. */
    person: Visitor | null
  }
  interface FastifyContextConfig {
    /** What the route is. One without does not register; whatever else is asked for there is not. */
    contract?: Contract
  }
}

/** Whoever has been let in. */
export type Visitor = Person & { readonly expiresAt?: number }

/** How many plain requests somebody may make a second, and at once. */
export interface RequestRate {
  readonly perSecond: number
  readonly burst: number
}

export interface DoorOptions {
  readonly tokens: Tokens
  readonly logins: Logins
  readonly knowledge: Pick<Knowledge, 'isRevoked' | 'isSuspended' | 'isVoid'>
  readonly clock: Clock
  /** The names, beside the loopback's, by which this API may be addressed. */
  readonly hosts: readonly string[]
  readonly rate?: RequestRate
}

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '::1']
const RATE: RequestRate = { perSecond: 200, burst: 2_000 }
/** Nobody is kept from acting for long by one request that took long. */
const MOST_CHARGED = 2_000
/** People and addresses whose rates are remembered. */
const MAX_KEYS = 65_536
/** What a browser may ask for with the password that somebody typed: to read, and nothing else. */
const FOR_BROWSERS: ReadonlySet<string> = new Set(['getOpenapi', 'getUi', 'getUiFile'])
/** Refusals of whoever has not shown who they are. */
const OF_STRANGERS: ReadonlySet<string> = new Set(['admin.unauthenticated', 'login.invocation'])

/** What every request passes before anything else looks at it, whether or not its route exists (threat P1). */
export class Door {
  readonly #options: DoorOptions
  readonly #hosts: ReadonlySet<string>
  readonly #requests: TokenBuckets
  readonly #strangers = new BackOff(MAX_KEYS)

  constructor(options: DoorOptions) {
    const { hosts, rate = RATE } = options
    this.#options = options
    this.#hosts = new Set([...LOOPBACK, ...hosts].map((host) => host.toLowerCase()))
    this.#requests = new TokenBuckets(rate.perSecond, MAX_KEYS, rate.burst)
  }

  /** Lets a request in, its `person` set, or throws an error that says why not. */
  admit(request: FastifyRequest): void {
    const { contract } = request.routeOptions.config
    // A page whose name was rebound to this address still says its own name here (threat P3).
    if (!this.#hosts.has(hostOf(request.headers.host))) throw new NodeError('admin.host')
    // Browsers say which page asks; this API is for programs, which do not (threat P4).
    if (request.headers.origin !== undefined) throw new NodeError('admin.origin')
    if (contract?.role !== 'anybody') this.#identify(request, contract)
    else if (!this.#requests.take(payerOf(request), this.#options.clock.monotonic())) throw notBefore(1_000)
    // Nothing but this exact text: parsers disagree about all the others (threat P8).
    const type = request.headers['content-type']
    const isPlain = type === undefined && (isRead(request) || request.method === 'DELETE')
    if (!isPlain && type !== 'application/json') throw new NodeError('admin.media-type')
  }

  /** The body may come long after the head: whoever was let in with that is let in no more if cut off meanwhile (threat R9). */
  admitAgain(request: FastifyRequest): void {
    const isCutOff = request.person && !this.visitorOf(request, request.routeOptions.config.contract)
    if (isCutOff) throw new NodeError('admin.unauthenticated')
  }

  /** Does what somebody asks for. Each millisecond in which nobody else is served meanwhile counts as one more request of theirs. */
  charged<T>(request: FastifyRequest, act: () => T): T {
    const { clock } = this.#options
    const before = clock.monotonic()
    try {
      return act()
    } finally {
      const now = clock.monotonic()
      this.#requests.charge(payerOf(request), now, Math.min(now - before, MOST_CHARGED))
    }
  }

  /** Whom a request's token stands for now, or `null`. Streams ask again and again. */
  visitorOf(request: FastifyRequest, contract?: Contract): Visitor | null {
    const { tokens, logins } = this.#options
    const { authorization = '' } = request.headers
    const isOfBrowser = contract !== undefined && FOR_BROWSERS.has(contract.id) && isRead(request)
    const token = bearerOf(authorization) ?? (isOfBrowser ? passwordOf(authorization) : null) ?? ''
    const person = logins.personOf(token) ?? tokens.personOf(token)
    return person && this.#isByLeave(person) ? person : null
  }

  /** How a request may say who makes it. */
  schemeFor({ method, routeOptions }: FastifyRequest): string {
    const { contract } = routeOptions.config
    return contract && method === 'GET' && FOR_BROWSERS.has(contract.id) ? 'Basic realm="TrustMesh"' : 'Bearer'
  }

  /** What somebody is answered in place of a refusal: strangers who keep failing are told to wait (threat P10). */
  answer(refusal: Refusal, address: string): Refusal {
    if (!OF_STRANGERS.has(refusal.code)) return refusal
    const at = this.#options.clock.monotonic()
    const waitMs = this.#strangers.waitMs(address, at)
    this.#strangers.failed(address, at)
    return waitMs > 0 ? notBefore(waitMs).refusal : refusal
  }

  #identify(request: FastifyRequest, contract: Contract | undefined): void {
    // Looked at however often others have failed from the same address: nobody can lock anybody out (threat P10).
    const person = this.visitorOf(request, contract)
    if (!person) throw new NodeError('admin.unauthenticated')
    // Before the rest, so that the audit log says whose request was refused.
    request.person = person
    const { role = 'viewer', cost } = contract ?? {}
    if (role !== 'anybody' && !mayActAs(person.role, role)) throw new NodeError('admin.forbidden')
    if (!this.#requests.take(payerOf(request), this.#options.clock.monotonic(), cost)) throw notBefore(1_000)
  }

  /** A token outlives nobody by whose leave it was made, nor the chain by which they were here. */
  #isByLeave({ leave = [], grounds }: Person): boolean {
    const { knowledge, clock } = this.#options
    const { links = [], exp = Number.POSITIVE_INFINITY } = grounds ?? {}
    if (clock.now() >= exp || links.some(({ iss, id }) => knowledge.isVoid(iss, id))) return false
    return !leave.some((who) => isDid(who) && (knowledge.isRevoked(who) || knowledge.isSuspended(who, clock.now())))
  }
}

/** Whose requests they are: a person's or, before somebody is one, an address's, which is nobody's name. */
function payerOf({ person, ip }: FastifyRequest): string {
  return person?.name ?? `from ${ip}`
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The name or address in a Host header, without port and brackets. */
function hostOf(header = ''): string {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(header) ?? []
  return (bracketed ?? plain ?? '').toLowerCase()
}

export function bearerOf(authorization = ''): string | null {
  return /^Bearer ([\x21-\x7e]{1,128})$/i.exec(authorization)?.[1] ?? null
}

/** Of `Basic`, whatever the name (RFC 7617). */
function passwordOf(authorization: string): string | null {
  const encoded = /^Basic ([A-Za-z0-9+/]{1,256}={0,2})$/i.exec(authorization)?.[1]
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('latin1')
  return /^[^:]{0,64}:([\x21-\x7e]{1,128})$/.exec(text)?.[1] ?? null
}
