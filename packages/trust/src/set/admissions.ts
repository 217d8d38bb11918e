import type { Did, StatementId } from '@trustmesh/identity'
import { covers } from '../chain/capability.ts'
import { faultOfHeld } from '../chain/held-chain.ts'
import type { Knowledge } from '../chain/knowledge.ts'
import type { Delegation } from '../statements/delegation.ts'

/** Lets a node be a member; with a depth, also lets it make others members. */
export const MEMBER = '/mesh/node'
/** Lets an agent leave statements in the mesh. */
export const AGENT = '/mesh/agent'
/** Most links from the root of the mesh to a member. */
const MAX_MEMBER_LINKS = 3

/** What is admitted by, in which mesh. */
export interface AdmissionsOptions {
  readonly net: Uint8Array
  /** The root of the mesh. */
  readonly root: Did
  /** Whether a Did is the root of the mesh or one of its authorities. */
  readonly governs: (did: Did) => boolean
  readonly knowledge: Pick<Knowledge, 'isRevoked' | 'isVoid'>
  /** Whether it is asked what would be if more were revoked than is; never, unless told otherwise. */
  readonly isSupposing?: () => boolean
  readonly delegations: {
    get(id: StatementId): Delegation | null
    admissionsTo(aud: Did): Iterable<Delegation>
  }
}

/**
 * Who may leave statements in the mesh: who governs it, its members, and those whom one of these admits as its sponsor.
 * It follows from what is held and knows no time, so that replicas agree: what has expired counts until it is forgotten.
 */
export class Admissions {
  readonly #options: AdmissionsOptions

  constructor(options: AdmissionsOptions) {
    this.#options = options
  }

  /** Whether what a Did says is held: revocations apart, which are whoever's. */
  isAdmitted(did: Did): boolean {
    const { governs, knowledge } = this.#options
    return governs(did) || (!knowledge.isRevoked(did) && (this.chainTo(did) !== null || this.#isSponsored(did)))
  }

  /**
   * Whether an admission of a Did is held, whatever has become of either: who it was and who succeeds it stays known for as
   * long (threats I12, R13). Admissions are bounded, and so is what that lets anybody leave for good (threat K8).
   */
  isKnown(did: Did): boolean {
    const { governs, delegations } = this.#options
    return (
      governs(did) || [...delegations.admissionsTo(did)].some(({ can }) => covers(can, MEMBER) || covers(can, AGENT))
    )
  }

  /** Whether a Did may admit others. */
  maySponsor(did: Did): boolean {
    return this.#options.governs(did) || this.chainTo(did) !== null
  }

  /**
   * The links by which a Did is a member, the root's first: of several such chains the one that lasts longest; or `null`.
   * @param now ms; where it is left out, what has expired counts until it is forgotten
   */
  chainTo(did: Did, now?: number): readonly Delegation[] | null {
    const { net, root, knowledge, delegations } = this.#options
    const grant = { net, root, can: MEMBER, knowledge }
    let longest: readonly Delegation[] | null = null
    for (const leaf of delegations.admissionsTo(did)) {
      if (!covers(leaf.can, MEMBER) || (longest && leaf.exp <= endOf(longest))) continue
      const links = this.#climb(leaf)
      if (links && !faultOfHeld(links, grant, now)) longest = links
    }
    return longest
  }

  #climb(leaf: Delegation): readonly Delegation[] | null {
    const links = [leaf]
    for (let link: Delegation | null = leaf; link.parent; links.unshift(link)) {
      link = this.#options.delegations.get(link.parent)
      if (!link || links.length === MAX_MEMBER_LINKS) return null
    }
    return links
  }

  /**
   * By a sponsor's own authority, without conditions. Of others than members and governors no admission is held; of who would
   * be a member no more it still is.
   */
  #isSponsored(did: Did): boolean {
    const { net, knowledge, delegations, isSupposing } = this.#options
    for (const link of delegations.admissionsTo(did)) {
      const grant = { net, root: link.iss, can: AGENT, knowledge }
      if (!covers(link.can, AGENT) || faultOfHeld([link], grant)) continue
      if (!isSupposing?.() || this.maySponsor(link.iss)) return true
    }
    return false
  }
}

/** No link ends later than the one before it. */
function endOf(links: readonly Delegation[]): number {
  return links.at(-1)?.exp ?? 0
}

/** Whether a delegation is about the mesh itself: who is a member of it, or may leave statements in it. */
export function isAdmission({ can }: Pick<Delegation, 'can'>): boolean {
  return covers('/mesh', can)
}
