import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { NodeError } from '../node-error.ts'

/** The addresses of a name, as the system resolves it. */
export type Resolve = (name: string) => Promise<readonly string[]>

export interface TargetRules {
  /** This machine, and plain `http` to it: for development only. */
  readonly allowLoopback: boolean
  readonly resolve: Resolve
}

/** Where to connect: a URL, and the addresses that were checked. No other is connected to. */
export interface Target {
  readonly url: URL
  readonly addresses: readonly string[]
}

export const systemResolve: Resolve = async (name) => {
  const found = await lookup(name, { all: true, verbatim: true })
  return found.map(({ address }) => address)
}

const MAX_URL_CHARS = 2_048
const HTTPS_PORT = 443
/** Below are the ports of well-known services, which might take a request for something of theirs. */
const FIRST_FREE_PORT = 1_024
/** Names that mean something else on each machine and network (RFC 6761, 6762, 8375, 9476; `internal` is reserved by ICANN). */
const LOCAL_NAMES =
  /(?:^|\.)(?:alt|arpa|example|home|internal|intranet|invalid|lan|local|localdomain|localhost|onion|test)$/
/** What is assigned to anybody is in here (RFC 4291); IPv4-compatible, site-local and translated addresses are not. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * What a URL says of where it leads. Throws {@link NodeError}: `webhook.url` where it is none that may be used whatever its
 * name stands for.
 */
export function parseTargetUrl(text: string, { allowLoopback }: Pick<TargetRules, 'allowLoopback'>): URL {
  const url = text.length <= MAX_URL_CHARS && URL.canParse(text) ? new URL(text) : null
  if (!url || url.username || url.password || url.hash) throw new NodeError('webhook.url')
  const name = nameOf(url)
  if (allowLoopback && isLoopbackName(name) && /^https?:$/.test(url.protocol)) return url
  const port = url.port === '' ? HTTPS_PORT : Number(url.port)
  const isPort = port === HTTPS_PORT || port >= FIRST_FREE_PORT
  if (url.protocol !== 'https:' || !isPort) throw new NodeError('webhook.url')
  const isName = /\.[a-z0-9-]*[a-z][a-z0-9-]*$/.test(name) && !LOCAL_NAMES.test(name)
  if (!isName && !isIP(name)) throw new NodeError('webhook.url')
  return url
}

/**
 * Resolves a URL once, for one connection, and waits for that no longer than until a deadline. Rejects with
 * {@link NodeError}: `webhook.url`, `webhook.unresolved`, or `webhook.address` where any address of it is not a public one of
 * a single machine (threat P7).
 */
export async function resolveTarget(
  text: string,
  { allowLoopback, resolve }: TargetRules,
  deadline: AbortSignal,
): Promise<Target> {
  const url = parseTargetUrl(text, { allowLoopback })
  const name = nameOf(url)
  const addresses = isIP(name) ? [name] : await before(deadline, resolve(name)).catch(() => [])
  if (addresses.length === 0) throw new NodeError('webhook.unresolved')
  const isAllowed = allowLoopback && isLoopbackName(name) ? isLoopback : isPublic
  if (!addresses.every(isAllowed)) throw new NodeError('webhook.address')
  return { url, addresses }
}

/** Whether an address is anybody's who is reached over the internet, and of one machine. What is no address is not. */
export function isPublic(address: string): boolean {
  const parsed = parseAddress(address)
  if (parsed?.range() !== 'unicast') return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST)
}

/** Without brackets, and without the dot of the root. */
export function nameOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || isLoopback(name)
}

function isLoopback(address: string): boolean {
  return parseAddress(address)?.range() === 'loopback'
}

/** An IPv4 address in the clothes of an IPv6 one is what it is underneath. */
function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return isIP(address) ? ipaddr.process(address) : null
}

function before<T>(deadline: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.addEventListener('abort', () => reject(deadline.reason), { once: true })
    promise.then(resolve, reject)
  })
}
