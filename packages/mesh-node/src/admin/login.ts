import { createHash, createHmac } from 'node:crypto'
import {
  type Clock,
  type Did,
  encode,
  fromBase64url,
  IdentityError,
  openStatement,
  type Random,
  type StatementId,
  sha256,
} from '@trustmesh/identity'
import {
  type ChainAllowance,
  type Executor,
  type Invocation,
  isCurrent,
  MemoryUseCounters,
  parseInvocation,
  TrustError,
  verifyChain,
} from '@trustmesh/trust'
import QuickLRU from 'quick-lru'
import { NodeError } from '../node-error.ts'
import { TokenBuckets } from '../token-bucket.ts'
import { BackOff } from './back-off.ts'
import { type Person, ROLES, type Role } from './person.ts'
import { notBefore, RefusedRequest, refusalOfError } from './problems.ts'
import { OPERATOR } from './schemas/login.ts'

export interface LoginsOptions extends Pick<Executor, 'did' | 'net' | 'root' | 'knowledge' | 'standingOf'> {
  readonly clock: Clock
  readonly random: Random
}

/** What somebody shows to sign in. */
export interface SignIn {
  readonly did: Did
  /** Envelopes in base64url, from the root to the Did. */
  readonly chain: readonly string[]
  readonly invocation: string
}

/** A login that was granted. `expiresAt` in ms. */
export interface Login {
  readonly token: string
  readonly role: Role
  readonly expiresAt: number
}

/** A login that lasts until it is too old, or until anything on its chain is cut off. */
interface HeldLogin {
  readonly person: Person & { readonly did: Did }
  readonly allowance: ChainAllowance
  /** Monotonic, ms. */
  readonly endsAt: number
  readonly expiresAt: number
}

/** A challenge is good for this period and the next. */
const PERIOD_MS = 30_000
const LIFE_MS = 15 * 60_000
/** Logins at a time: of one Did, and of all whom the root has let in through one. */
const MAX_OF_DID = 8
const MAX_OF_BRANCH = 64
/** Sign-ins through one whom the root has let in: each leaves an entry in the log, which nobody may fill (threat A8). */
const SIGN_IN_MS = 30_000
const SIGN_INS_AT_ONCE = 64
const MAX_BRANCHES = 4_096
const PATTERN = /^tmlg_[A-Za-z0-9_-]{43}$/

/**
 * Sign-in by the key of an operator. `docs/spec/admin.md` is the normative description. A challenge follows from the Did, the
 * time and how often the Did has just signed in: it takes no memory before somebody has shown a chain from the root, so that
 * nobody can take up anybody's room (threat P10).
 */
export class Logins {
  readonly #options: LoginsOptions
  readonly #executor: Executor
  readonly #secret: Uint8Array
  readonly #backOff = new BackOff()
  readonly #signIns = new TokenBuckets(1_000 / SIGN_IN_MS, MAX_BRANCHES, SIGN_INS_AT_ONCE)
  /** Invocations that somebody has tried. */
  readonly #seen = new QuickLRU<StatementId, true>({ maxSize: 65_536 })
  /** By the SHA-256 of the token, the oldest first. */
  readonly #logins = new Map<string, HeldLogin>()
  /** How often each Did has signed in, by the challenges of which period. */
  readonly #used = new Map<Did, { readonly period: number; readonly count: number }>()

  constructor(options: LoginsOptions) {
    const { clock, random, ...executor } = options
    this.#options = options
    this.#secret = random(32)
    this.#executor = {
      ...executor,
      // The knowledge is the node's own.
      maxStalenessMs: 0,
      // A challenge is good for one sign-in: a window that could be filled would let one operator keep out the others.
      replayWindow: { claim: async () => true },
      useCounters: new MemoryUseCounters(),
    }
  }

  /** What a Did has to sign, and until when (ms). */
  challenge(did: Did): { readonly challenge: string; readonly expiresAt: number } {
    const { clock } = this.#options
    const restMs = PERIOD_MS - (clock.monotonic() % PERIOD_MS)
    return { challenge: this.#challengeOf(did, this.#period), expiresAt: Math.floor(clock.now() + restMs + PERIOD_MS) }
  }

  /**
   * Rejects with {@link NodeError} `login.invocation` where not even that is the Did's, and with {@link RefusedRequest}:
   * `login.capability`, `login.challenge`, the code by which the chain is refused, or where the Did has to wait.
   */
  async signIn({ did, chain, invocation }: SignIn): Promise<Login> {
    const { clock } = this.#options
    const bytes = bytesIn(invocation)
    const invoked = bytes && invocationIn(bytes)
    if (!invoked || invoked.iss !== did) throw new NodeError('login.invocation')
    // Whoever has overheard one may send it again and again, and it must not count against the Did.
    if (this.#seen.has(invoked.id)) throw new NodeError('login.challenge')
    this.#seen.set(invoked.id, true)
    // From here on it is the Did that asks: what it gets wrong counts against nobody else.
    const waitMs = this.#backOff.waitMs(did, clock.monotonic())
    if (waitMs > 0) throw notBefore(waitMs)
    try {
      return await this.#granted(did, chain, bytes, invoked)
    } catch (error) {
      this.#backOff.failed(did, clock.monotonic())
      throw new RefusedRequest(refusalOfError(error), { cause: error, did })
    }
  }

  /** Whom a token stands for: nobody any more from the moment in which anything on its chain is cut off. */
  personOf(token: string): (Person & { readonly expiresAt: number }) | null {
    const key = PATTERN.test(token) ? hashOf(token) : ''
    const login = this.#logins.get(key)
    if (!login) return null
    if (this.#isOver(login)) {
      this.#logins.delete(key)
      return null
    }
    return { ...login.person, expiresAt: login.expiresAt }
  }

  end(token: string): void {
    this.#logins.delete(hashOf(token))
  }

  async #granted(did: Did, chain: readonly string[], invocation: Uint8Array, invoked: Invocation): Promise<Login> {
    const role = ROLES.find((each) => OPERATOR[each] === invoked.can)
    if (!role) throw new NodeError('login.capability')
    const links = chain.map(bytesIn)
    if (!links.every((link) => link !== null)) throw new RefusedRequest({ status: 401, code: 'chain.envelope' })
    const challenged = this.#challenged(did, invoked)
    const use = { peer: did, can: invoked.can, links, args: challenged.args, invocation }
    const verdict = await verifyChain(use, this.#executor, this.#moment)
    if (!verdict.allow) {
      if (verdict.code === 'chain.invocation-args') throw new NodeError('login.challenge')
      throw new RefusedRequest({ status: 401, code: verdict.code })
    }
    // Somebody else with the key may have used the challenge while the chain was verified.
    if (this.#challengeOf(did, challenged.period) !== challenged.challenge) throw new NodeError('login.challenge')
    const [first] = verdict.links
    if (!this.#signIns.take(first?.aud ?? did, this.#options.clock.monotonic())) throw notBefore(SIGN_IN_MS)
    this.#use(did)
    return this.#open(did, role, verdict)
  }

  /** The challenge that an invocation names, of those that are good now; if it names none of them, any. */
  #challenged(did: Did, invoked: Invocation): Challenged {
    const { net, did: node } = this.#options
    const good = [this.#period, this.#period - 1].map((period) => {
      const challenge = this.#challengeOf(did, period)
      return { period, challenge, args: encode({ challenge, net, node }) }
    })
    return (good.find(({ args }) => Buffer.from(invoked.args).equals(sha256(args))) ?? good[0]) as Challenged
  }

  #open(did: Did, role: Role, allowance: ChainAllowance): Login {
    const { clock, random } = this.#options
    const now = clock.now()
    const lifeMs = Math.min(LIFE_MS, ...allowance.links.map(({ exp }) => exp - now))
    const token = `tmlg_${Buffer.from(random(32)).toString('base64url')}`
    const expiresAt = Math.floor(now + lifeMs)
    const leave = allowance.links.slice(1).map(({ iss }) => iss)
    const links = allowance.links.map(({ iss, id }) => ({ iss, id }))
    const grounds = { links, exp: Math.min(...allowance.links.map(({ exp }) => exp)) }
    const person = { name: did, did, role, leave, grounds }
    this.#makeRoom(did, allowance)
    this.#logins.set(hashOf(token), { person, allowance, endsAt: clock.monotonic() + lifeMs, expiresAt })
    return { token, role, expiresAt }
  }

  /** Of the Did, and of those let in through the same one by the root, the oldest go: nobody else's. */
  #makeRoom(did: Did, allowance: ChainAllowance): void {
    for (const [key, login] of this.#logins) if (this.#isOver(login)) this.#logins.delete(key)
    const all = [...this.#logins]
    const branch = all.filter(([, login]) => login.allowance.links[0]?.aud === allowance.links[0]?.aud)
    const own = branch.filter(([, { person }]) => person.did === did)
    for (const [key] of own.slice(0, Math.max(0, own.length - MAX_OF_DID + 1))) this.#logins.delete(key)
    for (const [key] of branch.slice(0, Math.max(0, branch.length - MAX_OF_BRANCH + 1))) this.#logins.delete(key)
  }

  #isOver({ allowance, endsAt }: HeldLogin): boolean {
    return this.#options.clock.monotonic() >= endsAt || !isCurrent(allowance, this.#executor, this.#moment)
  }

  #challengeOf(did: Did, period: number): string {
    const used = this.#used.get(did)
    const count = used && used.period >= period - 1 ? used.count : 0
    return createHmac('sha256', this.#secret).update(`${did} ${period} ${count}`).digest('base64url')
  }

  #use(did: Did): void {
    for (const [each, used] of this.#used) if (used.period < this.#period - 2) this.#used.delete(each)
    this.#used.set(did, { period: this.#period, count: (this.#used.get(did)?.count ?? 0) + 1 })
  }

  get #period(): number {
    return Math.floor(this.#options.clock.monotonic() / PERIOD_MS)
  }

  get #moment(): { readonly now: number; readonly freshAsOf: number } {
    const now = this.#options.clock.now()
    return { now, freshAsOf: now }
  }
}

interface Challenged {
  readonly period: number
  readonly challenge: string
  /** What was to be signed of it. */
  readonly args: Uint8Array
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function bytesIn(text: string): Uint8Array | null {
  try {
    return fromBase64url(text)
  } catch {
    return null
  }
}

function invocationIn(bytes: Uint8Array): Invocation | null {
  try {
    return parseInvocation(openStatement(bytes))
  } catch (error) {
    if (error instanceof IdentityError || error instanceof TrustError) return null
    throw error
  }
}
