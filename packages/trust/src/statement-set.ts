import type { Did, Statement, StatementId, Verified } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { type Attestation, parseAttestation } from './attestation.ts'
import { hash, read } from './fields.ts'
import { type Policy, type PolicyInput, parsePolicy } from './policy.ts'
import { parseRevocation, type Revocation, type RevocationTarget } from './revocation.ts'
import { RevocationLedger } from './revocation-ledger.ts'
import { isHeard } from './scoring/model.ts'
import { type Placement, Shelf } from './shelf.ts'
import { TrustError, type TrustErrorCode } from './trust-error.ts'

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
  /** Bound on each issuer and type, save roots. A thousand by default; the same throughout a mesh. */
  readonly maxPerIssuer?: number
}

/** Why a statement has no place in the set. */
export type IgnoredCode =
  | TrustErrorCode
  | 'revocation.unauthorized'
  | 'set.equivocation'
  | 'set.full'
  | 'set.quota'
  | 'statement.other-mesh'

/** What adding a statement did. `affected`: the Dids whose status or standing it may have changed. */
export type Change =
  /** `dropped` is held no longer: the new one has taken its place. */
  | { readonly kind: 'added'; readonly affected: readonly Did[]; readonly dropped: readonly StatementId[] }
  | { readonly kind: 'duplicate'; readonly affected: readonly [] }
  /** One that takes its place is held already. */
  | { readonly kind: 'superseded'; readonly affected: readonly [] }
  | { readonly kind: 'ignored'; readonly code: IgnoredCode; readonly affected: readonly [] }

/**
 * The index of a mesh's verified statements. Merge is union: what the set holds and answers depends on which statements
 * were added, never on their order or how often (threats T11, T14, R4). It knows no time: what has expired or is yet to
 * come is for the reader to leave out, and so brings back nothing that it superseded.
 *
 * Only the bounds on revocations and on the whole refuse what comes later. They protect the process; it is for the
 * admission of issuers to keep a mesh far below them.
 */
export class StatementSet {
  readonly policy: Policy
  readonly #net: Uint8Array
  readonly #maxStatements: number
  readonly #maxPerIssuer: number
  readonly #ledger: RevocationLedger
  readonly #held = new Map<StatementId, Verified<Statement>>()
  /** By type and issuer: everything that is not in the ledger. */
  readonly #shelves = new Map<string, Shelf>()
  readonly #attestations = new Map<StatementId, Attestation>()
  readonly #about = new Map<Did, Set<Attestation>>()
  #epoch = 0

  /** Throws {@link TrustError}: `set.malformed` or `policy.malformed`. */
  constructor({ policy, ...bounds }: StatementSetOptions) {
    const { net, maxStatements, maxPerIssuer } = read(boundsSchema, bounds, 'set.malformed')
    this.policy = parsePolicy(policy)
    this.#net = net
    this.#maxStatements = maxStatements
    this.#maxPerIssuer = maxPerIssuer
    this.#ledger = new RevocationLedger(this.policy, { maxStatements, maxPerIssuer })
  }

  /** Moves with every change that affects somebody: what was decided in an older epoch has to be decided again. */
  get epoch(): number {
    return this.#epoch
  }

  get size(): number {
    return this.#held.size
  }

  has(id: StatementId): boolean {
    return this.#held.has(id)
  }

  get(id: StatementId): Verified<Statement> | null {
    return this.#held.get(id) ?? null
  }

  /** Everything held, in no particular order. */
  statements(): IterableIterator<Verified<Statement>> {
    return this.#held.values()
  }

  /** Whether the Did has revoked itself, or as many authorities have as the threshold says. */
  isRevoked(did: Did): boolean {
    return this.#ledger.isInForce({ did })
  }

  /** The statements that prove that a Did is revoked; none if it is not. */
  revocationsOf(did: Did): Verified<Statement>[] {
    return this.isRevoked(did) ? this.#ledger.of({ did }) : []
  }

  /** The attestation that stands: the issuer's latest, uncontested and unrevoked, the issuer unrevoked; or `null`. */
  attestationBy(iss: Did, sub: Did, ctx = ''): Attestation | null {
    const id = this.#shelves.get(shelfKey('attestation', iss))?.latest(slotOf({ sub, ctx }))?.id
    if (!id || this.isRevoked(iss) || this.#ledger.isInForce({ iss, id })) return null
    return this.#attestations.get(id) ?? null
  }

  /** All attestations about a Did that stand. */
  attestationsAbout(sub: Did): Attestation[] {
    const about = [...(this.#about.get(sub) ?? [])]
    return about.filter((attestation) => this.attestationBy(attestation.iss, sub, attestation.ctx) === attestation)
  }

  /** Adds a statement. Whatever else is wrong with it is an answer and never an exception. */
  add(statement: Verified<Statement>): Change {
    if (this.#held.has(statement.id)) return { kind: 'duplicate', affected: [] }
    if (!isSame(statement.claim.net, this.#net)) return ignored('statement.other-mesh')
    try {
      const change = this.#place(statement)
      if (change.affected.length > 0) this.#epoch++
      return change
    } catch (error) {
      if (error instanceof TrustError) return ignored(error.code)
      throw error
    }
  }

  #place(statement: Verified<Statement>): Change {
    switch (statement.type) {
      case 'attestation':
        return this.#attest(statement, parseAttestation(statement))
      case 'revocation':
        return this.#revoke(statement, parseRevocation(statement))
      default:
        // Of a later version: kept and passed on, so that mixed versions do not split a mesh. The name of a type is its
        // issuer's to choose, so all that we do not know share one bound.
        return this.#record(statement, this.#shelve(statement, statement.id, UNKNOWN))
    }
  }

  #attest(statement: Verified<Statement>, attestation: Attestation): Change {
    const { id, sub } = attestation
    const placement = this.#shelve(statement, slotOf(attestation))
    if (placement.kept) {
      this.#attestations.set(id, attestation)
      this.#about.set(sub, (this.#about.get(sub) ?? new Set()).add(attestation))
    }
    return this.#record(statement, placement, this.#weighedBy(id))
  }

  #revoke(statement: Verified<Statement>, { target, path }: Revocation): Change {
    if (!this.#ledger.hasAuthority(statement.signer, target)) {
      // A path may prove the authority to a later version; until then it has no effect.
      if (path) return this.#record(statement, this.#shelve(statement, statement.id))
      return ignored('revocation.unauthorized')
    }
    const reach = this.#ledger.isInForce(target) ? [] : this.#reachOf(target)
    const placement = this.#ledger.put(statement, target)
    return this.#record(statement, placement, this.#ledger.isInForce(target) ? reach : [])
  }

  #shelve(statement: Verified<Statement>, slot: string, type: string = statement.type): Placement {
    const { signer } = statement
    const key = shelfKey(type, signer)
    // A root speaks of the whole mesh.
    const capacity = this.policy.roots.has(signer) ? this.#maxStatements : this.#maxPerIssuer
    const shelf = this.#shelves.get(key) ?? new Shelf(capacity)
    const isRoom = this.#held.size - this.#ledger.size < this.#maxStatements
    const placement = shelf.put(slot, seqOf(statement), statement, isRoom)
    if (placement.kept) this.#shelves.set(key, shelf)
    return placement
  }

  /** Settles what a placement means for everything that is held. */
  #record(statement: Verified<Statement>, placement: Placement, affected: readonly Did[] = []): Change {
    if (!placement.kept) {
      const { because } = placement
      return because === 'superseded' ? { kind: because, affected: [] } : ignored(`set.${because}`)
    }
    this.#held.set(statement.id, statement)
    const dropped = placement.dropped.map(({ id }) => id)
    const all = new Set([...affected, ...dropped.flatMap((id) => this.#weighedBy(id))])
    for (const id of dropped) this.#forget(id)
    return { kind: 'added', affected: [...all], dropped }
  }

  #forget(id: StatementId): void {
    this.#held.delete(id)
    const attestation = this.#attestations.get(id)
    if (!attestation) return
    this.#attestations.delete(id)
    const about = this.#about.get(attestation.sub)
    about?.delete(attestation)
    if (about?.size === 0) this.#about.delete(attestation.sub)
  }

  /** Whom it would affect to revoke the target: a Did itself, and those whom the words that fall weigh on. */
  #reachOf(target: RevocationTarget): Did[] {
    if ('did' in target) {
      const issued = this.#shelves.get(shelfKey('attestation', target.did))?.statements() ?? []
      return [target.did, ...issued.flatMap(({ id }) => this.#weighedBy(id))]
    }
    return this.#held.get(target.id)?.signer === target.iss ? this.#weighedBy(target.id) : []
  }

  /** Whose standing an attestation may weigh on, if its issuer is heard. A void one may still contest another. */
  #weighedBy(id: StatementId): Did[] {
    const attestation = this.#attestations.get(id)
    if (!attestation || !isHeard(attestation, this.policy) || this.isRevoked(attestation.iss)) return []
    return [attestation.sub]
  }
}

/** No type is called so. */
const UNKNOWN = '?'

function ignored(code: IgnoredCode): Change {
  return { kind: 'ignored', code, affected: [] }
}

function shelfKey(type: string, issuer: Did): string {
  return `${type} ${issuer}`
}

/** Where the latest stands and the others give way. */
function slotOf({ sub, ctx }: Pick<Attestation, 'sub' | 'ctx'>): string {
  return `${sub} ${ctx}`
}

/** The order of an issuer's statements. Types that this version does not know may lack it. */
function seqOf({ claim }: Verified<Statement>): number {
  const { seq, iat } = claim
  return Number.isSafeInteger(seq) ? (seq as number) : iat
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
