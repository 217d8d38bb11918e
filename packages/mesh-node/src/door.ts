import type { Did } from '@trustmesh/identity'
import type { Applicant, Refusal } from '@trustmesh/protocol'
import { type Head, MEMBER, type StatementSet } from '@trustmesh/trust'
import type { Enforcement } from './enforcement.ts'
import type { Membership } from './membership/membership.ts'
import type { Mesh } from './mesh.ts'
import type { Sessions } from './sessions.ts'

export interface DoorOptions {
  readonly did: Did
  readonly mesh: Mesh
  readonly set: StatementSet
  readonly enforcement: Enforcement
  readonly membership: Membership
  readonly sessions: Sessions
  readonly maxSessions: number
  readonly state: () => Head['state'] | 'draining'
  /** Whether nothing is to do with a member for now. */
  readonly isBarred: (did: Did) => boolean
}

/** Who is let in: nobody who is cut off, and nobody while this node has nothing to offer. */
export class Door {
  readonly #options: DoorOptions

  constructor(options: DoorOptions) {
    this.#options = options
  }

  /** Whether a node belongs to the mesh. Where this one does not it has no links, and takes no agents. */
  isMember(did: Did): boolean {
    const { enforcement, membership } = this.#options
    return enforcement.banOf(did) === null && membership.isMember(did)
  }

  /** Whether the mesh has other members: nodes that governors have made, and that are not revoked. */
  get hasOthers(): boolean {
    const { did, mesh, set } = this.#options
    const governors = [mesh.root, ...mesh.authorities]
    const made = governors.flatMap((governor) => set.delegationsBy(governor))
    return made.some(({ aud, can }) => can === MEMBER && aud !== did && !governors.includes(aud) && !set.isRevoked(aud))
  }

  /** Decides on somebody who has proved who it is; `null` lets it in. */
  async refusalOf(applicant: Applicant): Promise<Refusal | null> {
    const { did, purpose } = applicant
    const { did: self, enforcement, membership, isBarred, maxSessions, sessions, state } = this.#options
    const ban = enforcement.banOf(did)
    if (ban) return ban
    const because = (refusal: Exclude<Refusal['refusal'], 'revoked' | 'suspended'>): Refusal => ({ refusal, proof: [] })
    if (state() === 'draining') return because('draining')
    if (purpose === 'node' && isBarred(did)) return because('busy')
    if (purpose === 'agent') {
      if (!this.isMember(self)) return because('not-invited')
      if (state() === 'syncing') return because('syncing')
      if (sessions.size >= maxSessions && !sessions.of(did)) return because('busy')
    }
    return membership.admit(applicant)
  }
}
