import type { Did } from '@trustmesh/identity'
import type { Policy } from '../policy.ts'
import { parseRotation, type Rotation } from '../statements/rotation.ts'
import type { AttestationIndex } from './attestation-index.ts'
import type { IgnoredCode, Ripple } from './change.ts'
import type { Place } from './shelf.ts'
import { StatementIndex } from './statement-index.ts'
import type { Successions } from './successions.ts'

/** The rotations that are kept. They outlive the old key, whatever becomes of it, and nothing takes one back. */
export class RotationIndex extends StatementIndex<Rotation> {
  override readonly outlivesIssuer = true
  protected override readonly lifeMs = Number.POSITIVE_INFINITY
  protected override readonly parse = parseRotation
  readonly #policy: Policy
  readonly #successions: Successions
  readonly #attestations: AttestationIndex
  /** By each of the two that a rotation is between. */
  readonly #between = new Map<Did, Set<Rotation>>()

  constructor(
    capacityOf: (iss: Did) => number,
    { policy, successions, attestations }: { policy: Policy; successions: Successions; attestations: AttestationIndex },
  ) {
    super(capacityOf)
    this.#policy = policy
    this.#successions = successions
    this.#attestations = attestations
  }

  /** The rotations that say of a Did that it is succeeded, or succeeds, whatever comes of them. */
  naming(did: Did): Iterable<Rotation> {
    return this.#between.get(did) ?? []
  }

  /** Everybody whom rotations connect with a Did, the Did itself first. */
  *kinOf(did: Did): Iterable<Did> {
    const kin = new Set([did])
    // Grows while it is gone through.
    for (const each of kin) {
      yield each
      for (const { from, to } of this.naming(each)) kin.add(from).add(to)
    }
  }

  protected override refusalOf({ iss, from }: Rotation): IgnoredCode | null {
    return iss === from || this.#policy.authorities.has(iss) ? null : 'rotation.unauthorized'
  }

  protected override placeOf({ id, iat }: Rotation): Place {
    return { slot: id, seq: iat }
  }

  protected override touch(): void {}

  protected override enter(rotation: Rotation, ripple: Ripple): void {
    for (const did of [rotation.from, rotation.to]) {
      this.#between.set(did, (this.#between.get(did) ?? new Set()).add(rotation))
    }
    this.#attestations.moved(this.#successions.claim(rotation), ripple)
  }

  protected override leave(rotation: Rotation, ripple: Ripple): void {
    for (const did of [rotation.from, rotation.to]) {
      const naming = this.#between.get(did)
      naming?.delete(rotation)
      if (naming?.size === 0) this.#between.delete(did)
    }
    this.#attestations.moved(this.#successions.disclaim(rotation), ripple)
  }
}
