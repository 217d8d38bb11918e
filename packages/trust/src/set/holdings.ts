import type { Did, Statement, StatementId, Verified } from '@trustmesh/identity'
import { lineageOf } from '../context.ts'
import type { Policy } from '../policy.ts'
import type { Attestation } from '../statements/attestation.ts'
import type { Delegation } from '../statements/delegation.ts'
import type { Lease } from '../statements/lease.ts'
import type { Manifest } from '../statements/manifest.ts'
import type { RevocationTarget } from '../statements/revocation.ts'
import { isHolding, type Suspension, turnsOf } from '../statements/suspension.ts'
import { Admissions } from './admissions.ts'
import { AttestationIndex } from './attestation-index.ts'
import type { Ripple, Slot } from './change.ts'
import { DelegationIndex } from './delegation-index.ts'
import { LeaseIndex } from './lease-index.ts'
import { ManifestIndex } from './manifest-index.ts'
import { type LedgerBounds, RevocationLedger } from './revocation-ledger.ts'
import { RotationIndex } from './rotation-index.ts'
import type { StatementIndex } from './statement-index.ts'
import { Successions } from './successions.ts'
import { Supposed, type Supposition } from './supposition.ts'
import { SuspensionIndex } from './suspension-index.ts'
import { UnknownIndex } from './unknown-index.ts'

/** A key is succeeded once; a few more show that it is in two hands. They stay as long as their issuer is known. */
const MAX_ROTATIONS = 8

/** Who says whose statements a mesh keeps. */
export interface Admitting {
  /** The root of the mesh. */
  readonly root: Did
  /** Bound on those whom each sponsor admits; those whom it admitted last are. 10,000 by default; the same throughout a mesh. */
  readonly maxSponsored: number
}

/** How much is kept, of which mesh, and of whom: of everybody where nobody says. */
export interface HoldingsOptions extends LedgerBounds {
  readonly net: Uint8Array
  readonly admission?: Admitting | undefined
}

/** What is held of a mesh's statements, and all that can be asked of it. How it comes to be held is for the `StatementSet`. */
export class Holdings {
  readonly policy: Policy
  protected readonly held: Map<StatementId, Verified<Statement>> = new Map()
  protected readonly ledger: RevocationLedger
  readonly #successions: Successions
  readonly #attestations: AttestationIndex
  readonly #suspensions: SuspensionIndex
  readonly #manifests: ManifestIndex
  readonly #rotations: RotationIndex
  readonly #leases: LeaseIndex = new LeaseIndex()
  #supposed: Supposed | null = null
  /** By type: everything that is not in the ledger. */
  protected readonly indexes: ReadonlyMap<string, StatementIndex>
  protected readonly unknown: UnknownIndex
  protected readonly delegationIndex: DelegationIndex
  /** Whether a Did is a root or an authority of the mesh. */
  protected readonly governs: (did: Did) => boolean
  /** Who may leave statements here; `null` where everybody may. */
  protected readonly admissions: Admissions | null

  constructor(policy: Policy, { net, admission, ...bounds }: HoldingsOptions) {
    // Whom a verifier's own trust starts from is no matter of the mesh's: its replicas have to keep the same.
    const governing = admission ? { ...policy, roots: new Set([admission.root]) } : policy
    const governs = (did: Did): boolean => governing.roots.has(did) || governing.authorities.has(did)
    // Who governs speaks of the whole mesh.
    const capacityOf = (iss: Did): number => (governs(iss) ? bounds.maxStatements : bounds.maxPerIssuer)
    const sponsoredBy = admission
      ? (iss: Did): number => (governs(iss) ? bounds.maxStatements : admission.maxSponsored)
      : null
    const rotationsBy = (iss: Did): number =>
      governs(iss) ? bounds.maxStatements : Math.min(MAX_ROTATIONS, capacityOf(iss))
    const successions = new Successions(
      policy,
      (did) => this.#supposed?.isRevoked(did) || this.ledger.isBanned({ did }),
    )
    const attestations = new AttestationIndex(capacityOf, successions)
    this.policy = policy
    // In a mesh that admits issuers, what each may revoke is counted where it says so: here the replicas would disagree.
    const maxRevoked = admission ? Number.POSITIVE_INFINITY : bounds.maxPerIssuer
    this.ledger = new RevocationLedger(governing, { ...bounds, maxPerIssuer: maxRevoked })
    this.governs = governs
    this.#successions = successions
    this.#attestations = attestations
    const delegations = new DelegationIndex(capacityOf, sponsoredBy)
    this.delegationIndex = delegations
    this.#suspensions = new SuspensionIndex(capacityOf, { policy, successions })
    this.#manifests = new ManifestIndex({ successions, attestations })
    this.#rotations = new RotationIndex(rotationsBy, { policy, successions, attestations })
    this.unknown = new UnknownIndex(capacityOf)
    this.indexes = new Map<string, StatementIndex>([
      ['attestation', this.#attestations],
      ['delegation', delegations],
      ['lease', this.#leases],
      ['manifest', this.#manifests],
      ['rotation', this.#rotations],
      ['suspension', this.#suspensions],
    ])
    this.admissions = admission
      ? new Admissions({
          ...{ net, root: admission.root, governs, knowledge: this, delegations },
          isSupposing: () => this.#supposed !== null,
        })
      : null
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
    return this.#supposed?.isRevoked(did) || this.ledger.isInForce({ did })
  }

  /** Whether this one statement has been revoked, by somebody with the authority to. */
  isVoid(iss: Did, id: StatementId): boolean {
    return this.#supposed?.isVoid(iss, id) || this.ledger.isInForce({ iss, id })
  }

  /** What would be answered if this were so. Whoever is asked must add nothing. */
  supposing<Answer>(supposition: Supposition, ask: () => Answer): Answer {
    this.#supposed = new Supposed(supposition)
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

  /** Every revocation of this that is held, also votes while they are too few. */
  revocationsFor(target: RevocationTarget): Verified<Statement>[] {
    return this.ledger.of(target)
  }

  isSuspended(did: Did, now: number): boolean {
    return this.#isSupposedHeld(did) || this.suspensionOf(did, now) !== null
  }

  /** The hold on a Did or on its line at a time in ms, whichever lasts longest; or `null`. */
  suspensionOf(did: Did, now: number): Suspension | null {
    let longest: Suspension | null = null
    for (const suspension of this.#suspensions.of(did)) {
      if (!isHolding(suspension, now) || this.#isSilenced(suspension)) continue
      if (!longest || outlasts(suspension, longest)) longest = suspension
    }
    return longest
  }

  /** The last that an authority has said of holding a Did itself, whatever has become of it; or `null`. */
  suspensionBy(iss: Did, sub: Did): Suspension | null {
    return this.#suspensions.of(sub).find((suspension) => suspension.iss === iss && suspension.sub === sub) ?? null
  }

  /** When a hold on a Did may next begin or end after a time, both in ms; infinity if never. */
  nextHoldOf(did: Did, now: number): number {
    const turns = this.#suspensions.of(did).flatMap(turnsOf)
    return Math.min(...turns.filter((turn) => turn > now))
  }

  /** Everybody of whom, or of whose line, a suspension is held, whether it is over, lasts, or is yet to come. */
  *suspended(): Iterable<Did> {
    yield* this.#suspensions.subjects()
    for (const did of this.#supposed?.suspended ?? []) yield* this.#successions.lineThrough(did)
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

  /** All attestations of a Did that stand; the same more than once where it has rated several of one line. */
  *attestationsBy(iss: Did): Iterable<Attestation> {
    for (const { sub, ctx } of this.#attestations.slotsBy(iss)) {
      const attestation = this.attestationBy(iss, sub, ctx)
      if (attestation) yield attestation
    }
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

  /**
   * The first so many Dids behind one, in order, that have said that they offer a capability or one above it. Whether they
   * still do, {@link manifestOf} tells.
   */
  offering(can: string, most: number, after?: Did): Did[] {
    return this.#manifests.offering(can, most, after)
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

  /** For whom evidence about a Did counts: the last who inherits it, or itself; `null` where it counts for nobody. */
  heirOf(did: Did): Did | null {
    return this.#successions.heirOf(did)
  }

  /** A delegation that is held, whatever has become of it. */
  delegation(id: StatementId): Delegation | null {
    return this.delegationIndex.get(id)
  }

  /** Every delegation that is held, whatever has become of it. */
  delegations(): Iterable<Delegation> {
    return this.delegationIndex.all()
  }

  delegationsBy(iss: Did): Delegation[] {
    return this.delegationIndex.by(iss)
  }

  /** How many an issuer has admitted that are held, without looking at any of them. */
  countAdmissionsBy(iss: Did): number {
    return this.delegationIndex.countAdmissionsBy(iss)
  }

  delegationsTo(aud: Did): Delegation[] {
    return this.delegationIndex.to(aud)
  }

  /** The delegations held that attenuate this one. */
  childrenOf(id: StatementId): Delegation[] {
    return this.delegationIndex.childrenOf(id)
  }

  /** All that decides who succeeds a Did or is succeeded by it, and who on its line is held or revoked. */
  *bearingOn(did: Did): Iterable<StatementId> {
    for (const each of this.#rotations.kinOf(did)) {
      for (const { id } of this.revocationsOf(each)) yield id
      for (const hold of this.#suspensions.of(each)) if (!this.#isSilenced(hold)) yield hold.id
      const rotations = [...this.#rotations.naming(each)]
      for (const { id } of rotations) yield id
      // For what they commit to: nobody asks for that of whom no rotation names.
      if (rotations.length > 0) for (const { id } of this.#manifests.firstOf(each)) yield id
    }
  }

  /** Tells that the evidence about a Did may go no further now than to itself, or that it may. */
  protected rippleLine(did: Did, ripple: Ripple): void {
    this.#attestations.moved(this.#successions.lineThrough(did), ripple)
  }

  /** Whether what a Did says is held, save revocations; of everybody where the set admits everybody. */
  isAdmitted(did: Did): boolean {
    return this.admissions?.isAdmitted(did) ?? true
  }

  /** Whether an admission of a Did is held, whatever has become of either; of everybody where the set admits everybody. */
  isKnown(did: Did): boolean {
    return this.admissions?.isKnown(did) ?? true
  }

  /**
   * The links by which a node is a member of the mesh, the root's first; `null` for whoever is none.
   * @param now ms; where it is left out, what has expired counts until it is forgotten
   */
  membershipOf(did: Did, now?: number): readonly Delegation[] | null {
    return this.admissions?.chainTo(did, now) ?? null
  }

  /** How many statements an issuer has revoked; of those who govern it is not counted. */
  retractionsBy(iss: Did): number {
    return this.ledger.retractionsBy(iss)
  }

  #isSupposedHeld(did: Did): boolean {
    const { suspended = [] } = this.#supposed ?? {}
    return suspended.length > 0 && (this.#supposed?.holds(this.#successions.lineThrough(did)) ?? false)
  }

  #isSilenced({ iss, id }: { readonly iss: Did; readonly id: StatementId }): boolean {
    return this.isRevoked(iss) || this.isVoid(iss, id) || this.#wouldBeGone(iss)
  }

  /** What those say who would be admitted no longer would be held no longer. */
  #wouldBeGone(iss: Did): boolean {
    return this.#supposed?.excludes(iss, () => !this.isAdmitted(iss)) ?? false
  }
}

function outlasts(one: Suspension, other: Suspension): boolean {
  return one.until !== other.until ? one.until > other.until : one.id < other.id
}
