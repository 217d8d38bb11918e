import type { Did, Statement, StatementId, Verified } from '@trustmesh/identity'
import { lineageOf } from '../context.ts'
import type { Policy } from '../policy.ts'
import type { Attestation } from '../statements/attestation.ts'
import type { Delegation } from '../statements/delegation.ts'
import type { Lease } from '../statements/lease.ts'
import type { Manifest } from '../statements/manifest.ts'
import type { RevocationTarget } from '../statements/revocation.ts'
import { isHolding, type Suspension, turnsOf } from '../statements/suspension.ts'
import { AttestationIndex } from './attestation-index.ts'
import type { Slot } from './change.ts'
import { DelegationIndex } from './delegation-index.ts'
import { LeaseIndex } from './lease-index.ts'
import { ManifestIndex } from './manifest-index.ts'
import { type LedgerBounds, RevocationLedger } from './revocation-ledger.ts'
import { RotationIndex } from './rotation-index.ts'
import type { StatementIndex } from './statement-index.ts'
import { Successions } from './successions.ts'
import { SuspensionIndex } from './suspension-index.ts'
import { UnknownIndex } from './unknown-index.ts'

/** What is held of a mesh's statements, and all that can be asked of it. How it comes to be held is for the `StatementSet`. */
export class Holdings {
  readonly policy: Policy
  protected readonly held: Map<StatementId, Verified<Statement>> = new Map()
  protected readonly ledger: RevocationLedger
  readonly #successions: Successions
  readonly #attestations: AttestationIndex
  readonly #delegations: DelegationIndex
  readonly #suspensions: SuspensionIndex
  readonly #manifests: ManifestIndex
  readonly #leases: LeaseIndex = new LeaseIndex()
  #supposed: RevocationTarget | null = null
  /** By type: everything that is not in the ledger. */
  protected readonly indexes: ReadonlyMap<string, StatementIndex>
  protected readonly unknown: UnknownIndex

  constructor(policy: Policy, bounds: LedgerBounds) {
    // Roots and authorities speak of the whole mesh.
    const capacityOf = (iss: Did): number =>
      policy.roots.has(iss) || policy.authorities.has(iss) ? bounds.maxStatements : bounds.maxPerIssuer
    const successions = new Successions(policy)
    const attestations = new AttestationIndex(capacityOf, successions)
    this.policy = policy
    this.ledger = new RevocationLedger(policy, bounds)
    this.#successions = successions
    this.#attestations = attestations
    this.#delegations = new DelegationIndex(capacityOf)
    this.#suspensions = new SuspensionIndex(capacityOf, policy)
    this.#manifests = new ManifestIndex({ successions, attestations })
    this.unknown = new UnknownIndex(capacityOf)
    this.indexes = new Map<string, StatementIndex>([
      ['attestation', this.#attestations],
      ['delegation', this.#delegations],
      ['lease', this.#leases],
      ['manifest', this.#manifests],
      ['rotation', new RotationIndex(capacityOf, { policy, successions, attestations })],
      ['suspension', this.#suspensions],
    ])
  }

  get size(): number {
    return this.held.size
  }

  has(id: StatementId): boolean {
    return this.held.has(id)
  }

  get(id: StatementId): Verified<Statement> | null {
    return this.held.get(id) ?? null
  }

  /** Everything held, in no particular order. */
  statements(): IterableIterator<Verified<Statement>> {
    return this.held.values()
  }

  /** Whether the Did has revoked itself, or its recovery key has, or as many authorities have as the threshold says. */
  isRevoked(did: Did): boolean {
    return this.#isSupposed({ did }) || this.ledger.isInForce({ did })
  }

  /** Whether this one statement has been revoked, by somebody with the authority to. */
  isVoid(iss: Did, id: StatementId): boolean {
    return this.#isSupposed({ iss, id }) || this.ledger.isInForce({ iss, id })
  }

  /** What would be answered if this were revoked. Whoever is asked must add nothing. */
  supposing<Answer>(target: RevocationTarget, ask: () => Answer): Answer {
    this.#supposed = target
    try {
      return ask()
    } finally {
      this.#supposed = null
    }
  }

  /** The statements that prove that a Did is revoked; none if it is not. */
  revocationsOf(did: Did): Verified<Statement>[] {
    return this.isRevoked(did) ? this.ledger.of({ did }) : []
  }

  isSuspended(did: Did, now: number): boolean {
    return this.suspensionOf(did, now) !== null
  }

  /** The hold on a Did at a time in ms, by whichever authority's lasts longest; or `null`. */
  suspensionOf(did: Did, now: number): Suspension | null {
    let longest: Suspension | null = null
    for (const suspension of this.#suspensions.of(did)) {
      if (!isHolding(suspension, now) || this.#isSilenced(suspension)) continue
      if (!longest || outlasts(suspension, longest)) longest = suspension
    }
    return longest
  }

  /** When a hold on a Did may next begin or end after a time, both in ms; infinity if never. */
  nextHoldOf(did: Did, now: number): number {
    const turns = [...this.#suspensions.of(did)].flatMap(turnsOf)
    return Math.min(...turns.filter((turn) => turn > now))
  }

  /** Everybody of whom a suspension is held, whether it is over, lasts, or is yet to come. */
  suspended(): Iterable<Did> {
    return this.#suspensions.subjects()
  }

  /**
   * The attestation that stands: the issuer's latest about a Did or whom it succeeds, uncontested and unrevoked, the
   * issuer unrevoked; or `null`.
   */
  attestationBy(iss: Did, sub: Did, ctx = ''): Attestation | null {
    const latest = this.#attestations.latest({ iss, sub, ctx })
    return latest && !this.#isSilenced(latest) ? latest : null
  }

  /** All attestations that stand for a Did, those about whom it succeeds included. */
  attestationsAbout(sub: Did): Attestation[] {
    return [...this.slotsAbout(sub)].flatMap(({ iss, ctx }) => this.attestationBy(iss, sub, ctx) ?? [])
  }

  /** Where attestations for a Did may stand. */
  slotsAbout(sub: Did): Iterable<Slot> {
    return this.#attestations.slotsAbout(sub)
  }

  /** Where attestations may stand, for anybody; the same more than once where somebody has been succeeded. */
  slots(): Iterable<Slot> {
    return this.#attestations.slots()
  }

  /** Whether anybody is rated in a context or in one above it, the general one apart: else that says all there is. */
  names(ctx: string): boolean {
    return lineageOf(ctx).some((each) => each !== '' && this.#attestations.names(each))
  }

  /** How a Did describes itself: its latest manifest, uncontested and unrevoked, the Did unrevoked; or `null`. */
  manifestOf(did: Did): Manifest | null {
    const manifest = this.#manifests.of(did)
    return manifest && !this.#isSilenced(manifest) ? manifest : null
  }

  /** Where a Did has last said that it can be reached, uncontested and unrevoked, the Did unrevoked; or `null`. */
  leaseOf(did: Did): Lease | null {
    const lease = this.#leases.of(did)
    return lease && !this.#isSilenced(lease) ? lease : null
  }

  /** Whom a Did has been rotated to, or `null`. */
  successorOf(did: Did): Did | null {
    return this.#successions.successorOf(did)
  }

  /** For whom evidence about a Did counts: the last of its successors, or itself; `null` where they go round in a circle. */
  heirOf(did: Did): Did | null {
    return this.#successions.heirOf(did)
  }

  /** A delegation that is held, whatever has become of it. */
  delegation(id: StatementId): Delegation | null {
    return this.#delegations.get(id)
  }

  /** Every delegation that is held, whatever has become of it. */
  delegations(): Iterable<Delegation> {
    return this.#delegations.all()
  }

  delegationsBy(iss: Did): Delegation[] {
    return this.#delegations.by(iss)
  }

  delegationsTo(aud: Did): Delegation[] {
    return this.#delegations.to(aud)
  }

  /** The delegations held that attenuate this one. */
  childrenOf(id: StatementId): Delegation[] {
    return this.#delegations.childrenOf(id)
  }

  #isSupposed(target: RevocationTarget): boolean {
    const supposed = this.#supposed
    if (!supposed) return false
    if ('did' in target) return 'did' in supposed && supposed.did === target.did
    return 'id' in supposed && supposed.iss === target.iss && supposed.id === target.id
  }

  #isSilenced({ iss, id }: { readonly iss: Did; readonly id: StatementId }): boolean {
    return this.isRevoked(iss) || this.isVoid(iss, id)
  }
}

function outlasts(one: Suspension, other: Suspension): boolean {
  return one.until !== other.until ? one.until > other.until : one.id < other.id
}
