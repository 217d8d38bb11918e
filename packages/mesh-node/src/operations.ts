import type { Clock, Did, Random } from '@trustmesh/identity'
import { issueRevocation, type Replica, type Standing } from '@trustmesh/trust'
import type { AdminControl, AgentView, Check, RevocationRequest, RevocationResult } from './admin/control.ts'
import type { Mesh } from './mesh.ts'
import type { NodeKeys } from './mesh-keys.ts'
import { NodeError } from './node-error.ts'
import type { Sessions } from './sessions.ts'
import type { Statements } from './statements.ts'

export interface OperationsOptions {
  readonly mesh: Mesh
  readonly keys: NodeKeys
  readonly replica: Replica
  readonly statements: Statements
  readonly sessions: Sessions
  readonly standingOf: (did: Did) => Standing
  readonly clock: Clock
  readonly random: Random
  readonly checks: () => readonly Check[]
}

/** What an operator sees of a node, and does there. */
export class Operations implements AdminControl {
  readonly #options: OperationsOptions
  /** Revocations that are not on disk yet. */
  readonly #revoking = new Map<Did, Promise<RevocationResult>>()

  constructor(options: OperationsOptions) {
    this.#options = options
  }

  agents(): readonly AgentView[] {
    const { sessions, standingOf } = this.#options
    return sessions.seen().map((did) => {
      const { status, score, tier, confidence } = standingOf(did)
      const here = sessions.of(did) ? 1 : 0
      return { did, connected: here > 0, status, score, tier, confidence, sessions: here }
    })
  }

  checks(): readonly Check[] {
    return this.#options.checks()
  }

  /** In force, the session closed, and durable, if that can be, before it resolves. Whoever asks again meanwhile waits for the same one. */
  async revoke({ did, reason }: RevocationRequest): Promise<RevocationResult> {
    const { mesh, keys } = this.#options
    if ([mesh.root, ...mesh.authorities, keys.node.did].includes(did)) throw new NodeError('admin.own-key')
    const underWay = this.#revoking.get(did)
    if (underWay !== undefined) return { ...(await underWay), created: false }
    const revoking = this.#revoke(did, reason).finally(() => this.#revoking.delete(did))
    this.#revoking.set(did, revoking)
    return await revoking
  }

  async #revoke(did: Did, reason: string): Promise<RevocationResult> {
    const { mesh, keys, replica, statements, sessions, clock, random } = this.#options
    if (!keys.authority) throw new NodeError('admin.no-authority')
    const [known] = replica.set.revocationsOf(did)
    const issuance = { net: mesh.net, clock, random }
    const statement = known ?? (await issueRevocation(keys.authority, { target: { did }, reason }, issuance))
    const sessionsClosed = sessions.of(did) ? 1 : 0
    const durable = await statements.accept(statement).then(
      () => true,
      (error: unknown) => {
        if (error instanceof NodeError && error.code === 'store.not-durable') return false
        throw error
      },
    )
    return { statement: statement.id, did, sessionsClosed, durable, created: !known }
  }
}
