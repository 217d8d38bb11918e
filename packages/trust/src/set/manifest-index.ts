import type { Did } from '@trustmesh/identity'
import { type Manifest, parseManifest } from '../statements/manifest.ts'
import type { AttestationIndex } from './attestation-index.ts'
import type { Ripple } from './change.ts'
import { Offers } from './offers.ts'
import { type Place, uncontested } from './shelf.ts'
import { StatementIndex } from './statement-index.ts'
import type { Successions } from './successions.ts'

const FIRST = 'first'
const LATEST = 'latest'

/** Of each Did the first manifest, for what it commits to, and the latest. Neither is ever forgotten. */
export class ManifestIndex extends StatementIndex<Manifest> {
  override readonly outlivesIssuer = true
  protected override readonly lifeMs = Number.POSITIVE_INFINITY
  protected override readonly parse = parseManifest
  readonly #successions: Successions
  readonly #attestations: AttestationIndex
  readonly #offers = new Offers()

  constructor({ successions, attestations }: { successions: Successions; attestations: AttestationIndex }) {
    super(() => 2)
    this.#successions = successions
    this.#attestations = attestations
  }

  /** How a Did describes itself; `null` where it does not, or contradicts itself. */
  of(did: Did): Manifest | null {
    return uncontested(this.kept(did, LATEST) ?? this.kept(did, FIRST))
  }

  /** Its first manifests: two where it contradicts itself, which then are the proof. */
  firstOf(did: Did): readonly Manifest[] {
    return this.kept(did, FIRST)?.held ?? []
  }

  /** The first so many Dids behind one that have said that they offer a capability; they may have taken it back. */
  offering(can: string, most: number, after?: Did): Did[] {
    return this.#offers.of(can, most, after)
  }

  protected override placeOf({ seq }: Manifest): Place {
    return { slot: seq === 0 ? FIRST : LATEST, seq }
  }

  protected override touch(): void {}

  protected override enter(manifest: Manifest, ripple: Ripple): void {
    this.#offers.add(manifest.iss, manifest.capabilities)
    if (manifest.seq > 0) return
    this.#attestations.moved(this.#successions.pledge(manifest), ripple)
  }

  protected override leave(manifest: Manifest, ripple: Ripple): void {
    this.#offers.remove(manifest.iss, manifest.capabilities)
    if (manifest.seq > 0) return
    this.#attestations.moved(this.#successions.withdraw(manifest), ripple)
  }
}
