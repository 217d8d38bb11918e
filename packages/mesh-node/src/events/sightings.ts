import type { Did, Statement, Verified } from '@trustmesh/identity'
import type { Change, Standing } from '@trustmesh/trust'
import type { AuditLog } from '../audit/log.ts'
import type { Sessions } from '../sessions.ts'

export interface SightingsOptions {
  readonly sessions: Sessions
  readonly standingOf: (did: Did) => Standing
  readonly audit: AuditLog
}

/** Tells of agents what nobody has decided and somebody should look at. */
export class Sightings {
  readonly #options: SightingsOptions

  constructor(options: SightingsOptions) {
    this.#options = options
  }

  /** Before it is let in. Of whom nobody's word counts for has come, for the first time since this node was started: a phantom. */
  arrives(did: Did): void {
    const { sessions, standingOf, audit } = this.#options
    if (sessions.hasSeen(did) || standingOf(did).confidence > 0) return
    audit.record({ event: 'agent.first-seen', did })
  }

  /** It describes itself for the first time, or otherwise than before; or its key has signed what contradicts itself. */
  says(change: Change, { id: statement, signer: did }: Verified<Statement>): void {
    if (change.kind !== 'added') return
    const { audit } = this.#options
    const { sight, contradicts } = change
    if (sight === 'first') audit.record({ event: 'manifest.changed', code: 'manifest.first', did, statement })
    if (sight === 'drift') audit.record({ event: 'manifest.drift', did, statement })
    if (contradicts) audit.record({ event: 'key.equivocation', did, statement })
  }
}
