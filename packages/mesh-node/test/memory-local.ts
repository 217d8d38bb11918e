import {
  type Did,
  generateIdentity,
  openStatement,
  type Statement,
  type StatementId,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { KeyTree, replicaKey } from '@trustmesh/protocol'
import type { Alarm, Backbone, Carried, Local, Taken } from '../src/links/backbone.ts'
import type { RouteOutcome } from '../src/router.ts'

/** What a backbone needs of a node, and no more: it holds whatever verifies. */
export class MemoryLocal implements Local {
  readonly did: Did
  readonly statements: KeyTree = new KeyTree()
  readonly revocations: KeyTree = new KeyTree()
  /** Who belongs to the mesh: everybody, but for these. */
  readonly strangers = new Set<Did>()
  /** Agents that are here. */
  readonly agents = new Set<Did>()
  readonly delivered: Carried[] = []
  readonly alarms: [Alarm, Did][] = []
  /** What members have said that they hold on their disks. */
  readonly confirmations: [StatementId, Did][] = []
  /** What its disk has not taken. */
  readonly unkept = new Set<StatementId>()
  /** Ids in the order in which they came. */
  readonly arrived: StatementId[] = []
  /** How often something was opened. */
  opened = 0
  state: Local['state'] = 'syncing'
  backbone: Backbone | undefined
  readonly #held = new Map<StatementId, Uint8Array>()

  constructor(did: Did) {
    this.did = did
  }

  has(id: StatementId): boolean {
    return this.#held.has(id)
  }

  bytesOf(id: StatementId): Uint8Array | null {
    return this.#held.get(id) ?? null
  }

  isMember(did: Did): boolean {
    return !this.strangers.has(did)
  }

  /** Holds a statement, and says so to nobody. */
  hold({ id, type, bytes }: Verified<Statement>): void {
    const key = replicaKey(id, Number.POSITIVE_INFINITY)
    this.#held.set(id, bytes)
    this.statements.add(key)
    if (type === 'revocation') this.revocations.add(key)
  }

  async take(envelopes: readonly Uint8Array[], from: Did): Promise<readonly Taken[]> {
    return envelopes.map((bytes) => {
      this.opened++
      try {
        const statement = openStatement(bytes)
        const { id } = statement
        if (this.has(id)) return { outcome: 'known', id }
        this.hold(statement)
        this.arrived.push(id)
        this.backbone?.publish(statement, from)
        return { outcome: 'new', id }
      } catch {
        return { outcome: 'invalid', id: null }
      }
    })
  }

  deliver(message: Carried): RouteOutcome {
    if (!this.agents.has(message.to)) return 'message.recipient-unknown'
    this.delivered.push(message)
    return 'delivered'
  }

  settled(): void {
    this.state = 'serving'
  }

  async kept(ids: readonly StatementId[]): Promise<readonly StatementId[]> {
    return ids.filter((id) => !this.unkept.has(id))
  }

  linked(): void {}

  confirmed(ids: readonly StatementId[], member: Did): void {
    for (const id of ids) this.confirmations.push([id, member])
  }

  alarm(code: Alarm, member: Did): void {
    this.alarms.push([code, member])
  }
}

const author = generateIdentity(systemRandom)
let issued = 0

/** A statement of which no more is looked at than its type. */
export function note(type = 'note', size = 8): Promise<Verified<Statement>> {
  const iat = 1_767_225_600_000 + issued++
  return sealStatement(author, type, {
    net: new Uint8Array(32),
    iat,
    nonce: systemRandom(16),
    text: new Uint8Array(size),
  })
}
