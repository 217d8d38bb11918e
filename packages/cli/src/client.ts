import { type Answer, type Contract, problem, type Sent } from '@trustmesh/mesh-node/admin'
import type * as z from 'zod'
import { CliError } from './cli-error.ts'

/** A refusal of the admin API: its problem document (RFC 9457). */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  /** What does not hold, where that is why. */
  readonly checks: readonly string[]

  constructor(status: number, code: string, detail = `the node answers ${status}`, checks: readonly string[] = []) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.checks = checks
  }
}

/** What gives a token for each request; told to give another one where the last was refused. */
export interface Credentials {
  /** Rejects with `cli.no-credential`. */
  token(client: AdminClient): Promise<string>
  /** Whether there may be another one now. */
  renew(): Promise<boolean>
}

export interface AdminClientOptions {
  /** `http://` or `https://`, without a path. */
  readonly url: string
  /** Ends what takes too long. */
  readonly deadline: () => AbortSignal
  readonly credentials: Credentials
}

type Part = 'params' | 'query' | 'body'
type Values = Readonly<Record<string, unknown>>

/** What a route is sent: of its parts those that it has, and no others. */
export type Request<C extends Contract> = {
  readonly [P in Part as P extends keyof C ? P : never]: P extends keyof C ? Sent<C[P]> : never
}

/** Of a list: what each item is, and what may be asked for. */
type ListContract = Contract & { readonly answer: z.ZodType<{ items: unknown[]; cursor: string | null }> }
type Item<C> = C extends { readonly answer: z.ZodType<{ items: (infer I)[] }> } ? I : never

/** Most pages of a list that are asked for, of so many items. */
const MAX_PAGES = 200
const PAGE = '500'

/**
 * The admin API of a node. Whatever it refuses is a {@link Problem}; where nobody answers it is `cli.unreachable`, and
 * `cli.timeout` where not in time.
 */
export class AdminClient {
  readonly url: string
  readonly #options: AdminClientOptions

  constructor(options: AdminClientOptions) {
    this.url = options.url.replace(/\/+$/, '')
    this.#options = options
  }

  /** Asks a route for its answer. */
  async call<const C extends Contract>(contract: C, request: Request<C>): Promise<Answer<C>> {
    const response = await this.open(contract, request as Partial<Record<Part, Values>>)
    const { answer } = contract
    if (answer === null) return null as Answer<C>
    if (typeof answer === 'string') return (await this.#text(response)) as Answer<C>
    const read = answer.safeParse(await this.#json(response))
    if (read.success) return read.data as Answer<C>
    throw this.#unintelligible(read.error)
  }

  /** All items of a list, page by page. */
  async *items<const C extends ListContract>(contract: C, query: Values = {}): AsyncGenerator<Item<C>, void> {
    let from: Values = {}
    for (let page = 0; page < MAX_PAGES; page++) {
      const response = await this.open(contract, { query: { limit: PAGE, ...query, ...from } })
      const read = contract.answer.safeParse(await this.#json(response))
      if (!read.success) throw this.#unintelligible(read.error)
      const { items, cursor } = read.data
      yield* items as Item<C>[]
      if (cursor === null) return
      from = { cursor }
    }
  }

  /** The answer of a route as it comes. */
  async open(
    contract: Contract,
    request: Readonly<Partial<Record<Part, Values>>>,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
  ): Promise<Response> {
    // The same request twice is one: whoever loses the answer may ask again.
    const headers = { ...(contract.method !== 'GET' && { 'idempotency-key': crypto.randomUUID() }), ...more.headers }
    const send = () => this.#send(contract, request, headers, more.signal)
    const response = await send()
    const isSigned = contract.role !== 'anybody'
    if (response.status !== 401 || !isSigned || !(await this.#options.credentials.renew()))
      return await accepted(response)
    await response.body?.cancel()
    return await accepted(await send())
  }

  async #send(
    { method, path, role, answer }: Contract,
    { params = {}, query = {}, body }: Readonly<Partial<Record<Part, Values>>>,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal = this.#options.deadline(),
  ): Promise<Response> {
    const url = new URL(this.url + path.replace(/:(\w+)|\*/g, (whole, name) => escaped(params[name ?? whole])))
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.append(name, String(value))
    const token = role === 'anybody' ? null : await this.#options.credentials.token(this)
    const isSent = method !== 'GET'
    return await fetch(url, {
      ...{ method, signal, redirect: 'error' },
      headers: {
        ...headers,
        accept: typeof answer === 'string' ? answer : 'application/json',
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(isSent && { 'content-type': 'application/json' }),
      },
      ...(isSent && { body: JSON.stringify(body ?? {}) }),
    }).catch((cause: unknown) => {
      throw this.#unanswered(signal, cause)
    })
  }

  async #json(response: Response): Promise<unknown> {
    const text = await this.#text(response)
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw this.#unintelligible(cause)
    }
  }

  async #text(response: Response): Promise<string> {
    return await response.text().catch((cause: unknown) => {
      if (cause instanceof DOMException) throw this.#late(cause)
      throw new CliError('cli.unreachable', `${this.url} has broken off its answer`, { cause, fix: 'trustmesh doctor' })
    })
  }

  #unanswered(signal: AbortSignal, cause: unknown): CliError {
    if (signal.aborted) return this.#late(cause)
    return new CliError('cli.unreachable', `nobody answers at ${this.url}`, { cause, fix: 'trustmesh doctor' })
  }

  #late(cause: unknown): CliError {
    return new CliError('cli.timeout', `${this.url} has not answered in time`, { cause })
  }

  #unintelligible(cause: unknown): CliError {
    const fix = 'trustmesh doctor, which compares the versions of this program and of the node'
    return new CliError('cli.unreachable', `${this.url} answers what this program does not understand`, { cause, fix })
  }
}

/** A part of a path; of one that goes on, the slashes stay. */
function escaped(value: unknown): string {
  return String(value).split('/').map(encodeURIComponent).join('/')
}

async function accepted(response: Response): Promise<Response> {
  if (response.ok) return response
  const read = problem.safeParse(await response.json().catch(() => null))
  if (!read.success) throw new Problem(response.status, `http.${response.status}`)
  const { status, code, detail, checks = [] } = read.data
  throw new Problem(
    status,
    code,
    detail,
    checks.map(({ name, detail: more }) => (more ? `${name}: ${more}` : name)),
  )
}
