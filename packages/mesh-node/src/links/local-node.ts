import type { Did, StatementId } from '@trustmesh/identity'
import type { KeyTree } from '@trustmesh/protocol'
import type { Head, StatementSet } from '@trustmesh/trust'
import type { AuditLog } from '../audit/log.ts'
import type { Leases } from '../leases.ts'
import type { Membership } from '../membership/membership.ts'
import type { Governance } from '../operations/governance.ts'
import type { RouteOutcome, Router } from '../router.ts'
import type { Arrivals } from './arrivals.ts'
import type { Alarm, Carried, Local, Taken } from './backbone.ts'
import type { Inventory } from './inventory.ts'

export interface LocalNodeOptions {
  readonly did: Did
  readonly set: StatementSet
  readonly inventory: Inventory
  readonly arrivals: Arrivals
  readonly router: Router
  readonly leases: Leases
  readonly membership: Membership
  readonly audit: AuditLog
  readonly isBanned: (did: Did) => boolean
  readonly stateOf: () => Head['state']
  readonly settled: (reached: number) => void
  readonly kept: (ids: readonly StatementId[]) => Promise<readonly StatementId[]>
  readonly governance: Pick<Governance, 'linked' | 'confirmed'>
}

/** What the backbone sees of its node. */
export class LocalNode implements Local {
  readonly #options: LocalNodeOptions

  constructor(options: LocalNodeOptions) {
    this.#options = options
  }

  get did(): Did {
    return this.#options.did
  }

  get state(): Head['state'] {
    return this.#options.stateOf()
  }

  get statements(): KeyTree {
    return this.#options.inventory.statements
  }

  get revocations(): KeyTree {
    return this.#options.inventory.revocations
  }

  has(id: StatementId): boolean {
    return this.#options.set.has(id)
  }

  bytesOf(id: StatementId): Uint8Array | null {
    return this.#options.set.get(id)?.bytes ?? null
  }

  isMember(did: Did, shown: readonly Uint8Array[] = []): boolean {
    const { membership, isBanned } = this.#options
    return !isBanned(did) && membership.isMember(did, shown)
  }

  take(envelopes: readonly Uint8Array[], from: Did): Promise<readonly Taken[]> {
    return this.#options.arrivals.take(envelopes, from)
  }

  /** A member speaks for the agents whose leases name it, and for nobody else; who is a member no more, for none (threat R10). */
  deliver(message: Carried, origin: Did): RouteOutcome {
    const { leases, router } = this.#options
    const speaks = this.isMember(origin) && leases.nodeOf(message.from) === origin
    return speaks ? router.hand(message) : 'message.forged-sender'
  }

  settled(reached: number): void {
    this.#options.settled(reached)
  }

  kept(ids: readonly StatementId[]): Promise<readonly StatementId[]> {
    return this.#options.kept(ids)
  }

  linked(member: Did): void {
    this.#options.governance.linked(member)
  }

  confirmed(ids: readonly StatementId[], member: Did): void {
    this.#options.governance.confirmed(ids, member)
  }

  alarm(code: Alarm, member: Did): void {
    this.#options.audit.record({ event: 'mesh.alarm', code, did: member })
  }
}
