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
import { isTooLarge, proofsIn } from '../intake.ts'
import type { Metrics } from '../metrics.ts'
import { NodeError } from '../node-error.ts'
import type { Statements } from '../statements.ts'
import type { Timers } from '../timers.ts'
import { TokenBuckets } from '../token-bucket.ts'
import type { Taken } from './backbone.ts'
import { Pace } from './pace.ts'
import { Waiting } from './waiting.ts'

/** Opens many envelopes, each with the verdict of `openStatement`, in the order in which they were given. */
export type OpenStatements = (
  envelopes: readonly Uint8Array[],
) => Promise<readonly (Verified<Statement> | IdentityError)[]>

export interface ArrivalsOptions {
  readonly statements: Statements
  /** Why it would not be taken from an agent; of members a little of that is. Throws `TrustError`. */
  readonly refusalOf: (statement: Verified<Statement>) => string | null
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
/** Signatures of such that are verified in one turn of the event loop, so that a flood of them stops nothing else. */
const URGENT_PER_TURN = 32
/** Of one member. */
const MAX_URGENT = 2_048
/**
 * Revocations a second, and so many at once, that a member may bring though no agent may: what strangers have revoked,
 * nobody ever forgets. The others come with later rounds of reconciliation (threats K8, R7).
 */
const STRANGE_PER_SECOND = 10
const MAX_STRANGE = 100
/** Signatures in the chains that revocations bring as proof, of one member. */
const PROOFS_PER_SECOND = 200
const MAX_PROOFS = 1_000
/** It is said once a minute of each. */
const ALARMS_PER_SECOND = 1 / 60
/** Members of which the rates are remembered. */
const MAX_MEMBERS = 1_024
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
  readonly #urgent: Pace
  readonly #strange = new TokenBuckets(STRANGE_PER_SECOND, MAX_MEMBERS, MAX_STRANGE)
  readonly #proofs = new TokenBuckets(PROOFS_PER_SECOND, MAX_MEMBERS, MAX_PROOFS)
  readonly #alarms = new TokenBuckets(ALARMS_PER_SECOND, MAX_MEMBERS, 1)

  constructor(options: ArrivalsOptions) {
    const { timers } = options
    this.#options = options
    this.#urgent = new Pace({ timers, perTurn: URGENT_PER_TURN, maxWaiting: MAX_URGENT })
    this.#open = options.openStatements ?? ((envelopes) => this.#openInSlices(envelopes))
  }

  /** Resolves when what is new among them is durable; never rejects. A few are in force before this returns. */
  take(envelopes: readonly Uint8Array[], from: Did): Promise<readonly Taken[]> {
    const isFew = this.#crowdsUnderWay === 0 && envelopes.length <= FEW
    const taken = envelopes.map((bytes) => {
      if (isUrgent(bytes)) return this.#urgent.do(from, () => this.#takeOne(bytes, from)) ?? NOT_TAKEN
      return isFew ? this.#takeOne(bytes, from) : null
    })
    const crowd = envelopes.filter((_, place) => taken[place] === null)
    if (crowd.length === 0) return Promise.all(taken.map((each) => each ?? NOT_TAKEN))
    return this.#takeCrowd(crowd, from).then((others) => {
      const rest = others.values()
      return Promise.all(taken.map((each) => each ?? rest.next().value ?? NOT_TAKEN))
    })
  }

  /** Somebody may have been admitted: what it said before may have a place now. */
  admitted(did: Did): void {
    for (const { statement, from } of this.#waiting.take(did)) void this.#admit(statement, from)
  }

  /** A crowd that cannot be opened is nobody's fault, and ends: those behind it wait for it. */
  #takeCrowd(envelopes: readonly Uint8Array[], from: Did): Promise<readonly Promise<Taken>[]> {
    this.#crowdsUnderWay++
    const opening = (async () => this.#open(envelopes))().catch(() => [])
    const taking = this.#crowds
      .then(async () => this.#admitCrowd(await opening, from))
      .catch(() => [])
      .finally(() => this.#crowdsUnderWay--)
    this.#crowds = taking
    return taking
  }

  async #admitCrowd(
    crowd: readonly (Verified<Statement> | IdentityError)[],
    from: Did,
  ): Promise<readonly Promise<Taken>[]> {
    const { clock, timers } = this.#options
    const taken: Promise<Taken>[] = []
    let since = clock.monotonic()
    for (const opened of crowd) {
      taken.push(this.#admit(opened, from))
      if (clock.monotonic() - since < SLICE_MS) continue
      await new Promise<void>((resolve) => timers.soon(resolve))
      since = clock.monotonic()
    }
    return taken
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
      if (isEarly || isTooLarge(opened) || !this.#mayBring(opened, from)) return { outcome: 'refused', id }
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

  /** Who brings too much of what stays for ever, or costs much, has the rest of it left for later. */
  #mayBring(statement: Verified<Statement>, from: Did): boolean {
    const { refusalOf, clock, audit } = this.#options
    if (statement.type !== 'revocation') return true
    const at = clock.monotonic()
    const proofs = proofsIn(statement)
    const isStrange = refusalOf(statement) !== null
    const isFair = (!isStrange || this.#strange.take(from, at)) && (proofs === 0 || this.#proofs.take(from, at, proofs))
    if (isFair) this.#urgent.spend(proofs)
    else if (this.#alarms.take(from, at)) audit.record({ event: 'mesh.alarm', code: 'member.flooding', did: from })
    return isFair
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
