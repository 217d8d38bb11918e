import { type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { nameOf, resolveTarget, type Target, type TargetRules } from './target.ts'

export interface PostOptions extends TargetRules {
  /** Whom to trust with names, in PEM; the authorities of the platform unless told otherwise. */
  readonly ca?: string
  /** For everything from the resolution to the answer; 5 s unless told otherwise. */
  readonly timeoutMs?: number
}

/** Sends one body to a URL, once. */
export type Post = (url: string, body: string, headers: Readonly<Record<string, string>>) => Promise<PostOutcome>

/** The status of the answer, if any; and a code where that is not that it was taken. */
export interface PostOutcome {
  readonly status?: number
  readonly code?: PostCode
}

export type PostCode =
  | 'webhook.address'
  | 'webhook.redirected'
  | 'webhook.status'
  | 'webhook.timeout'
  | 'webhook.tls'
  | 'webhook.unreachable'
  | 'webhook.unresolved'
  | 'webhook.url'

export const POST_TIMEOUT_MS = 5_000
/** Of the answer nothing else is read, and no body. */
const MAX_ANSWER_HEAD_BYTES = 16_384

/**
 * Sends to the address that has been checked and no other, follows nowhere, knows no proxy, and lets nobody keep it waiting
 * (threat P7). Never rejects.
 */
export function posting(options: PostOptions): Post {
  return async (text, body, headers) => {
    const deadline = AbortSignal.timeout(options.timeoutMs ?? POST_TIMEOUT_MS)
    try {
      const target = await resolveTarget(text, options, deadline)
      const status = await statusOf(target, body, { headers, signal: deadline, ...(options.ca && { ca: options.ca }) })
      if (status >= 200 && status < 300) return { status }
      return { status, code: status >= 300 && status < 400 ? 'webhook.redirected' : 'webhook.status' }
    } catch (error) {
      return { code: deadline.aborted ? 'webhook.timeout' : codeOf(error) }
    }
  }
}

function statusOf(
  { url, addresses }: Target,
  body: string,
  { headers, signal, ca }: Pick<RequestOptions, 'headers' | 'signal'> & { readonly ca?: string },
): Promise<number> {
  const name = nameOf(url)
  const isTls = url.protocol === 'https:'
  const tls = { rejectUnauthorized: true, ...(isIP(name) ? {} : { servername: name }), ...(ca ? { ca } : {}) }
  const options: RequestOptions & typeof tls = {
    ...tls,
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'trustmesh',
    },
    // A connection of its own, which no agent with a mind of its own has opened.
    agent: false,
    maxHeaderSize: MAX_ANSWER_HEAD_BYTES,
    lookup: pinnedTo(addresses),
    ...(signal ? { signal } : {}),
  }
  return new Promise((resolve, reject) => {
    const request = (isTls ? requestHttps : requestHttp)(url, options, (response) => {
      // Destroyed before anything of the body is waited for.
      response.on('error', () => {})
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Answers with what was checked, whatever a name stands for by now. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_name, { all }, done) => {
    const [first] = pinned
    if (all) done(null, pinned)
    else if (first) done(null, first.address, first.family)
  }
}

const REFUSED: ReadonlySet<string> = new Set(['webhook.address', 'webhook.unresolved', 'webhook.url'])
const TLS_FAULT = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH$)/

/** Of what comes from elsewhere nothing is kept but which of our names it has. */
function codeOf(error: unknown): PostCode {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (REFUSED.has(code)) return code as PostCode
  return TLS_FAULT.test(code) ? 'webhook.tls' : 'webhook.unreachable'
}
