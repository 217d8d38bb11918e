import type { Did, Statement, StatementId, Verified } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { didText, hash, isSame, read } from '../fields.ts'
import { type PolicyInput, parsePolicy } from '../policy.ts'
import { parseDelegation } from '../statements/delegation.ts'
import { HEAD } from '../statements/head.ts'
import { INVOCATION } from '../statements/invocation.ts'
import { isAlike, isBare, type Manifest } from '../statements/manifest.ts'
import { parseRevocation, type RevocationTarget } from '../statements/revocation.ts'
import { TrustError } from '../trust-error.ts'
import { isAdmission } from './admissions.ts'
import { authorityOf } from './authority.ts'
import { type Change, type IgnoredCode, type Purge, Ripple, type Sight } from './change.ts'
import { Holdings } from './holdings.ts'

const bound = z.int().check(z.gte(1))

const boundsSchema = z.strictObject({
  net: hash,
  maxStatements: z._default(bound, 1_000_000),
  maxPerIssuer: z._default(bound, 256),
  admission: z.optional(z.strictObject({ root: didText, maxSponsored: z._default(bound, 10_000) })),
})

/** Which mesh a set is of, who decides in it, and how much of it is held. */
export interface StatementSetOptions {
  /** SHA-256 of the Did of the mesh's root, 32 bytes. */
  readonly net: Uint8Array
  readonly policy: PolicyInput
  /** Bound on revocations, save those of roots and authorities; and again on all else. A million by default. */
  readonly maxStatements?: number
  /** Bound on each issuer and type, save roots and authorities. 256 by default; the same throughout a mesh. */
  readonly maxPerIssuer?: number
  /**
   * Who says of whom statements are held: the root of the mesh, through its members. Each sponsor's last 10,000 are, unless
   * told otherwise; the same throughout a mesh. Where it is left out, everybody's are.
   */
  readonly admission?: { readonly root: Did; readonly maxSponsored?: number }
}

/** What tells who a Did is and who succeeds it outlives its admission. */
const OF_THE_KNOWN: ReadonlySet<string> = new Set(['manifest', 'rotation'])

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
    const { net, maxStatements, maxPerIssuer, admission } = read(boundsSchema, options, 'set.malformed')
    super(parsePolicy(policy), { net, maxStatements, maxPerIssuer, admission })
    this.#net = net
    this.#maxStatements = maxStatements
  }

  /** Moves with every change that affects somebody: what was decided in an older epoch has to be decided again. */
  get epoch(): number {
    return this.#epoch
  }

  /** Adds a statement. Whatever else is wrong with it is an answer and never an exception. */
  add(statement: Verified<Statement>): Change {
    if (this.held.has(statement.id)) return { kind: 'duplicate', affected: [], slots: [] }
    if (!isSame(statement.claim.net, this.#net))
      return ignored('statement.other-mesh')
      // Every claim names the mesh, and so does what is parsed of it: in bytes of its own that is a quarter of a KiB for each.
    ;(statement.claim as { net: Uint8Array }).net = this.#net
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
    const dropped = [...purged, this.ledger.purge(horizonMs), this.#expel(ripple)].flat()
    for (const id of dropped) this.held.delete(id)
    return { dropped, slots: ripple.slots }
  }

  /**
   * The last millisecond at which a statement is held, infinity where it stays for ever: a horizon beyond that forgets it.
   * Throws {@link TrustError} where it breaks the rules of its type.
   */
  expiryOf(statement: Verified<Statement>): number {
    if (statement.type === 'revocation') return this.ledger.expiryOf(statement, parseRevocation(statement).target)
    return (this.indexes.get(statement.type) ?? this.unknown).expiryOf(statement)
  }

  #revoke(statement: Verified<Statement>): Change {
    const revocation = parseRevocation(statement)
    const { target } = revocation
    if (this.ledger.isPast(statement, target, this.#horizon)) return ignored('set.expired')
    const authority = authorityOf(statement.signer, revocation, { policy: this.policy, net: this.#net })
    if (!authority) return ignored('revocation.unauthorized')
    const [wasInForce, wasBanned] = [this.ledger.isInForce(target), this.ledger.isBanned(target)]
    const placement = this.ledger.put(statement, target, authority)
    if (!placement.kept) return refused(placement.because === 'superseded' ? 'superseded' : `set.${placement.because}`)
    const ripple = new Ripple()
    // What an issuer who is revoked already has said weighs on nobody.
    const isSilent = 'iss' in target && this.isRevoked(target.iss)
    if (!wasInForce && this.ledger.isInForce(target) && !isSilent) this.#reach(target, ripple)
    // A ban takes more than the Did's own word did: what others have inherited from it.
    if ('did' in target && !wasBanned && this.ledger.isBanned(target)) this.rippleLine(target.did, ripple)
    const dropped = placement.dropped.map(({ id }) => id)
    return this.#record(statement, [...dropped, ...this.#expel(ripple)], ripple)
  }

  #reach(target: RevocationTarget, ripple: Ripple): void {
    ripple.did('did' in target ? target.did : target.iss)
    if ('did' in target) ripple.lapse(target.did)
    for (const index of this.indexes.values()) index.reach(target, ripple)
  }

  #file(statement: Verified<Statement>): Change {
    const { type, signer } = statement
    // Between two, for one use: it is nobody else's to know or to keep.
    if (type === INVOCATION) return ignored('invocation.type')
    // The latest of each node is all that counts, and for seconds.
    if (type === HEAD) return ignored('head.type')
    if (!this.#mayHold(statement)) return ignored('set.not-admitted')
    const index = this.indexes.get(type) ?? this.unknown
    // Whatever strangers heap up, those who govern find room (threat R7).
    const isRoom = this.governs(signer) || this.held.size - this.ledger.size < this.#maxStatements
    const ripple = new Ripple()
    const before = type === 'manifest' ? this.manifestOf(signer) : null
    const isNew = !index.knows(signer)
    const offered = index.offer(statement, { isRoom, horizon: this.#horizon }, ripple)
    if (!offered.kept) return refused(offered.because)
    const isSilent = !index.outlivesIssuer && this.isRevoked(signer)
    const dropped = [...offered.dropped, ...this.#expel(ripple)]
    const change = this.#record(statement, dropped, isSilent ? new Ripple() : ripple)
    const sight = type === 'manifest' ? sightOf(before, this.manifestOf(signer), isNew) : null
    const { contradicts } = offered
    return { ...change, ...(sight && { sight }), ...(contradicts && { contradicts }) }
  }

  /** Whether its issuer may leave it here. Who may revoke what follows from the revocation alone. */
  #mayHold(statement: Verified<Statement>): boolean {
    const { type, signer } = statement
    if (!this.admissions) return true
    if (OF_THE_KNOWN.has(type)) return this.admissions.isKnown(signer)
    if (type === 'delegation' && isAdmission(parseDelegation(statement))) return this.admissions.maySponsor(signer)
    return this.admissions.isAdmitted(signer)
  }

  /** Forgets what those have said whose admission has ended, and whom they had admitted, and so on. */
  #expel(ripple: Ripple): StatementId[] {
    const { admissions, delegationIndex } = this
    if (!admissions) return []
    const dropped: StatementId[] = []
    const looked = new Set<Did>()
    // Grows while it is gone through: with an admission go those that its holder has given.
    for (const did of ripple.lapsed) {
      if (!looked.has(did)) for (const { aud } of delegationIndex.admissionsBy(did)) ripple.lapse(aud)
      looked.add(did)
      if (!admissions.maySponsor(did)) dropped.push(...delegationIndex.clearAdmissions(did, ripple))
      if (admissions.isAdmitted(did)) continue
      const isKnown = admissions.isKnown(did)
      for (const [type, index] of this.indexes) {
        if (!isKnown || !OF_THE_KNOWN.has(type)) dropped.push(...index.clear(did, ripple))
      }
      dropped.push(...this.unknown.clear(did, ripple))
    }
    return dropped
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

/** Of a Did that is not new, to have withdrawn the last word does not make the next one the first (threat I14). */
function sightOf(before: Manifest | null, after: Manifest | null, isNew: boolean): Sight | null {
  if (after && (isBare(after) || (before && isAlike(before, after)))) return null
  return isNew || (before && isBare(before) && after) ? 'first' : 'drift'
}
