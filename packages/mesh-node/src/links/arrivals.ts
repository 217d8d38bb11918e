import {
  type Clock,
  type Did,
  IdentityError,
  openStatement,
  parseEnvelope,
  type Statement,
  type Verified,
} from '@trustmesh/identity'
import { type Change, MAX_SKEW_MS, TrustError } from '@trustmesh/trust'
import type { AuditLog } from '../audit/log.ts'
import type { Metrics } from '../metrics.ts'
import { NodeError } from '../node-error.ts'
import type { Statements } from '../statements.ts'
import type { Timers } from '../timers.ts'
import type { Taken } from './backbone.ts'
import { Waiting } from './waiting.ts'

/** Opens many envelopes, each with the verdict of `openStatement`, in the order in which they were given. */
export type OpenStatements = (
  envelopes: readonly Uint8Array[],
) => Promise<readonly (Verified<Statement> | IdentityError)[]>

export interface ArrivalsOptions {
  readonly statements: Statements
  readonly clock: Clock
  readonly timers: Timers
  /** For what comes in bulk; on this thread, a few at a time, unless told otherwise. */
  readonly openStatements?: OpenStatements
  readonly audit: AuditLog
  readonly metrics: Metrics
}

/** So many that come together are opened at once. */
const FEW = 16
/** How long the event loop is kept from everything else. */
const SLICE_MS = 4
/** What cuts somebody off does not wait behind a crowd. */
const URGENT: ReadonlySet<string> = new Set(['revocation', 'suspension'])
/** Refusals of what no honest node holds or sends; all others depend on what else is held here. */
const INVALID = /^(encoding|key)\.|\.(malformed|type|other-mesh)$/

const NOT_TAKEN: Taken = { outcome: 'refused', id: null }

/** Takes in what other nodes send: everything is checked as if a stranger had sent it. */
export class Arrivals {
  readonly #options: ArrivalsOptions
  readonly #open: OpenStatements
  /** Crowds under way: what comes after them must not overtake them. */
  #crowds: Promise<unknown> = Promise.resolve()
  #crowdsUnderWay = 0
  readonly #waiting = new Waiting()

  constructor(options: ArrivalsOptions) {
    this.#options = options
    this.#open = options.openStatements ?? ((envelopes) => this.#openInSlices(envelopes))
  }

  /** Resolves when what is new among them is durable; never rejects. A few are in force before this returns. */
  take(envelopes: readonly Uint8Array[], from: Did): Promise<readonly Taken[]> {
    if (this.#crowdsUnderWay === 0 && envelopes.length <= FEW) {
      return Promise.all(envelopes.map((bytes) => this.#takeOne(bytes, from)))
    }
    const urgent = new Map(
      envelopes.flatMap((bytes, place) => (isUrgent(bytes) ? [[place, this.#takeOne(bytes, from)] as const] : [])),
    )
    const others = this.#takeCrowd(
      envelopes.filter((_, place) => !urgent.has(place)),
      from,
    )
    return others.then((crowd) => {
      const rest = crowd.values()
      return Promise.all(envelopes.map((_, place) => urgent.get(place) ?? rest.next().value ?? NOT_TAKEN))
    })
  }

  /** Somebody may have been admitted: what it said before may have a place now. */
  admitted(did: Did): void {
    for (const { statement, from } of this.#waiting.take(did)) void this.#admit(statement, from)
  }

  #takeCrowd(envelopes: readonly Uint8Array[], from: Did): Promise<readonly Promise<Taken>[]> {
    this.#crowdsUnderWay++
    const opening = this.#open(envelopes)
    const taking = this.#crowds.then(async () => {
      const { clock, timers } = this.#options
      const taken: Promise<Taken>[] = []
      let since = clock.monotonic()
      for (const opened of await opening.catch(() => [])) {
        taken.push(this.#admit(opened, from))
        if (clock.monotonic() - since < SLICE_MS) continue
        await new Promise<void>((resolve) => timers.soon(resolve))
        since = clock.monotonic()
      }
      this.#crowdsUnderWay--
      return taken
    })
    this.#crowds = taking
    return taking
  }

  #takeOne(bytes: Uint8Array, from: Did): Promise<Taken> {
    return this.#admit(openedOr(bytes), from)
  }

  async #admit(opened: Verified<Statement> | IdentityError, from: Did): Promise<Taken> {
    const { statements, clock, metrics, audit } = this.#options
    const id = opened instanceof IdentityError ? null : opened.id
    let code: string
    try {
      if (opened instanceof IdentityError) throw opened
      // It is not refused for good: it comes again when its time has come. Who is revoked is so whatever the clock says.
      const isEarly = opened.type !== 'revocation' && opened.claim.iat > clock.now() + MAX_SKEW_MS
      if (isEarly) return { outcome: 'refused', id }
      const change = await statements.accept(opened, from)
      if (change.kind !== 'ignored') return { outcome: outcomeOf(change), id }
      code = change.code
      if (code === 'set.not-admitted') this.#waiting.add(opened, from)
    } catch (error) {
      const isOurs = error instanceof IdentityError || error instanceof TrustError || error instanceof NodeError
      code = isOurs ? error.code : 'statement.failed'
    }
    const outcome = opened instanceof IdentityError || INVALID.test(code) ? 'invalid' : 'refused'
    metrics.statement(code)
    if (outcome === 'invalid') audit.record({ event: 'statement.refused', code, did: from })
    return { outcome, id }
  }

  async #openInSlices(envelopes: readonly Uint8Array[]): Promise<readonly (Verified<Statement> | IdentityError)[]> {
    const { clock, timers } = this.#options
    const opened: (Verified<Statement> | IdentityError)[] = []
    let since = clock.monotonic()
    for (const bytes of envelopes) {
      opened.push(openedOr(bytes))
      if (clock.monotonic() - since < SLICE_MS) continue
      await new Promise<void>((resolve) => timers.soon(resolve))
      since = clock.monotonic()
    }
    return opened
  }
}

function outcomeOf(change: Change): Taken['outcome'] {
  return change.kind === 'added' ? 'new' : 'known'
}

function openedOr(bytes: Uint8Array): Verified<Statement> | IdentityError {
  try {
    return openStatement(bytes)
  } catch (error) {
    return error instanceof IdentityError ? error : new IdentityError('statement.malformed', { cause: error })
  }
}

/** What it says of itself; whether it is so shows when it is opened. */
function isUrgent(bytes: Uint8Array): boolean {
  try {
    return URGENT.has(parseEnvelope(bytes).type)
  } catch {
    return false
  }
}
