import type { Statement, StatementId, Verified } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { hash, isSame, read } from '../fields.ts'
import { type PolicyInput, parsePolicy } from '../policy.ts'
import { INVOCATION } from '../statements/invocation.ts'
import { isAlike, type Manifest } from '../statements/manifest.ts'
import { parseRevocation, type RevocationTarget } from '../statements/revocation.ts'
import { TrustError } from '../trust-error.ts'
import { authorityOf } from './authority.ts'
import { type Change, type IgnoredCode, type Purge, Ripple, type Sight } from './change.ts'
import { Holdings } from './holdings.ts'

const bound = z.int().check(z.gte(1))

const boundsSchema = z.strictObject({
  net: hash,
  maxStatements: z._default(bound, 1_000_000),
  maxPerIssuer: z._default(bound, 1_000),
})

export interface StatementSetOptions {
  /** SHA-256 of the Did of the mesh's root, 32 bytes. */
  readonly net: Uint8Array
  readonly policy: PolicyInput
  /** Bound on revocations, save those of roots and authorities; and again on all else. A million by default. */
  readonly maxStatements?: number
  /** Bound on each issuer and type, save roots and authorities. A thousand by default; the same throughout a mesh. */
  readonly maxPerIssuer?: number
}

/**
 * The index of a mesh's verified statements. Merge is union: what the set holds and answers depends on which statements
 * were added, never on their order or how often (threats T11, T14, R4). It knows no time: what has expired or is yet to
 * come is for the reader to leave out, and so brings back nothing that it superseded.
 *
 * Only the bounds on revocations and on the whole refuse what comes later. They protect the process; it is for the
 * admission of issuers to keep a mesh far below them.
 */
export class StatementSet extends Holdings {
  readonly #net: Uint8Array
  readonly #maxStatements: number
  #horizon = Number.NEGATIVE_INFINITY
  #epoch = 0

  /** Throws {@link TrustError}: `set.malformed` or `policy.malformed`. */
  constructor({ policy, ...options }: StatementSetOptions) {
    const { net, ...bounds } = read(boundsSchema, options, 'set.malformed')
    super(parsePolicy(policy), bounds)
    this.#net = net
    this.#maxStatements = bounds.maxStatements
  }

  /** Moves with every change that affects somebody: what was decided in an older epoch has to be decided again. */
  get epoch(): number {
    return this.#epoch
  }

  /** Adds a statement. Whatever else is wrong with it is an answer and never an exception. */
  add(statement: Verified<Statement>): Change {
    if (this.held.has(statement.id)) return { kind: 'duplicate', affected: [], slots: [] }
    if (!isSame(statement.claim.net, this.#net)) return ignored('statement.other-mesh')
    try {
      const change = statement.type === 'revocation' ? this.#revoke(statement) : this.#file(statement)
      if (change.affected.length > 0) this.#epoch++
      return change
    } catch (error) {
      if (error instanceof TrustError) return ignored(error.code)
      throw error
    }
  }

  /**
   * Forgets what no longer makes a difference: statements a year after their `seq`, when all that they superseded has
   * ended too, and revocations of statements a year after that. Those of Dids, rotations and manifests stay for ever.
   * What is left is a function of the set and the horizon; whatever ended before that finds no place any more.
   * @param horizonMs a time in ms that is surely past for everybody, the same throughout a mesh
   */
  purge(horizonMs: number): Purge {
    if (!(horizonMs > this.#horizon)) return { dropped: [], slots: [] }
    this.#horizon = horizonMs
    const ripple = new Ripple()
    const purged = [...this.indexes.values()].map((index) => index.purge(horizonMs, ripple))
    const dropped = [...purged, this.ledger.purge(horizonMs)].flat()
    for (const id of dropped) this.held.delete(id)
    return { dropped, slots: ripple.slots }
  }

  #revoke(statement: Verified<Statement>): Change {
    const revocation = parseRevocation(statement)
    const { target } = revocation
    if (this.ledger.isPast(statement, target, this.#horizon)) return ignored('set.expired')
    const authority = authorityOf(statement.signer, revocation, { policy: this.policy, net: this.#net })
    if (!authority) return ignored('revocation.unauthorized')
    const wasInForce = this.ledger.isInForce(target)
    const ripple = new Ripple()
    // Before it falls silent: what an issuer who is revoked already has said weighs on nobody.
    if (!wasInForce && !('iss' in target && this.isRevoked(target.iss))) this.#reach(target, ripple)
    const placement = this.ledger.put(statement, target, authority)
    if (!placement.kept) return refused(placement.because === 'superseded' ? 'superseded' : `set.${placement.because}`)
    const dropped = placement.dropped.map(({ id }) => id)
    return this.#record(statement, dropped, this.ledger.isInForce(target) ? ripple : new Ripple())
  }

  #reach(target: RevocationTarget, ripple: Ripple): void {
    ripple.did('did' in target ? target.did : target.iss)
    for (const index of this.indexes.values()) index.reach(target, ripple)
  }

  #file(statement: Verified<Statement>): Change {
    const { type, signer } = statement
    // Between two, for one use: it is nobody else's to know or to keep.
    if (type === INVOCATION) return ignored('invocation.type')
    const index = this.indexes.get(type) ?? this.unknown
    // Whatever strangers heap up, those who govern find room (threat R7).
    const governs = this.policy.roots.has(signer) || this.policy.authorities.has(signer)
    const isRoom = governs || this.held.size - this.ledger.size < this.#maxStatements
    const ripple = new Ripple()
    const before = type === 'manifest' ? this.manifestOf(signer) : null
    const isFirst = type === 'manifest' && !index.knows(signer)
    const offered = index.offer(statement, { isRoom, horizon: this.#horizon }, ripple)
    if (!offered.kept) return refused(offered.because)
    const isSilent = !index.outlivesIssuer && this.isRevoked(signer)
    const change = this.#record(statement, offered.dropped, isSilent ? new Ripple() : ripple)
    const sight = type !== 'manifest' ? null : isFirst ? 'first' : sightOf(before, this.manifestOf(signer))
    return sight ? { ...change, sight } : change
  }

  /** Settles what a placement means for everything that is held. */
  #record(statement: Verified<Statement>, dropped: readonly StatementId[], { affected, slots }: Ripple) {
    this.held.set(statement.id, statement)
    for (const id of dropped) this.held.delete(id)
    return { kind: 'added', affected, slots, dropped } as const
  }
}

function refused(because: 'superseded' | IgnoredCode): Change {
  return because === 'superseded' ? { kind: because, affected: [], slots: [] } : ignored(because)
}

function ignored(code: IgnoredCode): Change {
  return { kind: 'ignored', code, affected: [], slots: [] }
}

/** What a Did says of itself that was heard of before: to have withdrawn the last word does not make it new (threat I14). */
function sightOf(before: Manifest | null, after: Manifest | null): Sight | null {
  return before && after && isAlike(before, after) ? null : 'drift'
}
